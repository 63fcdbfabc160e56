#include "sagredo/evidence.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "sagredo/singular_values.hpp"

namespace sagredo {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
// The constants of noise.py and evidence.py, where they are derived.
constexpr std::size_t node_count = 36;
constexpr double lost = 45.0;
constexpr double wide_bin = 0.5;
constexpr double negligible = 20.0;
constexpr std::size_t steps = 33;
constexpr double prior_reach = 8.0;
constexpr double noise_reach = 6.0;
constexpr double recentre = 4.0;
// Of the information of a measured row: a bound far away has none at the peak, but may have at larger scales. The
// directions hardly feel it, and the deviations along them are computed with what there is.
constexpr double least_share = 1e-6;
// Over steps in log sigma so small the correction for wide bins is a parabola: to within 10^-3 nats where rows count
// once, and some 10^-2 where they count dozens of times in bins of many widths.
constexpr double smooth = 0.15;

double log_sum(std::span<const double> logs) {
  const double top = *std::max_element(logs.begin(), logs.end());
  if (!(top > -infinity)) return top;
  double sum = 0.0;
  for (const double value : logs) sum += std::exp(value - top);
  return top + std::log(sum);
}

}  // namespace

double EvidenceIntegrator::likeliest_scale(std::span<const double> residuals, std::span<const double> bins,
                                           std::span<const double> weights) {
  standardise(residuals, bins, {});
  find_peak(weights, 0);
  return scale_at_peak();
}

Evidence EvidenceIntegrator::integrate(std::span<const double> residuals, std::span<const double> bins,
                                       std::span<const double> weights, std::span<const double> jacobian,
                                       std::span<const double> log_prior_density) {
  const std::size_t parameters = log_prior_density.size();
  const Evidence none{-infinity, infinity, std::vector<double>(parameters, infinity)};
  standardise(residuals, bins, jacobian);
  std::vector<double> units(parameters);
  for (std::size_t k = 0; k < parameters; ++k)
    units[k] = std::exp(-log_prior_density[k]) / std::sqrt(2.0 * std::numbers::pi);
  if (!representable(weights, units)) return none;
  find_peak(weights, parameters);
  Evidence found{0.0, 0.0, {}};
  if (parameters > 0) integrate_parameters(weights, units, found.standard_errors);
  found.log_evidence = log_sum(integrand_);
  if (!std::isfinite(found.log_evidence)) return none;
  found.noise_scale = scale_at_peak();
  return found;
}

// Everything is told in units of the given scales, or of the least that an unknown one can be, so that its squares stay
// within the range of doubles whatever the unit of the responses.
void EvidenceIntegrator::standardise(std::span<const double> residuals, std::span<const double> bins,
                                     std::span<const double> jacobian) {
  const std::size_t rows = residuals.size();
  residuals_.resize(rows);
  bins_.resize(rows);
  jacobian_.resize(jacobian.size());
  for (std::size_t i = 0; i < rows; ++i) {
    const double unit = prior_.sigmas.empty() ? prior_.lower : prior_.sigmas[i];
    residuals_[i] = residuals[i] / unit;
    bins_[i] = bins[i] / unit;
    for (std::size_t k = 0; k < jacobian.size() / rows; ++k) jacobian_[k * rows + i] = jacobian[k * rows + i] / unit;
  }
}

// Whether doubles hold the squares of the residuals and of the derivatives in bins.
bool EvidenceIntegrator::representable(std::span<const double> weights, std::span<const double> units) {
  const std::size_t rows = weights.size();
  double sum = 0.0;
  for (std::size_t i = 0; i < rows; ++i) sum += weights[i] * residuals_[i] * residuals_[i];
  for (std::size_t k = 0; k < units.size(); ++k)
    for (std::size_t i = 0; i < rows; ++i) {
      const double steepness = jacobian_[k * rows + i] * units[k] / bins_[i];
      sum += steepness * steepness;
    }
  return std::isfinite(sum);
}

