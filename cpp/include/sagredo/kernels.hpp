// Elementwise kernels: one operation over a column of rows. IEEE semantics throughout (NaN, infinities, signed zero).
//
// What a row gives depends on that row alone, never on its place or its neighbours, to the last bit.
#pragma once

#include <array>
#include <cstddef>

#include "sagredo/operations.hpp"

namespace sagredo {

// A column of values, or one value for all rows.
struct Operand {
  const double* column;  // null: the same in all rows
  double scalar;

  Operand(const double* values = nullptr) : column(values), scalar(0.0) {}
  explicit Operand(double value) : column(nullptr), scalar(value) {}
};

// out[i] = operation(a[i], b[i]); or operation(a[i]), a being a column, whatever b is. out may be a or b.
using Kernel = void (*)(Operand a, Operand b, double* out, std::size_t rows);

// By operation; leaves have no value here.
extern const std::array<Kernel, operation_count> kernels;

inline Kernel kernel(Operation operation) { return kernels[static_cast<std::size_t>(operation)]; }

inline void apply_unary(Operation operation, const double* a, double* out, std::size_t rows) {
  kernel(operation)(a, Operand(), out, rows);
}

inline void apply_binary(Operation operation, Operand a, Operand b, double* out, std::size_t rows) {
  kernel(operation)(a, b, out, rows);
}

}  // namespace sagredo
