#include "sagredo/scales.hpp"

#include <algorithm>
#include <cmath>

namespace sagredo {
namespace {

bool keeps_magnitude(Operation operation) {
  switch (operation) {
    case Operation::add:
    case Operation::sub:
    case Operation::min:
    case Operation::max:
    case Operation::neg:
    case Operation::abs: return true;
    default: return false;
  }
}

bool is_product(Operation operation) { return operation == Operation::mul || operation == Operation::div; }

// The value as a positive finite number; 1, a pure number's, where it is none.
double positive(std::optional<double> want) { return want && std::isfinite(*want) && *want > 0.0 ? *want : 1.0; }

std::optional<double> power(std::optional<double> want, double exponent) {
  if (!want) return std::nullopt;
  return std::pow(positive(want), exponent);
}

}  // namespace

double root_mean_square(std::span<const double> values) {
  double largest = 0.0;
  for (const double value : values)
    if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
  if (largest == 0.0) return 1.0;
  double sum = 0.0;
  double count = 0.0;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    sum += (value / largest) * (value / largest);
    count += 1.0;
  }
  return largest * std::sqrt(sum / count);
}

void ScaleAssignment::assign(const ProgramView& program, const double* nodes, std::size_t rows,
                             std::span<const double> declared, double target_magnitude, std::span<double> scales) {
  program_ = program;
  nodes_ = nodes;
  rows_ = rows;
  declared_ = declared;
  scales_ = scales;
  std::fill(scales.begin(), scales.end(), 1.0);
  visited_.assign(scales.size(), 0);
  classify();
  walk(program.size() - 1, target_magnitude);
}

void ScaleAssignment::classify() {
  const std::size_t size = program_.size();
  find_operands(program_.code, operands_);
  free_.assign(size, 0);
  elastic_.assign(size, 0);
  exponent_.assign(size, 0.0);
  for (std::size_t i = 0; i < size; ++i) {
    const Operation operation = program_.code[i].operation;
    const auto [left, right] = operands_[i];
    if (left == Operands::none) {
      free_[i] = elastic_[i] = operation == Operation::parameter;
      continue;
    }
    const bool binary = right != Operands::none;
    free_[i] = free_[left] || (binary && free_[right]);
    switch (operation) {
      case Operation::inv: exponent_[i] = -1.0; break;
      case Operation::square: exponent_[i] = 2.0; break;
      case Operation::cube: exponent_[i] = 3.0; break;
      case Operation::sqrt: exponent_[i] = 1.0 / 2.0; break;
      case Operation::cbrt: exponent_[i] = 1.0 / 3.0; break;
      case Operation::pow:
        if (program_.code[right].operation == Operation::constant) {
          const double value = program_.constants[program_.code[right].operand];
          exponent_[i] = std::isfinite(value) ? value : 0.0;
        }
        break;
      default: break;
    }
    if (keeps_magnitude(operation)) elastic_[i] = elastic_[left] && (!binary || elastic_[right]);
    else if (is_product(operation)) elastic_[i] = elastic_[left] || elastic_[right];
    else elastic_[i] = exponent_[i] != 0.0 && elastic_[left];
  }
}

double ScaleAssignment::magnitude(std::size_t node) const {
  const auto [operation, operand] = program_.code[node];
  if (operation == Operation::variable && !std::isnan(declared_[operand])) return declared_[operand];
  return root_mean_square({nodes_ + node * rows_, rows_});
}

void ScaleAssignment::walk(std::size_t node, Want want) {
  if (!free_[node]) return;
  const auto [operation, operand] = program_.code[node];
  const auto [left, right] = operands_[node];
  if (operation == Operation::parameter) {
    if (!visited_[operand]) scales_[operand] = positive(want);
    visited_[operand] = 1;
  } else if (keeps_magnitude(operation)) {
    sum(node, want);
  } else if (is_product(operation)) {
    product(node, want);
  } else if (exponent_[node] != 0.0) {
    walk(left, power(want, 1.0 / exponent_[node]));
  } else if (operation == Operation::pow) {
    walk(right, 1.0);
    walk(left, std::nullopt);
  } else {
    walk(left, 1.0);
  }
}

void ScaleAssignment::sum(std::size_t node, Want want) {
  const auto [left, right] = operands_[node];
  const bool binary = right != Operands::none;
  Want largest;
  for (const std::size_t argument : {left, right}) {
    if (argument == Operands::none || elastic_[argument]) continue;
    walk(argument, want);
  }
  if (!want)
    for (const std::size_t argument : {left, right})
      if (argument != Operands::none && !elastic_[argument])
        largest = std::max(largest.value_or(0.0), magnitude(argument));
  if (elastic_[left]) walk(left, want ? want : largest);
  if (binary && elastic_[right]) walk(right, want ? want : largest);
}

void ScaleAssignment::product(std::size_t node, Want want) {
  std::vector<Factor> all;
  factors(node, 1.0, all);
  const auto count = [&](const std::vector<char>& kind) {
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const Factor& f) { return kind[f.node]; }));
  };
  const std::size_t elastic = count(elastic_);
  const std::size_t free = count(free_);
  const auto shares = [&](const Factor& f) { return elastic > 0 ? elastic_[f.node] != 0 : free == 1 && free_[f.node]; };
  for (const Factor& factor : all)
    if (!shares(factor)) walk(factor.node, std::nullopt);
  if (want)
    for (const Factor& factor : all)
      if (!shares(factor)) {
        const double own = positive(magnitude(factor.node));
        want = factor.sign > 0.0 ? *want / own : *want * own;
      }
  const double parts = static_cast<double>(elastic > 0 ? elastic : 1);
  for (const Factor& factor : all)
    if (shares(factor)) walk(factor.node, power(want, factor.sign / parts));
}

void ScaleAssignment::factors(std::size_t node, double sign, std::vector<Factor>& found) const {
  const Operation operation = program_.code[node].operation;
  if (!is_product(operation)) {
    found.push_back({node, sign});
    return;
  }
  factors(operands_[node].left, sign, found);
  factors(operands_[node].right, operation == Operation::mul ? sign : -sign, found);
}

}  // namespace sagredo