// The trapezoid rule on t, log sigma = log mode + h sinh t, h = 1 / sqrt(2 n): dense at the mode, sparse far from it.
// Scales under `floor` contribute nothing.
void EvidenceIntegrator::lay_nodes(double mode, double total, double floor) {
  if (!prior_.sigmas.empty()) {
    sigma_.assign(1, 1.0);
    log_weights_.assign(1, 0.0);
    return;
  }
  const double high = std::log(prior_.upper / prior_.lower);
  const double centre = std::min(std::max(std::log(mode), 0.0), high);
  const double width = 1.0 / std::sqrt(2.0 * std::max(total, 1.0));
  const double start = std::asinh((std::max(centre - std::log(mode / floor), 0.0) - centre) / width);
  const double end = std::asinh((high - centre) / width);
  const double step = (end - start) / static_cast<double>(node_count - 1);
  sigma_.resize(node_count);
  log_weights_.resize(node_count);
  for (std::size_t q = 0; q < node_count; ++q) {
    // sinh and cosh of one exponential: near 0 the sinh loses digits that log sigma does not have.
    const double grown = std::exp(start + static_cast<double>(q) * step);
    const double sinh = 0.5 * (grown - 1.0 / grown);
    const double cosh = 0.5 * (grown + 1.0 / grown);
    const double trapezoid = q == 0 || q + 1 == node_count ? 0.5 * step : step;
    sigma_[q] = std::exp(std::min(std::max(centre + width * sinh, 0.0), high));
    log_weights_[q] = std::log(trapezoid * width * cosh / high);
  }
}

// Nodes that are dense where the integrand is large, and the log-likelihood at them.
void EvidenceIntegrator::find_peak(std::span<const double> weights, std::size_t parameters) {
  likelihood_.set(prior_.shape, residuals_, bins_, weights, prior_.sides);
  double total = 0.0;
  double square = 0.0;
  double bounds = 0.0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (censored(i)) {
      bounds += weights[i];
      continue;
    }
    total += weights[i];
    square += weights[i] * residuals_[i] * residuals_[i];
  }
  const auto [narrowest, widest] = std::minmax_element(bins_.begin(), bins_.end());
  double mode = std::max(std::sqrt(square / total), *narrowest / 5.0);
  // A bound at the value itself gains log 2 where the noise vanishes.
  const double reach = std::sqrt(3.0 + 2.0 * (lost + bounds * std::numbers::ln2) / total);
  for (int round = 0; round < 2; ++round) {
    lay_nodes(mode, total, mode > *widest ? mode / reach : 0.0);
    fit_nodes(mode, parameters);
    const double top = *std::max_element(fit_.begin(), fit_.end()) - 0.5;
    std::size_t found = sigma_.size() - 1;
    while (found > 0 && !(fit_[found] >= top)) --found;
    if (sigma_.size() == 1 || std::abs(std::log(sigma_[found] / mode)) < recentre / std::sqrt(2.0 * total)) break;
    mode = sigma_[found];
  }
  integrand_ = fit_;
  for (std::size_t q = 0; q < sigma_.size(); ++q) integrand_[q] += log_weights_[q];
}

// The log-likelihood at the nodes, from the mode outward on both sides. Of many rows those left are not looked at once
// a node's part of the evidence is lost beside the largest: what the parameters add to one of a larger scale is at most
// its ratio, once for each.
void EvidenceIntegrator::fit_nodes(double mode, std::size_t parameters) {
  const std::size_t nodes = sigma_.size();
  const auto above = std::lower_bound(sigma_.begin(), sigma_.end(), mode);
  const auto start = std::min(static_cast<std::size_t>(above - sigma_.begin()), nodes - 1);
  fit_.resize(nodes);
  std::size_t best = start;
  const auto fit = [&](std::size_t q) {
    const double gained = static_cast<double>(parameters) * std::max(std::log(sigma_[q] / sigma_[best]), 0.0);
    const double top = q == start ? -infinity : fit_[best] + log_weights_[best];
    fit_[q] = likelihood_.log_likelihood(sigma_[q], top - log_weights_[q] - gained - lost);
    if (fit_[q] + log_weights_[q] > top) best = q;
  };
  for (std::size_t q = start; q < nodes; ++q) fit(q);
  for (std::size_t q = start; q-- > 0;) fit(q);
}

