// Elementwise kernels: special cases, and errors in units in the last place against long double.
#include "sagredo/kernels.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <limits>
#include <random>
#include <vector>

#include "require.hpp"

namespace {

using sagredo::Operand;
using sagredo::Operation;
using sagredo::test::require;
using Exact = long double (*)(long double);

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

double apply(Operation operation, double x) {
  sagredo::apply_unary(operation, &x, &x, 1);
  return x;
}

double apply(Operation operation, double x, double y) {
  sagredo::apply_binary(operation, Operand(x), Operand(y), &x, 1);
  return x;
}

bool identical(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b));
}

void errors_are_two_units_in_the_last_place_at_most(std::mt19937_64& rng) {
  struct Case {
    Operation operation;
    Exact exact;
    double low, high;
  };
  const std::vector<Case> cases{
      {Operation::sin, [](long double x) { return std::sin(x); }, -1.6e6, 1.6e6},
      {Operation::cos, [](long double x) { return std::cos(x); }, -7.0, 7.0},
      {Operation::tan, [](long double x) { return std::tan(x); }, -7.0, 7.0},
      {Operation::arcsin, [](long double x) { return std::asin(x); }, -1.0, 1.0},
      {Operation::arccos, [](long double x) { return std::acos(x); }, -1.0, 1.0},
      {Operation::arctan, [](long double x) { return std::atan(x); }, -5.0, 5.0},
      {Operation::sinh, [](long double x) { return std::sinh(x); }, -5.0, 5.0},
      {Operation::cosh, [](long double x) { return std::cosh(x); }, -5.0, 5.0},
      {Operation::tanh, [](long double x) { return std::tanh(x); }, -3.0, 3.0},
      {Operation::exp, [](long double x) { return std::exp(x); }, -700.0, 700.0},
      {Operation::log, [](long double x) { return std::log(x); }, 0.0, 4.0},
      {Operation::cbrt, [](long double x) { return std::cbrt(x); }, -1e3, 1e3},
      {Operation::sqrt, [](long double x) { return std::sqrt(x); }, 0.0, 1e3},
      {Operation::cube, [](long double x) { return x * x * x; }, -10.0, 10.0},
      {Operation::inv, [](long double x) { return 1.0L / x; }, 0.1, 10.0},
  };
  constexpr std::size_t rows = 20000;
  std::vector<double> x(rows), y(rows);
  for (const auto& [operation, exact, low, high] : cases) {
    std::uniform_real_distribution<double> draw(low, high);
    for (double& value : x) value = draw(rng);
    sagredo::apply_unary(operation, x.data(), y.data(), rows);
    for (std::size_t i = 0; i < rows; ++i) {
      const long double truth = exact(x[i]);
      const double rounded = std::abs(static_cast<double>(truth));
      const double unit = std::nextafter(rounded, infinity) - rounded;
      require(std::abs(y[i] - truth) <= 2.0L * unit, "a kernel errs by two units in the last place at most");
    }
    // In place, and one row at a time: the same bits.
    std::vector<double> again = x;
    sagredo::apply_unary(operation, again.data(), again.data(), rows);
    require(again == y, "a kernel works in place");
    for (std::size_t i = 0; i < 100; ++i)
      require(identical(apply(operation, x[i]), y[i]), "a row does not depend on its neighbours");
  }
}

void special_cases_are_those_of_the_standard() {
  const Operation odd[] = {Operation::neg,    Operation::cbrt, Operation::cube, Operation::sin, Operation::tan,
                           Operation::arcsin, Operation::arctan, Operation::sinh, Operation::tanh};
  for (const Operation operation : odd) {
    const double sign = operation == Operation::neg ? -1.0 : 1.0;
    require(identical(apply(operation, 0.0), sign * 0.0), "zero goes to zero");
    require(identical(apply(operation, -0.0), sign * -0.0), "odd functions keep the sign of zero");
    if (operation == Operation::cbrt || operation == Operation::cube) continue;
    require(identical(apply(operation, 5e-324), sign * 5e-324), "the smallest number is its own image");
  }
  for (int code = static_cast<int>(Operation::neg); code <= static_cast<int>(Operation::abs); ++code)
    require(std::isnan(apply(static_cast<Operation>(code), nan)), "NaN stays NaN");
  for (const Operation operation : {Operation::sin, Operation::cos, Operation::tan})
    require(std::isnan(apply(operation, infinity)), "infinite angles have no value");
  for (const Operation operation : {Operation::arcsin, Operation::arccos})
    require(std::isnan(apply(operation, 1.0 + 1e-15)) && std::isnan(apply(operation, -2.0)), "out of the domain");
  require(apply(Operation::exp, infinity) == infinity && apply(Operation::exp, -infinity) == 0.0, "exp of infinities");
  require(apply(Operation::exp, 709.0) < infinity && apply(Operation::exp, 710.0) == infinity, "exp overflows");
  require(apply(Operation::exp, -745.0) == 5e-324 && apply(Operation::exp, -746.0) == 0.0, "exp underflows");
  require(apply(Operation::sinh, 710.0) < infinity && apply(Operation::cosh, 710.0) < infinity, "halved in time");
  require(apply(Operation::log, 0.0) == -infinity && apply(Operation::log, -0.0) == -infinity, "log of zero");
  require(std::isnan(apply(Operation::log, -1.0)) && std::isnan(apply(Operation::sqrt, -1.0)), "out of the domain");
  require(apply(Operation::arccos, 1.0) == 0.0 && apply(Operation::tanh, -infinity) == -1.0, "ends of ranges");
  require(apply(Operation::sin, 1e22) == std::sin(1e22), "large angles are the library's");
}

