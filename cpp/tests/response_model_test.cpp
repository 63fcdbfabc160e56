// Likelihoods of responses: tails, counts and errors that rows share, against closed forms and integration on a grid.
#include <algorithm>
#include <cmath>
#include <functional>
#include <initializer_list>
#include <limits>
#include <numbers>
#include <span>
#include <vector>

#include "require.hpp"
#include "sagredo/correlated_model.hpp"
#include "sagredo/count_model.hpp"
#include "sagredo/likelihood.hpp"
#include "sagredo/recorded_model.hpp"

using namespace sagredo;
using sagredo::test::require;

namespace {

bool near(double found, double expected, double tolerance) { return std::abs(found - expected) <= tolerance; }

// log Z of one parameter, the value being parameter * x: the likelihood at the best times its integral relative to it,
// over a normal density that is as high as the prior at the best.
double integrated(const std::function<double(double)>& log_likelihood, double best, double log_prior) {
  const double deviation = std::exp(-log_prior) / std::sqrt(2.0 * std::numbers::pi);
  const double top = log_likelihood(best);
  constexpr int steps = 400000;
  double area = 0.0;
  for (int s = -steps; s <= steps; ++s) {
    const double t = 8.0 * s / steps;
    area += std::exp(std::min(log_likelihood(best + t * deviation) - top, 0.0) - 0.5 * t * t);
  }
  return top + std::log(area * 8.0 / steps / std::sqrt(2.0 * std::numbers::pi));
}

Judgement weigh(const ResponseModel& model, std::span<const double> x, double parameter, double log_prior) {
  const std::vector<double> rounding(x.size(), 0.0);
  std::vector<double> values(x.begin(), x.end());
  for (double& value : values) value *= parameter;
  return model.judge()->weigh(values, rounding, x, std::span(&log_prior, 1));
}

void tails_have_their_derivatives() {
  for (const double t : {-40.0, -8.0, -1.0, -1e-3, 0.0, 0.5, 3.0, 12.0}) {
    const Tail tail = normal_tail(t);
    if (t > -30.0) require(near(tail.log_probability, std::log(0.5 * std::erfc(-t / std::numbers::sqrt2)), 1e-12),
                           "the probability of a tail is that of the error function");
    const double h = 1e-4;
    const double below = normal_tail(t - h).log_probability;
    const double above = normal_tail(t + h).log_probability;
    const double slope = (above - below) / (2.0 * h);
    require(near(tail.information * tail.step, slope, 1e-6 * std::max(1.0, std::abs(t))),
            "information times step is the slope of a tail");
    require(tail.information >= 0.0 && tail.information <= 1.0, "the information of a tail lies between 0 and 1");
    require(near(tail.information, (2.0 * tail.log_probability - below - above) / (h * h), 1e-4 + 1e-3 * std::abs(t)),
            "the information of a tail is minus its second derivative");
  }
  const Tail far = normal_tail(-1e9);
  require(far.information == 1.0 && far.step == 1e9, "a tail far away is a parabola");
}

const std::vector<double> x{0.5, 0.8, 1.0, 1.3, 1.6, 2.0};
const std::vector<double> ones(6, 1.0);

void rates_are_integrated() {
  const std::vector<double> counts{2, 3, 7, 4, 9, 11};
  const PoissonModel model(counts, ones);
  const auto log_likelihood = [&](double rate) {
    double sum = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (!(rate > 0.0)) return -std::numeric_limits<double>::infinity();
      sum += counts[i] * std::log(rate * x[i]) - rate * x[i] - std::lgamma(counts[i] + 1.0);
    }
    return sum;
  };
  const double best = 36.0 / 7.2;
  const Judgement found = weigh(model, x, best, std::log(0.02));
  require(near(-found.data_bits * std::numbers::ln2, integrated(log_likelihood, best, std::log(0.02)), 0.01),
          "the evidence of a rate is that of integration");
  // I = sum x^2 / (rate x + 1/12), and the prior's own.
  require(near(found.standard_errors[0], std::sqrt(best / 7.2), 0.02),
          "the standard error of a rate is that of its information");
  require(near(found.noise_scale, std::sqrt(best * 7.2 / 6.0), 1e-12), "the noise of counts is the root of their mean");
  require(!std::isfinite(weigh(model, x, -1.0, std::log(0.02)).data_bits), "a negative rate is impossible");
  // A rate of 0 makes counts of 0, and no others.
  const PoissonModel none(std::vector<double>(6, 0.0), ones);
  // There the integral is that of an exponential density, of scale 1 / sum x.
  require(near(-weigh(none, x, 0.0, std::log(0.02)).data_bits * std::numbers::ln2, std::log(0.02 / 7.2), 0.2),
          "a rate of 0 makes counts of 0");
  require(!std::isfinite(weigh(model, x, 0.0, std::log(0.02)).data_bits), "a rate of 0 makes no other counts");
}

void log_odds_are_integrated() {
  const std::vector<double> successes{3, 4, 6, 6, 8, 9};
  const std::vector<double> trials(6, 10.0);
  const BinomialModel model(successes, trials, ones);
  const auto log_likelihood = [&](double slope) {
    double sum = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i)
      sum += std::lgamma(11.0) - std::lgamma(successes[i] + 1.0) - std::lgamma(11.0 - successes[i]) +
             successes[i] * slope * x[i] - 10.0 * std::log1p(std::exp(slope * x[i]));
    return sum;
  };
  double best = 0.0;
  for (double slope = 0.0; slope < 3.0; slope += 1e-4)
    if (log_likelihood(slope) > log_likelihood(best)) best = slope;
  const Judgement found = weigh(model, x, best, std::log(0.1));
  require(near(-found.data_bits * std::numbers::ln2, integrated(log_likelihood, best, std::log(0.1)), 0.01),
          "the evidence of log-odds is that of integration");
  // Log-odds that double precision cannot tell from certainty stay finite.
  require(std::isfinite(weigh(model, x, 1e6, std::log(0.1)).data_bits), "log-odds beyond all doubt have a likelihood");
}