double EvidenceIntegrator::scale_at_peak() const {
  if (prior_.sigmas.empty()) return sigma_[best_node()] * prior_.lower;
  double sum = 0.0;
  for (const double sigma : prior_.sigmas) sum += sigma * sigma;
  return std::sqrt(sum / static_cast<double>(prior_.sigmas.size()));
}

std::size_t EvidenceIntegrator::best_node() const {
  return static_cast<std::size_t>(std::max_element(integrand_.begin(), integrand_.end()) - integrand_.begin());
}

// The information about its location that a row has at a scale of the noise; of a censored row that of its tail.
double EvidenceIntegrator::information_at(std::size_t row, double scale) const {
  if (!censored(row)) return information(prior_.shape, bins_[row], scale);
  return normal_tail(-prior_.sides[row] * residuals_[row] / scale).information / (scale * scale);
}

// Laplace's method for the parameters at each node, corrected where bins are wide.
void EvidenceIntegrator::integrate_parameters(std::span<const double> weights, std::span<const double> units,
                                              std::vector<double>& standard_errors) {
  const std::size_t rows = weights.size();
  const std::size_t parameters = units.size();
  const std::size_t nodes = sigma_.size();
  const std::size_t peak = best_node();
  information_.resize(rows);
  directions_ = jacobian_;
  for (std::size_t i = 0; i < rows; ++i) {
    information_[i] = information_at(i, sigma_[peak]);
    if (censored(i)) information_[i] = std::max(information_[i], least_share / (sigma_[peak] * sigma_[peak]));
    const double root = std::sqrt(weights[i] * information_[i]);
    for (std::size_t k = 0; k < parameters; ++k) directions_[k * rows + i] *= root * units[k];
  }
  singular_values(directions_, rows, parameters, singular_, right_);
  change_.assign(nodes * parameters, 0.0);
  for (std::size_t q = 0; q < nodes; ++q) {
    double* change = change_.data() + q * parameters;
    for (std::size_t i = 0; i < rows; ++i) {
      const double ratio = information_at(i, sigma_[q]) / information_[i];
      for (std::size_t j = 0; j < parameters; ++j)
        change[j] += ratio * directions_[j * rows + i] * directions_[j * rows + i];
    }
    for (std::size_t j = 0; j < parameters; ++j)
      integrand_[q] -= 0.5 * std::log1p(change[j] * singular_[j] * singular_[j]);
  }
  const double top = integrand_[best_node()];
  const double widest = *std::max_element(bins_.begin(), bins_.end());
  shifts_.resize(rows * parameters);
  for (std::size_t j = 0; j < parameters; ++j)
    for (std::size_t i = 0; i < rows; ++i)
      shifts_[j * rows + i] = directions_[j * rows + i] * singular_[j] / std::sqrt(weights[i] * information_[i]);
  corrected_.clear();
  for (std::size_t q = 0; q < nodes; ++q)
    if (sigma_[q] < wide_bin * widest && integrand_[q] > top - negligible) corrected_.push_back(q);
  correct_for_bins();
  const std::size_t best = best_node();
  standard_errors.assign(parameters, 0.0);
  for (std::size_t j = 0; j < parameters; ++j) {
    const double deviation = 1.0 / std::sqrt(1.0 + change_[best * parameters + j] * singular_[j] * singular_[j]);
    for (std::size_t k = 0; k < parameters; ++k)
      standard_errors[k] = std::hypot(standard_errors[k], right_[j * parameters + k] * units[k] * deviation);
  }
}

