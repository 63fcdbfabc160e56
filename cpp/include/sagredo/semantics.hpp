// What the bank and the matcher need of a kind of value.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "sagredo/operations.hpp"

namespace sagredo {

// value -> scale * value + offset.
template <class Scalar>
struct AffineMap {
  Scalar scale;
  Scalar offset;
};

// Where a column is filed, and where else to look for it: rounding may have put an equal one into the next bucket.
struct ProbeKeys {
  std::uint64_t home;
  std::uint64_t neighbour;
};

// A column is `rows()` consecutive scalars. Every operation that gives no acceptable column returns false, and what it
// has written is then meaningless. The second argument of a unary operation is ignored.
template <class S>
concept Semantics = requires(const S& semantics, Operation operation, int position, const typename S::Scalar* column,
                             typename S::Scalar* out) {
  { semantics.rows() } -> std::same_as<std::size_t>;
  { semantics.apply(operation, column, column, out) } -> std::same_as<bool>;
  // out such that the operation, with out at `position` and `column` in the other place, gives the goal.
  { semantics.invert(operation, position, column, column, out) } -> std::same_as<bool>;
  // Equal columns have, but for rounding, equal keys.
  { semantics.key(column) } -> std::same_as<std::uint64_t>;
  { semantics.same(column, column) } -> std::same_as<bool>;
  // Columns that are affine images of one another have, but for rounding, equal keys; none for constant columns.
  { semantics.affine_keys(column) } -> std::same_as<std::optional<ProbeKeys>>;
  // The affine map from the second column to the first, if there is one.
  { semantics.affine_map(column, column) } -> std::same_as<std::optional<AffineMap<typename S::Scalar>>>;
};

}  // namespace sagredo
