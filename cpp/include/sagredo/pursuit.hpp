// Matching pursuit with noise: which few entries of a library would describe a goal in the fewest bits?
#pragma once

#include <cstddef>
#include <vector>

#include "sagredo/library.hpp"

namespace sagredo {

// Goals, row by row `rows` values each, with the precision that the data have there: the weight of a row is
// (dy/dgoal)^2, up to a factor that all goals share; 0 where the goal has no value.
struct WeightedGoals {
  const double* values;
  const double* weights;
  const double* bits;  // of the program around each goal
  std::size_t count;
};

struct PursuitSettings {
  std::size_t terms;            // at the most
  std::size_t beam;             // sums that are carried on from one term to the next
  double bits_per_cost;         // of an entry
  double bits_per_coefficient;  // of a term
};

struct Pursued {
  double bits;
  double code_bits;  // what the data's bits are added to
  std::size_t goal;
  std::vector<std::size_t> places;  // in the library
};

// Sums goal ~ span + sum_k c_k entry_k by orthogonal matching pursuit with a beam (Pati, Rezaiifar & Krishnaprasad
// 1993), ranked by
//
//   bits = rows/2 log2(residual / rows) + bits around the goal + bits of the entries and their coefficients,
//
// the description length of a weighted least-squares fit up to what all share. As residuals count in units of the
// response, sums for different goals compare. Of each goal the `beam` best for each number of terms, in the order of the
// goals; `threads` don't change them.
std::vector<Pursued> pursue(const Library& library, const WeightedGoals& goals, const double* span_columns,
                            std::size_t span_count, const PursuitSettings& settings, std::size_t threads);

}  // namespace sagredo
