#include "sagredo/fit.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include "sagredo/extended.hpp"
#include "sagredo/hash_index.hpp"
#include "sagredo/least_squares.hpp"
#include "sagredo/linear_parameters.hpp"

namespace sagredo {
namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();
// Relative size of the residuals that rounding alone can make in a program of usual length.
constexpr double rounding_share = 4.0 * epsilon;
// |projection of the residuals on the Jacobian| / |residuals|: a descent ends, or may be polished, below these.
constexpr double orthogonal = 1e-10;
constexpr double nearly_orthogonal = 1e-3;
// Nielsen 1999 (Damping parameter in Marquardt's method): start, and the bounds of one change.
constexpr double first_damping = 1e-2;
// A descent whose first steps overshot, and which therefore stalled, is tried once more with short steps.
constexpr double cautious_damping = 1e2;
constexpr double least_factor = 0.1;
constexpr double largest_damping = 1e20;
constexpr double start_decades = 2.0;
constexpr std::size_t polish_steps = 100;
constexpr Extended polish_reduction = 0.8L;  // of the squared projection, at least, in a step worth taking
constexpr std::size_t reweightings = 200;
constexpr double reweighting_tolerance = 1e-10;

// A uniform number in [0, 1) for each (seed, counter): starts do not depend on one another.
double uniform(std::uint64_t seed, std::uint64_t counter) {
  return static_cast<double>(mix(mix(seed + 0x9e3779b97f4a7c15ULL) + counter * 0x9e3779b97f4a7c15ULL) >> 11) * 0x1p-53;
}

bool bounded(const Box& box, std::size_t k) {
  return k < box.lower.size() && (std::isfinite(box.lower[k]) || std::isfinite(box.upper[k]));
}

double clamp(const Box& box, std::size_t k, double value) {
  return k < box.lower.size() ? std::min(std::max(value, box.lower[k]), box.upper[k]) : value;
}

double random_start(const Box& box, std::size_t k, double start, double place, double sign) {
  if (k < box.lower.size() && std::isfinite(box.lower[k]) && std::isfinite(box.upper[k]))
    return box.lower[k] + place * (box.upper[k] - box.lower[k]);
  const double scale = start == 0.0 ? 1.0 : start;
  return clamp(box, k, (sign < 0.5 ? -scale : scale) * std::pow(10.0, start_decades * (2.0 * place - 1.0)));
}

// The number that a recorded double stands for: the decimal of at most 15 digits that rounds to it, where there is one
// (every such decimal survives the way to a double and back), else the double itself.
Extended recorded(double value) {
  char text[32];
  const int length = std::snprintf(text, sizeof text, "%.15g", value);
  double back = 0.0;
  std::from_chars(text, text + length, back);
  return back == value ? std::strtold(text, nullptr) : Extended{value};
}

}  // namespace

Fitter::Fitter(const FitData& data) : data_(data), rows_(data.columns.rows), root_weights_(rows_) {
  exact_sum_of_squares_ = 0.0;
  for (std::size_t i = 0; i < rows_; ++i) {
    root_weights_[i] = std::sqrt(data.weights[i]) * data.inverse_sigmas[i];
    const double share = rounding_share * root_weights_[i] * data.responses[i];
    exact_sum_of_squares_ += share * share;
  }
}

// The weighted residuals of `parameters_`; false where one is not finite.
bool Fitter::evaluate(const ProgramView& program) {
  differentiator_.forward(program, parameters_, data_.columns);
  ++evaluations_;
  sum_of_squares_ = 0.0;
  residuals_.resize(rows_);
  for (std::size_t i = 0; i < rows_; ++i) {
    residuals_[i] = root_weights_[i] * (data_.responses[i] - differentiator_.output()[i]);
    sum_of_squares_ += residuals_[i] * residuals_[i];
  }
  return std::isfinite(sum_of_squares_);
}

