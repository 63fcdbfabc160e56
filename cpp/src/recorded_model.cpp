#include "sagredo/recorded_model.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace sagredo {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
// Weights that agree to a tenth, up to one factor, hardly change a fit.
constexpr double agreement = 1.1;

// Of the standard deviation that its information leaves: so little moved, a working response hardly changes a fit.
constexpr double settled_share = 0.01;

// Rows of a side do not count.
bool nearly_proportional(std::span<const double> left, std::span<const double> right, std::span<const double> sides) {
  double least = infinity;
  double most = 0.0;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (!(right[i] > 0.0) || (!sides.empty() && sides[i] != 0.0)) continue;
    least = std::min(least, left[i] / right[i]);
    most = std::max(most, left[i] / right[i]);
  }
  return most <= agreement * least;
}

class RecordedJudge final : public ResponseJudge {
 public:
  explicit RecordedJudge(const RecordedResponses& data)
      : data_(data), integrator_({data.shape, data.lower, data.upper, data.sigmas, data.sides}) {}

  void begin(std::vector<double>& responses, std::vector<double>& weights) override {
    responses = data_.responses;
    weights = data_.weights;
    if (data_.sigmas.empty()) return;
    for (std::size_t i = 0; i < weights.size(); ++i)
      weights[i] *= information(data_.shape, data_.bins[i], data_.sigmas[i]);
  }

  // The weights with which least squares maximises the likelihood at the likeliest noise. Of a bound, a step of Newton's
  // method is that of a response so far from the value, of the weight that the tail has.
  bool repeat(std::span<const double> values, std::span<const double> rounding, std::vector<double>& responses,
              std::vector<double>& weights) override {
    look_at(values, rounding);
    const bool given = !data_.sigmas.empty();
    const double common = given ? 0.0 : integrator_.likeliest_scale(residuals_, bins_, data_.weights);
    wanted_.resize(residuals_.size());
    bool still = true;
    for (std::size_t i = 0; i < wanted_.size(); ++i) {
      const double scale = given ? data_.sigmas[i] : common;
      const double effective = std::sqrt(scale * scale + bins_[i] * bins_[i] / 12.0);
      if (!data_.sides.empty() && data_.sides[i] != 0.0) {
        const Tail tail = normal_tail(-data_.sides[i] * residuals_[i] / effective);
        wanted_[i] = data_.weights[i] * tail.information / (effective * effective);
        const double response = values[i] + data_.sides[i] * effective * tail.step;
        const double change = std::abs(response - responses[i]) * std::sqrt(tail.information);
        still = still && change <= settled_share * effective;
        responses[i] = response;
        continue;
      }
      wanted_[i] = data_.weights[i] * information(data_.shape, bins_[i], scale) *
                   row_weight(data_.shape, residuals_[i], effective);
    }
    const bool settled = still && nearly_proportional(wanted_, weights, data_.sides);
    std::swap(weights, wanted_);
    return settled;
  }

  Judgement weigh(std::span<const double> values, std::span<const double> rounding, std::span<const double> jacobian,
                  std::span<const double> log_prior_density) override {
    look_at(values, rounding);
    Evidence found = integrator_.integrate(residuals_, bins_, data_.weights, jacobian, log_prior_density);
    return recorded_judgement(std::move(found), residuals_, bins_, data_.bins, data_.weights, data_.sides);
  }

 private:
  void look_at(std::span<const double> values, std::span<const double> rounding) {
    residuals_.resize(values.size());
    bins_.resize(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      residuals_[i] = data_.responses[i] - values[i];
      bins_[i] = std::max(data_.bins[i], 2.0 * rounding[i]);
    }
  }

  const RecordedResponses& data_;
  EvidenceIntegrator integrator_;
  std::vector<double> wanted_;
  std::vector<double> residuals_;
  std::vector<double> bins_;
};

}  // namespace

Judgement recorded_judgement(Evidence found, std::span<const double> residuals, std::span<const double> bins,
                             std::span<const double> recorded, std::span<const double> weights,
                             std::span<const double> sides) {
  if (!std::isfinite(found.log_evidence)) return {infinity, 0.0, infinity, {}};
  double widened_bits = 0.0;
  double total = 0.0;
  double square = 0.0;
  bool exact = true;
  for (std::size_t i = 0; i < residuals.size(); ++i) {
    total += weights[i];
    if (!sides.empty() && sides[i] != 0.0) {
      const double beyond = std::max(sides[i] * residuals[i], 0.0);
      square += weights[i] * beyond * beyond;
      exact = exact && beyond <= 0.5 * bins[i];
      continue;
    }
    if (bins[i] > recorded[i]) widened_bits += weights[i] * std::log2(bins[i] / recorded[i]);
    square += weights[i] * residuals[i] * residuals[i];
    exact = exact && std::abs(residuals[i]) <= 0.5 * bins[i];
  }
  // A program whose own rounding hides the responses does not say them.
  exact = exact && widened_bits <= total;
  return {widened_bits - found.log_evidence / std::numbers::ln2, exact ? 0.0 : found.noise_scale,
          std::sqrt(square / total), std::move(found.standard_errors)};
}

std::unique_ptr<ResponseJudge> RecordedModel::judge() const { return std::make_unique<RecordedJudge>(data_); }

}  // namespace sagredo
