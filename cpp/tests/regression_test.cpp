// Least squares of a few columns: the residual is orthogonal to each, and what a column leaves is what its fit leaves.
#include <cmath>
#include <random>
#include <vector>

#include "require.hpp"
#include "sagredo/regression.hpp"

using sagredo::least_squares;
using sagredo::left_beside;
using sagredo::test::require;

namespace {

constexpr std::size_t rows = 17;

std::vector<double> random_values(std::mt19937& generator, std::size_t size, double low, double high) {
  std::uniform_real_distribution<double> uniform(low, high);
  std::vector<double> values(size);
  for (double& value : values) value = uniform(generator);
  return values;
}

void residuals_are_orthogonal() {
  std::mt19937 generator(1);
  for (std::size_t columns = 1; columns <= 5; ++columns) {
    const std::size_t fits = 3;
    const std::vector<double> designs = random_values(generator, fits * columns * rows, -1.0, 1.0);
    const std::vector<double> values = random_values(generator, fits * rows, -1.0, 1.0);
    const std::vector<double> weights = random_values(generator, fits * rows, 0.1, 2.0);
    std::vector<double> fitted(fits * rows);
    least_squares({designs.data(), fits, columns, rows}, values.data(), weights.data(), fitted.data());
    for (std::size_t f = 0; f < fits; ++f)
      for (std::size_t k = 0; k < columns; ++k) {
        double product = 0.0;
        for (std::size_t i = 0; i < rows; ++i)
          product += weights[f * rows + i] * (values[f * rows + i] - fitted[f * rows + i]) *
                     designs[(f * columns + k) * rows + i];
        require(std::abs(product) < 1e-12, "what is left is orthogonal to every column");
      }
  }
}

void dependent_columns_have_no_fit() {
  std::vector<double> designs(2 * rows, 1.0);
  const std::vector<double> values(rows, 2.0), weights(rows, 1.0);
  std::vector<double> fitted(rows);
  least_squares({designs.data(), 1, 2, rows}, values.data(), weights.data(), fitted.data());
  for (const double value : fitted) require(std::isnan(value), "dependent columns have no fit");
}

void a_column_leaves_what_its_fit_leaves() {
  std::mt19937 generator(2);
  const std::vector<double> design = random_values(generator, 3 * rows, -1.0, 1.0);
  const std::vector<double> values = random_values(generator, rows, -1.0, 1.0);
  const std::vector<double> weights = random_values(generator, rows, 0.1, 2.0);
  std::vector<double> fitted(rows);
  least_squares({design.data(), 1, 3, rows}, values.data(), weights.data(), fitted.data());
  double wanted = 0.0;
  for (std::size_t i = 0; i < rows; ++i) wanted += weights[i] * (values[i] - fitted[i]) * (values[i] - fitted[i]);
  double left = 0.0;
  left_beside({design.data(), 1, 2, rows}, values.data(), weights.data(), design.data() + 2 * rows, 1, &left);
  require(std::abs(left - wanted) < 1e-12, "a column leaves what its fit leaves");
}

}  // namespace

int main() {
  residuals_are_orthogonal();
  dependent_columns_have_no_fit();
  a_column_leaves_what_its_fit_leaves();
}