// Sets the linear parameters to their best values at the nonlinear ones, and evaluates.
bool Fitter::solve_linear(const ProgramView& program) {
  if (linear_.empty()) return evaluate(program);
  for (const std::size_t k : linear_) parameters_[k] = 0.0;
  if (!evaluate(program)) return false;
  differentiator_.reverse_to_parameters(jacobian_.data());
  const std::size_t count = std::min(linear_.size(), rows_);
  factor_.resize(count * rows_);
  std::vector<double>& norms = damped_right_;
  norms.assign(count, 0.0);
  for (std::size_t j = 0; j < count; ++j) {
    double* column = factor_.data() + j * rows_;
    for (std::size_t i = 0; i < rows_; ++i) {
      column[i] = root_weights_[i] * jacobian_[linear_[j] * rows_ + i];
      norms[j] += column[i] * column[i];
    }
    if (!std::isfinite(norms[j])) return false;
    norms[j] = norms[j] > 0.0 ? std::sqrt(norms[j]) : 1.0;
    for (std::size_t i = 0; i < rows_; ++i) column[i] /= norms[j];
  }
  projected_ = residuals_;
  householder(factor_.data(), rows_, count, projected_.data());
  step_.resize(parameters_.size());
  back_substitute(factor_.data(), rows_, 0, count, projected_.data(), step_.data(), epsilon);
  for (std::size_t j = 0; j < count; ++j) parameters_[linear_[j]] = step_[j] / norms[j];
  return evaluate(program);
}

// Decomposes the weighted Jacobian at `parameters_`, linear columns first, so that the trailing block is Kaufman's.
bool Fitter::assemble() {
  differentiator_.reverse_to_parameters(jacobian_.data());
  const std::size_t total = linear_.size() + nonlinear_.size();
  // Rows of zeros make an underdetermined problem square.
  const std::size_t height = std::max(rows_, total);
  factor_.assign(total * height, 0.0);
  projected_.assign(height, 0.0);
  std::copy(residuals_.begin(), residuals_.end(), projected_.begin());
  for (std::size_t j = 0; j < total; ++j) {
    const std::size_t k = j < linear_.size() ? linear_[j] : nonlinear_[j - linear_.size()];
    for (std::size_t i = 0; i < rows_; ++i) {
      const double entry = root_weights_[i] * jacobian_[k * rows_ + i];
      if (!std::isfinite(entry)) return false;
      factor_[j * height + i] = entry;
    }
  }
  householder(factor_.data(), height, total, projected_.data());
  return true;
}

// step_ = argmin |c - R step|^2 + damping |D step|^2 over the nonlinear parameters; the predicted reduction of S.
double Fitter::damped_step(double damping) {
  const std::size_t first = linear_.size();
  const std::size_t size = nonlinear_.size();
  const std::size_t height = std::max(rows_, first + size);
  damped_.assign(2 * size * size, 0.0);
  damped_right_.assign(2 * size, 0.0);
  for (std::size_t j = 0; j < size; ++j) {
    for (std::size_t i = 0; i <= j; ++i) damped_[j * 2 * size + i] = factor_[(first + j) * height + first + i];
    damped_[j * 2 * size + size + j] = std::sqrt(damping) * scaling_[j];
    damped_right_[j] = projected_[first + j];
  }
  double before = 0.0;
  for (const double value : damped_right_) before += value * value;
  householder(damped_.data(), 2 * size, size, damped_right_.data());
  step_.resize(parameters_.size());
  back_substitute(damped_.data(), 2 * size, 0, size, damped_right_.data(), step_.data(), 0.0);
  // |c|^2 - |c - R step|^2
  double after = 0.0;
  for (std::size_t i = 0; i < size; ++i) {
    double rest = projected_[first + i];
    for (std::size_t j = i; j < size; ++j) rest -= factor_[(first + j) * height + first + i] * step_[j];
    after += rest * rest;
  }
  return before - after;
}

