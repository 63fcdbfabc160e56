#include "sagredo/kernels.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "sagredo/target_clones.hpp"
#include "sagredo/vector_math.hpp"

namespace sagredo {
namespace {

using vector_math::is_positive_normal;
using vector_math::ordinary_exp;
using vector_math::ordinary_log;
using Unary = double (*)(double);
using Binary = double (*)(double, double);
using Predicate = bool (*)(double);
using ColumnKernel = void (*)(const double*, double*, std::size_t);

// ---------------------------------------------------------------------------------- loops over the rows

// In place is fine: a row depends on itself alone, which is what the pragma says.
template <Unary f>
SAGREDO_CLONES void each(const double* a, double* out, std::size_t rows) {
#pragma GCC ivdep
  for (std::size_t i = 0; i < rows; ++i) out[i] = f(a[i]);
}

template <Binary f>
SAGREDO_CLONES void each_of_columns(const double* a, const double* b, double* out, std::size_t rows) {
#pragma GCC ivdep
  for (std::size_t i = 0; i < rows; ++i) out[i] = f(a[i], b[i]);
}

template <Binary f>
SAGREDO_CLONES void each_of_column_and_scalar(const double* a, double b, double* out, std::size_t rows) {
#pragma GCC ivdep
  for (std::size_t i = 0; i < rows; ++i) out[i] = f(a[i], b);
}

template <Binary f>
SAGREDO_CLONES void each_of_scalar_and_column(double a, const double* b, double* out, std::size_t rows) {
#pragma GCC ivdep
  for (std::size_t i = 0; i < rows; ++i) out[i] = f(a, b[i]);
}

template <Binary f>
void each(const Operand& a, const Operand& b, double* out, std::size_t rows) {
  if (a.column && b.column) each_of_columns<f>(a.column, b.column, out, rows);
  else if (a.column) each_of_column_and_scalar<f>(a.column, b.scalar, out, rows);
  else if (b.column) each_of_scalar_and_column<f>(a.scalar, b.column, out, rows);
  else std::fill_n(out, rows, f(a.scalar, b.scalar));
}

// ---------------------------------------------------------------------------------- ordinary and other rows

bool ordinary_exponent(double x) { return !(std::abs(x) > vector_math::largest_ordinary_exponent); }
bool ordinary_angle(double x) { return !(std::abs(x) > vector_math::largest_angle); }

template <Predicate ordinary>
SAGREDO_CLONES bool all(const double* a, std::size_t rows) {
  std::uint64_t others = 0;  // as wide as a row, so that the loop is vectorised
  for (std::size_t i = 0; i < rows; ++i) others |= ordinary(a[i]) ? 0U : 1U;
  return others == 0;
}

// `fast` and `whole` have the same bits on ordinary rows.
template <Predicate ordinary, Unary fast, Unary whole>
void each(const double* a, double* out, std::size_t rows) {
  if (all<ordinary>(a, rows)) each<fast>(a, out, rows);
  else each<whole>(a, out, rows);
}

// Large angles are reduced by the library, which carries pi to as many digits as they take.
template <Unary fast, Unary library>
double any_angle(double x) {
  return ordinary_angle(x) ? fast(x) : library(x);
}

template <Unary fast, Unary library>
void each_angle(const double* a, double* out, std::size_t rows) {
  each<ordinary_angle, fast, any_angle<fast, library>>(a, out, rows);
}

double library_sin(double x) { return std::sin(x); }
double library_cos(double x) { return std::cos(x); }
double library_tan(double x) { return std::tan(x); }

// ---------------------------------------------------------------------------------- operations of one row

double negative(double x) { return -x; }
double inverse(double x) { return 1.0 / x; }
double square_root(double x) { return std::sqrt(x); }
double square(double x) { return x * x; }
double cube(double x) { return x * x * x; }
double absolute(double x) { return std::abs(x); }
double undefined(double) { return vector_math::nan; }

double sum(double x, double y) { return x + y; }
double difference(double x, double y) { return x - y; }
double product(double x, double y) { return x * y; }
double quotient(double x, double y) { return x / y; }
double minimum(double x, double y) { return y < x || y != y ? y : x; }
double maximum(double x, double y) { return x < y || y != y ? y : x; }

// ---------------------------------------------------------------------------------- powers

double fourth_power(double x) { return x * x * (x * x); }
// Of the inverse: x * x may overflow where its inverse is still a number.
double inverse_square(double x) { return 1.0 / x * (1.0 / x); }
// The roots of -0 and -infinity are those of 0 and infinity: so says IEEE's pow, unlike its sqrt.
double half_power(double x) { return std::sqrt(vector_math::principal(x)); }
double inverse_half_power(double x) { return 1.0 / std::sqrt(vector_math::principal(x)); }
double three_halves_power(double x) { return vector_math::principal(x) * std::sqrt(vector_math::principal(x)); }

struct FastPower {
  double exponent;
  ColumnKernel kernel;
};

// The exponents that a few roundings serve.
const std::array<FastPower, 8> fast_powers{{{2.0, each<square>},
                                            {-1.0, each<inverse>},
                                            {0.5, each<half_power>},
                                            {3.0, each<cube>},
                                            {-2.0, each<inverse_square>},
                                            {1.5, each<three_halves_power>},
                                            {-0.5, each<inverse_half_power>},
                                            {4.0, each<fourth_power>}}};

ColumnKernel fast_power(double exponent) {
  for (const FastPower& power : fast_powers)
    if (power.exponent == exponent) return power.kernel;
  return nullptr;
}

// A row takes the same way whether its exponent stands alone or in a column.
void each_power(const Operand& a, const Operand& b, double* out, std::size_t rows) {
  const auto base = [&](std::size_t i) { return a.column ? a.column[i] : a.scalar; };
  const auto exponent = [&](std::size_t i) { return b.column ? b.column[i] : b.scalar; };
  const bool shared = !b.column || std::all_of(b.column, b.column + rows, [&](double y) { return y == b.column[0]; });
  if (rows != 0 && shared && a.column)
    if (const ColumnKernel kernel = fast_power(exponent(0))) return kernel(a.column, out, rows);
  for (std::size_t i = 0; i < rows; ++i) {
    const double x = base(i), y = exponent(i);
    if (const ColumnKernel kernel = fast_power(y)) kernel(&x, out + i, 1);
    else out[i] = std::pow(x, y);
  }
}

}  // namespace

void apply_unary(Operation operation, const double* a, double* out, std::size_t rows) {
  switch (operation) {
    case Operation::neg: return each<negative>(a, out, rows);
    case Operation::inv: return each<inverse>(a, out, rows);
    case Operation::sqrt: return each<square_root>(a, out, rows);
    case Operation::cbrt: return each<vector_math::cbrt>(a, out, rows);
    case Operation::square: return each<square>(a, out, rows);
    case Operation::cube: return each<cube>(a, out, rows);
    case Operation::exp: return each<ordinary_exponent, ordinary_exp, vector_math::exp>(a, out, rows);
    case Operation::log: return each<is_positive_normal, ordinary_log, vector_math::log>(a, out, rows);
    case Operation::sin: return each_angle<vector_math::sin, library_sin>(a, out, rows);
    case Operation::cos: return each_angle<vector_math::cos, library_cos>(a, out, rows);
    case Operation::tan: return each_angle<vector_math::tan, library_tan>(a, out, rows);
    case Operation::arcsin: return each<vector_math::arcsin>(a, out, rows);
    case Operation::arccos: return each<vector_math::arccos>(a, out, rows);
    case Operation::arctan: return each<vector_math::arctan>(a, out, rows);
    case Operation::sinh: return each<vector_math::sinh>(a, out, rows);
    case Operation::cosh: return each<vector_math::cosh>(a, out, rows);
    case Operation::tanh: return each<vector_math::tanh>(a, out, rows);
    case Operation::abs: return each<absolute>(a, out, rows);
    default: return each<undefined>(a, out, rows);
  }
}

void apply_binary(Operation operation, Operand a, Operand b, double* out, std::size_t rows) {
  switch (operation) {
    case Operation::add: return each<sum>(a, b, out, rows);
    case Operation::sub: return each<difference>(a, b, out, rows);
    case Operation::mul: return each<product>(a, b, out, rows);
    case Operation::div: return each<quotient>(a, b, out, rows);
    case Operation::pow: return each_power(a, b, out, rows);
    case Operation::min: return each<minimum>(a, b, out, rows);
    case Operation::max: return each<maximum>(a, b, out, rows);
    default: std::fill_n(out, rows, vector_math::nan);
  }
}

}  // namespace sagredo
