// Columns of doubles: meanings that are equal up to rounding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "sagredo/operations.hpp"
#include "sagredo/semantics.hpp"

namespace sagredo {

class FloatColumns {
 public:
  using Scalar = double;

  explicit FloatColumns(std::size_t rows);

  std::size_t rows() const { return rows_; }
  bool apply(Operation operation, const double* left, const double* right, double* out) const;
  bool invert(Operation operation, int position, const double* goal, const double* other, double* out) const;
  std::uint64_t key(const double* column) const;
  bool same(const double* left, const double* right) const;
  std::optional<ProbeKeys> affine_keys(const double* column) const;
  std::optional<AffineMap<double>> affine_map(const double* goal, const double* column) const;

  // The keys of a direction: a column given up to a factor, with its Euclidean norm.
  ProbeKeys direction_keys(const double* column, double norm) const;

  // Varies by more than its rounding errors.
  bool varies(const double* column) const;

  // The goal is lost in the column's rounding on many rows.
  bool drowns(const double* goal, const double* column) const;

  // Every value finite and of a magnitude that squares without overflow.
  bool acceptable(const double* column) const;

 private:
  std::size_t rows_;
  std::vector<double> weights_;  // of the random projection that keys are made of
};

}  // namespace sagredo
