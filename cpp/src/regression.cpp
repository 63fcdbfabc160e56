#include "sagredo/regression.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "sagredo/span.hpp"

namespace sagredo {
namespace {

std::vector<double> square_roots(const double* weights, std::size_t rows) {
  std::vector<double> roots(rows);
  for (std::size_t i = 0; i < rows; ++i) roots[i] = std::sqrt(weights[i]);
  return roots;
}

void multiply(const double* column, const std::vector<double>& roots, std::vector<double>& out) {
  for (std::size_t i = 0; i < roots.size(); ++i) out[i] = roots[i] * column[i];
}

}  // namespace

void least_squares(const Designs& designs, const double* values, const double* weights, double* fitted) {
  const std::size_t rows = designs.rows;
  std::vector<double> weighted(rows);
  for (std::size_t f = 0; f < designs.fits; ++f) {
    const double* design = designs.values + f * designs.columns * rows;
    double* out = fitted + f * rows;
    const std::vector<double> roots = square_roots(weights + f * rows, rows);
    Span span(rows);
    for (std::size_t k = 0; k < designs.columns; ++k) {
      multiply(design + k * rows, roots, weighted);
      if (!span.add(weighted.data())) break;
    }
    if (span.dimension() < designs.columns) {
      std::fill(out, out + rows, std::numeric_limits<double>::quiet_NaN());
      continue;
    }
    multiply(values + f * rows, roots, weighted);
    const std::vector<double> coefficients = span.coordinates(weighted.data());
    std::fill(out, out + rows, 0.0);
    for (std::size_t k = 0; k < designs.columns; ++k)
      for (std::size_t i = 0; i < rows; ++i) out[i] += coefficients[k] * design[k * rows + i];
  }
}

void left_beside(const Designs& beside, const double* values, const double* weights, const double* columns,
                 std::size_t count, double* left) {
  const std::size_t rows = beside.rows;
  const std::vector<double> roots = square_roots(weights, rows);
  std::vector<double> weighted(rows), rest(rows), across(rows);
  Span span(rows);
  for (std::size_t k = 0; k < beside.columns; ++k) {
    multiply(beside.values + k * rows, roots, weighted);
    span.add(weighted.data());
  }
  multiply(values, roots, weighted);
  const double norm = span.reduce(weighted.data(), rest.data());
  for (std::size_t k = 0; k < count; ++k) {
    multiply(columns + k * rows, roots, weighted);
    const double own = span.reduce(weighted.data(), across.data());
    const bool independent = own > Span::dependent * std::sqrt(dot(weighted.data(), weighted.data(), rows));
    const double overlap = independent ? dot(across.data(), rest.data(), rows) / own : 0.0;
    left[k] = norm * norm - overlap * overlap;
  }
}

}  // namespace sagredo
