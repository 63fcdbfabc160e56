#include "sagredo/count_model.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "sagredo/singular_values.hpp"

namespace sagredo {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
// The constants of counts.py, where they are derived.
constexpr double count_variance = 1.0 / 12.0;
constexpr double half_count = 0.5;
// Of the floor, where the parabola begins: its slope there is a hundred nats a count, more than other rows pull.
constexpr double joint_share = 0.01;
constexpr std::size_t steps = 65;
constexpr double prior_reach = 8.0;
// A step along redundant parameters cancels to rounding: of its terms no more is left than this.
constexpr double cancelled = 1e-12;

struct Slope {
  double slope;
  double information;
};

// y ~ Poisson(value).
struct PoissonLaw {
  std::span<const double> counts;

  double constant(std::size_t i) const { return -std::lgamma(counts[i] + 1.0); }

  // Less constant(i). With a floor every count is at least as much, which pushes rates away from 0, and near 0 and
  // below a parabola continues the curve.
  double log_probability(std::size_t i, double value, double floor) const {
    const double y = std::max(counts[i], floor);
    const double joint = joint_share * floor;
    if (value >= joint && value > 0.0) return y * std::log(value) - value;
    if (floor == 0.0) return y == 0.0 && value == 0.0 ? 0.0 : -infinity;
    const double below = value - joint;
    return y * std::log(joint) - joint + (y / joint - 1.0) * below - 0.5 * y / (joint * joint) * below * below;
  }

  Slope slope(std::size_t i, double value, double floor) const {
    const double y = std::max(counts[i], floor);
    const double joint = joint_share * floor;
    if (floor > 0.0 && value < joint) {
      const double curvature = y / (joint * joint);
      return {y / joint - 1.0 - curvature * (value - joint), curvature};
    }
    return {y > 0.0 ? y / value - 1.0 : -1.0, 1.0 / (value + count_variance)};
  }

  double mean(std::size_t, double value) const { return value; }
  double variance(std::size_t, double value) const { return value; }
  double response(std::size_t i) const { return counts[i]; }
  double working_response(std::size_t i) const { return counts[i]; }
  double working_weight(std::size_t i) const { return 1.0 / std::max(counts[i], 1.0); }
};

// y ~ Binomial(trials, 1 / (1 + exp(-value))).
struct BinomialLaw {
  std::span<const double> successes;
  std::span<const double> trials;

  static double probability(double value) { return 1.0 / (1.0 + std::exp(-value)); }

  double constant(std::size_t i) const {
    return std::lgamma(trials[i] + 1.0) - std::lgamma(successes[i] + 1.0) -
           std::lgamma(trials[i] - successes[i] + 1.0);
  }

  double log_probability(std::size_t i, double value, double) const {
    const double softplus = std::max(value, 0.0) + std::log1p(std::exp(-std::abs(value)));
    return successes[i] * value - trials[i] * softplus;
  }

  Slope slope(std::size_t i, double value, double) const {
    const double p = probability(value);
    return {successes[i] - trials[i] * p, variance(i, value)};
  }

  double mean(std::size_t i, double value) const { return trials[i] * probability(value); }
  double variance(std::size_t i, double value) const {
    return trials[i] * probability(value) * probability(-value);
  }
  double response(std::size_t i) const { return successes[i]; }
  double working_response(std::size_t i) const {
    return std::log((successes[i] + half_count) / (trials[i] - successes[i] + half_count));
  }
  double working_weight(std::size_t i) const {
    const double p = (successes[i] + half_count) / (trials[i] + 1.0);
    return trials[i] * p * (1.0 - p);
  }
};

template <class Law>
class CountLikelihood final : public SmoothLikelihood {
 public:
  CountLikelihood(Law law, std::span<const double> weights) : law_(law), weights_(weights) {
    for (std::size_t i = 0; i < weights.size(); ++i) constant_ += weights[i] * law.constant(i);
  }

  double log_likelihood(std::span<const double> values, double floor) const override {
    double sum = constant_;
    for (std::size_t i = 0; i < values.size(); ++i) sum += weights_[i] * law_.log_probability(i, values[i], floor);
    return std::isnan(sum) ? -infinity : sum;
  }

  void slopes(std::span<const double> values, double floor, std::span<double> slope,
              std::span<double> information) const override {
    for (std::size_t i = 0; i < values.size(); ++i) {
      const Slope own = law_.slope(i, values[i], floor);
      slope[i] = weights_[i] * own.slope;
      information[i] = weights_[i] * own.information;
    }
  }

  const Law& law() const { return law_; }
  std::span<const double> weights() const { return weights_; }

 private:
  Law law_;
  std::span<const double> weights_;
  double constant_ = 0.0;
};

template <class Law>
class CountJudge final : public ResponseJudge {
 public:
  CountJudge(Law law, std::span<const double> weights) : likelihood_(law, weights) {}

  void begin(std::vector<double>& responses, std::vector<double>& weights) override {
    const std::span<const double> own = likelihood_.weights();
    responses.resize(own.size());
    weights.resize(own.size());
    for (std::size_t i = 0; i < own.size(); ++i) {
      responses[i] = likelihood_.law().working_response(i);
      weights[i] = own[i] * likelihood_.law().working_weight(i);
    }
  }