void powers_agree_with_the_library() {
  const double numbers[] = {0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.3, 1e160, 1e-160, 5e-324, -7.0, infinity, -infinity, nan};
  const double exponents[] = {2.0, 3.0, 4.0, -1.0, -2.0, 0.5, -0.5, 1.5, 2.5, 0.0, 5.0, infinity, -infinity, nan};
  for (const double x : numbers)
    for (const double y : exponents) {
      const double power = apply(Operation::pow, x, y);
      const double library = std::pow(x, y);
      require(identical(power, library) || std::abs(power - library) <= 4e-16 * std::abs(library),
              "a power is the library's but for rounding");
      const std::vector<double> column(9, x), shared(9, y);
      std::vector<double> out(9);
      sagredo::apply_binary(Operation::pow, column.data(), shared.data(), out.data(), 9);
      for (const double value : out) require(identical(value, power), "a shared exponent changes no bit");
    }
}

void general_powers_err_by_two_units_in_the_last_place_at_most(std::mt19937_64& rng) {
  struct Case {
    double least_base, most_base, most_exponent;
  };
  for (const auto& [least, most, most_exponent] : {Case{0.1, 10.0, 5.0}, Case{1.0, 5.0, 400.0},
                                                   Case{0.999, 1.001, 1000.0}, Case{1e-100, 1e100, 3.0}}) {
    std::uniform_real_distribution<double> log_base(std::log(least), std::log(most));
    std::uniform_real_distribution<double> exponent(-most_exponent, most_exponent);
    std::vector<double> x(20000), y(x.size()), power(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
      x[i] = std::exp(log_base(rng));
      y[i] = exponent(rng);
    }
    sagredo::apply_binary(Operation::pow, x.data(), y.data(), power.data(), x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
      const long double exact = std::pow(static_cast<long double>(x[i]), static_cast<long double>(y[i]));
      const auto rounded = static_cast<double>(exact);
      const long double unit = std::nextafter(rounded, infinity) - rounded;
      require(std::abs(power[i] - exact) <= 2.0L * unit, "a power errs by two units in the last place at most");
    }
    for (std::size_t i = 0; i < 100; ++i)
      require(identical(apply(Operation::pow, x[i], y[i]), power[i]), "a power does not depend on its neighbours");
  }
}

void whole_powers_of_whole_numbers_are_exact() {
  constexpr double largest_whole = 0x1p53;
  for (int base = -40; base <= 40; ++base) {
    double power = 1.0;
    for (int exponent = 0; base != 0 && std::abs(power) <= largest_whole && exponent <= 60; ++exponent) {
      require(apply(Operation::pow, base, exponent) == power, "a whole power is exact");
      power *= base;
    }
    require(base >= 0 || std::isnan(apply(Operation::pow, base, 0.7)), "negative numbers have whole powers alone");
  }
}

void scalars_stand_for_columns(std::mt19937_64& rng) {
  std::uniform_real_distribution<double> draw(-2.0, 2.0);
  std::vector<double> a(37), scalar(37, 1.25), left(37), right(37);
  for (double& value : a) value = draw(rng);
  a[5] = nan;
  for (const Operation operation : {Operation::add, Operation::sub, Operation::mul, Operation::div, Operation::pow,
                                    Operation::min, Operation::max}) {
    sagredo::apply_binary(operation, a.data(), scalar.data(), left.data(), 37);
    sagredo::apply_binary(operation, a.data(), Operand(1.25), right.data(), 37);
    require(std::equal(left.begin(), left.end(), right.begin(), identical), "a scalar on the right");
    sagredo::apply_binary(operation, scalar.data(), a.data(), left.data(), 37);
    sagredo::apply_binary(operation, Operand(1.25), a.data(), right.data(), 37);
    require(std::equal(left.begin(), left.end(), right.begin(), identical), "a scalar on the left");
  }
}

}  // namespace

int main() {
  std::mt19937_64 rng(20260102);
  errors_are_two_units_in_the_last_place_at_most(rng);
  special_cases_are_those_of_the_standard();
  powers_agree_with_the_library();
  general_powers_err_by_two_units_in_the_last_place_at_most(rng);
  whole_powers_of_whole_numbers_are_exact();
  scalars_stand_for_columns(rng);
  std::puts("kernels: passed");
}
