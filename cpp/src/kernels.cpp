#include "sagredo/kernels.hpp"

#include <cmath>
#include <limits>

#include "sagredo/target_clones.hpp"
#include "sagredo/vector_math.hpp"

namespace sagredo {
namespace {

template <class F>
void each(const double* a, double* out, std::size_t rows, F f) {
  for (std::size_t i = 0; i < rows; ++i) out[i] = f(a[i]);
}

template <class F>
void each(const double* a, const double* b, double* out, std::size_t rows, F f) {
  for (std::size_t i = 0; i < rows; ++i) out[i] = f(a[i], b[i]);
}

// In place is fine: a row depends on itself alone, which is what the pragma says.
SAGREDO_CLONES void exp_column(const double* a, double* out, std::size_t rows) {
#pragma GCC ivdep
  for (std::size_t i = 0; i < rows; ++i) out[i] = vector_math::exp(a[i]);
}

SAGREDO_CLONES void log_column(const double* a, double* out, std::size_t rows) {
#pragma GCC ivdep
  for (std::size_t i = 0; i < rows; ++i) out[i] = vector_math::log(a[i]);
}

SAGREDO_CLONES void square_column(const double* a, double* out, std::size_t rows) {
#pragma GCC ivdep
  for (std::size_t i = 0; i < rows; ++i) out[i] = a[i] * a[i];
}

SAGREDO_CLONES void inv_column(const double* a, double* out, std::size_t rows) {
#pragma GCC ivdep
  for (std::size_t i = 0; i < rows; ++i) out[i] = 1.0 / a[i];
}

SAGREDO_CLONES void sqrt_column(const double* a, double* out, std::size_t rows) {
#pragma GCC ivdep
  for (std::size_t i = 0; i < rows; ++i) out[i] = std::sqrt(a[i]);
}

SAGREDO_CLONES void add_columns(const double* a, const double* b, double* out, std::size_t rows) {
#pragma GCC ivdep
  for (std::size_t i = 0; i < rows; ++i) out[i] = a[i] + b[i];
}

SAGREDO_CLONES void sub_columns(const double* a, const double* b, double* out, std::size_t rows) {
#pragma GCC ivdep
  for (std::size_t i = 0; i < rows; ++i) out[i] = a[i] - b[i];
}

SAGREDO_CLONES void mul_columns(const double* a, const double* b, double* out, std::size_t rows) {
#pragma GCC ivdep
  for (std::size_t i = 0; i < rows; ++i) out[i] = a[i] * b[i];
}

SAGREDO_CLONES void div_columns(const double* a, const double* b, double* out, std::size_t rows) {
#pragma GCC ivdep
  for (std::size_t i = 0; i < rows; ++i) out[i] = a[i] / b[i];
}

}  // namespace

void apply_unary(Operation operation, const double* a, double* out, std::size_t rows) {
  switch (operation) {
    case Operation::neg: return each(a, out, rows, [](double x) { return -x; });
    case Operation::inv: return inv_column(a, out, rows);
    case Operation::sqrt: return sqrt_column(a, out, rows);
    case Operation::cbrt: return each(a, out, rows, [](double x) { return std::cbrt(x); });
    case Operation::square: return square_column(a, out, rows);
    case Operation::cube: return each(a, out, rows, [](double x) { return x * x * x; });
    case Operation::exp: return exp_column(a, out, rows);
    case Operation::log: return log_column(a, out, rows);
    case Operation::sin: return each(a, out, rows, [](double x) { return std::sin(x); });
    case Operation::cos: return each(a, out, rows, [](double x) { return std::cos(x); });
    case Operation::tan: return each(a, out, rows, [](double x) { return std::tan(x); });
    case Operation::arcsin: return each(a, out, rows, [](double x) { return std::asin(x); });
    case Operation::arccos: return each(a, out, rows, [](double x) { return std::acos(x); });
    case Operation::arctan: return each(a, out, rows, [](double x) { return std::atan(x); });
    case Operation::sinh: return each(a, out, rows, [](double x) { return std::sinh(x); });
    case Operation::cosh: return each(a, out, rows, [](double x) { return std::cosh(x); });
    case Operation::tanh: return each(a, out, rows, [](double x) { return std::tanh(x); });
    case Operation::abs: return each(a, out, rows, [](double x) { return std::abs(x); });
    default: return each(a, out, rows, [](double) { return std::numeric_limits<double>::quiet_NaN(); });
  }
}

void apply_binary(Operation operation, const double* a, const double* b, double* out, std::size_t rows) {
  switch (operation) {
    case Operation::add: return add_columns(a, b, out, rows);
    case Operation::sub: return sub_columns(a, b, out, rows);
    case Operation::mul: return mul_columns(a, b, out, rows);
    case Operation::div: return div_columns(a, b, out, rows);
    case Operation::pow: return each(a, b, out, rows, [](double x, double y) { return std::pow(x, y); });
    case Operation::min: return each(a, b, out, rows, [](double x, double y) { return y < x || y != y ? y : x; });
    case Operation::max: return each(a, b, out, rows, [](double x, double y) { return x < y || y != y ? y : x; });
    default:
      return each(a, b, out, rows, [](double, double) { return std::numeric_limits<double>::quiet_NaN(); });
  }
}

}  // namespace sagredo
