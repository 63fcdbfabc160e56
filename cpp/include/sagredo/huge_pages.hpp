// Memory for large tables that are read at random: in huge pages where the system grants them.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace sagredo {

// The size of a huge page on most machines: one page fault, and one entry of the address cache, instead of 512.
inline constexpr std::size_t huge_page_bytes = std::size_t{1} << 21;

// An allocator of whole huge pages; small requests are served as usual.
template <class T>
struct HugePageAllocator {
  using value_type = T;

  HugePageAllocator() = default;
  template <class U>
  HugePageAllocator(const HugePageAllocator<U>&) {}

  T* allocate(std::size_t count) {
    const std::size_t bytes = count * sizeof(T);
    const bool large = bytes >= huge_page_bytes;
    const std::size_t rounded = (bytes + huge_page_bytes - 1) / huge_page_bytes * huge_page_bytes;
    void* memory = large ? std::aligned_alloc(huge_page_bytes, rounded) : std::malloc(bytes);
    if (memory == nullptr) throw std::bad_alloc();
#ifdef __linux__
    if (large) madvise(memory, rounded, MADV_HUGEPAGE);  // a wish; nothing depends on it
#endif
    return static_cast<T*>(memory);
  }

  void deallocate(T* memory, std::size_t) { std::free(memory); }

  bool operator==(const HugePageAllocator&) const = default;
};

}  // namespace sagredo
