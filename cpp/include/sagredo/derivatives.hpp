// Derivatives of a program's value by its parameters and by every intermediate value z.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "sagredo/program.hpp"

namespace sagredo {

// One forward run of a program, and what can be read off it. It keeps its workspace from run to run.
// The program and the columns must outlive the calls that follow forward().
class Differentiator {
 public:
  void forward(const ProgramView& program, std::span<const double> parameters, const Columns& columns);

  std::size_t rows() const { return rows_; }
  const double* node(std::size_t i) const { return values_.data() + i * rows_; }
  const double* output() const { return node(program_.size() - 1); }

  // out (nodes, rows): dy/dz of every node, in reverse mode.
  void reverse_to_nodes(double* out);

  // out (parameters, rows): dy/dkappa, in reverse mode; nodes that no parameter reaches are passed over.
  void reverse_to_parameters(double* out);

  // out (parameters, rows): the sums of the nodes' derivatives over the occurrences of each parameter.
  void gather_parameters(const double* by_node, double* out) const;

  // out[i] = sum_k dy/dkappa_k direction_k on row i, in forward mode.
  void tangent(std::span<const double> direction, double* out);

  // out[i] bounds |computed - exact| on row i to first order (Higham 2002, section 3.1): every operation adds its own
  // rounding and passes on, by its derivatives, those of its operands. The inputs are taken to be exact.
  void rounding_bound(double* out);

 private:
  void reverse(double* adjoints, bool to_parameters_only);
  void partials(std::size_t i, double* by_left, double* by_right) const;

  ProgramView program_;
  std::size_t rows_ = 0;
  std::size_t parameter_count_ = 0;
  std::vector<Operands> operands_;
  std::vector<char> varies_;  // does a parameter reach the node?
  std::vector<double> values_;
  std::vector<double> work_;
  std::vector<double> by_left_;
  std::vector<double> by_right_;
};

}  // namespace sagredo
