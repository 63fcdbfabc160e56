#include "sagredo/span.hpp"

#include <algorithm>
#include <cmath>

#include "sagredo/target_clones.hpp"

namespace sagredo {

SAGREDO_CLONES double dot(const double* a, const double* b, std::size_t rows) {
  constexpr std::size_t lanes = 8;
  double partial[lanes] = {};
  std::size_t i = 0;
  for (; i + lanes <= rows; i += lanes)
    for (std::size_t lane = 0; lane < lanes; ++lane) partial[lane] += a[i + lane] * b[i + lane];
  for (std::size_t lane = 0; i < rows; ++i, ++lane) partial[lane] += a[i] * b[i];
  return ((partial[0] + partial[4]) + (partial[2] + partial[6])) + ((partial[1] + partial[5]) + (partial[3] + partial[7]));
}

bool Span::add(const double* column) {
  std::vector<double> rest(column, column + rows_);
  std::vector<double> projections(dimension_ + 1, 0.0);
  const double norm = std::sqrt(dot(column, column, rows_));
  // Gram-Schmidt twice is enough (Kahan, in Parlett 1980, section 6.9).
  for (int pass = 0; pass < 2; ++pass)
    for (std::size_t k = 0; k < dimension_; ++k) {
      const double* q = basis_.data() + k * rows_;
      const double share = dot(q, rest.data(), rows_);
      projections[k] += share;
      for (std::size_t i = 0; i < rows_; ++i) rest[i] -= share * q[i];
    }
  const double rest_norm = std::sqrt(dot(rest.data(), rest.data(), rows_));
  if (!(rest_norm > dependent * norm)) return false;
  projections[dimension_] = rest_norm;
  for (double& value : rest) value /= rest_norm;
  basis_.insert(basis_.end(), rest.begin(), rest.end());
  triangular_.insert(triangular_.end(), projections.begin(), projections.end());
  ++dimension_;
  return true;
}

SAGREDO_CLONES double Span::reduce(const double* column, double* out) const {
  std::copy(column, column + rows_, out);
  for (std::size_t k = 0; k < dimension_; ++k) {
    const double* q = basis_.data() + k * rows_;
    const double share = dot(q, out, rows_);
    for (std::size_t i = 0; i < rows_; ++i) out[i] -= share * q[i];
  }
  return std::sqrt(dot(out, out, rows_));
}

std::vector<double> Span::coordinates(const double* column) const {
  std::vector<double> rest(column, column + rows_);
  std::vector<double> result(dimension_);
  for (std::size_t k = 0; k < dimension_; ++k) {
    const double* q = basis_.data() + k * rows_;
    result[k] = dot(q, rest.data(), rows_);
    for (std::size_t i = 0; i < rows_; ++i) rest[i] -= result[k] * q[i];
  }
  for (std::size_t k = dimension_; k-- > 0;) {
    const double* column_k = triangular_.data() + k * (k + 1) / 2;
    result[k] /= column_k[k];
    for (std::size_t j = 0; j < k; ++j) result[j] -= column_k[j] * result[k];
  }
  return result;
}

}  // namespace sagredo
