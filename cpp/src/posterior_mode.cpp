#include "sagredo/posterior_mode.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace sagredo {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr int iterations = 200;
// Nats that a full step promises, below which the mode is found: its place is then known to 10^-4 standard errors.
constexpr double least_gain = 1e-9;
// Nielsen 1999, as in fit.cpp.
constexpr double first_damping = 1e-3;
constexpr double least_factor = 0.1;
constexpr double largest_damping = 1e16;
// Of a matrix with a unit diagonal, rounding alone can make a pivot of a few epsilon.
constexpr double least_pivot = 1e-14;
// With these floors, one after the other, a climb begins whose start is impossible.
constexpr double floors[] = {0.5, 0.05, 0.005};

double clamp(const Box& box, std::size_t k, double value) {
  return k < box.lower.size() ? std::min(std::max(value, box.lower[k]), box.upper[k]) : value;
}

}  // namespace

bool ModeFinder::climb(const ProgramView& program, const Columns& columns, std::span<const double> scales,
                       const Box& box, std::vector<double>& parameters) {
  scales_ = scales;
  rows_ = columns.rows;
  const auto possible = [&] { return std::isfinite(height(program, columns, parameters, 0.0)); };
  for (std::size_t round = 0; !possible() && round < std::size(floors); ++round)
    if (!climb(program, columns, box, floors[round], parameters)) return false;
  return climb(program, columns, box, 0.0, parameters);
}

// log posterior up to a constant; -inf where the program has no value.
double ModeFinder::height(const ProgramView& program, const Columns& columns, std::span<const double> parameters,
                          double floor) {
  differentiator_.forward(program, parameters, columns);
  const std::span<const double> values{differentiator_.output(), rows_};
  if (!std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); })) return -infinity;
  double sum = likelihood_.log_likelihood(values, floor);
  for (std::size_t k = 0; k < parameters.size(); ++k) sum -= 2.0 * std::log(std::hypot(1.0, parameters[k] / scales_[k]));
  return std::isnan(sum) ? -infinity : sum;
}

bool ModeFinder::climb(const ProgramView& program, const Columns& columns, const Box& box, double floor,
                       std::vector<double>& parameters) {
  double best = height(program, columns, parameters, floor);
  if (!std::isfinite(best)) return false;
  double damping = first_damping;
  for (int iteration = 0; iteration < iterations; ++iteration) {
    if (!linearise(parameters, box, floor)) return true;
    if (damped_step(0.0) < least_gain) return true;
    double growth = 2.0;
    bool moved = false;
    while (!moved && damping < largest_damping) {
      const double promised = damped_step(damping);
      trial_ = parameters;
      for (std::size_t k = 0; k < trial_.size(); ++k) trial_[k] = clamp(box, k, trial_[k] + step_[k]);
      const double reached = height(program, columns, trial_, floor);
      if (reached > best) {
        const double gain = promised > 0.0 ? (reached - best) / promised : 1.0;
        damping *= std::max(least_factor, 1.0 - std::pow(2.0 * gain - 1.0, 3));
        best = reached;
        parameters = trial_;
        moved = true;
      } else {
        damping *= growth;
        growth *= 2.0;
      }
    }
    if (!moved) {
      height(program, columns, parameters, floor);
      return true;
    }
  }
  return true;
}

// The gradient and the curvature at the parameters, after height(); false where doubles cannot hold them. Parameters
// that the gradient pushes against their bound do not move.
bool ModeFinder::linearise(std::span<const double> parameters, const Box& box, double floor) {
  const std::size_t count = parameters.size();
  jacobian_.resize(count * rows_);
  slope_.resize(rows_);
  information_.resize(rows_);
  gradient_.assign(count, 0.0);
  curvature_.assign(count * count, 0.0);
  differentiator_.reverse_to_parameters(jacobian_.data());
  likelihood_.slopes({differentiator_.output(), rows_}, floor, slope_, information_);
  for (std::size_t k = 0; k < count; ++k) {
    double* column = jacobian_.data() + k * rows_;
    for (std::size_t i = 0; i < rows_; ++i) gradient_[k] += slope_[i] * column[i];
    likelihood_.whiten({column, rows_});
    for (std::size_t l = 0; l <= k; ++l) {
      const double* other = jacobian_.data() + l * rows_;
      double sum = 0.0;
      for (std::size_t i = 0; i < rows_; ++i) sum += information_[i] * column[i] * other[i];
      curvature_[k * count + l] = sum;
    }
    const double prior = 2.0 / (scales_[k] * scales_[k] + parameters[k] * parameters[k]);
    gradient_[k] -= prior * parameters[k];
    curvature_[k * count + k] += prior;
  }
  for (std::size_t k = 0; k < std::min(count, box.lower.size()); ++k) {
    const bool blocked = (gradient_[k] > 0.0 && parameters[k] >= box.upper[k]) ||
                         (gradient_[k] < 0.0 && parameters[k] <= box.lower[k]);
    if (!blocked) continue;
    gradient_[k] = 0.0;
    for (std::size_t l = 0; l < count; ++l)
      if (l != k) curvature_[std::max(k, l) * count + std::min(k, l)] = 0.0;
  }
  const auto finite = [](double value) { return std::isfinite(value); };
  return std::all_of(gradient_.begin(), gradient_.end(), finite) &&
         std::all_of(curvature_.begin(), curvature_.end(), finite);
}

// step_ = (C + damping diag C)^-1 gradient by Cholesky's decomposition, and the nats that it promises.
double ModeFinder::damped_step(double damping) {
  const std::size_t count = gradient_.size();
  factor_.assign(count * count, 0.0);
  step_.assign(gradient_.begin(), gradient_.end());
  const auto root = [&](std::size_t k) { return std::sqrt(curvature_[k * count + k]); };
  // Scaled to a unit diagonal.
  for (std::size_t k = 0; k < count; ++k) {
    double pivot = 1.0 + damping;
    for (std::size_t l = 0; l < k; ++l) {
      double entry = curvature_[k * count + l] / (root(k) * root(l));
      for (std::size_t m = 0; m < l; ++m) entry -= factor_[k * count + m] * factor_[l * count + m];
      factor_[k * count + l] = entry / factor_[l * count + l];
      pivot -= factor_[k * count + l] * factor_[k * count + l];
    }
    factor_[k * count + k] = std::sqrt(std::max(pivot, least_pivot));
    step_[k] /= root(k);
    for (std::size_t l = 0; l < k; ++l) step_[k] -= factor_[k * count + l] * step_[l];
    step_[k] /= factor_[k * count + k];
  }
  double promised = 0.0;
  for (const double entry : step_) promised += 0.5 * entry * entry;
  for (std::size_t k = count; k-- > 0;) {
    for (std::size_t l = k + 1; l < count; ++l) step_[k] -= factor_[l * count + k] * step_[l];
    step_[k] /= factor_[k * count + k];
  }
  for (std::size_t k = 0; k < count; ++k) step_[k] /= root(k);
  return promised;
}

}  // namespace sagredo
