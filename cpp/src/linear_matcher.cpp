#include "sagredo/linear_matcher.hpp"

#include <algorithm>
#include <cmath>

#include "sagredo/agreement.hpp"
#include "sagredo/hash_index.hpp"

namespace sagredo {
namespace {

// A sum is met when what is left is this share of the goal's variation; exact ones reach some 1e-13.
constexpr double match_tolerance = 1e-8;
// The Gram matrix knows a squared residual to some 1e-15: what passes this is computed properly.
constexpr double screening = 1e-11;
// Directions closer than this (1 - cos^2) are one direction to the Gram matrix.
constexpr double degenerate = 1e-6;
// Leave this share of the rows to tell a fit from a coincidence.
constexpr double largest_share_of_rows = 0.75;

double centre(const double* column, std::size_t rows, double* out) {
  double mean = 0.0;
  for (std::size_t i = 0; i < rows; ++i) mean += column[i];
  mean /= static_cast<double>(rows);
  for (std::size_t i = 0; i < rows; ++i) out[i] = column[i] - mean;
  return std::sqrt(dot(out, out, rows));
}

}  // namespace

PolynomialMatcher::PolynomialMatcher(const double* inputs, std::size_t input_count, std::size_t rows) : span_(rows) {
  const auto limit = static_cast<std::size_t>(largest_share_of_rows * static_cast<double>(rows));
  std::vector<std::pair<std::size_t, std::size_t>> wanted;
  for (std::size_t i = 0; i < input_count; ++i) wanted.emplace_back(i, none);
  for (std::size_t i = 0; i < input_count; ++i) wanted.emplace_back(i, i);
  for (std::size_t i = 0; i < input_count; ++i)
    for (std::size_t j = 0; j < i; ++j) wanted.emplace_back(j, i);
  const std::vector<double> ones(rows, 1.0);
  span_.add(ones.data());
  std::vector<double> column(rows);
  for (const auto& [i, j] : wanted) {
    if (span_.dimension() >= limit) break;
    for (std::size_t row = 0; row < rows; ++row)
      column[row] = inputs[i * rows + row] * (j == none ? 1.0 : inputs[j * rows + row]);
    if (!span_.add(column.data())) continue;
    monomials_.emplace_back(i, j);
    columns_.push_back(column);
  }
}

std::optional<Solution<double>> PolynomialMatcher::find(const double* goal) const {
  thread_local std::vector<double> rest, centred;
  const std::size_t rows = span_.rows();
  rest.resize(rows);
  centred.resize(rows);
  const double variation = centre(goal, rows, centred.data());
  if (!(span_.reduce(goal, rest.data()) <= match_tolerance * variation)) return std::nullopt;
  for (std::size_t i = 0; i < rows; ++i) rest[i] = goal[i] - rest[i];
  if (!agrees(goal, rest.data(), rows)) return std::nullopt;
  Solution<double> solution{Shape::polynomial, no_entry, no_entry, span_.coordinates(goal)};
  // A monomial that moves the goal by less than the tolerance is not there.
  for (std::size_t k = 0; k < columns_.size(); ++k) {
    const double share = std::abs(solution.coefficients[k + 1]) * centre(columns_[k].data(), rows, centred.data());
    if (share <= match_tolerance * variation) solution.coefficients[k + 1] = 0.0;
  }
  return solution;
}

void PairMatcher::build(const Bank<FloatColumns>& bank, const std::vector<EntryId>& library) {
  rows_ = bank.semantics().rows();
  ids_.clear();
  directions_.clear();
  std::vector<double> column(rows_);
  HashIndex seen;
  for (const EntryId id : library) {
    const auto keys = bank.semantics().affine_keys(bank.values(id));
    const auto any = [](EntryId) { return true; };
    if (!keys || seen.find(keys->home, any) || seen.find(keys->neighbour, any)) continue;
    seen.insert(keys->home, id);
    const double norm = centre(bank.values(id), rows_, column.data());
    for (double& value : column) value /= norm;
    ids_.push_back(id);
    directions_.insert(directions_.end(), column.begin(), column.end());
  }
  const std::size_t count = ids_.size();
  gram_.resize(count * count);
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t j = 0; j < count; ++j)
      gram_[i * count + j] = dot(directions_.data() + i * rows_, directions_.data() + j * rows_, rows_);
}

std::optional<Solution<double>> PairMatcher::find(const Bank<FloatColumns>& bank, const double* goal) const {
  const std::size_t count = ids_.size();
  std::vector<double> direction(rows_);
  const double norm = centre(goal, rows_, direction.data());
  if (!(norm > 0.0)) return std::nullopt;
  for (double& value : direction) value /= norm;
  std::vector<double> cosines(count);
  for (std::size_t k = 0; k < count; ++k) cosines[k] = dot(direction.data(), directions_.data() + k * rows_, rows_);

  std::optional<Solution<double>> best;
  std::uint32_t best_cost = 0;
  for (std::size_t i = 1; i < count; ++i) {
    const double* gram = gram_.data() + i * count;
    const double ci = cosines[i];
    for (std::size_t j = 0; j < i; ++j) {
      // The squared residual of the goal on two unit directions with cosine g between them, times 1 - g^2.
      const double g = gram[j];
      const double room = 1.0 - g * g;
      const double rest = room - (ci * ci + cosines[j] * cosines[j] - 2.0 * g * ci * cosines[j]);
      if (!(rest < screening * room) || room < degenerate) continue;
      const std::uint32_t cost = bank.entry(ids_[i]).cost + bank.entry(ids_[j]).cost;
      if (best && cost >= best_cost) continue;
      Span span(rows_);
      const std::vector<double> ones(rows_, 1.0);
      if (!span.add(ones.data()) || !span.add(bank.values(ids_[i])) || !span.add(bank.values(ids_[j]))) continue;
      std::vector<double> left(rows_);
      if (!(span.reduce(goal, left.data()) <= match_tolerance * norm)) continue;
      for (std::size_t row = 0; row < rows_; ++row) left[row] = goal[row] - left[row];
      if (!agrees(goal, left.data(), rows_)) continue;
      const std::vector<double> coordinates = span.coordinates(goal);
      best = Solution<double>{Shape::pair, ids_[i], ids_[j], {coordinates[1], coordinates[2], coordinates[0]}};
      best_cost = cost;
    }
  }
  return best;
}

}  // namespace sagredo
