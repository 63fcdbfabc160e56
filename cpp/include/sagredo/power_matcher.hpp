// Products of powers: is log|goal| = c + q log|v| + sum_i p_i log|x_i| for an entry v of the bank?
//
// Everything is projected off the span of 1 and log|x_i|, where a match is a match of directions. One look-up so
// settles any monomial times any power of any entry.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "sagredo/bank.hpp"
#include "sagredo/float_columns.hpp"
#include "sagredo/hash_index.hpp"
#include "sagredo/solution.hpp"
#include "sagredo/span.hpp"

namespace sagredo {

class PowerMatcher {
 public:
  // `inputs`: the columns of the variables, one after the other.
  PowerMatcher(const double* inputs, std::size_t input_count, std::size_t rows);

  void extend(const Bank<FloatColumns>& bank);
  std::optional<Solution<double>> find(const Bank<FloatColumns>& bank, const double* goal) const;

 private:
  bool logarithm(const double* column, double* out) const;
  std::optional<Solution<double>> complete(const double* goal, const double* factor, double exponent,
                                           EntryId id) const;

  std::size_t rows_;
  std::vector<double> inputs_;
  std::vector<std::size_t> used_;  // the inputs whose logarithms are in the span, in its order
  Span span_;
  HashIndex index_;
  EntryId seen_ = 0;
};

}  // namespace sagredo
