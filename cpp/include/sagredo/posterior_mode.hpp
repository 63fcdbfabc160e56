// The mode of the posterior of a program's parameters under a smooth likelihood, by damped Fisher scoring.
#pragma once

#include <span>
#include <vector>

#include "sagredo/derivatives.hpp"
#include "sagredo/fit.hpp"
#include "sagredo/response_model.hpp"

namespace sagredo {

// Climbs log P(y | f(kappa)) + sum_j log Cauchy(kappa_j; 0, s_j), the scales s_j held fixed. Each step solves
//
//   (J^T diag(I) J + diag(2 / (s_j^2 + kappa_j^2)) + damping) step = gradient,
//
// the second term being the curvature of the parabola that supports the logarithm of Cauchy's density from below. The
// prior keeps the mode finite where the data alone would not (as successes that an input separates do).
class ModeFinder {
 public:
  explicit ModeFinder(const SmoothLikelihood& likelihood) : likelihood_(likelihood) {}

  // Moves `parameters` uphill to the mode, inside the box; false where no possible values are found.
  bool climb(const ProgramView& program, const Columns& columns, std::span<const double> scales, const Box& box,
             std::vector<double>& parameters);

 private:
  double height(const ProgramView& program, const Columns& columns, std::span<const double> parameters, double floor);
  bool climb(const ProgramView& program, const Columns& columns, const Box& box, double floor,
             std::vector<double>& parameters);
  bool linearise(std::span<const double> parameters, const Box& box, double floor);
  double damped_step(double damping);

  const SmoothLikelihood& likelihood_;
  std::span<const double> scales_;
  Differentiator differentiator_;
  std::size_t rows_ = 0;
  std::vector<double> jacobian_;
  std::vector<double> slope_;
  std::vector<double> information_;
  std::vector<double> gradient_;
  std::vector<double> curvature_;  // (parameters, parameters)
  std::vector<double> factor_;
  std::vector<double> step_;
  std::vector<double> trial_;
};

}  // namespace sagredo
