// Matching with noise: which entries of a library, as they are or times one factor, are nearest to a goal?
#pragma once

#include <cstddef>
#include <vector>

#include "sagredo/library.hpp"

namespace sagredo {

struct NearestSettings {
  std::size_t kept;             // entries of each kind for a goal
  double bits_per_cost;         // of an entry
  double bits_per_coefficient;  // of the factor
};

struct Neighbour {
  std::size_t goal;
  std::size_t place;  // in the library
  double factor;      // 1 where the entry stays as it is
};

// The entries v that would describe each goal g in the fewest bits as v, and those that would as a v, by
//
//   rows/2 log2(sum_i w_i (g_i - a v_i)^2) + bits of the entry and of the factor.
//
// Sums over more rows only grow, so that an entry is given up at the first rows that tell against it. `threads` don't
// change what is found; goals come in their order, entries as they are before those with a factor, the best first. Goals
// and weights lie one after the other, as many rows each as the library has.
std::vector<Neighbour> nearest(const Library& library, const double* goals, const double* weights, std::size_t goal_count,
                               const NearestSettings& settings, std::size_t threads);

}  // namespace sagredo
