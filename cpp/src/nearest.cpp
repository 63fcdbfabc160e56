#include "sagredo/nearest.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "sagredo/lanes.hpp"
#include "sagredo/parallel.hpp"
#include "sagredo/target_clones.hpp"

namespace sagredo {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
// Rows between two looks at whether an entry can still be among the nearest.
constexpr std::size_t rows_a_look = 16;
// Goals that share a block of entries while it is in the cache.
constexpr std::size_t goals_a_piece = 16;
// Residuals this close are one meaning in two dresses: the cheaper stands for both.
constexpr double same_residual = 1e-9;
// Relative to the goal's own square: what is left after subtraction is rounding below this.
constexpr double least_residual = 1e-12;

// sum w g v and sum w v^2 over some rows, for eight entries at once.
struct Products {
  Lanes with_goal = {};
  Lanes squares = {};
};

SAGREDO_CLONES void add_products(const double* block, const double* weights, const double* weighted_goal, std::size_t begin,
                                 std::size_t end, Products& products) {
  Lanes with_goal = products.with_goal, squares = products.squares;
  for (std::size_t i = begin; i < end; ++i) {
    const Lanes values = lanes_at(block + i * lanes);
    with_goal += values * weighted_goal[i];
    squares += values * values * weights[i];
  }
  products.with_goal = with_goal;
  products.squares = squares;
}

// An entry that is near to a goal; `rank` is residual * 2^(2 bits / rows), which grows with the description length.
struct Near {
  double rank;
  double residual;
  std::size_t place;
  double factor;
};

class Nearby {
 public:
  explicit Nearby(std::size_t kept) : kept_(kept) {}

  double limit() const { return near_.size() < kept_ ? infinity : near_.back().rank; }

  void insert(const Near& candidate) {
    if (!(candidate.rank < limit())) return;
    for (Near& known : near_)
      if (std::abs(known.residual - candidate.residual) <= same_residual * known.residual) {
        if (candidate.rank < known.rank) {
          known = candidate;
          std::sort(near_.begin(), near_.end(), ahead);
        }
        return;
      }
    if (near_.size() == kept_) near_.pop_back();
    near_.insert(std::upper_bound(near_.begin(), near_.end(), candidate, ahead), candidate);
  }

  const std::vector<Near>& found() const { return near_; }

 private:
  static bool ahead(const Near& a, const Near& b) { return a.rank < b.rank; }

  std::size_t kept_;
  std::vector<Near> near_;
};

// A goal with its weights and what came nearest to it so far.
class Hunt {
 public:
  Hunt(const double* values, const double* weights, std::size_t rows, std::size_t kept)
      : weights_(weights), weighted_(rows), squares_(rows + 1), as_they_are_(kept), scaled_(kept) {
    for (std::size_t i = 0; i < rows; ++i) {
      weighted_[i] = weights[i] > 0.0 ? weights[i] * values[i] : 0.0;
      squares_[i + 1] = squares_[i] + (weights[i] > 0.0 ? weighted_[i] * values[i] : 0.0);
    }
  }

  // Look at a block of entries; `costs` are 2^(2 bits / rows) of each.
  void look(const double* block, const double* costs, std::size_t count, std::size_t first, double factor_cost) {
    const std::size_t rows = weighted_.size();
    Products products;
    for (std::size_t begin = 0; begin < rows; begin += rows_a_look) {
      const std::size_t end = std::min(begin + rows_a_look, rows);
      add_products(block, weights_, weighted_.data(), begin, end, products);
      bool hopeless = true;
      for (std::size_t lane = 0; lane < count && hopeless; ++lane)
        hopeless = plain(products, lane, end) * costs[lane] >= as_they_are_.limit() &&
                   scaled(products, lane, end) * costs[lane] * factor_cost >= scaled_.limit();
      if (hopeless) return;
    }
    const double least = least_residual * squares_[rows];
    for (std::size_t lane = 0; lane < count; ++lane) {
      if (!(products.squares[lane] > 0.0)) continue;
      const double as_it_is = std::max(plain(products, lane, rows), least);
      as_they_are_.insert({as_it_is * costs[lane], as_it_is, first + lane, 1.0});
      const double left = std::max(scaled(products, lane, rows), least);
      scaled_.insert({left * costs[lane] * factor_cost, left, first + lane,
                      products.with_goal[lane] / products.squares[lane]});
    }
  }

  void report(std::size_t goal, std::vector<Neighbour>& out) const {
    for (const Nearby* nearby : {&as_they_are_, &scaled_})
      for (const Near& near : nearby->found()) out.push_back({goal, near.place, near.factor});
  }

 private:
  double plain(const Products& products, std::size_t lane, std::size_t rows) const {
    return squares_[rows] - 2.0 * products.with_goal[lane] + products.squares[lane];
  }

  double scaled(const Products& products, std::size_t lane, std::size_t rows) const {
    const double overlap = products.with_goal[lane];
    return products.squares[lane] > 0.0 ? squares_[rows] - overlap / products.squares[lane] * overlap : infinity;
  }

  const double* weights_;
  std::vector<double> weighted_;  // weight times goal
  std::vector<double> squares_;   // of the goal, weighted, over the rows before
  Nearby as_they_are_;
  Nearby scaled_;
};

}  // namespace

std::vector<Neighbour> nearest(const Library& library, const double* goals, const double* weights, std::size_t goal_count,
                               const NearestSettings& settings, std::size_t threads) {
  const std::size_t rows = library.rows();
  const auto cost_of = [&](double bits) { return std::exp2(2.0 * bits / static_cast<double>(rows)); };
  std::vector<double> costs(library.size());
  for (std::size_t place = 0; place < costs.size(); ++place)
    costs[place] = cost_of(settings.bits_per_cost * library.cost(place));
  const double factor_cost = cost_of(settings.bits_per_coefficient);
  std::vector<std::vector<Neighbour>> found((goal_count + goals_a_piece - 1) / goals_a_piece);
  parallel_for(found.size(), threads, [&](std::size_t piece) {
    const std::size_t begin = piece * goals_a_piece, end = std::min(begin + goals_a_piece, goal_count);
    std::vector<Hunt> hunts;
    for (std::size_t goal = begin; goal < end; ++goal)
      hunts.emplace_back(goals + goal * rows, weights + goal * rows, rows, settings.kept);
    for (std::size_t b = 0; b < library.block_count(); ++b) {
      const std::size_t first = b * lanes, count = std::min(lanes, library.size() - first);
      for (Hunt& hunt : hunts) hunt.look(library.block(b), costs.data() + first, count, first, factor_cost);
    }
    for (std::size_t k = 0; k < hunts.size(); ++k) hunts[k].report(begin + k, found[piece]);
  });
  std::vector<Neighbour> all;
  for (const auto& part : found) all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace sagredo
