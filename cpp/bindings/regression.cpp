#include "sagredo/regression.hpp"

#include "arrays.hpp"
#include "bindings.hpp"

namespace sagredo::bindings {
namespace {

using namespace nb::literals;
using Stack = nb::ndarray<const double, nb::ndim<3>, nb::c_contig, nb::device::cpu>;

OwnedMatrix fitted_values(const Stack& designs, const Matrix& values, const Matrix& weights) {
  const Designs all{designs.data(), designs.shape(0), designs.shape(1), designs.shape(2)};
  for (const Matrix* matrix : {&values, &weights})
    if (matrix->shape(0) != all.fits || matrix->shape(1) != all.rows)
      throw std::invalid_argument("Values and weights must have a row for each design, of as many values as its columns.");
  std::vector<double> fitted(all.fits * all.rows);
  {
    nb::gil_scoped_release release;
    least_squares(all, values.data(), weights.data(), fitted.data());
  }
  return to_matrix(std::move(fitted), all.fits, all.rows);
}

OwnedVector left(const Matrix& beside, const Vector& values, const Vector& weights, const Matrix& columns) {
  const std::size_t rows = values.shape(0);
  if (beside.shape(1) != rows || weights.shape(0) != rows || columns.shape(1) != rows)
    throw std::invalid_argument("Columns and weights must have as many rows as the values.");
  std::vector<double> sums(columns.shape(0));
  {
    nb::gil_scoped_release release;
    left_beside({beside.data(), 1, beside.shape(0), rows}, values.data(), weights.data(), columns.data(), sums.size(),
                sums.data());
  }
  return to_vector(std::move(sums));
}

}  // namespace

void bind_regression(nb::module_& module) {
  module.def("least_squares", &fitted_values, "designs"_a, "values"_a, "weights"_a,
             "The values that each design has where it fits best; nan where its columns depend on one another.");
  module.def("left_beside", &left, "beside"_a, "values"_a, "weights"_a, "columns"_a,
             "The weighted sum of squares that some columns leave together with each of the others.");
}

}  // namespace sagredo::bindings
