#include "sagredo/kernels.hpp"

#include <cmath>
#include <limits>

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

}  // namespace

void apply_unary(Operation operation, const double* a, double* out, std::size_t rows) {
  switch (operation) {
    case Operation::neg: return each(a, out, rows, [](double x) { return -x; });
    case Operation::inv: return each(a, out, rows, [](double x) { return 1.0 / x; });
    case Operation::sqrt: return each(a, out, rows, [](double x) { return std::sqrt(x); });
    case Operation::cbrt: return each(a, out, rows, [](double x) { return std::cbrt(x); });
    case Operation::square: return each(a, out, rows, [](double x) { return x * x; });
    case Operation::cube: return each(a, out, rows, [](double x) { return x * x * x; });
    case Operation::exp: return each(a, out, rows, [](double x) { return std::exp(x); });
    case Operation::log: return each(a, out, rows, [](double x) { return std::log(x); });
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
    case Operation::add: return each(a, b, out, rows, [](double x, double y) { return x + y; });
    case Operation::sub: return each(a, b, out, rows, [](double x, double y) { return x - y; });
    case Operation::mul: return each(a, b, out, rows, [](double x, double y) { return x * y; });
    case Operation::div: return each(a, b, out, rows, [](double x, double y) { return x / y; });
    case Operation::pow: return each(a, b, out, rows, [](double x, double y) { return std::pow(x, y); });
    case Operation::min: return each(a, b, out, rows, [](double x, double y) { return y < x || y != y ? y : x; });
    case Operation::max: return each(a, b, out, rows, [](double x, double y) { return x < y || y != y ? y : x; });
    default:
      return each(a, b, out, rows, [](double, double) { return std::numeric_limits<double>::quiet_NaN(); });
  }
}

}  // namespace sagredo
