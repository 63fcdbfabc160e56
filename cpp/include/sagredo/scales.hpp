// Scales of free parameters by dimensional analysis, with the magnitude of every column as its own base unit.
//
// `sagredo.domains.expressions.scales` says in readable form what is computed here, and is its oracle.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "sagredo/program.hpp"

namespace sagredo {

// sqrt(mean v^2) over the finite values; 1 where there are none or all are 0, as for a pure number.
double root_mean_square(std::span<const double> values);

// Keeps its workspace from call to call, so give each thread its own.
class ScaleAssignment {
 public:
  // The scales s_j of the parameters' priors; 1 for one that does not occur. `nodes` (nodes, rows) are the values of all
  // nodes, `declared` the magnitudes of the columns, NaN where they are those of the values.
  void assign(const ProgramView& program, const double* nodes, std::size_t rows, std::span<const double> declared,
              double target_magnitude, std::span<double> scales);

 private:
  using Want = std::optional<double>;  // none: the magnitude of the parameter-free part

  struct Factor {
    std::size_t node;
    double sign;  // of its exponent
  };

  void classify();
  void walk(std::size_t node, Want want);
  void sum(std::size_t node, Want want);
  void product(std::size_t node, Want want);
  void factors(std::size_t node, double sign, std::vector<Factor>& found) const;
  double magnitude(std::size_t node) const;

  ProgramView program_;
  const double* nodes_ = nullptr;
  std::size_t rows_ = 0;
  std::span<const double> declared_;
  std::span<double> scales_;
  std::vector<Operands> operands_;
  std::vector<char> free_;        // has the node parameters?
  std::vector<char> elastic_;     // does it scale with one of them?
  std::vector<double> exponent_;  // of powers with a constant exponent; 0 for others
  std::vector<char> visited_;     // by parameter
};

}  // namespace sagredo
