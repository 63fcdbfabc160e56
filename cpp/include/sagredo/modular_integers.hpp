// Columns of integers modulo a prime below 2^31: a field in which every match is exact.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "sagredo/hash_index.hpp"
#include "sagredo/operations.hpp"
#include "sagredo/semantics.hpp"

namespace sagredo {

class ModularIntegers {
 public:
  using Scalar = std::uint32_t;

  ModularIntegers(std::size_t rows, std::uint32_t prime) : rows_(rows), prime_(prime) {}

  std::size_t rows() const { return rows_; }

  bool apply(Operation operation, const Scalar* left, const Scalar* right, Scalar* out) const {
    for (std::size_t i = 0; i < rows_; ++i) {
      const std::optional<Scalar> value = compute(operation, left[i], arity(operation) == 2 ? right[i] : 0);
      if (!value) return false;
      out[i] = *value;
    }
    return true;
  }

  bool invert(Operation operation, int position, const Scalar* goal, const Scalar* other, Scalar* out) const {
    switch (operation) {
      case Operation::add: return apply(Operation::sub, goal, other, out);
      case Operation::sub:
        return position == 0 ? apply(Operation::add, goal, other, out) : apply(Operation::sub, other, goal, out);
      case Operation::mul: return apply(Operation::div, goal, other, out);
      case Operation::div:
        // g = h / u has h = g u only where u is not 0.
        if (position == 0)
          for (std::size_t i = 0; i < rows_; ++i)
            if (other[i] == 0) return false;
        return position == 0 ? apply(Operation::mul, goal, other, out) : apply(Operation::div, other, goal, out);
      case Operation::neg: return apply(Operation::neg, goal, goal, out);
      case Operation::inv: return apply(Operation::inv, goal, goal, out);
      default: return false;
    }
  }

  std::uint64_t key(const Scalar* column) const {
    std::uint64_t hash = 0;
    for (std::size_t i = 0; i < rows_; ++i) hash = mix(hash ^ (column[i] + 0x9e3779b97f4a7c15ULL));
    return hash;
  }

  bool same(const Scalar* left, const Scalar* right) const {
    for (std::size_t i = 0; i < rows_; ++i)
      if (left[i] != right[i]) return false;
    return true;
  }

  // The normal form (v - v_0) / (v_k - v_0), with k the first row that differs from row 0.
  std::optional<ProbeKeys> affine_keys(const Scalar* column) const {
    const std::optional<std::size_t> pivot = first_different(column);
    if (!pivot) return std::nullopt;
    const Scalar unit = inverse(subtract(column[*pivot], column[0]));
    std::uint64_t hash = 0;
    for (std::size_t i = 0; i < rows_; ++i)
      hash = mix(hash ^ (multiply(subtract(column[i], column[0]), unit) + 0x9e3779b97f4a7c15ULL));
    return ProbeKeys{hash, hash};
  }

  std::optional<AffineMap<Scalar>> affine_map(const Scalar* goal, const Scalar* column) const {
    const std::optional<std::size_t> pivot = first_different(column);
    if (!pivot) return std::nullopt;
    const Scalar scale =
        multiply(subtract(goal[*pivot], goal[0]), inverse(subtract(column[*pivot], column[0])));
    const Scalar offset = subtract(goal[0], multiply(scale, column[0]));
    for (std::size_t i = 0; i < rows_; ++i)
      if (goal[i] != (multiply(scale, column[i]) + std::uint64_t{offset}) % prime_) return std::nullopt;
    return AffineMap<Scalar>{scale, offset};
  }

 private:
  Scalar subtract(Scalar a, Scalar b) const { return a >= b ? a - b : a + (prime_ - b); }
  Scalar multiply(Scalar a, Scalar b) const { return static_cast<Scalar>(std::uint64_t{a} * b % prime_); }

  // Fermat: a^(p-2) = 1/a.
  Scalar inverse(Scalar a) const {
    Scalar result = 1;
    for (std::uint32_t exponent = prime_ - 2; exponent != 0; exponent >>= 1) {
      if (exponent & 1) result = multiply(result, a);
      a = multiply(a, a);
    }
    return result;
  }

  std::optional<Scalar> compute(Operation operation, Scalar a, Scalar b) const {
    switch (operation) {
      case Operation::add: return static_cast<Scalar>((std::uint64_t{a} + b) % prime_);
      case Operation::sub: return subtract(a, b);
      case Operation::mul: return multiply(a, b);
      case Operation::div: return b == 0 ? std::nullopt : std::optional(multiply(a, inverse(b)));
      case Operation::neg: return subtract(0, a);
      case Operation::inv: return a == 0 ? std::nullopt : std::optional(inverse(a));
      case Operation::square: return multiply(a, a);
      case Operation::cube: return multiply(multiply(a, a), a);
      default: return std::nullopt;
    }
  }

  std::optional<std::size_t> first_different(const Scalar* column) const {
    for (std::size_t i = 1; i < rows_; ++i)
      if (column[i] != column[0]) return i;
    return std::nullopt;
  }

  std::size_t rows_;
  std::uint32_t prime_;
};

static_assert(Semantics<ModularIntegers>);

}  // namespace sagredo
