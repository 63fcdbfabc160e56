// Weighted linear least squares of a few columns, many times over.
#pragma once

#include <cstddef>

namespace sagredo {

// Fits, each of `columns` columns of `rows` values, one after the other.
struct Designs {
  const double* values;
  std::size_t fits;
  std::size_t columns;
  std::size_t rows;
};

// fitted[f] = X_f c with c = argmin sum_i w_fi (v_fi - (X_f c)_i)^2; nan where columns depend on one another. `values`,
// `weights` and `fitted` have a row for each fit.
void least_squares(const Designs& designs, const double* values, const double* weights, double* fitted);

// left[k] = min sum_i w_i (v_i - (B c)_i - d u_ki)^2 over c and d: what the columns of `beside`, of one fit, leave
// together with each of the `count` columns u_k. One that lies in their span explains nothing.
void left_beside(const Designs& beside, const double* values, const double* weights, const double* columns,
                 std::size_t count, double* left);

}  // namespace sagredo
