// When does a column meet a goal on every row that matters?
#pragma once

#include <cstddef>

namespace sagredo {

// |goal_i - column_i| <= tolerance (|goal_i - median| + MAD) on every row, MAD being the median absolute deviation.
// The scale of a row is its own: a few giant values can't hide that the others disagree.
bool agrees(const double* goal, const double* column, std::size_t rows);

}  // namespace sagredo
