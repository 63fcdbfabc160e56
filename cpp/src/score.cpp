#include "sagredo/score.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "sagredo/parallel.hpp"
#include "sagredo/periods.hpp"

namespace sagredo {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
// Iterations of one descent; NIST's hardest regressions need fewer than 200.
constexpr std::size_t iterations = 500;
// The most times that a fit is repeated with the weights that its own noise scale asks for.
constexpr int refits = 8;
// Weights that agree to a tenth, up to one factor, hardly change a fit.
constexpr double agreement = 1.1;
// A thread takes at most so many programs at a time; it makes its workspace anew for each piece.
constexpr std::size_t programs_in_piece = 8;

bool all_finite(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
}

bool nearly_proportional(std::span<const double> left, std::span<const double> right) {
  double least = infinity;
  double most = 0.0;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (!(right[i] > 0.0)) continue;
    least = std::min(least, left[i] / right[i]);
    most = std::max(most, left[i] / right[i]);
  }
  return most <= agreement * least;
}

// log density of Cauchy(0, scale).
double cauchy_log_density(double value, double scale) {
  return -std::log(std::numbers::pi * scale) - 2.0 * std::log(std::hypot(1.0, value / scale));
}

// log of the probability that Cauchy(0, 1) lies between the bounds, by the arc tangent of the difference: that of the
// bounds' own arc tangents would cancel in the tails.
double cauchy_log_probability(double lower, double upper) {
  double angle = std::numbers::pi;
  if (std::isfinite(lower) && std::isfinite(upper)) angle = std::atan2(upper - lower, 1.0 + lower * upper);
  else if (std::isfinite(lower)) angle = std::atan2(1.0, lower);
  else if (std::isfinite(upper)) angle = std::atan2(1.0, -upper);
  return std::log(angle / std::numbers::pi);
}

}  // namespace

Scorer::Scorer(const RecordedData& data)
    : data_(data), ones_(data.columns.rows, 1.0), first_weights_(data.weights.begin(), data.weights.end()),
      integrator_(data.noise) {
  if (!data.noise.sigmas.empty())
    for (std::size_t i = 0; i < first_weights_.size(); ++i)
      first_weights_[i] *= information(data.noise.shape, data.bins[i], data.noise.sigmas[i]);
}

DataScore Scorer::score(const ProgramView& program, std::span<const double> start, const Box& box) {
  std::vector<double> parameters(start.begin(), start.end());
  if (start.empty()) return run(program, parameters) ? evidence(program, parameters, box) : undefined(parameters);
  weights_ = first_weights_;
  bool fitted = fit_first(program, parameters, box);
  for (int refit = 0; fitted && run(program, parameters); ++refit) {
    find_weights();
    if (refit == refits || nearly_proportional(wanted_, weights_)) return evidence(program, parameters, box);
    std::swap(weights_, wanted_);
    fitted = fit(program, parameters, box);
  }
  return undefined(parameters);
}

// As fit(), and from the most promising periods of parameters that came without a start.
bool Scorer::fit_first(const ProgramView& program, std::vector<double>& parameters, const Box& box) {
  Fitter fitter({data_.columns, data_.responses, weights_, ones_});
  FitResult found = fitter.search(program, parameters, box, iterations, 1, 0);
  if (found.stop != FitStop::exact) {
    FitResult other = fit_periods(fitter, program, parameters, data_.columns, box, iterations);
    if (other.residual_sum_of_squares < found.residual_sum_of_squares) found = std::move(other);
  }
  parameters = std::move(found.parameters);
  return found.stop != FitStop::undefined && all_finite(parameters);
}

bool Scorer::fit(const ProgramView& program, std::vector<double>& parameters, const Box& box) {
  Fitter fitter({data_.columns, data_.responses, weights_, ones_});
  FitResult found = fitter.search(program, parameters, box, iterations, 1, 0);
  parameters = std::move(found.parameters);
  return found.stop != FitStop::undefined && all_finite(parameters);
}