FitResult Fitter::descend(const ProgramView& program, std::span<const double> start, const Box& box,
                          std::size_t iterations) {
  return descend(program, start, box, iterations, first_damping);
}

// Begins at `start`: which parameters are linear, and their best values at the others; false where undefined.
bool Fitter::begin(const ProgramView& program, std::span<const double> start, const Box& box) {
  const std::size_t count = start.size();
  std::vector<char> excluded(count);
  parameters_.assign(start.begin(), start.end());
  for (std::size_t k = 0; k < count; ++k) {
    excluded[k] = bounded(box, k);
    parameters_[k] = clamp(box, k, parameters_[k]);
  }
  linear_ = linear_parameters(program, excluded);
  if (linear_.size() > rows_) linear_.resize(rows_);
  nonlinear_.clear();
  for (std::size_t k = 0; k < count; ++k)
    if (std::find(linear_.begin(), linear_.end(), k) == linear_.end()) nonlinear_.push_back(k);
  jacobian_.resize(count * rows_);
  evaluations_ = 0;
  return solve_linear(program);
}

double Fitter::profile(const ProgramView& program, std::span<const double> parameters, const Box& box) {
  return begin(program, parameters, box) ? sum_of_squares_ : std::numeric_limits<double>::infinity();
}

FitResult Fitter::descend(const ProgramView& program, std::span<const double> start, const Box& box,
                          std::size_t iterations, double damping) {
  const std::size_t count = start.size();
  if (!begin(program, start, box))
    return {parameters_, std::numeric_limits<double>::infinity(), FitStop::undefined, evaluations_, {}};
  const std::vector<std::size_t> movable = nonlinear_;
  FitStop stop = FitStop::iteration_limit;
  std::vector<double> scale(count, 0.0);
  std::vector<double> best = parameters_;
  double best_sum = sum_of_squares_;
  for (std::size_t iteration = 0; iteration < iterations; ++iteration) {
    if (movable.empty()) { stop = FitStop::converged; break; }
    if (best_sum <= exact_sum_of_squares_) { stop = FitStop::exact; break; }
    // Parameters that the gradient pushes against their bound do not move.
    nonlinear_ = movable;
    if (!assemble()) { stop = FitStop::stalled; break; }
    std::erase_if(nonlinear_, [&](std::size_t k) {
      if (!bounded(box, k)) return false;
      double slope = 0.0;
      for (std::size_t i = 0; i < rows_; ++i) slope += root_weights_[i] * jacobian_[k * rows_ + i] * residuals_[i];
      return (slope > 0.0 && parameters_[k] >= box.upper[k]) || (slope < 0.0 && parameters_[k] <= box.lower[k]);
    });
    if (nonlinear_.empty()) { stop = FitStop::converged; break; }
    if (nonlinear_.size() < movable.size()) assemble();
    const std::size_t first = linear_.size();
    const std::size_t height = std::max(rows_, first + nonlinear_.size());
    scaling_.assign(nonlinear_.size(), 1.0);
    double gradient = 0.0;
    for (std::size_t j = 0; j < nonlinear_.size(); ++j) {
      double norm = 0.0;
      for (std::size_t i = 0; i <= j; ++i) norm = std::hypot(norm, factor_[(first + j) * height + first + i]);
      scale[nonlinear_[j]] = std::max(scale[nonlinear_[j]], norm);
      if (scale[nonlinear_[j]] > 0.0) scaling_[j] = scale[nonlinear_[j]];
      gradient += projected_[first + j] * projected_[first + j];
    }
    const double projection = std::sqrt(gradient / best_sum);
    if (projection <= orthogonal) { stop = FitStop::converged; break; }
    const std::vector<double> factor = factor_;
    const std::vector<double> projected = projected_;
    double growth = 2.0;
    bool moved = false;
    while (!moved && damping < largest_damping) {
      factor_ = factor;
      projected_ = projected;
      double predicted = damped_step(damping);
      parameters_ = best;
      bool changed = false;
      for (std::size_t j = 0; j < nonlinear_.size(); ++j) {
        const std::size_t k = nonlinear_[j];
        parameters_[k] = clamp(box, k, best[k] + step_[j]);
        changed = changed || std::abs(parameters_[k] - best[k]) > epsilon * std::abs(best[k]);
      }
      if (!changed) break;
      const bool defined = solve_linear(program);
      if (defined && sum_of_squares_ < best_sum) {
        const double gain = predicted > 0.0 ? (best_sum - sum_of_squares_) / predicted : 1.0;
        damping *= std::max(least_factor, 1.0 - std::pow(2.0 * gain - 1.0, 3));
        moved = true;
      } else {
        damping *= growth;
        growth *= 2.0;
      }
    }
    if (!moved) {
      if (rounding_alone(program, best, best_sum)) stop = FitStop::exact;
      else stop = projection < nearly_orthogonal ? FitStop::converged : FitStop::stalled;
      break;
    }
    best = parameters_;
    best_sum = sum_of_squares_;
  }
  return {best, best_sum, stop, evaluations_, {}};
}

