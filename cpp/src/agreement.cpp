#include "sagredo/agreement.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace sagredo {
namespace {

// Exact matches reach some 1e-13; the objective judges what passes on the record's own resolution.
constexpr double tolerance = 1e-8;

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

bool agrees(const double* goal, const double* column, std::size_t rows) {
  thread_local std::vector<double> scratch;
  scratch.assign(goal, goal + rows);
  const double centre = median(scratch);
  for (std::size_t i = 0; i < rows; ++i) scratch[i] = std::abs(goal[i] - centre);
  const double spread = median(scratch);
  for (std::size_t i = 0; i < rows; ++i)
    if (!(std::abs(goal[i] - column[i]) <= tolerance * (std::abs(goal[i] - centre) + spread))) return false;
  return true;
}

}  // namespace sagredo