  // The likelihood is climbed instead.
  bool repeat(std::span<const double>, std::span<const double>, std::vector<double>&, std::vector<double>&) override {
    return true;
  }

  const SmoothLikelihood* smooth() const override { return &likelihood_; }

  Judgement weigh(std::span<const double> values, std::span<const double>, std::span<const double> jacobian,
                  std::span<const double> log_prior_density) override {
    const double at_best = likelihood_.log_likelihood(values, 0.0);
    if (!std::isfinite(at_best)) return {infinity, 0.0, infinity, {}};
    Judgement found{0.0, 0.0, 0.0, std::vector<double>(log_prior_density.size(), 0.0)};
    const double gained =
        log_prior_density.empty() ? 0.0 : integrate(values, at_best, jacobian, log_prior_density, found.standard_errors);
    found.data_bits = -(at_best + gained) / std::numbers::ln2;
    if (!std::isfinite(found.data_bits)) return {infinity, 0.0, infinity, {}};
    double total = 0.0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double m = likelihood_.weights()[i];
      const double residual = likelihood_.law().response(i) - likelihood_.law().mean(i, values[i]);
      total += m;
      found.noise_scale += m * likelihood_.law().variance(i, values[i]);
      found.residual_rms += m * residual * residual;
    }
    found.noise_scale = std::max(std::sqrt(found.noise_scale / total), std::numeric_limits<double>::min());
    found.residual_rms = std::sqrt(found.residual_rms / total);
    return found;
  }

 private:
  // log of the integral over the parameters relative to the likelihood at the best: along each of the directions that
  // diagonalise the information, by the trapezoid rule.
  double integrate(std::span<const double> values, double at_best, std::span<const double> jacobian,
                   std::span<const double> log_prior_density, std::vector<double>& standard_errors) {
    const std::size_t rows = values.size();
    const std::size_t parameters = log_prior_density.size();
    std::vector<double> units(parameters);
    for (std::size_t k = 0; k < parameters; ++k)
      units[k] = std::exp(-log_prior_density[k]) / std::sqrt(2.0 * std::numbers::pi);
    slope_.resize(rows);
    information_.resize(rows);
    likelihood_.slopes(values, 0.0, slope_, information_);
    directions_.assign(jacobian.begin(), jacobian.end());
    for (std::size_t k = 0; k < parameters; ++k)
      for (std::size_t i = 0; i < rows; ++i) directions_[k * rows + i] *= std::sqrt(information_[i]) * units[k];
    if (!std::all_of(directions_.begin(), directions_.end(), [](double entry) { return std::isfinite(entry * entry); }))
      return -infinity;
    singular_values(directions_, rows, parameters, singular_, right_);
    double gained = 0.0;
    shift_.resize(rows);
    for (std::size_t j = 0; j < parameters; ++j) {
      const double deviation = 1.0 / std::hypot(1.0, singular_[j]);
      for (std::size_t i = 0; i < rows; ++i) {
        shift_[i] = 0.0;
        double terms = 0.0;
        for (std::size_t k = 0; k < parameters; ++k) {
          const double term = jacobian[k * rows + i] * units[k] * right_[j * parameters + k];
          shift_[i] += term;
          terms += std::abs(term);
        }
        if (std::abs(shift_[i]) < cancelled * terms) shift_[i] = 0.0;
      }
      gained += along_shift(values, at_best, singular_[j] > 0.0 ? deviation : 1.0);
      for (std::size_t k = 0; k < parameters; ++k)
        standard_errors[k] = std::hypot(standard_errors[k], right_[j * parameters + k] * units[k] * deviation);
    }
    return gained;
  }

  // log integral of the likelihood, relative to that at the best and at most 1, over N(t; 0, 1).
  double along_shift(std::span<const double> values, double at_best, double deviation) {
    const double reach = prior_reach * deviation;
    const double step = 2.0 * reach / static_cast<double>(steps - 1);
    moved_.resize(values.size());
    double area = 0.0;
    for (std::size_t s = 0; s < steps; ++s) {
      const double t = -reach + static_cast<double>(s) * step;
      for (std::size_t i = 0; i < values.size(); ++i) moved_[i] = values[i] + t * shift_[i];
      const double change = std::min(likelihood_.log_likelihood(moved_, 0.0) - at_best, 0.0);
      area += std::exp(change - 0.5 * t * t);
    }
    return std::min(std::log(area * step / std::sqrt(2.0 * std::numbers::pi)), 0.0);
  }

  CountLikelihood<Law> likelihood_;
  std::vector<double> slope_;
  std::vector<double> information_;
  std::vector<double> directions_;
  std::vector<double> singular_;
  std::vector<double> right_;
  std::vector<double> shift_;
  std::vector<double> moved_;
};

}  // namespace

std::unique_ptr<ResponseJudge> PoissonModel::judge() const {
  return std::make_unique<CountJudge<PoissonLaw>>(PoissonLaw{counts_}, weights_);
}

std::unique_ptr<ResponseJudge> BinomialModel::judge() const {
  return std::make_unique<CountJudge<BinomialLaw>>(BinomialLaw{successes_, trials_}, weights_);
}

}  // namespace sagredo
