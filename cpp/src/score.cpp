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
// The most times that a fit is repeated with what the likelihood asks for at its values.
constexpr int refits = 8;
// A thread takes at most so many programs at a time; it makes its workspace anew for each piece.
constexpr std::size_t programs_in_piece = 8;

bool all_finite(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
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

Scorer::Scorer(const ScoredData& data) : data_(data), ones_(data.columns.rows, 1.0), judge_(data.model->judge()) {
  if (const SmoothLikelihood* likelihood = judge_->smooth()) mode_finder_.emplace(*likelihood);
}

DataScore Scorer::score(const ProgramView& program, std::span<const double> start, const Box& box) {
  std::vector<double> parameters(start.begin(), start.end());
  if (start.empty()) return run(program, parameters) ? evidence(program, parameters, box) : undefined(parameters);
  judge_->begin(working_responses_, weights_);
  bool fitted = fit_first(program, parameters, box);
  for (int refit = 0; fitted && run(program, parameters); ++refit) {
    const bool settled = judge_->repeat(values(), rounding_, working_responses_, weights_);
    if (refit == refits || settled) {
      if (mode_finder_ && !climb(program, parameters, box)) return undefined(parameters);
      return evidence(program, parameters, box);
    }
    fitted = fit(program, parameters, box);
  }
  return undefined(parameters);
}

// As fit(), and from the most promising periods of parameters that came without a start.
bool Scorer::fit_first(const ProgramView& program, std::vector<double>& parameters, const Box& box) {
  Fitter fitter({data_.columns, working_responses_, weights_, ones_});
  FitResult found = fitter.search(program, parameters, box, iterations, 1, 0);
  if (found.stop != FitStop::exact) {
    FitResult other = fit_periods(fitter, program, parameters, data_.columns, box, iterations);
    if (other.residual_sum_of_squares < found.residual_sum_of_squares) found = std::move(other);
  }
  parameters = std::move(found.parameters);
  return found.stop != FitStop::undefined && all_finite(parameters);
}

bool Scorer::fit(const ProgramView& program, std::vector<double>& parameters, const Box& box) {
  Fitter fitter({data_.columns, working_responses_, weights_, ones_});
  FitResult found = fitter.search(program, parameters, box, iterations, 1, 0);
  parameters = std::move(found.parameters);
  return found.stop != FitStop::undefined && all_finite(parameters);
}

// From where least squares ends to the mode of the posterior, after run().
bool Scorer::climb(const ProgramView& program, std::vector<double>& parameters, const Box& box) {
  assign_scales(program, parameters.size());
  return mode_finder_->climb(program, data_.columns, scales_, box, parameters) && all_finite(parameters) &&
         run(program, parameters);
}

// Values, rounding bounds and derivatives; false where one of them does not exist.
bool Scorer::run(const ProgramView& program, std::span<const double> parameters) {
  const std::size_t rows = data_.columns.rows;
  differentiator_.forward(program, parameters, data_.columns);
  if (!all_finite(values())) return false;
  jacobian_.resize(parameters.size() * rows);
  if (!parameters.empty()) differentiator_.reverse_to_parameters(jacobian_.data());
  rounding_.resize(rows);
  differentiator_.rounding_bound(rounding_.data());
  return all_finite(jacobian_) && all_finite(rounding_);
}

std::span<const double> Scorer::values() const { return {differentiator_.output(), data_.columns.rows}; }

// The scales of the parameters' priors, after run().
void Scorer::assign_scales(const ProgramView& program, std::size_t parameters) {
  scales_.resize(parameters);
  if (parameters > 0)
    scale_assignment_.assign(program, differentiator_.node(0), data_.columns.rows, data_.declared_magnitudes,
                             data_.target_magnitude, scales_);
}

// The parameters and the noise integrated out, after run().
DataScore Scorer::evidence(const ProgramView& program, std::span<const double> parameters, const Box& box) {
  assign_scales(program, parameters.size());
  log_prior_.resize(parameters.size());
  for (std::size_t k = 0; k < parameters.size(); ++k) log_prior_[k] = cauchy_log_density(parameters[k], scales_[k]);
  for (std::size_t k = 0; k < std::min(parameters.size(), box.lower.size()); ++k)
    log_prior_[k] -= cauchy_log_probability(box.lower[k] / scales_[k], box.upper[k] / scales_[k]);
  Judgement found = judge_->weigh(values(), rounding_, jacobian_, log_prior_);
  if (!std::isfinite(found.data_bits)) return undefined(parameters);
  return {std::move(found), {parameters.begin(), parameters.end()}};
}

DataScore Scorer::undefined(std::span<const double> parameters) const {
  return {{infinity, 0.0, infinity, {}}, {parameters.begin(), parameters.end()}};
}

std::vector<DataScore> score_batch(const ScoredData& data, const Batch& batch,
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
