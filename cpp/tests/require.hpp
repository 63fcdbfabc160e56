// What every test program needs.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace sagredo::test {

inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "failed: %s\n", what);
  std::exit(1);
}

}  // namespace sagredo::test
