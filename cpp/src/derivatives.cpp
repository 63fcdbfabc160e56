#include "sagredo/derivatives.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sagredo/evaluation.hpp"
#include "sagredo/kernels.hpp"

namespace sagredo {
namespace {

constexpr double unit_roundoff = 0.5 * std::numeric_limits<double>::epsilon();
// Arithmetic and square roots are rounded correctly; the other kernels keep within two units in the last place,
// which are at most four units of roundoff.
constexpr double kernel_roundoffs = 4.0;

bool rounded_correctly(Operation operation) {
  switch (operation) {
    case Operation::add:
    case Operation::sub:
    case Operation::mul:
    case Operation::div:
    case Operation::inv:
    case Operation::sqrt:
    case Operation::square: return true;
    default: return false;
  }
}

bool is_exact(Operation operation) {
  return arity(operation) == 0 || operation == Operation::neg || operation == Operation::abs ||
         operation == Operation::min || operation == Operation::max;
}

template <class F>
void fill(double* out, std::size_t rows, F f) {
  for (std::size_t i = 0; i < rows; ++i) out[i] = f(i);
}

}  // namespace

void Differentiator::forward(const ProgramView& program, std::span<const double> parameters, const Columns& columns) {
  program_ = program;
  rows_ = columns.rows;
  parameter_count_ = parameters.size();
  const std::size_t nodes = program.size();
  find_operands(program.code, operands_);
  values_.resize(nodes * rows_);
  by_left_.resize(rows_);
  by_right_.resize(rows_);
  varies_.assign(nodes, 0);
  for (std::size_t i = 0; i < nodes; ++i) {
    const auto [left, right] = operands_[i];
    varies_[i] = program.code[i].operation == Operation::parameter || (left != Operands::none && varies_[left]) ||
                 (right != Operands::none && varies_[right]);
  }
  evaluate_nodes(program, parameters, columns, values_.data());
}

void Differentiator::partials(std::size_t i, double* by_left, double* by_right) const {
  const double* v = node(i);
  const double* a = node(operands_[i].left);
  const double* b = operands_[i].right == Operands::none ? nullptr : node(operands_[i].right);
  const std::size_t n = rows_;
  switch (program_.code[i].operation) {
    case Operation::add:
      std::fill_n(by_left, n, 1.0);
      std::fill_n(by_right, n, 1.0);
      break;
    case Operation::sub:
      std::fill_n(by_left, n, 1.0);
      std::fill_n(by_right, n, -1.0);
      break;
    case Operation::mul:
      std::copy_n(b, n, by_left);
      std::copy_n(a, n, by_right);
      break;
    case Operation::div:
      fill(by_left, n, [=](std::size_t r) { return 1.0 / b[r]; });
      fill(by_right, n, [=](std::size_t r) { return -v[r] / b[r]; });
      break;
    case Operation::pow:
      // d a^b = b a^(b-1) da + a^b log(a) db; 0^b is 0 for all b > 0 near by.
      fill(by_right, n, [=](std::size_t r) { return b[r] - 1.0; });
      apply_binary(Operation::pow, a, by_right, by_left, n);
      fill(by_left, n, [=](std::size_t r) { return b[r] == 0.0 ? 0.0 : b[r] * by_left[r]; });
      apply_unary(Operation::log, a, by_right, n);
      fill(by_right, n, [=](std::size_t r) { return a[r] == 0.0 && b[r] > 0.0 ? 0.0 : v[r] * by_right[r]; });
      break;
    case Operation::min:
      fill(by_left, n, [=](std::size_t r) { return v[r] == a[r] ? 1.0 : 0.0; });
      fill(by_right, n, [=](std::size_t r) { return 1.0 - by_left[r]; });
      break;
    case Operation::max:
      fill(by_left, n, [=](std::size_t r) { return v[r] == a[r] ? 1.0 : 0.0; });
      fill(by_right, n, [=](std::size_t r) { return 1.0 - by_left[r]; });
      break;
    case Operation::neg: std::fill_n(by_left, n, -1.0); break;
    case Operation::inv: fill(by_left, n, [=](std::size_t r) { return -v[r] * v[r]; }); break;
    case Operation::sqrt: fill(by_left, n, [=](std::size_t r) { return 0.5 / v[r]; }); break;
    case Operation::cbrt: fill(by_left, n, [=](std::size_t r) { return 1.0 / (3.0 * v[r] * v[r]); }); break;
    case Operation::square: fill(by_left, n, [=](std::size_t r) { return 2.0 * a[r]; }); break;
    case Operation::cube: fill(by_left, n, [=](std::size_t r) { return 3.0 * a[r] * a[r]; }); break;
    case Operation::exp: std::copy_n(v, n, by_left); break;
    case Operation::log: fill(by_left, n, [=](std::size_t r) { return 1.0 / a[r]; }); break;
    case Operation::sin: apply_unary(Operation::cos, a, by_left, n); break;
    case Operation::cos:
      apply_unary(Operation::sin, a, by_left, n);
      fill(by_left, n, [=](std::size_t r) { return -by_left[r]; });
      break;
    case Operation::tan: fill(by_left, n, [=](std::size_t r) { return 1.0 + v[r] * v[r]; }); break;
    case Operation::arcsin: fill(by_left, n, [=](std::size_t r) { return 1.0 / std::sqrt((1.0 - a[r]) * (1.0 + a[r])); }); break;
    case Operation::arccos: fill(by_left, n, [=](std::size_t r) { return -1.0 / std::sqrt((1.0 - a[r]) * (1.0 + a[r])); }); break;
    case Operation::arctan: fill(by_left, n, [=](std::size_t r) { return 1.0 / (1.0 + a[r] * a[r]); }); break;
    case Operation::sinh: apply_unary(Operation::cosh, a, by_left, n); break;
    case Operation::cosh: apply_unary(Operation::sinh, a, by_left, n); break;
    case Operation::tanh:
      apply_unary(Operation::cosh, a, by_left, n);
      fill(by_left, n, [=](std::size_t r) { return 1.0 / by_left[r] / by_left[r]; });
      break;
    case Operation::abs: fill(by_left, n, [=](std::size_t r) { return a[r] < 0.0 ? -1.0 : 1.0; }); break;
    default: break;
  }
}

void Differentiator::reverse(double* adjoints, bool to_parameters_only) {
  const std::size_t nodes = program_.size();
  std::fill_n(adjoints + (nodes - 1) * rows_, rows_, 1.0);
  // Every node is an operand once, so each adjoint is written once: y's derivative by its parent times the partial.
  for (std::size_t i = nodes; i-- > 0;) {
    const auto [left, right] = operands_[i];
    if (left == Operands::none || (to_parameters_only && !varies_[i])) continue;
    partials(i, by_left_.data(), by_right_.data());
    const double* adjoint = adjoints + i * rows_;
    double* to_left = adjoints + left * rows_;
    for (std::size_t r = 0; r < rows_; ++r) to_left[r] = adjoint[r] * by_left_[r];
    if (right == Operands::none) continue;
    double* to_right = adjoints + right * rows_;
    for (std::size_t r = 0; r < rows_; ++r) to_right[r] = adjoint[r] * by_right_[r];
  }
}

void Differentiator::reverse_to_nodes(double* out) { reverse(out, false); }

void Differentiator::gather_parameters(const double* by_node, double* out) const {
  std::fill_n(out, parameter_count_ * rows_, 0.0);
  for (std::size_t i = 0; i < program_.size(); ++i) {
    if (program_.code[i].operation != Operation::parameter) continue;
    double* column = out + program_.code[i].operand * rows_;
    for (std::size_t r = 0; r < rows_; ++r) column[r] += by_node[i * rows_ + r];
  }
}

void Differentiator::reverse_to_parameters(double* out) {
  work_.resize(program_.size() * rows_);
  reverse(work_.data(), true);
  gather_parameters(work_.data(), out);
}

void Differentiator::tangent(std::span<const double> direction, double* out) {
  work_.assign(program_.size() * rows_, 0.0);
  for (std::size_t i = 0; i < program_.size(); ++i) {
    if (!varies_[i]) continue;
    double* tangents = work_.data() + i * rows_;
    const auto [left, right] = operands_[i];
    if (left == Operands::none) {
      std::fill_n(tangents, rows_, direction[program_.code[i].operand]);
      continue;
    }
    partials(i, by_left_.data(), by_right_.data());
    // Operands that no parameter reaches are left out: a partial that does not exist there is nobody's business.
    if (varies_[left]) fill(tangents, rows_, [&](std::size_t r) { return by_left_[r] * work_[left * rows_ + r]; });
    if (right != Operands::none && varies_[right])
      fill(tangents, rows_, [&](std::size_t r) { return tangents[r] + by_right_[r] * work_[right * rows_ + r]; });
  }
  std::copy_n(work_.data() + (program_.size() - 1) * rows_, rows_, out);
}

void Differentiator::rounding_bound(double* out) {
  work_.assign(program_.size() * rows_, 0.0);
  for (std::size_t i = 0; i < program_.size(); ++i) {
    const auto [left, right] = operands_[i];
    if (left == Operands::none) continue;
    const Operation operation = program_.code[i].operation;
    double* error = work_.data() + i * rows_;
    const double* value = node(i);
    const double own = is_exact(operation) ? 0.0 : unit_roundoff * (rounded_correctly(operation) ? 1.0 : kernel_roundoffs);
    partials(i, by_left_.data(), by_right_.data());
    // An operand without error passes none on, even through an infinite derivative.
    const auto passed = [](double derivative, double e) { return e == 0.0 ? 0.0 : std::abs(derivative) * e; };
    for (std::size_t r = 0; r < rows_; ++r)
      error[r] = own * std::abs(value[r]) + passed(by_left_[r], work_[left * rows_ + r]);
    if (right == Operands::none) continue;
    for (std::size_t r = 0; r < rows_; ++r) error[r] += passed(by_right_[r], work_[right * rows_ + r]);
  }
  std::copy_n(work_.data() + (program_.size() - 1) * rows_, rows_, out);
}

}  // namespace sagredo
