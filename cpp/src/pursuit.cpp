#include "sagredo/pursuit.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sagredo/lanes.hpp"
#include "sagredo/parallel.hpp"
#include "sagredo/span.hpp"
#include "sagredo/target_clones.hpp"

namespace sagredo {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
// What is left of an entry after projection must be more than rounding errors.
constexpr double least_rest = 1e-12;
// Relative to the goal's own square: a smaller residual is zero up to rounding.
constexpr double least_residual = 1e-22;
// Sums with residuals this close are one sum in two dresses: the cheaper stands for both.
constexpr double same_residual = 1e-9;
// Streams that one pass over a block is projected on: enough chains of additions to fill the processor.
constexpr std::size_t streams_a_pass = 4;
// Goals that share a block of entries while it is in the cache.
constexpr std::size_t goals_a_piece = 16;

// products[s] = sum_i block[i] * streams[s][i], eight entries at once, even and odd rows apart.
template <std::size_t streams>
[[gnu::always_inline]] inline void project(const double* block, std::size_t rows, const double* stream, Lanes* products) {
  Lanes even[streams] = {}, odd[streams] = {};
  std::size_t i = 0;
  for (; i + 2 <= rows; i += 2) {
    const Lanes first = lanes_at(block + i * lanes);
    const Lanes second = lanes_at(block + (i + 1) * lanes);
    for (std::size_t s = 0; s < streams; ++s) {
      even[s] += first * stream[s * rows + i];
      odd[s] += second * stream[s * rows + i + 1];
    }
  }
  if (i < rows)
    for (std::size_t s = 0; s < streams; ++s) even[s] += lanes_at(block + i * lanes) * stream[s * rows + i];
  for (std::size_t s = 0; s < streams; ++s) products[s] = even[s] + odd[s];
}

[[gnu::always_inline]] inline void weighted_squares(const double* block, std::size_t rows, const double* weights,
                                                    Lanes& squares) {
  Lanes even = {}, odd = {};
  std::size_t i = 0;
  for (; i + 2 <= rows; i += 2) {
    const Lanes first = lanes_at(block + i * lanes);
    const Lanes second = lanes_at(block + (i + 1) * lanes);
    even += first * first * weights[i];
    odd += second * second * weights[i + 1];
  }
  if (i < rows) even += lanes_at(block + i * lanes) * lanes_at(block + i * lanes) * weights[i];
  squares = even + odd;
}

// What the entries of a block would leave of a sum's rest: with the span q_k and the rest r, both weighted,
// residual = |r|^2 - (u.r)^2 / (|u|^2 - sum_k (u.q_k)^2); infinite where the entry lies in the span.
SAGREDO_CLONES void residuals_of(const double* block, std::size_t rows, const double* weights, const double* streams,
                                 std::size_t dimension, double rest_square, double* out) {
  Lanes squares;
  weighted_squares(block, rows, weights, squares);
  Lanes left = squares;
  Lanes products[streams_a_pass];
  for (; dimension >= streams_a_pass; dimension -= streams_a_pass, streams += streams_a_pass * rows) {
    project<streams_a_pass>(block, rows, streams, products);
    for (const Lanes& product : products) left -= product * product;
  }
  if (dimension == 0) project<1>(block, rows, streams, products);
  if (dimension == 1) project<2>(block, rows, streams, products);
  if (dimension == 2) project<3>(block, rows, streams, products);
  if (dimension == 3) project<4>(block, rows, streams, products);
  for (std::size_t k = 0; k < dimension; ++k) left -= products[k] * products[k];
  const Lanes overlap = products[dimension];
  const Lanes zero = {};
  const Lanes residuals = rest_square - overlap * overlap / left;
  const Lanes positive = residuals > zero ? residuals : zero;
  *reinterpret_cast<Lanes*>(out) = left > least_rest * squares ? positive : zero + infinity;
}

// One sum on its way: its entries and, under square roots of weights, its span and what it leaves of the goal.
struct Sum {
  std::vector<std::size_t> places;
  Span span;
  std::vector<double> rest;
  double residual;
  double cost_bits;  // of the entries and their coefficients
};

// An entry that would carry a sum on.
struct Extension {
  double rank;  // residual * 2^(2 bits of the sum / rows): monotonic in the description length
  double residual;
  std::size_t sum;
  std::size_t place;
};

bool ahead(const Extension& a, const Extension& b) { return a.rank < b.rank; }

// A goal with its sums so far and what they may become.
struct Hunt {
  std::size_t goal;
  std::vector<double> weights;
  std::vector<double> roots;  // of the weights
  std::size_t valid;          // rows that have weight
  double least;               // residuals below this are zero
  std::vector<Sum> sums;
  std::vector<Extension> best;
};

// What a sum is projected on, ready for the blocks.
struct Projection {
  Hunt* hunt;
  std::size_t sum;
  double factor;                // 2^(2 bits of the sum / rows)
  std::vector<double> streams;  // the span and the rest, weighted
};

class Pursuit {
 public:
  Pursuit(const Library& library, const PursuitSettings& settings) : library_(library), settings_(settings) {
    for (std::size_t place = 0; place < library.size(); ++place)
      factors_.push_back(factor(settings.bits_per_cost * library.cost(place)));
  }