// Are the residuals no larger than what rounding does to the program, and to the solution for the linear parameters?
// The latter is as if the responses had been changed by their share (Higham 2002, section 20.2, with his rule of thumb
// that roots stand for the constants of worst cases).
bool Fitter::rounding_alone(const ProgramView& program, std::span<const double> parameters, double sum_of_squares) {
  differentiator_.forward(program, parameters, data_.columns);
  step_.resize(rows_);
  differentiator_.rounding_bound(step_.data());
  const double share = std::sqrt(static_cast<double>(rows_ * parameters.size())) * epsilon;
  double rounding = 0.0;
  for (std::size_t i = 0; i < rows_; ++i) {
    const double error = root_weights_[i] * (2.0 * step_[i] + share * std::abs(data_.responses[i]));
    rounding += error * error;
  }
  return sum_of_squares <= rounding;
}

FitResult Fitter::search(const ProgramView& program, std::span<const double> start, const Box& box,
                         std::size_t iterations, std::size_t starts, std::uint64_t seed) {
  FitResult best = descend(program, start, box, iterations);
  std::size_t evaluations = best.evaluations;
  if (best.stop == FitStop::stalled || best.stop == FitStop::iteration_limit) {
    FitResult cautious = descend(program, start, box, iterations, cautious_damping);
    evaluations += cautious.evaluations;
    if (cautious.residual_sum_of_squares < best.residual_sum_of_squares) best = std::move(cautious);
  }
  std::vector<double> other(start.size());
  for (std::size_t s = 1; s < starts && best.stop != FitStop::exact; ++s) {
    for (std::size_t k = 0; k < start.size(); ++k) {
      const std::uint64_t counter = 2 * (s * start.size() + k);
      other[k] = random_start(box, k, start[k], uniform(seed, counter), uniform(seed, counter + 1));
    }
    FitResult result = descend(program, other, box, iterations);
    evaluations += result.evaluations;
    if (result.residual_sum_of_squares < best.residual_sum_of_squares) best = std::move(result);
  }
  best.evaluations = evaluations;
  return best;
}

FitResult Fitter::reweight(const ProgramView& program, FitResult result, const Box& box, std::size_t iterations,
                           const StudentNoise& noise) {
  if (result.stop == FitStop::undefined) return result;
  const double nu = noise.degrees_of_freedom;
  FitStop stop = FitStop::iteration_limit;
  for (std::size_t round = 0; round < reweightings; ++round) {
    parameters_ = result.parameters;
    differentiator_.forward(program, parameters_, data_.columns);
    for (std::size_t i = 0; i < rows_; ++i) {
      const double r = (data_.responses[i] - differentiator_.output()[i]) * data_.inverse_sigmas[i] / noise.scale;
      root_weights_[i] = std::sqrt(data_.weights[i] * (nu + 1.0) / (nu + r * r)) * data_.inverse_sigmas[i];
    }
    FitResult next = descend(program, result.parameters, box, iterations);
    next.evaluations += result.evaluations;
    if (next.stop == FitStop::undefined) return result;
    double change = 0.0;
    for (std::size_t k = 0; k < next.parameters.size(); ++k)
      change = std::max(change, std::abs(next.parameters[k] - result.parameters[k]) / (std::abs(next.parameters[k]) + epsilon));
    result = std::move(next);
    if (change < reweighting_tolerance) {
      stop = FitStop::converged;
      break;
    }
  }
  result.stop = stop;
  return result;
}