// The least squares that counts begin with, and the slopes that they are climbed by.
void slopes_are_derivatives() {
  const PoissonModel poisson({2, 3, 7, 4, 9, 11}, ones);
  const BinomialModel binomial({3, 4, 6, 6, 8, 9}, std::vector<double>(6, 10.0), ones);
  for (const ResponseModel* model : std::initializer_list<const ResponseModel*>{&poisson, &binomial}) {
    const auto judge = model->judge();
    const SmoothLikelihood* likelihood = judge->smooth();
    require(likelihood != nullptr, "counts are climbed");
    for (const double floor : {0.0, 0.5}) {
      std::vector<double> values{1.5, 2.0, 3.0, 0.5, 4.0, 6.0};
      if (floor > 0.0 && model == &poisson) values[3] = -0.2;
      std::vector<double> slope(6);
      std::vector<double> information(6);
      likelihood->slopes(values, floor, slope, information);
      for (std::size_t i = 0; i < 6; ++i) {
        std::vector<double> moved = values;
        moved[i] += 1e-5;
        const double above = likelihood->log_likelihood(moved, floor);
        moved[i] -= 2e-5;
        const double below = likelihood->log_likelihood(moved, floor);
        require(near((above - below) / 2e-5, slope[i], 1e-4 * std::max(1.0, std::abs(slope[i]))),
                "slopes are derivatives");
        require(information[i] > 0.0, "information is positive");
      }
    }
  }
}

// Variances alone are given deviations; rows that share errors whiten to independent ones.
void shared_errors_are_whitened() {
  const std::vector<double> responses{1.1, 1.5, 2.2, 2.4, 3.3, 4.1};
  const std::vector<double> bins(6, 1e-3);
  std::vector<double> factor(36, 0.0);
  std::vector<double> sigmas(6);
  for (std::size_t i = 0; i < 6; ++i) factor[i * 6 + i] = sigmas[i] = 0.1 + 0.05 * static_cast<double>(i);
  const CorrelatedModel independent(responses, bins, factor);
  const RecordedModel given({responses, bins, ones, NoiseShape::gaussian, 0.0, 0.0, sigmas, {}});
  const Judgement one = weigh(independent, x, 2.0, -1.0);
  const Judgement other = weigh(given, x, 2.0, -1.0);
  require(near(one.data_bits, other.data_bits, 1e-9), "variances alone have the evidence of given deviations");
  require(near(one.standard_errors[0], other.standard_errors[0], 1e-9),
          "variances alone have the standard errors of given deviations");
  require(near(one.noise_scale, other.noise_scale, 1e-12), "variances alone have the noise of given deviations");
  for (std::size_t i = 1; i < 6; ++i) factor[i * 6] = 0.3;
  const CorrelatedModel shared(responses, bins, factor);
  const auto judge = shared.judge();
  std::vector<double> values(x);
  std::vector<double> slope(6);
  std::vector<double> information(6);
  judge->smooth()->slopes(values, 0.0, slope, information);
  for (std::size_t i = 0; i < 6; ++i) {
    std::vector<double> moved = values;
    moved[i] += 1e-4;
    const double above = judge->smooth()->log_likelihood(moved, 0.0);
    moved[i] -= 2e-4;
    const double below = judge->smooth()->log_likelihood(moved, 0.0);
    require(near((above - below) / 2e-4, slope[i], 1e-5 * std::max(1.0, std::abs(slope[i]))),
            "slopes of shared errors are derivatives");
  }
}

// A bound that holds by far says nothing, and is no residual.
void bounds_have_their_tails() {
  const std::vector<double> responses{1.1, 1.5, 2.2, 2.4, 3.3, 1e3};
  const std::vector<double> bins(6, 1e-3);
  const std::vector<double> sigmas(6, 0.2);
  const RecordedModel bounded({responses, bins, ones, NoiseShape::gaussian, 0.0, 0.0, sigmas, {0, 0, 0, 0, 0, -1}});
  const RecordedModel without({{responses.begin(), responses.end() - 1},
                               {bins.begin(), bins.end() - 1},
                               {ones.begin(), ones.end() - 1},
                               NoiseShape::gaussian, 0.0, 0.0,
                               {sigmas.begin(), sigmas.end() - 1}, {}});
  const Judgement found = weigh(bounded, x, 2.0, -1.0);
  const Judgement expected = weigh(without, std::span(x).first(5), 2.0, -1.0);
  require(near(found.data_bits, expected.data_bits, 1e-6), "a bound that holds says nothing");
  require(near(found.residual_rms, expected.residual_rms * std::sqrt(5.0 / 6.0), 1e-12),
          "a bound that holds is no residual");
  const RecordedModel broken({responses, bins, ones, NoiseShape::gaussian, 0.0, 0.0, sigmas, {0, 0, 0, 0, 0, 1}});
  require(weigh(broken, x, 2.0, -1.0).data_bits > 1e6, "a bound that is broken costs its tail");
}

}  // namespace

int main() {
  tails_have_their_derivatives();
  rates_are_integrated();
  log_odds_are_integrated();
  slopes_are_derivatives();
  shared_errors_are_whitened();
  bounds_have_their_tails();
}