  // All sums of the goals [begin, end).
  std::vector<Pursued> run(const WeightedGoals& goals, std::size_t begin, std::size_t end, const double* span_columns,
                           std::size_t span_count) const {
    std::vector<Hunt> hunts;
    for (std::size_t goal = begin; goal < end; ++goal) hunts.push_back(start(goals, goal, span_columns, span_count));
    std::vector<Pursued> found;
    for (std::size_t term = 0; term < settings_.terms; ++term) {
      extend(hunts);
      for (Hunt& hunt : hunts) carry_on(hunt, goals.bits[hunt.goal], found);
    }
    return found;
  }

 private:
  double factor(double bits) const { return std::exp2(2.0 * bits / static_cast<double>(library_.rows())); }

  Hunt start(const WeightedGoals& goals, std::size_t goal, const double* span_columns, std::size_t span_count) const {
    const std::size_t rows = library_.rows();
    const double* values = goals.values + goal * rows;
    const double* weights = goals.weights + goal * rows;
    Hunt hunt{goal, {weights, weights + rows}, std::vector<double>(rows), 0, 0.0, {}, {}};
    std::vector<double> column(rows);
    for (std::size_t i = 0; i < rows; ++i) {
      hunt.roots[i] = std::sqrt(weights[i]);
      hunt.valid += weights[i] > 0.0;
    }
    Sum sum{{}, Span(rows), std::vector<double>(rows), 0.0, 0.0};
    for (std::size_t k = 0; k < span_count; ++k) {
      for (std::size_t i = 0; i < rows; ++i) column[i] = hunt.roots[i] * span_columns[k * rows + i];
      sum.span.add(column.data());
    }
    for (std::size_t i = 0; i < rows; ++i) column[i] = weights[i] > 0.0 ? hunt.roots[i] * values[i] : 0.0;
    hunt.least = least_residual * dot(column.data(), column.data(), rows);
    const double norm = sum.span.reduce(column.data(), sum.rest.data());
    sum.residual = norm * norm;
    hunt.sums.push_back(std::move(sum));
    return hunt;
  }

  // Find the `beam` best ways to carry on the sums of each goal. A block of entries serves all of them while it is near.
  void extend(std::vector<Hunt>& hunts) const {
    std::vector<Projection> projections;
    for (Hunt& hunt : hunts)
      for (std::size_t s = 0; s < hunt.sums.size(); ++s)
        if (hunt.sums[s].residual > hunt.least && hunt.sums[s].span.dimension() + 2 < hunt.valid)
          projections.push_back(projection(hunt, s));
    for (std::size_t b = 0; b < library_.block_count(); ++b)
      for (const Projection& projection : projections) screen(b, projection);
  }

