#include "sagredo/kernels.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "sagredo/target_clones.hpp"
#include "sagredo/vector_math/exponential.hpp"
#include "sagredo/vector_math/trigonometric.hpp"

namespace sagredo {
namespace {

using vector_math::is_positive_normal;
using vector_math::ordinary_exp;
using vector_math::ordinary_log;
using Unary = double (*)(double);
using Binary = double (*)(double, double);

// ---------------------------------------------------------------------------------- loops over the rows

// Operands as the loops see them.
struct Column {
  const double* values;
  double operator[](std::size_t row) const { return values[row]; }
};

struct Scalar {
  double value;
  double operator[](std::size_t) const { return value; }
};

// In place is fine: a row depends on itself alone, which is what the pragma says.
template <Unary f>
SAGREDO_CLONES void each(Operand a, Operand, double* out, std::size_t rows) {
  const double* values = a.column;
#pragma GCC ivdep
  for (std::size_t i = 0; i < rows; ++i) out[i] = f(values[i]);
}

template <Binary f, class A, class B>
SAGREDO_CLONES void each_pair(A a, B b, double* out, std::size_t rows) {
#pragma GCC ivdep
  for (std::size_t i = 0; i < rows; ++i) out[i] = f(a[i], b[i]);
}

template <Binary f>
void each(Operand a, Operand b, double* out, std::size_t rows) {
  if (a.column && b.column) each_pair<f>(Column{a.column}, Column{b.column}, out, rows);
  else if (a.column) each_pair<f>(Column{a.column}, Scalar{b.scalar}, out, rows);
  else if (b.column) each_pair<f>(Scalar{a.scalar}, Column{b.column}, out, rows);
  else std::fill_n(out, rows, f(a.scalar, b.scalar));
}

// ---------------------------------------------------------------------------------- ordinary and other rows

bool ordinary_exponent(double x) { return !(std::abs(x) > vector_math::largest_ordinary_exponent); }
bool ordinary_angle(double x) { return !(std::abs(x) > vector_math::largest_angle); }

// `fast` and `whole` have the same bits on ordinary rows.
template <bool (*ordinary)(double), Unary fast, Unary whole>
SAGREDO_CLONES void each(Operand a, Operand, double* out, std::size_t rows) {
  const double* values = a.column;
  std::uint64_t others = 0;  // as wide as a row, so that the loop is vectorised
  for (std::size_t i = 0; i < rows; ++i) others |= ordinary(values[i]) ? 0U : 1U;
  if (others == 0) {
#pragma GCC ivdep
    for (std::size_t i = 0; i < rows; ++i) out[i] = fast(values[i]);
  } else {
#pragma GCC ivdep
    for (std::size_t i = 0; i < rows; ++i) out[i] = whole(values[i]);
  }
}

// Large angles are reduced by the library, which carries pi to as many digits as they take.
template <Unary fast, Unary library>
double any_angle(double x) {
  return ordinary_angle(x) ? fast(x) : library(x);
}

template <Unary fast, Unary library>
constexpr Kernel each_angle = each<ordinary_angle, fast, any_angle<fast, library>>;

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
  Unary power;
  Kernel kernel;
};

template <Unary power>
constexpr FastPower fast(double exponent) {
  return {exponent, power, each<power>};
}

// The exponents that a few roundings serve.
constexpr std::array fast_powers{fast<square>(2.0),
                                 fast<inverse>(-1.0),
                                 fast<half_power>(0.5),
                                 fast<cube>(3.0),
                                 fast<inverse_square>(-2.0),
                                 fast<three_halves_power>(1.5),
                                 fast<inverse_half_power>(-0.5),
                                 fast<fourth_power>(4.0)};

const FastPower* fast_power(double exponent) {
  for (const FastPower& power : fast_powers)
    if (power.exponent == exponent) return &power;
  return nullptr;
}

bool is_ordinary_power(double x, double y) {
  bool ordinary = vector_math::is_ordinary_power(x, y);
  for (const FastPower& power : fast_powers) ordinary &= power.exponent != y;
  return ordinary;
}

double any_power(double x, double y) {
  if (const FastPower* fast = fast_power(y)) return fast->power(x);
  return is_ordinary_power(x, y) ? vector_math::ordinary_pow(x, y) : std::pow(x, y);
}

template <class A, class B>
SAGREDO_CLONES void each_power(A a, B b, double* out, std::size_t rows) {
  std::uint64_t others = 0;
  for (std::size_t i = 0; i < rows; ++i) others |= is_ordinary_power(a[i], b[i]) ? 0U : 1U;
  if (others == 0) {
#pragma GCC ivdep
    for (std::size_t i = 0; i < rows; ++i) out[i] = vector_math::ordinary_pow(a[i], b[i]);
  } else {
    for (std::size_t i = 0; i < rows; ++i) out[i] = any_power(a[i], b[i]);
  }
}

// A row takes the same way whether its exponent stands alone or in a column.
void each_power(Operand a, Operand b, double* out, std::size_t rows) {
  if (b.column && std::all_of(b.column, b.column + rows, [&](double y) { return y == b.column[0]; }))
    b = Operand(rows == 0 ? 0.0 : b.column[0]);
  const FastPower* fast = b.column ? nullptr : fast_power(b.scalar);
  if (a.column && fast) fast->kernel(a, b, out, rows);
  else if (a.column && b.column) each_power(Column{a.column}, Column{b.column}, out, rows);
  else if (a.column) each_power(Column{a.column}, Scalar{b.scalar}, out, rows);
  else if (b.column) each_power(Scalar{a.scalar}, Column{b.column}, out, rows);
  else std::fill_n(out, rows, any_power(a.scalar, b.scalar));
}

// ---------------------------------------------------------------------------------- kernels by operation

constexpr Kernel kernel_of(Operation operation) {
  switch (operation) {
    case Operation::neg: return each<negative>;
    case Operation::inv: return each<inverse>;
    case Operation::sqrt: return each<square_root>;
    case Operation::cbrt: return each<vector_math::cbrt>;
    case Operation::square: return each<square>;
    case Operation::cube: return each<cube>;
    case Operation::exp: return each<ordinary_exponent, ordinary_exp, vector_math::exp>;
    case Operation::log: return each<is_positive_normal, ordinary_log, vector_math::log>;
    case Operation::sin: return each_angle<vector_math::sin, library_sin>;
    case Operation::cos: return each_angle<vector_math::cos, library_cos>;
    case Operation::tan: return each_angle<vector_math::tan, library_tan>;
    case Operation::arcsin: return each<vector_math::arcsin>;
    case Operation::arccos: return each<vector_math::arccos>;
    case Operation::arctan: return each<vector_math::arctan>;
    case Operation::sinh: return each<vector_math::sinh>;
    case Operation::cosh: return each<vector_math::cosh>;
    case Operation::tanh: return each<vector_math::tanh>;
    case Operation::abs: return each<absolute>;
    case Operation::add: return each<sum>;
    case Operation::sub: return each<difference>;
    case Operation::mul: return each<product>;
    case Operation::div: return each<quotient>;
    case Operation::pow: return each_power;
    case Operation::min: return each<minimum>;
    case Operation::max: return each<maximum>;
    default: return each<undefined>;
  }
}

}  // namespace

constinit const std::array<Kernel, operation_count> kernels = [] {
  std::array<Kernel, operation_count> by_operation{};
  for (std::size_t code = 0; code < operation_count; ++code)
    by_operation[code] = kernel_of(static_cast<Operation>(code));
  return by_operation;
}();

}  // namespace sagredo
