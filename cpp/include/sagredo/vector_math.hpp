// Exponentials, logarithms, sines and cosines without branches, so that loops over them are vectorised.
//
// Taylor series on reduced arguments, as in fdlibm (Sun Microsystems 1993), whose splittings of ln 2 and pi / 2 these
// are; errors stay within two units in the last place.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>

namespace sagredo::vector_math {

inline constexpr double round_to_integer = 0x1.8p52;  // adding and subtracting it rounds to the nearest integer
inline constexpr double infinity = std::numeric_limits<double>::infinity();
inline constexpr double ln2_high = 0x1.62e42feep-1;  // 33 bits: its products with exponents are exact
inline constexpr double ln2_low = 0x1.a39ef35793c76p-33;
inline constexpr double log2_e = 0x1.71547652b82fep0;

[[gnu::always_inline]] inline double exp(double x) {
  double t = x > 710.0 ? 710.0 : x;
  t = t < -746.0 ? -746.0 : t;
  const double n = (t * log2_e + round_to_integer) - round_to_integer;
  const double low = n * ln2_low;
  const double high = t - n * ln2_high;
  const double r = high - low;
  double p = 1.0 / 6227020800.0;
  p = p * r + 1.0 / 479001600.0;
  p = p * r + 1.0 / 39916800.0;
  p = p * r + 1.0 / 3628800.0;
  p = p * r + 1.0 / 362880.0;
  p = p * r + 1.0 / 40320.0;
  p = p * r + 1.0 / 5040.0;
  p = p * r + 1.0 / 720.0;
  p = p * r + 1.0 / 120.0;
  p = p * r + 1.0 / 24.0;
  p = p * r + 1.0 / 6.0;
  p = p * r + 0.5;
  const double e = 1.0 + (high + (r * r * p - low));
  // 2^n in two factors, as n may lie outside of the exponents of normal numbers.
  const double half = n * 0.5 + round_to_integer;
  const double rest = (n - (half - round_to_integer)) + round_to_integer;
  const double first = std::bit_cast<double>((std::bit_cast<std::uint64_t>(half) + 1023) << 52);
  const double second = std::bit_cast<double>((std::bit_cast<std::uint64_t>(rest) + 1023) << 52);
  return e * first * second;
}

[[gnu::always_inline]] inline double log(double x) {
  const bool subnormal = x < std::numeric_limits<double>::min();
  const double scaled = subnormal ? x * 0x1p54 : x;
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(scaled);
  // The significand in [sqrt(1/2), sqrt(2)), and its exponent.
  const std::uint64_t shifted = bits + (0x3ff0000000000000ULL - 0x3fe6a09e667f3bcdULL);
  const double biased = std::bit_cast<double>((shifted >> 52) | 0x4330000000000000ULL) - 0x1p52;
  const double k = biased - (subnormal ? 1023.0 + 54.0 : 1023.0);
  const double m = std::bit_cast<double>((shifted & 0x000fffffffffffffULL) + 0x3fe6a09e667f3bcdULL);
  const double f = m - 1.0;
  const double s = f / (2.0 + f);
  const double z = s * s;
  double p = 2.0 / 23.0;
  p = p * z + 2.0 / 21.0;
  p = p * z + 2.0 / 19.0;
  p = p * z + 2.0 / 17.0;
  p = p * z + 2.0 / 15.0;
  p = p * z + 2.0 / 13.0;
  p = p * z + 2.0 / 11.0;
  p = p * z + 2.0 / 9.0;
  p = p * z + 2.0 / 7.0;
  p = p * z + 2.0 / 5.0;
  p = p * z + 2.0 / 3.0;
  const double half_square = 0.5 * f * f;
  double y = k * ln2_high - ((half_square - (s * (half_square + p * z) + k * ln2_low)) - f);
  y = x == infinity ? infinity : y;
  y = x == 0.0 ? -infinity : y;
  return x >= 0.0 ? y : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace sagredo::vector_math