  Projection projection(Hunt& hunt, std::size_t index) const {
    const std::size_t rows = library_.rows();
    const Sum& sum = hunt.sums[index];
    const std::size_t dimension = sum.span.dimension();
    Projection result{&hunt, index, factor(sum.cost_bits), std::vector<double>((dimension + 1) * rows)};
    for (std::size_t k = 0; k <= dimension; ++k) {
      const double* column = k < dimension ? sum.span.basis(k) : sum.rest.data();
      for (std::size_t i = 0; i < rows; ++i) result.streams[k * rows + i] = hunt.roots[i] * column[i];
    }
    return result;
  }

  // Screen one block for the entries that would leave the least of the goal.
  void screen(std::size_t b, const Projection& projection) const {
    Hunt& hunt = *projection.hunt;
    const Sum& sum = hunt.sums[projection.sum];
    const std::size_t rows = library_.rows();
    double residuals[lanes];
    residuals_of(library_.block(b), rows, hunt.weights.data(), projection.streams.data(), sum.span.dimension(),
                 sum.residual, residuals);
    for (std::size_t lane = 0; lane < lanes && b * lanes + lane < library_.size(); ++lane) {
      const std::size_t place = b * lanes + lane;
      const double rank = std::max(residuals[lane], least_residual * sum.residual) * factors_[place] * projection.factor;
      if (rank < infinity) insert({rank, residuals[lane], projection.sum, place}, hunt.best);
    }
  }

  void insert(const Extension& candidate, std::vector<Extension>& best) const {
    if (best.size() == settings_.beam && !(candidate.rank < best.back().rank)) return;
    for (Extension& known : best)
      if (std::abs(known.residual - candidate.residual) <= same_residual * known.residual) {
        if (!(candidate.rank < known.rank)) return;
        known = candidate;
        std::sort(best.begin(), best.end(), ahead);
        return;
      }
    if (best.size() == settings_.beam) best.pop_back();
    best.insert(std::upper_bound(best.begin(), best.end(), candidate, ahead), candidate);
  }

  // The best extensions become the goal's sums.
  void carry_on(Hunt& hunt, double bits, std::vector<Pursued>& found) const {
    const std::size_t rows = library_.rows();
    std::vector<double> column(rows);
    std::vector<Sum> next;
    for (const Extension& extension : hunt.best) {
      Sum sum = hunt.sums[extension.sum];
      library_.copy_column(extension.place, column.data());
      for (std::size_t i = 0; i < rows; ++i) column[i] *= hunt.roots[i];
      if (!sum.span.add(column.data())) continue;
      // The screening's formula cancels; the projection itself does not.
      std::vector<double> rest(rows);
      const double norm = sum.span.reduce(sum.rest.data(), rest.data());
      sum.residual = norm * norm;
      sum.rest = std::move(rest);
      sum.places.push_back(extension.place);
      sum.cost_bits += settings_.bits_per_cost * library_.cost(extension.place) + settings_.bits_per_coefficient;
      const double mean = std::max(sum.residual, hunt.least) / static_cast<double>(hunt.valid);
      const double data_bits = 0.5 * static_cast<double>(rows) * std::log2(mean);
      const double code_bits = bits + sum.cost_bits;
      found.push_back({data_bits + code_bits, code_bits, hunt.goal, sum.places});
      next.push_back(std::move(sum));
    }
    hunt.sums = std::move(next);
    hunt.best.clear();
  }

  const Library& library_;
  const PursuitSettings& settings_;
  std::vector<double> factors_;
};

}  // namespace

std::vector<Pursued> pursue(const Library& library, const WeightedGoals& goals, const double* span_columns,
                            std::size_t span_count, const PursuitSettings& settings, std::size_t threads) {
  const Pursuit pursuit(library, settings);
  std::vector<std::vector<Pursued>> found((goals.count + goals_a_piece - 1) / goals_a_piece);
  parallel_for(found.size(), threads, [&](std::size_t piece) {
    const std::size_t begin = piece * goals_a_piece;
    found[piece] = pursuit.run(goals, begin, std::min(begin + goals_a_piece, goals.count), span_columns, span_count);
  });
  std::vector<Pursued> all;
  for (auto& part : found) std::move(part.begin(), part.end(), std::back_inserter(all));
  return all;
}

}  // namespace sagredo
