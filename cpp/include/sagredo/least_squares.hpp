// Householder QR of small dense matrices, and what least squares needs of it.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace sagredo {

// A (rows, columns), column after column, with rows >= columns, and a right-hand side; afterwards the upper triangle
// of A is R, and the first `columns` entries of the right-hand side are those of Q^T b.
// Golub & Van Loan, Matrix Computations, 4th edition, algorithm 5.2.1.
template <class Real>
void householder(Real* a, std::size_t rows, std::size_t columns, Real* b) {
  for (std::size_t j = 0; j < columns; ++j) {
    Real* pivot = a + j * rows;
    Real norm_squared = 0;
    for (std::size_t i = j; i < rows; ++i) norm_squared += pivot[i] * pivot[i];
    const Real norm = std::sqrt(norm_squared);
    if (norm == 0) continue;
    const Real alpha = pivot[j] > 0 ? -norm : norm;
    const Real head = pivot[j] - alpha;
    const Real beta = 1 / (norm * (norm + std::abs(pivot[j])));
    const auto reflect = [&](Real* column) {
      Real product = head * column[j];
      for (std::size_t i = j + 1; i < rows; ++i) product += pivot[i] * column[i];
      product *= beta;
      column[j] -= product * head;
      for (std::size_t i = j + 1; i < rows; ++i) column[i] -= product * pivot[i];
    };
    for (std::size_t k = j + 1; k < columns; ++k) reflect(a + k * rows);
    reflect(b);
    pivot[j] = alpha;
  }
}

// Solves R x = b for the upper triangle of columns [first, first + size) of A; x may be b + first. An unknown that the
// data do not tell, to within `singular` of the largest diagonal entry, is set to 0.
template <class Real>
void back_substitute(const Real* a, std::size_t rows, std::size_t first, std::size_t size, const Real* b, Real* x,
                     Real singular) {
  Real largest = 0;
  for (std::size_t j = 0; j < size; ++j) largest = std::max(largest, std::abs(a[(first + j) * rows + first + j]));
  for (std::size_t j = 0; j < size; ++j) x[j] = b[first + j];
  for (std::size_t j = size; j-- > 0;) {
    const Real* column = a + (first + j) * rows + first;
    x[j] = std::abs(column[j]) > singular * largest ? x[j] / column[j] : Real{0};
    for (std::size_t i = 0; i < j; ++i) x[i] -= column[i] * x[j];
  }
}

// (R^T R)^-1, symmetric (size, size); infinite where R is singular.
template <class Real>
std::vector<Real> inverse_gram(const Real* a, std::size_t rows, std::size_t size) {
  std::vector<Real> inverse(size * size, Real{0});  // R^-1, column after column
  for (std::size_t j = 0; j < size; ++j) {
    inverse[j * size + j] = 1 / a[j * rows + j];
    for (std::size_t i = j; i-- > 0;) {
      Real sum = 0;
      for (std::size_t k = i + 1; k <= j; ++k) sum += a[k * rows + i] * inverse[j * size + k];
      inverse[j * size + i] = -sum / a[i * rows + i];
    }
  }
  std::vector<Real> gram(size * size, Real{0});
  for (std::size_t i = 0; i < size; ++i)
    for (std::size_t j = 0; j < size; ++j)
      for (std::size_t k = std::max(i, j); k < size; ++k)
        gram[i * size + j] += inverse[k * size + i] * inverse[k * size + j];
  return gram;
}

}  // namespace sagredo