// Residuals, bins and derivatives; false where one of them does not exist.
bool Scorer::run(const ProgramView& program, std::span<const double> parameters) {
  const std::size_t rows = data_.columns.rows;
  differentiator_.forward(program, parameters, data_.columns);
  residuals_.resize(rows);
  for (std::size_t i = 0; i < rows; ++i) residuals_[i] = data_.responses[i] - differentiator_.output()[i];
  if (!all_finite(residuals_)) return false;
  jacobian_.resize(parameters.size() * rows);
  if (!parameters.empty()) differentiator_.reverse_to_parameters(jacobian_.data());
  bins_.resize(rows);
  differentiator_.rounding_bound(bins_.data());
  if (!all_finite(jacobian_) || !all_finite(bins_)) return false;
  for (std::size_t i = 0; i < rows; ++i) bins_[i] = std::max(data_.bins[i], 2.0 * bins_[i]);
  return true;
}

// The weights with which least squares maximises the likelihood at the likeliest noise.
void Scorer::find_weights() {
  const bool given = !data_.noise.sigmas.empty();
  const double common = given ? 0.0 : integrator_.likeliest_scale(residuals_, bins_, data_.weights);
  wanted_.resize(residuals_.size());
  for (std::size_t i = 0; i < wanted_.size(); ++i) {
    const double scale = given ? data_.noise.sigmas[i] : common;
    const double effective = std::sqrt(scale * scale + bins_[i] * bins_[i] / 12.0);
    wanted_[i] = data_.weights[i] * information(data_.noise.shape, bins_[i], scale) *
                 row_weight(data_.noise.shape, residuals_[i], effective);
  }
}

// The parameters and the noise integrated out, after run().
DataScore Scorer::evidence(const ProgramView& program, std::span<const double> parameters, const Box& box) {
  const std::size_t rows = data_.columns.rows;
  scales_.resize(parameters.size());
  log_prior_.resize(parameters.size());
  if (!parameters.empty())
    scale_assignment_.assign(program, differentiator_.node(0), rows, data_.declared_magnitudes, data_.target_magnitude,
                             scales_);
  for (std::size_t k = 0; k < parameters.size(); ++k) log_prior_[k] = cauchy_log_density(parameters[k], scales_[k]);
  for (std::size_t k = 0; k < std::min(parameters.size(), box.lower.size()); ++k)
    log_prior_[k] -= cauchy_log_probability(box.lower[k] / scales_[k], box.upper[k] / scales_[k]);
  Evidence found = integrator_.integrate(residuals_, bins_, data_.weights, jacobian_, log_prior_);
  if (!std::isfinite(found.log_evidence)) return undefined(parameters);
  double widened_bits = 0.0;
  double total = 0.0;
  double square = 0.0;
  bool exact = true;
  for (std::size_t i = 0; i < rows; ++i) {
    if (bins_[i] > data_.bins[i]) widened_bits += data_.weights[i] * std::log2(bins_[i] / data_.bins[i]);
    total += data_.weights[i];
    square += data_.weights[i] * residuals_[i] * residuals_[i];
    exact = exact && std::abs(residuals_[i]) <= 0.5 * bins_[i];
  }
  // A program whose own rounding hides the responses does not say them.
  exact = exact && widened_bits <= total;
  return {widened_bits - found.log_evidence / std::numbers::ln2, exact ? 0.0 : found.noise_scale,
          std::sqrt(square / total), {parameters.begin(), parameters.end()}, std::move(found.standard_errors)};
}

DataScore Scorer::undefined(std::span<const double> parameters) const {
  return {infinity, 0.0, infinity, {parameters.begin(), parameters.end()}, {}};
}

std::vector<DataScore> score_batch(const RecordedData& data, const Batch& batch,
                                   std::span<const std::int64_t> parameter_offsets, std::span<const double> starts,
                                   const Box& box, std::size_t threads) {
  std::vector<DataScore> scores(batch.size());
  const auto first = [&](std::size_t p) { return static_cast<std::size_t>(parameter_offsets[p]); };
  const std::size_t share = batch.size() / std::max<std::size_t>(threads, 1);
  const std::size_t size = std::clamp<std::size_t>(share, 1, programs_in_piece);
  parallel_for((batch.size() + size - 1) / size, threads, [&](std::size_t piece) {
    Scorer scorer(data);
    const std::size_t end = std::min(batch.size(), (piece + 1) * size);
    for (std::size_t p = piece * size; p < end; ++p)
      scores[p] = scorer.score(batch.program(p), starts.subspan(first(p), first(p + 1) - first(p)), box);
  });
  return scores;
}

}  // namespace sagredo
