// Eight values side by side, which one vector instruction takes on processors that have it.
#pragma once

#include <cstddef>

namespace sagredo {

constexpr std::size_t lanes = 8;

typedef double Lanes __attribute__((vector_size(lanes * sizeof(double)), aligned(alignof(double))));

// By reference, as vectors have no portable way through a call.
[[gnu::always_inline]] inline const Lanes& lanes_at(const double* values) {
  return *reinterpret_cast<const Lanes*>(values);
}

}  // namespace sagredo
