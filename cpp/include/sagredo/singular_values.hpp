// The singular value decomposition of small matrices, by one-sided Jacobi rotations (Hestenes 1958; Golub & Van Loan,
// Matrix Computations, 4th edition, section 8.6.3): small singular values come out with small relative errors.
#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace sagredo {

// A = U diag(s) V^T for A (rows, columns), column after column. Afterwards `a` holds U, its columns 0 where s is;
// `right` holds V (columns, columns), column after column. A singular value that rounding alone can make is 0.
inline void singular_values(std::vector<double>& a, std::size_t rows, std::size_t columns, std::vector<double>& values,
                            std::vector<double>& right) {
  constexpr double epsilon = std::numeric_limits<double>::epsilon();
  // Each sweep squares the angles between columns that are left: a dozen is plenty.
  constexpr int sweeps = 30;
  right.assign(columns * columns, 0.0);
  for (std::size_t j = 0; j < columns; ++j) right[j * columns + j] = 1.0;
  const auto rotate = [](double* p, double* q, std::size_t size, double cosine, double sine) {
    for (std::size_t i = 0; i < size; ++i) {
      const double old = p[i];
      p[i] = cosine * old - sine * q[i];
      q[i] = sine * old + cosine * q[i];
    }
  };
  bool turned = true;
  for (int sweep = 0; turned && sweep < sweeps; ++sweep) {
    turned = false;
    for (std::size_t p = 0; p + 1 < columns; ++p) {
      for (std::size_t q = p + 1; q < columns; ++q) {
        double* of_p = a.data() + p * rows;
        double* of_q = a.data() + q * rows;
        double pp = 0.0;
        double qq = 0.0;
        double pq = 0.0;
        for (std::size_t i = 0; i < rows; ++i) {
          pp += of_p[i] * of_p[i];
          qq += of_q[i] * of_q[i];
          pq += of_p[i] * of_q[i];
        }
        if (!(std::abs(pq) > epsilon * std::sqrt(pp) * std::sqrt(qq))) continue;
        turned = true;
        const double zeta = (qq - pp) / (2.0 * pq);
        const double tangent = (zeta >= 0.0 ? 1.0 : -1.0) / (std::abs(zeta) + std::hypot(1.0, zeta));
        const double cosine = 1.0 / std::hypot(1.0, tangent);
        rotate(of_p, of_q, rows, cosine, cosine * tangent);
        rotate(right.data() + p * columns, right.data() + q * columns, columns, cosine, cosine * tangent);
      }
    }
  }
  values.assign(columns, 0.0);
  double largest = 0.0;
  for (std::size_t j = 0; j < columns; ++j) {
    double square = 0.0;
    for (std::size_t i = 0; i < rows; ++i) square += a[j * rows + i] * a[j * rows + i];
    values[j] = std::sqrt(square);
    largest = std::fmax(largest, values[j]);
  }
  const double least = epsilon * static_cast<double>(rows > columns ? rows : columns) * largest;
  for (std::size_t j = 0; j < columns; ++j) {
    if (values[j] <= least) values[j] = 0.0;
    const double inverse = values[j] > 0.0 ? 1.0 / values[j] : 0.0;
    for (std::size_t i = 0; i < rows; ++i) a[j * rows + i] *= inverse;
  }
}

}  // namespace sagredo
