// Elementwise kernels: one operation over a column of rows. IEEE semantics throughout (NaN, infinities, signed zero).
#pragma once

#include <cstddef>

#include "sagredo/operations.hpp"

namespace sagredo {

// out[i] = operation(a[i]); out may be a.
void apply_unary(Operation operation, const double* a, double* out, std::size_t rows);

// out[i] = operation(a[i], b[i]); out may be a or b.
void apply_binary(Operation operation, const double* a, const double* b, double* out, std::size_t rows);

}  // namespace sagredo
