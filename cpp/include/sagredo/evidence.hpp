// Evidence: the probability of the data under a program, its parameters and the scale of the noise integrated out.
//
// `sagredo.objective.evidence` and `.noise` say in readable form what is computed here, and are its oracle.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "sagredo/likelihood.hpp"

namespace sagredo {

// What is known of the noise before the data: its scales given, one a row, or one unknown scale, log sigma uniform on
// [log lower, log upper].
struct NoisePrior {
  NoiseShape shape = NoiseShape::gaussian;
  double lower = 0.0;
  double upper = 0.0;
  std::span<const double> sigmas;  // empty: unknown
  std::span<const double> sides;   // of censored rows, as RowLikelihood has them; empty: all were measured
};

struct Evidence {
  double log_evidence;  // nats; -inf where a double cannot hold what it is computed from
  double noise_scale;   // at the peak of the integrand; the root mean square of those given
  std::vector<double> standard_errors;  // of the parameters
};

// Keeps its workspace from call to call, so give each thread its own.
class EvidenceIntegrator {
 public:
  explicit EvidenceIntegrator(const NoisePrior& prior) : prior_(prior) {}

  // log integral prod_i P_i(kappa, sigma)^(m_i) p(kappa) p(sigma) d kappa d sigma. `residuals` are those of the best
  // parameters, `jacobian` (parameters, rows) and the logarithms of the prior's densities are taken there.
  Evidence integrate(std::span<const double> residuals, std::span<const double> bins, std::span<const double> weights,
                     std::span<const double> jacobian, std::span<const double> log_prior_density);

  // The scale of the noise that explains the residuals best, the parameters held fixed.
  double likeliest_scale(std::span<const double> residuals, std::span<const double> bins,
                         std::span<const double> weights);

 private:
  void standardise(std::span<const double> residuals, std::span<const double> bins, std::span<const double> jacobian);
  bool representable(std::span<const double> weights, std::span<const double> units);
  void lay_nodes(double mode, double total, double floor);
  void find_peak(std::span<const double> weights, std::size_t parameters);
  void fit_nodes(double mode, std::size_t parameters);
  void integrate_parameters(std::span<const double> weights, std::span<const double> units,
                            std::vector<double>& standard_errors);
  void correct_for_bins();
  double correction_at(double place) const;
  double bin_correction(std::size_t node, std::size_t parameter, double deviation);
  double scale_at_peak() const;
  bool censored(std::size_t row) const { return !prior_.sides.empty() && prior_.sides[row] != 0.0; }
  double information_at(std::size_t row, double scale) const;
  std::size_t best_node() const;

  NoisePrior prior_;
  RowLikelihood likelihood_;
  // Residuals, bins and Jacobian in units of the given scales, or of the least.
  std::vector<double> residuals_;
  std::vector<double> bins_;
  std::vector<double> jacobian_;
  std::vector<double> sigma_;  // of the nodes, in the same units
  std::vector<double> log_weights_;
  std::vector<double> fit_;        // log-likelihood at the nodes
  std::vector<double> integrand_;  // that with the weights of the nodes, then with the parameters integrated out
  std::vector<double> information_;
  std::vector<double> directions_;
  std::vector<double> singular_;
  std::vector<double> right_;
  std::vector<double> change_;
  std::vector<double> shifts_;
  std::vector<double> moved_;
  std::vector<std::size_t> corrected_;  // nodes where bins are wide
  struct Knot {
    double place;  // log sigma
    double correction;
  };
  std::vector<Knot> knots_;  // those of them whose corrections are computed
};

}  // namespace sagredo
