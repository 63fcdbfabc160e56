// The linear span of some columns: an orthonormal basis, projections, coordinates.
#pragma once

#include <cstddef>
#include <vector>

namespace sagredo {

class Span {
 public:
  // A column whose part outside of the span is smaller than this share of it is taken to lie inside.
  static constexpr double dependent = 1e-10;

  explicit Span(std::size_t rows) : rows_(rows) {}

  // Add a column; false if it lies in the span already, up to rounding.
  bool add(const double* column);

  // out = column minus its projection on the span; the Euclidean norm of out.
  double reduce(const double* column, double* out) const;

  // The coefficients of the accepted columns, in order of acceptance, in the projection of the column on the span.
  std::vector<double> coordinates(const double* column) const;

  std::size_t dimension() const { return dimension_; }
  const double* basis(std::size_t k) const { return basis_.data() + k * rows_; }
  std::size_t rows() const { return rows_; }

 private:
  std::size_t rows_;
  std::size_t dimension_ = 0;
  std::vector<double> basis_;       // dimension x rows, orthonormal
  std::vector<double> triangular_;  // columns of R in A = Q R, packed: column k has k + 1 entries
};

double dot(const double* a, const double* b, std::size_t rows);

}  // namespace sagredo
