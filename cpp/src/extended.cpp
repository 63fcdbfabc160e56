#include "sagredo/extended.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace sagredo {
namespace {

Extended apply(Operation operation, Extended a, Extended b) {
  switch (operation) {
    case Operation::add: return a + b;
    case Operation::sub: return a - b;
    case Operation::mul: return a * b;
    case Operation::div: return a / b;
    case Operation::pow: return std::pow(a, b);
    case Operation::min: return b < a || b != b ? b : a;
    case Operation::max: return a < b || b != b ? b : a;
    case Operation::neg: return -a;
    case Operation::inv: return 1 / a;
    case Operation::sqrt: return std::sqrt(a);
    case Operation::cbrt: return std::cbrt(a);
    case Operation::square: return a * a;
    case Operation::cube: return a * a * a;
    case Operation::exp: return std::exp(a);
    case Operation::log: return std::log(a);
    case Operation::sin: return std::sin(a);
    case Operation::cos: return std::cos(a);
    case Operation::tan: return std::tan(a);
    case Operation::arcsin: return std::asin(a);
    case Operation::arccos: return std::acos(a);
    case Operation::arctan: return std::atan(a);
    case Operation::sinh: return std::sinh(a);
    case Operation::cosh: return std::cosh(a);
    case Operation::tanh: return std::tanh(a);
    case Operation::abs: return std::abs(a);
    default: return std::numeric_limits<Extended>::quiet_NaN();
  }
}

struct Partials {
  Extended by_left;
  Extended by_right;
};

Partials partials(Operation operation, Extended a, Extended b, Extended v) {
  switch (operation) {
    case Operation::add: return {1, 1};
    case Operation::sub: return {1, -1};
    case Operation::mul: return {b, a};
    case Operation::div: return {1 / b, -v / b};
    case Operation::pow:
      return {b == 0 ? Extended{0} : b * std::pow(a, b - 1), a == 0 && b > 0 ? Extended{0} : v * std::log(a)};
    case Operation::min:
    case Operation::max: return v == a ? Partials{1, 0} : Partials{0, 1};
    case Operation::neg: return {-1, 0};
    case Operation::inv: return {-v * v, 0};
    case Operation::sqrt: return {1 / (2 * v), 0};
    case Operation::cbrt: return {1 / (3 * v * v), 0};
    case Operation::square: return {2 * a, 0};
    case Operation::cube: return {3 * a * a, 0};
    case Operation::exp: return {v, 0};
    case Operation::log: return {1 / a, 0};
    case Operation::sin: return {std::cos(a), 0};
    case Operation::cos: return {-std::sin(a), 0};
    case Operation::tan: return {1 + v * v, 0};
    case Operation::arcsin: return {1 / std::sqrt((1 - a) * (1 + a)), 0};
    case Operation::arccos: return {-1 / std::sqrt((1 - a) * (1 + a)), 0};
    case Operation::arctan: return {1 / (1 + a * a), 0};
    case Operation::sinh: return {std::cosh(a), 0};
    case Operation::cosh: return {std::sinh(a), 0};
    case Operation::tanh: return {1 / std::cosh(a) / std::cosh(a), 0};
    case Operation::abs: return {a < 0 ? Extended{-1} : Extended{1}, 0};
    default: return {0, 0};
  }
}

}  // namespace

ExtendedEvaluator::ExtendedEvaluator(const ProgramView& program)
    : program_(program), varies_(program.size()), values_(program.size()), adjoints_(program.size()) {
  find_operands(program.code, operands_);
  for (std::size_t i = 0; i < program.size(); ++i) {
    const auto [left, right] = operands_[i];
    varies_[i] = program.code[i].operation == Operation::parameter || (left != Operands::none && varies_[left]) ||
                 (right != Operands::none && varies_[right]);
  }
}

Extended ExtendedEvaluator::evaluate(std::span<const Extended> parameters, std::span<const Extended> columns,
                                     std::size_t row, std::size_t rows, Extended* gradient) {
  const std::size_t nodes = program_.size();
  const auto right_value = [&](std::size_t i) {
    return operands_[i].right == Operands::none ? Extended{0} : values_[operands_[i].right];
  };
  for (std::size_t i = 0; i < nodes; ++i) {
    const auto [operation, operand] = program_.code[i];
    switch (operation) {
      case Operation::variable: values_[i] = columns[operand * rows + row]; break;
      case Operation::constant: values_[i] = program_.constants[operand]; break;
      case Operation::parameter: values_[i] = parameters[operand]; break;
      default: values_[i] = apply(operation, values_[operands_[i].left], right_value(i));
    }
  }
  std::fill_n(gradient, parameters.size(), Extended{0});
  adjoints_[nodes - 1] = 1;
  for (std::size_t i = nodes; i-- > 0;) {
    if (!varies_[i]) continue;
    const auto [left, right] = operands_[i];
    if (left == Operands::none) {
      gradient[program_.code[i].operand] += adjoints_[i];
      continue;
    }
    const Partials by = partials(program_.code[i].operation, values_[left], right_value(i), values_[i]);
    adjoints_[left] = adjoints_[i] * by.by_left;
    if (right != Operands::none) adjoints_[right] = adjoints_[i] * by.by_right;
  }
  return values_[nodes - 1];
}

}  // namespace sagredo
