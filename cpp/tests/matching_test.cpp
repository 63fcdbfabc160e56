// Spans, matchers, the index and the store of columns.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <random>
#include <vector>

#include "require.hpp"
#include "sagredo/bank.hpp"
#include "sagredo/column_store.hpp"
#include "sagredo/float_columns.hpp"
#include "sagredo/hash_index.hpp"
#include "sagredo/linear_matcher.hpp"
#include "sagredo/power_matcher.hpp"
#include "sagredo/span.hpp"

namespace {

using sagredo::Bank;
using sagredo::FloatColumns;
using sagredo::Operation;
using sagredo::test::require;

constexpr std::size_t rows = 30;

std::vector<double> random_column(std::mt19937_64& rng) {
  std::uniform_real_distribution<double> draw(1.0, 5.0);
  std::vector<double> column(rows);
  for (double& value : column) value = draw(rng);
  return column;
}

void a_span_projects(std::mt19937_64& rng) {
  sagredo::Span span(rows);
  std::vector<std::vector<double>> columns{std::vector<double>(rows, 1.0), random_column(rng), random_column(rng)};
  for (const auto& column : columns) require(span.add(column.data()), "independent columns are accepted");
  std::vector<double> combination(rows), rest(rows);
  for (std::size_t i = 0; i < rows; ++i) combination[i] = 3.0 - 2.0 * columns[1][i] + 0.5 * columns[2][i];
  require(!span.add(combination.data()) && span.dimension() == 3, "a column of the span is refused");
  require(span.reduce(combination.data(), rest.data()) < 1e-12, "a column of the span leaves no rest");
  const std::vector<double> coordinates = span.coordinates(combination.data());
  require(std::abs(coordinates[0] - 3.0) < 1e-11 && std::abs(coordinates[1] + 2.0) < 1e-11 &&
              std::abs(coordinates[2] - 0.5) < 1e-11,
          "coordinates are the coefficients");
  const std::vector<double> other = random_column(rng);
  const double norm = span.reduce(other.data(), rest.data());
  require(norm > 0.1, "another column leaves a rest");
  for (const auto& column : columns)
    require(std::abs(sagredo::dot(rest.data(), column.data(), rows)) < 1e-10 * norm * rows, "the rest is orthogonal");
}

struct Matched {
  std::vector<double> inputs;  // two columns, one after the other
  Bank<FloatColumns> bank;

  explicit Matched(std::mt19937_64& rng)
      : bank(FloatColumns(rows), {{Operation::add, 2}, {Operation::mul, 2}, {Operation::sin, 2}}, 400) {
    for (std::uint32_t k = 0; k < 2; ++k) {
      const std::vector<double> column = random_column(rng);
      inputs.insert(inputs.end(), column.begin(), column.end());
      bank.add_leaf(Operation::variable, k, 2, column.data());
    }
    bank.enumerate(2000);
  }
};

void monomials_times_powers_are_recognised(std::mt19937_64& rng) {
  const Matched matched(rng);
  sagredo::PowerMatcher matcher(matched.inputs.data(), 2, rows);
  matcher.extend(matched.bank);
  std::vector<double> goal(rows);
  for (std::size_t i = 0; i < rows; ++i)
    goal[i] = 2.5 * std::pow(matched.inputs[i] + matched.inputs[rows + i], -1.5) * matched.inputs[i];
  require(matcher.find(matched.bank, goal.data()).has_value(), "a monomial times a power of an entry is found");
  const std::vector<double> noise = random_column(rng);
  require(!matcher.find(matched.bank, noise.data()), "noise is no product of powers");
}

void polynomials_and_pairs_are_recognised(std::mt19937_64& rng) {
  const Matched matched(rng);
  const double* x = matched.inputs.data();
  const double* y = x + rows;
  const sagredo::PolynomialMatcher polynomials(x, 2, rows);
  std::vector<double> goal(rows);
  for (std::size_t i = 0; i < rows; ++i) goal[i] = 1.0 + 0.3 * x[i] * y[i] - 2.0 * y[i] * y[i];
  require(polynomials.find(goal.data()).has_value(), "a polynomial is found");
  std::vector<sagredo::EntryId> library;
  for (sagredo::EntryId id = 0; id < 40; ++id) library.push_back(id);
  sagredo::PairMatcher pairs;
  pairs.build(matched.bank, library);
  require(pairs.size() > 10, "the library has directions of its own");
  const double* first = matched.bank.values(7);
  const double* second = matched.bank.values(20);
  for (std::size_t i = 0; i < rows; ++i) goal[i] = 0.7 * first[i] - 1.9 * second[i] + 4.0;
  require(pairs.find(matched.bank, goal.data()).has_value(), "a combination of two entries is found");
  const std::vector<double> noise = random_column(rng);
  require(!polynomials.find(noise.data()) && !pairs.find(matched.bank, noise.data()), "noise is no sum");
}

void the_index_finds_what_was_filed(std::mt19937_64& rng) {
  sagredo::HashIndex index;
  std::vector<std::uint64_t> keys;
  for (std::uint32_t id = 0; id < 20000; ++id) {
    keys.push_back(rng() % 5000);  // several identifiers a key
    index.insert(keys.back(), id);
  }
  require(index.size() == keys.size(), "everything is filed");
  for (std::uint32_t id = 0; id < 20000; id += 37) {
    std::vector<std::uint32_t> found;
    index.find(keys[id], [&](std::uint32_t other) {
      found.push_back(other);
      return false;
    });
    bool contains = false;
    for (const std::uint32_t other : found) {
      require(keys[other] == keys[id], "only what has the key is visited");
      contains |= other == id;
    }
    require(contains, "what was filed is found");
  }
  require(!index.find(123456789, [](std::uint32_t) { return true; }), "an unknown key has nothing");
}

void columns_stay_where_they_are(std::mt19937_64& rng) {
  sagredo::ColumnStore<double> store(rows);
  std::vector<std::vector<double>> columns;
  std::vector<const double*> places;
  for (std::size_t k = 0; k < 20000; ++k) {  // three blocks
    columns.push_back(random_column(rng));
    store.push_back(columns.back().data());
    places.push_back(store[k]);
  }
  require(store.size() == 20000 && store.memory_bytes() >= 20000 * rows * sizeof(double), "memory is accounted for");
  for (std::size_t k = 0; k < 20000; k += 101) {
    require(store[k] == places[k], "addresses stay");
    require(std::vector<double>(store[k], store[k] + rows) == columns[k], "values stay");
  }
}

}  // namespace

int main() {
  std::mt19937_64 rng(20260104);
  a_span_projects(rng);
  monomials_times_powers_are_recognised(rng);
  polynomials_and_pairs_are_recognised(rng);
  the_index_finds_what_was_filed(rng);
  columns_stay_where_they_are(rng);
  std::puts("matching: passed");
}
