// Columns to be screened, such as entries of a bank on rows of their own; eight lie side by side.
#pragma once

#include <cstddef>
#include <vector>

#include "sagredo/bank.hpp"
#include "sagredo/float_columns.hpp"
#include "sagredo/lanes.hpp"

namespace sagredo {

// The leaves of a bank on other rows than its own.
struct Leaves {
  const double* inputs;  // column by column, `rows` each
  const double* constants;
  std::size_t rows;
};

class Library {
 public:
  // The arguments of an entry must come before it. Left out is what has no moderate finite value on one of the rows.
  Library(const Bank<FloatColumns>& bank, const std::vector<EntryId>& entries, const Leaves& leaves);

  // Any columns, column by column; entry k is the k-th. Left out is what is not moderate.
  Library(const double* columns, const std::vector<std::uint32_t>& costs, std::size_t rows);

  // The logarithms of the magnitudes of all columns that have no zero.
  Library logarithms() const;

  // Those of its columns that are of these entries.
  Library subset(std::vector<EntryId> entries) const;

  // The columns of this library, then those of the other, on as many rows; entry k is the k-th.
  Library beside(const Library& other) const;

  // The same columns on some of the rows.
  Library on_rows(const std::vector<std::size_t>& rows) const;

  std::size_t size() const { return ids_.size(); }
  std::size_t rows() const { return rows_; }
  EntryId entry(std::size_t place) const { return ids_[place]; }
  std::uint32_t cost(std::size_t place) const { return costs_[place]; }
  void copy_column(std::size_t place, double* out) const;

  // Rows of eight values: the entries from lanes * k on; past the last entry they are 0.
  std::size_t block_count() const { return (size() + lanes - 1) / lanes; }
  const double* block(std::size_t k) const { return blocks_.data() + k * rows_ * lanes; }

 private:
  explicit Library(std::size_t rows) : rows_(rows) {}

  void append(EntryId id, std::uint32_t cost, const double* column);

  std::size_t rows_;
  std::vector<EntryId> ids_;
  std::vector<std::uint32_t> costs_;
  std::vector<double> blocks_;
};

}  // namespace sagredo
