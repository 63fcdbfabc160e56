// Weighted nonlinear least squares: the parameters of one program.
//
// Minimises S(kappa) = sum_i w_i ((y_i - f(x_i; kappa)) / s_i)^2. Parameters that enter linearly are solved for
// (variable projection: Golub & Pereyra 1973, with Kaufman's Jacobian, 1975), the others found by the method of
// Levenberg and Marquardt, scaled as by More 1978. Outliers: Student's t by iteratively reweighted least squares.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sagredo/derivatives.hpp"
#include "sagredo/program.hpp"

namespace sagredo {

// The observations. `weights` are multiplicities, `inverse_sigmas` are 1 / s_i.
struct FitData {
  Columns columns;
  std::span<const double> responses;
  std::span<const double> weights;
  std::span<const double> inverse_sigmas;
};

// The bounds of the first parameters; the others have none.
struct Box {
  std::span<const double> lower;
  std::span<const double> upper;
};

// Residuals r_i / s_i ~ scale * t(degrees_of_freedom).
struct StudentNoise {
  double degrees_of_freedom;
  double scale;
};

enum class FitStop : std::uint8_t {
  converged,       // the residuals are orthogonal to the Jacobian, or the steps are below rounding
  exact,           // the residuals are rounding errors
  stalled,         // no step goes down, but the gradient is not small
  iteration_limit,
  undefined,       // the program has no value on some row at any start
};

struct FitResult {
  std::vector<double> parameters;
  double residual_sum_of_squares;  // S
  FitStop stop;
  std::size_t evaluations;  // of the program on all rows
  std::vector<double> covariance;  // (J^T W J)^-1 (parameters, parameters); empty unless polished
};

// Fits one program after the other; keeps its workspace, so give each thread its own.
class Fitter {
 public:
  explicit Fitter(const FitData& data);

  // The least S over the linear parameters at the others' values given; infinite where the program has no value.
  double profile(const ProgramView& program, std::span<const double> parameters, const Box& box);

  // One descent from `start`.
  FitResult descend(const ProgramView& program, std::span<const double> start, const Box& box, std::size_t iterations);

  // The best of several descents: the first from `start`, the others from random multiples of it (of 1 where it is
  // 0), up to two orders of magnitude to each side, of either sign, or from points of a bounded box.
  FitResult search(const ProgramView& program, std::span<const double> start, const Box& box, std::size_t iterations,
                   std::size_t starts, std::uint64_t seed);

  // Reweights until the parameters of the t distribution's maximum likelihood stand.
  FitResult reweight(const ProgramView& program, FitResult result, const Box& box, std::size_t iterations,
                     const StudentNoise& noise);

  // The last digits, by Gauss-Newton steps in extended precision, and the covariance.
  void polish(const ProgramView& program, FitResult& result, const Box& box);

 private:
  FitResult descend(const ProgramView& program, std::span<const double> start, const Box& box, std::size_t iterations,
                    double damping);
  bool begin(const ProgramView& program, std::span<const double> start, const Box& box);
  bool evaluate(const ProgramView& program);
  bool solve_linear(const ProgramView& program);
  bool assemble();
  bool rounding_alone(const ProgramView& program, std::span<const double> parameters, double sum_of_squares);
  double damped_step(double damping);

  FitData data_;
  std::size_t rows_;
  std::vector<double> root_weights_;
  double exact_sum_of_squares_;  // below it the residuals are rounding errors

  Differentiator differentiator_;
  std::vector<std::size_t> linear_;
  std::vector<std::size_t> nonlinear_;
  std::vector<double> parameters_;
  std::vector<double> jacobian_;   // (parameters, rows)
  std::vector<double> residuals_;  // weighted
  double sum_of_squares_;
  std::size_t evaluations_;
  // The QR decomposition of the linear columns followed by those of the parameters that are free to move.
  std::vector<double> factor_;
  std::vector<double> projected_;
  std::vector<double> scaling_;
  std::vector<double> damped_;
  std::vector<double> damped_right_;
  std::vector<double> step_;
};

}  // namespace sagredo
