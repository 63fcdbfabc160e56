// Columns of equal length in large blocks: growing never copies, and addresses stay.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace sagredo {

template <class Scalar>
class ColumnStore {
 public:
  explicit ColumnStore(std::size_t rows)
      : rows_(rows), columns_per_block_(std::max<std::size_t>(1, block_bytes / (rows * sizeof(Scalar)))) {}

  ColumnStore(ColumnStore&&) noexcept = default;
  ColumnStore& operator=(ColumnStore&&) noexcept = default;

  std::size_t size() const { return size_; }
  std::size_t memory_bytes() const { return blocks_.size() * block_size(); }

  const Scalar* operator[](std::size_t index) const {
    return blocks_[index / columns_per_block_].get() + index % columns_per_block_ * rows_;
  }

  void push_back(const Scalar* column) {
    if (size_ == blocks_.size() * columns_per_block_) blocks_.push_back(allocate());
    std::copy(column, column + rows_, blocks_.back().get() + size_ % columns_per_block_ * rows_);
    ++size_;
  }

 private:
  // The size of a huge page on most machines: one page fault a block instead of 512.
  static constexpr std::size_t block_bytes = std::size_t{1} << 21;

  struct Free {
    void operator()(Scalar* block) const { std::free(block); }
  };
  using Block = std::unique_ptr<Scalar[], Free>;

  std::size_t block_size() const {
    const std::size_t bytes = columns_per_block_ * rows_ * sizeof(Scalar);
    return (bytes + block_bytes - 1) / block_bytes * block_bytes;
  }

  Block allocate() const {
    void* memory = std::aligned_alloc(block_bytes, block_size());
    if (memory == nullptr) throw std::bad_alloc();
#ifdef __linux__
    madvise(memory, block_size(), MADV_HUGEPAGE);  // a wish; nothing depends on it
#endif
    return Block(static_cast<Scalar*>(memory));
  }

  std::size_t rows_;
  std::size_t columns_per_block_;
  std::vector<Block> blocks_;
  std::size_t size_ = 0;
};

}  // namespace sagredo
