// Doubles as bits, for elementary functions without branches, so that loops over them are vectorised.
//
// Of the functions of this folder: argument reductions and polynomials are fdlibm's (Sun Microsystems 1993) unless
// another source is named. Errors stay within two units in the last place, special cases are IEEE's. Every machine gives
// the same bits: products and sums are fused where the text says fma, and nowhere else. What is called ordinary_ leaves
// out what ordinary arguments never need, and gives the same bits as the whole function there.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#define SAGREDO_INLINE [[gnu::always_inline]] inline

namespace sagredo::vector_math {

using std::fma;  // one rounding wherever it is computed, in hardware or not

inline constexpr double infinity = std::numeric_limits<double>::infinity();
inline constexpr double nan = std::numeric_limits<double>::quiet_NaN();
inline constexpr double round_to_integer = 0x1.8p52;  // adding and subtracting it rounds to the nearest integer

SAGREDO_INLINE std::uint64_t bits_of(double x) { return std::bit_cast<std::uint64_t>(x); }
SAGREDO_INLINE double from_bits(std::uint64_t bits) { return std::bit_cast<double>(bits); }

// The leading 21 bits: the square of such a number is exact.
SAGREDO_INLINE double leading_bits(double x) { return from_bits(bits_of(x) & 0xffffffff00000000ULL); }

}  // namespace sagredo::vector_math
