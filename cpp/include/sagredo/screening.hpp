// Screening with noise: which entries of a bank would describe a goal in the fewest bits?
#pragma once

#include <cstddef>
#include <vector>

#include "sagredo/bank.hpp"
#include "sagredo/float_columns.hpp"
#include "sagredo/span.hpp"

namespace sagredo {

struct Screened {
  double bits;
  EntryId entry;
};

// The `count` best of the entries [begin, end), fewest bits first, by
//
//   bits = rows/2 log2(1 - r^2) + bits_per_cost * cost,
//
// r being the correlation of the goal with the entry once both are projected off the span: the description length of
// a least-squares fit on the span and the entry, up to what all entries share. With `logarithmic` the entries'
// logarithms are compared; entries that have a zero are then left out.
std::vector<Screened> screen(const Bank<FloatColumns>& bank, EntryId begin, EntryId end, const double* goal,
                             const Span& span, bool logarithmic, double bits_per_cost, std::size_t count,
                             std::size_t threads);

}  // namespace sagredo