void Fitter::polish(const ProgramView& program, FitResult& result, const Box& box) {
  const std::size_t count = result.parameters.size();
  if (result.stop == FitStop::undefined || rows_ < count) return;
  ExtendedEvaluator evaluator(program);
  std::vector<Extended> inputs(data_.columns.count * rows_);
  std::transform(data_.columns.data, data_.columns.data + inputs.size(), inputs.begin(), recorded);
  std::vector<Extended> responses(rows_);
  std::transform(data_.responses.begin(), data_.responses.end(), responses.begin(), recorded);
  std::vector<Extended> current(result.parameters.begin(), result.parameters.end());
  std::vector<Extended> trial = current;
  std::vector<Extended> gradient(count);
  std::vector<Extended> factor(count * rows_);
  std::vector<Extended> right(rows_);
  std::vector<Extended> norms(count);
  std::vector<Extended> step(count);
  std::vector<Extended> covariance;
  Extended best_projection = std::numeric_limits<Extended>::infinity();
  Extended sum = 0;
  for (std::size_t round = 0; round < polish_steps; ++round) {
    Extended trial_sum = 0;
    std::fill(norms.begin(), norms.end(), Extended{0});
    for (std::size_t i = 0; i < rows_; ++i) {
      const Extended value = evaluator.evaluate(trial, inputs, i, rows_, gradient.data());
      right[i] = root_weights_[i] * (responses[i] - value);
      trial_sum += right[i] * right[i];
      for (std::size_t k = 0; k < count; ++k) {
        factor[k * rows_ + i] = root_weights_[i] * gradient[k];
        norms[k] += factor[k * rows_ + i] * factor[k * rows_ + i];
      }
    }
    for (std::size_t k = 0; k < count; ++k) {
      norms[k] = norms[k] > 0 ? std::sqrt(norms[k]) : Extended{1};
      for (std::size_t i = 0; i < rows_; ++i) factor[k * rows_ + i] /= norms[k];
    }
    householder(factor.data(), rows_, count, right.data());
    Extended projection = 0;
    for (std::size_t k = 0; k < count; ++k) projection += right[k] * right[k];
    // Gauss-Newton steps converge linearly; one that hardly reduces the projection is at the last digit.
    if (!(projection < polish_reduction * best_projection)) break;
    best_projection = projection;
    current = trial;
    sum = trial_sum;
    covariance = inverse_gram(factor.data(), rows_, count);
    for (std::size_t i = 0; i < count; ++i)
      for (std::size_t j = 0; j < count; ++j) covariance[i * count + j] /= norms[i] * norms[j];
    const bool far = projection > nearly_orthogonal * nearly_orthogonal * trial_sum;
    if (far) break;
    back_substitute(factor.data(), rows_, 0, count, right.data(), step.data(),
                    std::numeric_limits<Extended>::epsilon());
    for (std::size_t k = 0; k < count; ++k) {
      trial[k] = current[k] + step[k] / norms[k];
      if (bounded(box, k)) trial[k] = clamp(box, k, static_cast<double>(trial[k]));
    }
  }
  if (covariance.empty()) return;
  result.residual_sum_of_squares = static_cast<double>(sum);
  result.parameters.assign(current.begin(), current.end());
  result.covariance.assign(covariance.begin(), covariance.end());
}

}  // namespace sagredo