// Adds the corrections of the nodes in `corrected_`: of those that lie close together some are computed, and the others
// are on the parabola through the nearest three.
void EvidenceIntegrator::correct_for_bins() {
  knots_.clear();
  for (std::size_t k = 0; k < corrected_.size(); ++k) {
    const double place = std::log(sigma_[corrected_[k]]);
    const bool last = k + 1 == corrected_.size();
    if (!last && !knots_.empty() && std::log(sigma_[corrected_[k + 1]]) - knots_.back().place <= smooth) continue;
    double sum = 0.0;
    for (std::size_t j = 0; j < singular_.size(); ++j) {
      const double* change = change_.data() + corrected_[k] * singular_.size();
      sum += bin_correction(corrected_[k], j, 1.0 / std::sqrt(1.0 + change[j] * singular_[j] * singular_[j]));
    }
    knots_.push_back({place, sum});
  }
  for (const std::size_t q : corrected_) integrand_[q] += correction_at(std::log(sigma_[q]));
}

// Neville's scheme through the knots about the place, three at most: one below and two above where there are.
double EvidenceIntegrator::correction_at(double place) const {
  const auto above = std::lower_bound(knots_.begin(), knots_.end(), place,
                                      [](const Knot& knot, double value) { return knot.place < value; });
  const std::size_t count = std::min<std::size_t>(knots_.size(), 3);
  const auto next = static_cast<std::size_t>(above - knots_.begin());
  const std::size_t first = std::min(next > 0 ? next - 1 : 0, knots_.size() - count);
  double values[3];
  for (std::size_t k = 0; k < count; ++k) values[k] = knots_[first + k].correction;
  for (std::size_t order = 1; order < count; ++order)
    for (std::size_t k = 0; k + order < count; ++k) {
      const double low = knots_[first + k].place;
      const double high = knots_[first + k + order].place;
      values[k] = ((high - place) * values[k] + (place - low) * values[k + 1]) / (high - low);
    }
  return values[0];
}

// log of the integral along one direction relative to Laplace's, where the likelihood is the indicator of a polytope
// rather than a bell; `deviation` is that of Laplace's method.
double EvidenceIntegrator::bin_correction(std::size_t node, std::size_t parameter, double deviation) {
  const std::size_t rows = residuals_.size();
  const double* shift = shifts_.data() + parameter * rows;
  double to_low = infinity;
  double to_high = infinity;
  double fastest = 0.0;
  for (std::size_t i = 0; i < rows; ++i) {
    const double speed = std::abs(shift[i]);
    if (!(speed > 0.0)) continue;
    const double toward = shift[i] > 0.0 ? residuals_[i] : -residuals_[i];
    // A bound has one edge, at the residual 0; it stops the way on which the value leaves the bound behind.
    const double onward = censored(i) ? prior_.sides[i] * shift[i] : 0.0;
    const double half = censored(i) ? 0.0 : 0.5 * bins_[i];
    if (onward >= 0.0) to_low = std::min(to_low, (half - toward) / speed);
    if (onward <= 0.0) to_high = std::min(to_high, (half + toward) / speed);
    fastest = std::max(fastest, speed);
  }
  if (fastest == 0.0) return 0.0;
  const double reach = std::min(noise_reach * sigma_[node] / fastest, prior_reach * deviation);
  const double low = std::max(-(std::max(to_low, 0.0) + reach), -prior_reach);
  const double high = std::min(std::max(to_high, 0.0) + reach, prior_reach);
  const double step = (high - low) / static_cast<double>(steps - 1);
  moved_.resize(rows);
  double area = 0.0;
  for (std::size_t s = 0; s < steps; ++s) {
    const double t = low + static_cast<double>(s) * step;
    for (std::size_t i = 0; i < rows; ++i) moved_[i] = residuals_[i] - t * shift[i];
    const double gained = likelihood_.log_likelihood(moved_, sigma_[node], fit_[node] - lost) - fit_[node];
    const double height = std::exp(gained - 0.5 * t * t);
    area += s == 0 || s + 1 == steps ? 0.5 * height : height;
  }
  return std::log(area * step / (std::sqrt(2.0 * std::numbers::pi) * deviation));
}

}  // namespace sagredo
