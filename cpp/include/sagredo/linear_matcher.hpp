// Sums: is the goal a polynomial of low degree in the inputs, or a combination of two entries of the bank?
#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "sagredo/bank.hpp"
#include "sagredo/float_columns.hpp"
#include "sagredo/solution.hpp"
#include "sagredo/span.hpp"

namespace sagredo {

// The polynomials of degree two at the most, as far as the rows can tell them apart from noise.
class PolynomialMatcher {
 public:
  PolynomialMatcher(const double* inputs, std::size_t input_count, std::size_t rows);

  std::optional<Solution<double>> find(const double* goal) const;

  // The monomials of the coefficients after the constant: pairs of input indices (no second: degree one).
  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  const std::vector<std::pair<std::size_t, std::size_t>>& monomials() const { return monomials_; }

 private:
  std::vector<std::pair<std::size_t, std::size_t>> monomials_;
  std::vector<std::vector<double>> columns_;
  Span span_;
};

// All pairs out of a small library of entries, through its Gram matrix: a few operations a pair.
class PairMatcher {
 public:
  // Takes the entries of the library that have a direction of their own; of two with one direction the first.
  void build(const Bank<FloatColumns>& bank, const std::vector<EntryId>& library);

  std::optional<Solution<double>> find(const Bank<FloatColumns>& bank, const double* goal) const;

  std::size_t size() const { return ids_.size(); }

 private:
  std::size_t rows_ = 0;
  std::vector<EntryId> ids_;
  std::vector<double> directions_;  // centred, of unit norm
  std::vector<double> gram_;
};

}  // namespace sagredo
