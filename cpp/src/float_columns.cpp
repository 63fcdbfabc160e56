#include "sagredo/float_columns.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "sagredo/agreement.hpp"
#include "sagredo/hash_index.hpp"
#include "sagredo/kernels.hpp"
#include "sagredo/target_clones.hpp"

namespace sagredo {
namespace {

// Beyond these, squares and products of a few columns leave the range of doubles.
constexpr double largest = 1e100;
constexpr double smallest = 1e-100;
// Two spellings of one meaning differ by some tens of units in the last place; different meanings by far more.
constexpr double same_tolerance = 1e-11;
// A sum that keeps less than this of its terms is mostly their rounding errors.
constexpr double cancellation = 1e-8;
// A column that varies less than this about its mean has a direction mostly of rounding errors.
constexpr double least_variation = 1e-7;
// A goal drowns in a sum this many times as large (on more than a quarter of the rows). Matches hold to 1e-8, so that
// two such sums, one inside the other, still leave the goal in sight.
constexpr double drowning = 1e3;
// Bits of the mantissa that a key keeps: spellings that differ in the last dozen bits share it.
constexpr int key_bits = 38;
// Buckets per unit of projection; a direction is known to some 1e-13.
constexpr double buckets = 17179869184.0;  // 2^34

constexpr std::size_t lanes = 8;

// The compiler keeps `lanes` partial sums in one vector register; the order of summation is fixed, whatever the machine.
template <class Term>
[[gnu::always_inline]] inline double sum(std::size_t rows, Term term) {
  double partial[lanes] = {};
  std::size_t i = 0;
  for (; i + lanes <= rows; i += lanes)
    for (std::size_t lane = 0; lane < lanes; ++lane) partial[lane] += term(i + lane);
  for (std::size_t lane = 0; i < rows; ++i, ++lane) partial[lane] += term(i);
  return ((partial[0] + partial[4]) + (partial[2] + partial[6])) + ((partial[1] + partial[5]) + (partial[3] + partial[7]));
}

// The largest of the terms and 0; NaN counts as less than any.
template <class Term>
[[gnu::always_inline]] inline double largest_of(std::size_t rows, Term term) {
  double partial[lanes] = {};
  const auto take = [&](std::size_t lane, double value) {
    partial[lane] = value > partial[lane] ? value : partial[lane];
  };
  std::size_t i = 0;
  for (; i + lanes <= rows; i += lanes)
    for (std::size_t lane = 0; lane < lanes; ++lane) take(lane, term(i + lane));
  for (std::size_t lane = 0; i < rows; ++i, ++lane) take(lane, term(i));
  return *std::max_element(partial, partial + lanes);
}

// What the rounding of the argument does to these operations is of the size of the argument, or of 1 where it is larger:
// sin(pi) and log(1 + 1e-17) are rounding errors, not values.
bool can_be_rounding_alone(Operation operation) {
  return operation == Operation::add || operation == Operation::sub || operation == Operation::sin ||
         operation == Operation::cos || operation == Operation::tan || operation == Operation::log ||
         operation == Operation::arccos;
}

SAGREDO_CLONES double largest_magnitude(const double* column, std::size_t rows) {
  return largest_of(rows, [=](std::size_t i) { return std::abs(column[i]); });
}

}  // namespace

FloatColumns::FloatColumns(std::size_t rows) : rows_(rows), weights_(rows) {
  // Any fixed weights without structure serve; these are uniform on [-1, 1] from a counter.
  for (std::size_t i = 0; i < rows; ++i)
    weights_[i] = static_cast<double>(mix(i + 1) >> 11) * 0x1p-52 - 1.0;
}

SAGREDO_CLONES bool FloatColumns::acceptable(const double* column) const {
  // Written so that NaN fails: a comparison with NaN is false.
  // The flags are as wide as a row, so that the loop is vectorised.
  std::uint64_t bounded = 1;
  std::uint64_t nonzero = 0;
  for (std::size_t i = 0; i < rows_; ++i) {
    bounded &= std::abs(column[i]) <= largest ? 1U : 0U;
    nonzero |= std::abs(column[i]) >= smallest ? 1U : 0U;
  }
  return (bounded & nonzero) != 0;
}

bool FloatColumns::apply(Operation operation, const double* left, const double* right, double* out) const {
  if (arity(operation) == 1) {
    apply_unary(operation, left, out, rows_);
    if (!acceptable(out)) return false;
    return !can_be_rounding_alone(operation) ||
           largest_magnitude(out, rows_) > cancellation * std::min(largest_magnitude(left, rows_), 1.0);
  }
  apply_binary(operation, left, right, out, rows_);
  if (!acceptable(out)) return false;
  return !can_be_rounding_alone(operation) ||
         largest_magnitude(out, rows_) > cancellation * largest_magnitude(left, rows_);
}

bool FloatColumns::invert(Operation operation, int position, const double* goal, const double* other,
                          double* out) const {
  switch (operation) {
    case Operation::add: apply_binary(Operation::sub, goal, other, out, rows_); break;
    case Operation::sub:
      if (position == 0)
        apply_binary(Operation::add, goal, other, out, rows_);
      else
        apply_binary(Operation::sub, other, goal, out, rows_);
      break;
    case Operation::mul: apply_binary(Operation::div, goal, other, out, rows_); break;
    case Operation::div:
      if (position == 0)
        apply_binary(Operation::mul, goal, other, out, rows_);
      else
        apply_binary(Operation::div, other, goal, out, rows_);
      break;
    case Operation::neg: apply_unary(Operation::neg, goal, out, rows_); break;
    case Operation::inv: apply_unary(Operation::inv, goal, out, rows_); break;
    case Operation::sqrt:
      if (*std::min_element(goal, goal + rows_) < 0.0) return false;
      apply_unary(Operation::square, goal, out, rows_);
      break;
    case Operation::cbrt: apply_unary(Operation::cube, goal, out, rows_); break;
    case Operation::square: apply_unary(Operation::sqrt, goal, out, rows_); break;
    case Operation::cube: apply_unary(Operation::cbrt, goal, out, rows_); break;
    case Operation::exp: apply_unary(Operation::log, goal, out, rows_); break;
    case Operation::log: apply_unary(Operation::exp, goal, out, rows_); break;
    case Operation::sin: apply_unary(Operation::arcsin, goal, out, rows_); break;
    case Operation::cos: apply_unary(Operation::arccos, goal, out, rows_); break;
    case Operation::tan: apply_unary(Operation::arctan, goal, out, rows_); break;
    case Operation::arcsin: apply_unary(Operation::sin, goal, out, rows_); break;
    case Operation::arccos: apply_unary(Operation::cos, goal, out, rows_); break;
    case Operation::arctan: apply_unary(Operation::tan, goal, out, rows_); break;
    case Operation::sinh:
      for (std::size_t i = 0; i < rows_; ++i) out[i] = std::asinh(goal[i]);
      break;
    case Operation::cosh:
      for (std::size_t i = 0; i < rows_; ++i) out[i] = std::acosh(goal[i]);
      break;
    case Operation::tanh:
      for (std::size_t i = 0; i < rows_; ++i) out[i] = std::atanh(goal[i]);
      break;
    default: return false;
  }
  // What varies by its rounding errors alone says nothing about the program that made it, and a sum in which the goal
  // drowns says nothing about the goal.
  if (!acceptable(out) || !varies(out)) return false;
  return (operation != Operation::add && operation != Operation::sub) || !drowns(goal, out);
}

SAGREDO_CLONES bool FloatColumns::drowns(const double* goal, const double* column) const {
  std::size_t drowned = 0;
  for (std::size_t i = 0; i < rows_; ++i) drowned += std::abs(column[i]) > drowning * std::abs(goal[i]);
  return 4 * drowned > rows_;
}

SAGREDO_CLONES bool FloatColumns::varies(const double* column) const {
  const auto [least, most] = std::minmax_element(column, column + rows_);
  return *most - *least > least_variation * std::max(std::abs(*most), std::abs(*least));
}

SAGREDO_CLONES std::uint64_t FloatColumns::key(const double* column) const {
  const double* weights = weights_.data();
  const double projection = sum(rows_, [=](std::size_t i) { return weights[i] * column[i]; });
  constexpr int dropped = 52 - key_bits;
  const auto bits = std::bit_cast<std::uint64_t>(projection);
  return (bits + (std::uint64_t{1} << (dropped - 1))) >> dropped;
}

SAGREDO_CLONES bool FloatColumns::same(const double* left, const double* right) const {
  const double difference = largest_of(rows_, [=](std::size_t i) { return std::abs(left[i] - right[i]); });
  const double magnitude = largest_of(rows_, [=](std::size_t i) { return std::abs(left[i]); });
  return difference <= same_tolerance * magnitude;
}

SAGREDO_CLONES ProbeKeys FloatColumns::direction_keys(const double* column, double norm) const {
  const double* weights = weights_.data();
  const double projection = std::abs(sum(rows_, [=](std::size_t i) { return weights[i] * column[i]; })) / norm;
  const double place = projection * buckets;
  const double bucket = std::floor(place);
  const auto home = static_cast<std::uint64_t>(bucket);
  return {home, place - bucket < 0.5 ? home - 1 : home + 1};
}

SAGREDO_CLONES std::optional<ProbeKeys> FloatColumns::affine_keys(const double* column) const {
  const double* weights = weights_.data();
  const double count = static_cast<double>(rows_);
  const double mean = sum(rows_, [=](std::size_t i) { return column[i]; }) / count;
  const double norm = std::sqrt(sum(rows_, [=](std::size_t i) { return (column[i] - mean) * (column[i] - mean); }));
  if (!(norm > least_variation * std::abs(mean) * std::sqrt(count))) return std::nullopt;
  const double projection =
      std::abs(sum(rows_, [=](std::size_t i) { return weights[i] * (column[i] - mean); })) / norm;
  const double place = projection * buckets;
  const double bucket = std::floor(place);
  const auto home = static_cast<std::uint64_t>(bucket);
  return ProbeKeys{home, place - bucket < 0.5 ? home - 1 : home + 1};
}

std::optional<AffineMap<double>> FloatColumns::affine_map(const double* goal, const double* column) const {
  const double count = static_cast<double>(rows_);
  const double goal_mean = sum(rows_, [=](std::size_t i) { return goal[i]; }) / count;
  const double mean = sum(rows_, [=](std::size_t i) { return column[i]; }) / count;
  const double covariance =
      sum(rows_, [=](std::size_t i) { return (goal[i] - goal_mean) * (column[i] - mean); });
  const double variance = sum(rows_, [=](std::size_t i) { return (column[i] - mean) * (column[i] - mean); });
  const double scale = covariance / variance;
  const double offset = goal_mean - scale * mean;
  thread_local std::vector<double> image;
  image.resize(rows_);
  for (std::size_t i = 0; i < rows_; ++i) image[i] = scale * column[i] + offset;
  if (!agrees(goal, image.data(), rows_)) return std::nullopt;
  return AffineMap<double>{scale, offset};
}

static_assert(Semantics<FloatColumns>);

}  // namespace sagredo
