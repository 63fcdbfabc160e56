// Everything that can produce a goal of real columns from a bank: affine images, products of powers, sums.
#pragma once

#include <cstddef>
#include <vector>

#include "sagredo/affine_matcher.hpp"
#include "sagredo/backward.hpp"
#include "sagredo/bank.hpp"
#include "sagredo/float_columns.hpp"
#include "sagredo/linear_matcher.hpp"
#include "sagredo/power_matcher.hpp"
#include "sagredo/solution.hpp"

namespace sagredo {

class RealSolver {
 public:
  RealSolver(const double* inputs, std::size_t input_count, std::size_t rows)
      : powers_(inputs, input_count, rows), polynomials_(inputs, input_count, rows) {}

  // File what the bank has gained; sums of two are looked for in the library alone.
  void extend(const Bank<FloatColumns>& bank, const std::vector<EntryId>& pair_library) {
    affine_.extend(bank);
    powers_.extend(bank);
    pairs_.build(bank, pair_library);
  }

  void solve(const Bank<FloatColumns>& bank, const double* goal, Diligence diligence,
             std::vector<Solution<double>>& solutions) const {
    switch (diligence) {
      case Diligence::look_up:
        if (const auto match = affine_.find(bank, goal))
          solutions.push_back({Shape::affine, match->entry, no_entry, {match->map.scale, match->map.offset}});
        if (auto match = powers_.find(bank, goal)) solutions.push_back(std::move(*match));
        break;
      case Diligence::regress:
        if (auto match = polynomials_.find(goal)) solutions.push_back(std::move(*match));
        break;
      case Diligence::pair_up:
        if (auto match = pairs_.find(bank, goal)) solutions.push_back(std::move(*match));
        break;
    }
  }

  // A look-up takes about as long as this many pairs.
  static constexpr std::size_t pairs_per_unit = 300;
  std::size_t pair_work() const { return 1 + pairs_.size() * pairs_.size() / (2 * pairs_per_unit); }

  const PolynomialMatcher& polynomials() const { return polynomials_; }

 private:
  AffineMatcher<FloatColumns> affine_;
  PowerMatcher powers_;
  PolynomialMatcher polynomials_;
  PairMatcher pairs_;
};

}  // namespace sagredo
