#include "sagredo/power_matcher.hpp"

#include <algorithm>
#include <cmath>

#include "sagredo/agreement.hpp"
#include "sagredo/kernels.hpp"

namespace sagredo {
namespace {

// The rest of a logarithm after projection must stand above its rounding errors by this much to have a direction.
constexpr double least_rest = 1e-7;
// A logarithm whose rest is this small on average lies in the span.
constexpr double in_span = 1e-8;
// Exponents are taken to be multiples of 1/6 (halves and thirds) when they are this near to one.
constexpr double exponent_tolerance = 1e-6;
constexpr double exponent_denominator = 6.0;
constexpr double largest_exponent = 8.0;

double nearest_simple(double exponent) {
  return std::round(exponent * exponent_denominator) / exponent_denominator;
}

bool is_odd(double exponent) { return std::fmod(std::abs(exponent), 2.0) == 1.0; }

// |x|^exponent with its sign where the exponent is an odd integer.
double signed_power(double x, double exponent) {
  const double magnitude = exponent == 1.0 ? std::abs(x) : std::pow(std::abs(x), exponent);
  return x < 0.0 && is_odd(exponent) ? -magnitude : magnitude;
}

}  // namespace

PowerMatcher::PowerMatcher(const double* inputs, std::size_t input_count, std::size_t rows)
    : rows_(rows), inputs_(inputs, inputs + input_count * rows), span_(rows) {
  const std::vector<double> ones(rows, 1.0);
  std::vector<double> logs(rows);
  span_.add(ones.data());
  for (std::size_t k = 0; k < input_count; ++k)
    if (logarithm(inputs + k * rows, logs.data()) && span_.add(logs.data())) used_.push_back(k);
}

bool PowerMatcher::logarithm(const double* column, double* out) const {
  for (std::size_t i = 0; i < rows_; ++i) {
    if (column[i] == 0.0) return false;
    out[i] = std::abs(column[i]);
  }
  apply_unary(Operation::log, out, out, rows_);
  return true;
}

void PowerMatcher::extend(const Bank<FloatColumns>& bank) {
  std::vector<double> logs(rows_);
  std::vector<double> rest(rows_);
  for (; seen_ < bank.size(); ++seen_) {
    if (!logarithm(bank.values(seen_), logs.data())) continue;
    const double norm = span_.reduce(logs.data(), rest.data());
    if (!(norm > least_rest * std::sqrt(dot(logs.data(), logs.data(), rows_)))) continue;
    const ProbeKeys keys = bank.semantics().direction_keys(rest.data(), norm);
    const auto cheaper = [&](EntryId known) { return bank.entry(known).cost <= bank.entry(seen_).cost; };
    if (!index_.find(keys.home, cheaper)) index_.insert(keys.home, seen_);
  }
}

std::optional<Solution<double>> PowerMatcher::find(const Bank<FloatColumns>& bank, const double* goal) const {
  // Called millions of times: the buffers are kept from call to call.
  thread_local std::vector<double> logs, rest, entry_logs, entry_rest;
  for (auto* buffer : {&logs, &rest, &entry_logs, &entry_rest}) buffer->resize(rows_);
  if (!logarithm(goal, logs.data())) return std::nullopt;
  const double norm = span_.reduce(logs.data(), rest.data());
  if (norm < in_span * std::sqrt(static_cast<double>(rows_))) return complete(goal, nullptr, 0.0, no_entry);
  if (!(norm > least_rest * std::sqrt(dot(logs.data(), logs.data(), rows_)))) return std::nullopt;
  const ProbeKeys keys = bank.semantics().direction_keys(rest.data(), norm);
  std::optional<Solution<double>> best;
  const auto visit = [&](EntryId id) {
    if (best && bank.entry(best->first).cost <= bank.entry(id).cost) return false;
    if (!logarithm(bank.values(id), entry_logs.data())) return false;
    const double entry_norm = span_.reduce(entry_logs.data(), entry_rest.data());
    const double sign = dot(rest.data(), entry_rest.data(), rows_) < 0.0 ? -1.0 : 1.0;
    const double exponent = nearest_simple(sign * norm / entry_norm);
    if (exponent == 0.0 || std::abs(exponent) > largest_exponent) return false;
    if (std::abs(sign * norm / entry_norm - exponent) > exponent_tolerance) return false;
    if (auto solution = complete(goal, bank.values(id), exponent, id)) best = std::move(solution);
    return false;
  };
  index_.find(keys.home, visit);
  index_.find(keys.neighbour, visit);
  return best;
}

std::optional<Solution<double>> PowerMatcher::complete(const double* goal, const double* factor, double exponent,
                                                       EntryId id) const {
  std::vector<double> rest(rows_);
  for (std::size_t i = 0; i < rows_; ++i)
    rest[i] = std::log(std::abs(goal[i])) - (factor ? exponent * std::log(std::abs(factor[i])) : 0.0);
  const std::vector<double> coordinates = span_.coordinates(rest.data());

  Solution<double> solution{Shape::power, id, no_entry, {}};
  const std::size_t input_count = inputs_.size() / rows_;
  solution.coefficients.assign(2 + input_count, 0.0);
  solution.coefficients[1] = exponent;
  std::vector<double> product(rows_, 1.0);
  for (std::size_t k = 0; k < used_.size(); ++k) {
    double power = coordinates[k + 1];
    const double simple = nearest_simple(power);
    if (std::abs(power - simple) <= exponent_tolerance) power = simple;
    if (std::abs(power) > largest_exponent) return std::nullopt;
    solution.coefficients[2 + used_[k]] = power;
    if (power == 0.0) continue;
    const double* column = inputs_.data() + used_[k] * rows_;
    for (std::size_t i = 0; i < rows_; ++i) product[i] *= signed_power(column[i], power);
  }
  if (factor)
    for (std::size_t i = 0; i < rows_; ++i) product[i] *= signed_power(factor[i], exponent);

  const double scale = dot(goal, product.data(), rows_) / dot(product.data(), product.data(), rows_);
  for (double& value : product) value *= scale;
  if (!agrees(goal, product.data(), rows_)) return std::nullopt;
  solution.coefficients[0] = scale;
  return solution;
}

}  // namespace sagredo
