// A growing multimap from 64-bit keys to 32-bit identifiers: open addressing, linear probing, no deletion.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sagredo/huge_pages.hpp"

namespace sagredo {

// splitmix64's finaliser (Steele, Lea & Flood 2014): every input bit reaches every output bit.
inline std::uint64_t mix(std::uint64_t x) {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9ULL;
  x ^= x >> 27;
  x *= 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

class HashIndex {
 public:
  void insert(std::uint64_t key, std::uint32_t id) {
    if (2 * (size_ + 1) > slots_.size()) grow();
    place(mix(key), id);
    ++size_;
  }

  // Calls visit(id) for what was filed under the key, oldest first, until it returns true; says whether it did.
  template <class Visit>
  bool find(std::uint64_t key, Visit visit) const {
    if (slots_.empty()) return false;
    const std::uint64_t mixed = mix(key);
    for (std::size_t i = mixed & mask(); slots_[i].id != empty; i = (i + 1) & mask())
      if (slots_[i].mixed == mixed && visit(slots_[i].id)) return true;
    return false;
  }

  // Fetch the key's slot into the cache ahead of its use. Inlined always, as a call without effects would be dropped.
  [[gnu::always_inline]] void prefetch(std::uint64_t key) const {
#if defined(__GNUC__)
    if (!slots_.empty()) __builtin_prefetch(&slots_[mix(key) & mask()]);
#endif
  }

  std::size_t size() const { return size_; }
  std::size_t memory_bytes() const { return slots_.size() * sizeof(Slot); }

 private:
  static constexpr std::uint32_t empty = 0xffffffffU;
  struct Slot {
    std::uint64_t mixed = 0;
    std::uint32_t id = empty;
  };

  using Slots = std::vector<Slot, HugePageAllocator<Slot>>;

  std::size_t mask() const { return slots_.size() - 1; }

  void place(std::uint64_t mixed, std::uint32_t id) {
    std::size_t i = mixed & mask();
    while (slots_[i].id != empty) i = (i + 1) & mask();
    slots_[i] = {mixed, id};
  }

  void grow() {
    Slots old(slots_.empty() ? 1024 : 2 * slots_.size());
    old.swap(slots_);
    for (const Slot& slot : old)
      if (slot.id != empty) place(slot.mixed, slot.id);
  }

  Slots slots_;
  std::size_t size_ = 0;
};

}  // namespace sagredo
