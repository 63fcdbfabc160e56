// Columns of equal length in large blocks: growing never copies, and addresses stay.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

#include "sagredo/huge_pages.hpp"

namespace sagredo {

template <class Scalar>
class ColumnStore {
 public:
  explicit ColumnStore(std::size_t rows)
      : rows_(rows), columns_per_block_(std::max<std::size_t>(1, huge_page_bytes / (rows * sizeof(Scalar)))) {}

  ColumnStore(ColumnStore&&) noexcept = default;
  ColumnStore& operator=(ColumnStore&&) noexcept = default;

  std::size_t size() const { return size_; }
  std::size_t memory_bytes() const { return blocks_.size() * block_size(); }

  const Scalar* operator[](std::size_t index) const {
    return blocks_[index / columns_per_block_].get() + index % columns_per_block_ * rows_;
  }

  void push_back(const Scalar* column) {
    if (size_ == blocks_.size() * columns_per_block_) blocks_.push_back(allocate(block_size()));
    std::copy(column, column + rows_, blocks_.back().get() + size_ % columns_per_block_ * rows_);
    ++size_;
  }

 private:
  struct Free {
    void operator()(Scalar* block) const { HugePageAllocator<Scalar>().deallocate(block, 0); }
  };
  using Block = std::unique_ptr<Scalar[], Free>;

  std::size_t block_size() const {
    const std::size_t bytes = columns_per_block_ * rows_ * sizeof(Scalar);
    return (bytes + huge_page_bytes - 1) / huge_page_bytes * huge_page_bytes;
  }

  static Block allocate(std::size_t bytes) {
    return Block(HugePageAllocator<Scalar>().allocate(bytes / sizeof(Scalar)));
  }

  std::size_t rows_;
  std::size_t columns_per_block_;
  std::vector<Block> blocks_;
  std::size_t size_ = 0;
};

}  // namespace sagredo
