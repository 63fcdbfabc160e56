// The exponential, the logarithm, and what is made of them: hyperbolic functions, roots and powers.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "sagredo/vector_math/doubles.hpp"

namespace sagredo::vector_math {

inline constexpr double ln2_high = 0x1.62e42feep-1;  // 33 bits: its products with exponents are exact
inline constexpr double ln2_low = 0x1.a39ef35793c76p-33;
inline constexpr double log2_e = 0x1.71547652b82fep0;

// ---------------------------------------------------------------------------------- exponential and logarithm

// exp(r) - 1 for |r| <= ln 2 / 2.
SAGREDO_INLINE double exp_excess(double r) {
  // (exp(r) - 1 - r) / r^2 on [-ln 2 / 2, ln 2 / 2]: Chebyshev interpolation, error 1.3e-17. Even and odd powers apart,
  // so that they are summed side by side.
  const double z = r * r;
  double even = 2.7620088445409746e-07;
  even = fma(even, z, 2.4801521295954376e-05);
  even = fma(even, z, 0.0013888888917213717);
  even = fma(even, z, 0.04166666666662413);
  even = fma(even, z, 0.5000000000000001);
  double odd = 2.510038549551032e-08;
  odd = fma(odd, z, 2.7557268459997064e-06);
  odd = fma(odd, z, 0.00019841269863053618);
  odd = fma(odd, z, 0.008333333333330062);
  odd = fma(odd, z, 0.16666666666666669);
  return fma(z, fma(r, odd, even), r);
}

// x = n ln 2 + r with |r| <= ln 2 / 2.
struct ReducedExponential {
  double rounded;  // n + round_to_integer
  double n;
  double r;
};

SAGREDO_INLINE ReducedExponential reduce_exponential(double x) {
  const double rounded = fma(x, log2_e, round_to_integer);
  const double n = rounded - round_to_integer;
  return {rounded, n, fma(-n, ln2_low, fma(-n, ln2_high, x))};
}

// 2^n for a sum n + round_to_integer, where that is a normal number.
SAGREDO_INLINE double power_of_two(double rounded) { return from_bits((bits_of(rounded) + 1023) << 52); }

// exp(x) for |x| <= largest_ordinary_exponent, where the result is a normal number.
inline constexpr double largest_ordinary_exponent = 707.0;

SAGREDO_INLINE double ordinary_exp(double x) {
  const auto [rounded, n, r] = reduce_exponential(x);
  return (1.0 + exp_excess(r)) * power_of_two(rounded);
}

// exp(x) * 2^power, rounded once where it is no normal number.
SAGREDO_INLINE double exp_times_power_of_two(double x, double power) {
  double t = x > 711.0 ? 711.0 : x;
  t = t < -747.0 ? -747.0 : t;
  const auto [rounded, n, r] = reduce_exponential(t);
  // 2^n in two factors, as n may lie outside of the exponents of normal numbers.
  const double exponent = n + power;
  const double half = exponent * 0.5 + round_to_integer;
  const double rest = (exponent - (half - round_to_integer)) + round_to_integer;
  return (1.0 + exp_excess(r)) * power_of_two(half) * power_of_two(rest);
}

SAGREDO_INLINE double exp(double x) { return exp_times_power_of_two(x, 0.0); }

SAGREDO_INLINE bool is_positive_normal(double x) { return x >= std::numeric_limits<double>::min() && x < infinity; }

// x = significand * 2^exponent with the significand in [sqrt(1/2), sqrt(2)).
struct Scaled {
  double significand;
  double exponent;
};

// x * 2^-shift for positive normal x.
SAGREDO_INLINE Scaled scale(double x, double shift) {
  const std::uint64_t shifted = bits_of(x) + (0x3ff0000000000000ULL - 0x3fe6a09e667f3bcdULL);
  const double biased = from_bits((shifted >> 52) | 0x4330000000000000ULL) - 0x1p52;
  return {from_bits((shifted & 0x000fffffffffffffULL) + 0x3fe6a09e667f3bcdULL), biased - (1023.0 + shift)};
}

// log(x * 2^-shift) for positive normal x.
SAGREDO_INLINE double log_of_scaled(double x, double shift) {
  const auto [m, k] = scale(x, shift);
  const double f = m - 1.0;
  const double s = f / (2.0 + f);
  const double z = s * s;
  const double w = z * z;
  double even = fma(w, 1.531383769920937332e-01, 2.222219843214978396e-01);
  even = fma(even, w, 3.999999999940941908e-01);
  double odd = fma(w, 1.479819860511658591e-01, 1.818357216161805012e-01);
  odd = fma(odd, w, 2.857142874366239149e-01);
  odd = fma(odd, w, 6.666666666666735130e-01);
  const double half_square = 0.5 * f * f;
  const double excess = fma(s, half_square + fma(w, even, z * odd), k * ln2_low);
  return fma(k, ln2_high, f - (half_square - excess));
}

// For positive normal numbers.
SAGREDO_INLINE double ordinary_log(double x) { return log_of_scaled(x, 0.0); }

SAGREDO_INLINE double log(double x) {
  const bool subnormal = x < std::numeric_limits<double>::min();
  double y = log_of_scaled(subnormal ? x * 0x1p54 : x, subnormal ? 54.0 : 0.0);
  y = x == infinity ? infinity : y;
  y = x == 0.0 ? -infinity : y;
  return x >= 0.0 ? y : nan;
}

// ---------------------------------------------------------------------------------- hyperbolic functions

// Below 1 the Taylor series; above, the exponentials, halved before they overflow.
SAGREDO_INLINE double sinh(double x) {
  const double m = std::abs(x);
  const double z = m * m;
  double p = 1.0 / 121645100408832000.0;
  p = fma(p, z, 1.0 / 355687428096000.0);
  p = fma(p, z, 1.0 / 1307674368000.0);
  p = fma(p, z, 1.0 / 6227020800.0);
  p = fma(p, z, 1.0 / 39916800.0);
  p = fma(p, z, 1.0 / 362880.0);
  p = fma(p, z, 1.0 / 5040.0);
  p = fma(p, z, 1.0 / 120.0);
  p = fma(p, z, 1.0 / 6.0);
  const double half = exp_times_power_of_two(m, -1.0);
  return std::copysign(m < 1.0 ? m + m * (z * p) : half - 0.25 / half, x);
}

SAGREDO_INLINE double cosh(double x) {
  const double half = exp_times_power_of_two(std::abs(x), -1.0);
  return half + 0.25 / half;
}

// 1 - 2 / (exp(2 |x|) + 1), and for small arguments the rational function of Cephes (Moshier 1989).
SAGREDO_INLINE double tanh(double x) {
  const double m = std::abs(x);
  const double z = m * m;
  double p = fma(z, -9.64399179425052238628e-1, -9.92877231001918586564e1);
  p = fma(p, z, -1.61468768441708447952e3);
  double q = z + 1.12811678491632931402e2;
  q = fma(q, z, 2.23548839060100448583e3);
  q = fma(q, z, 4.84406305325125486048e3);
  const double e = ordinary_exp(m > 22.0 ? 44.0 : 2.0 * m);  // from 22 on the result rounds to 1
  // One division serves both ranges.
  const bool near = m < 0.625;
  return std::copysign((near ? m : 1.0) + (near ? m * z * p : -2.0) / (near ? q : e + 1.0), x);
}

// ---------------------------------------------------------------------------------- roots and powers

// A third of the exponent by integer arithmetic, a polynomial to 23 bits, and a step of Newton's.
SAGREDO_INLINE double cbrt(double x) {
  const double m = std::abs(x);
  const bool subnormal = m < std::numeric_limits<double>::min();
  const double scaled = subnormal ? m * 0x1p54 : m;
  const double high_word = from_bits((bits_of(scaled) >> 32) | 0x4330000000000000ULL) - 0x1p52;
  const double third = high_word * (1.0 / 3.0) + (715094163.0 - 0.5) + round_to_integer;
  double t = from_bits(bits_of(third) << 32);
  const double r = (t * t) * (t / scaled);
  t = t * ((1.87595182427177009643 + r * (-1.88497979543377169875 + r * 1.621429720105354466140)) +
           ((r * r) * r) * (-0.758397934778766047437 + r * 0.145996192886612446982));
  t = from_bits((bits_of(t) + 0x80000000ULL) & 0xffffffffc0000000ULL);
  const double s = scaled / (t * t);
  const double root = t + t * ((s - t) / ((t + t) + s));
  const double result = subnormal ? root * 0x1p-18 : root;
  // Zeros, infinities and NaN are their own roots.
  return m > 0.0 && m < infinity ? std::copysign(result, x) : x;
}

// log(x) = high + low for positive normal x, to 2^-65 of it.
struct TwoPieceLog {
  double high;
  double low;
};

SAGREDO_INLINE TwoPieceLog two_piece_log(double x) {
  const auto [m, k] = scale(x, 0.0);
  // log(m) = 2 (s + s^3 / 3 + s^5 p(s^2)) with s = (m - 1) / (m + 1); each factor as the sum of two doubles but for p.
  const double numerator = m - 1.0;
  const double denominator = m + 1.0;
  const double denominator_rest = m - (denominator - 1.0);
  const double reciprocal = 1.0 / denominator;
  const double s = numerator * reciprocal;
  const double s_rest = (fma(-s, denominator, numerator) - s * denominator_rest) * reciprocal;
  const double z = s * s;
  const double z_rest = fma(s, s, -z) + 2.0 * s * s_rest;
  // 1/5 + z / 7 + z^2 / 9 + ... on [0, 0.0295]: Chebyshev interpolation, error 2^-56.
  double p = 0.05861589941342335;
  p = fma(p, z, 0.05853118100290489);
  p = fma(p, z, 0.06667402349989189);
  p = fma(p, z, 0.07692297481190317);
  p = fma(p, z, 0.0909090916769723);
  p = fma(p, z, 0.11111111110827938);
  p = fma(p, z, 0.14285714285714682);
  p = fma(p, z, 0.2);
  const double third = 1.0 / 3.0;
  const double third_rest = 0x1.5555555555555p-56;
  const double zp = z * p;
  const double c = third + zp;
  const double c_rest = (third - c) + zp + third_rest;
  const double t = z * c;
  const double t_rest = fma(z, c, -t) + (z * c_rest + z_rest * c);
  const double u = s * t;
  const double u_rest = fma(s, t, -u) + (s * t_rest + s_rest * t);
  const double half_log = s + u;
  const double half_log_rest = (s - half_log) + u + (s_rest + u_rest);
  const double whole = k * ln2_high;  // exact
  const double high = whole + 2.0 * half_log;
  return {high, (whole - high) + 2.0 * half_log + (2.0 * half_log_rest + k * ln2_low)};
}

// Finite powers of numbers that are not 0, far from overflow and underflow: |exponent * log2 |base|| < 1020.
SAGREDO_INLINE bool is_ordinary_power(double base, double exponent) {
  const double m = std::abs(base);
  const double biased = from_bits((bits_of(m) >> 52) | 0x4330000000000000ULL) - 0x1p52;
  return is_positive_normal(m) && std::abs(exponent) * (std::abs(biased - 1023.0) + 1.0) <= 1020.0;
}

// exp(exponent * log |base|) for ordinary powers, and the sign that an odd exponent leaves.
SAGREDO_INLINE double ordinary_pow(double base, double exponent) {
  const auto [log_high, log_low] = two_piece_log(std::abs(base));
  const double high = exponent * log_high;
  const double low = fma(exponent, log_high, -high) + exponent * log_low;
  const auto [rounded, n, r] = reduce_exponential(high);
  const double magnitude = (1.0 + exp_excess(r + low)) * power_of_two(rounded);
  const double whole = exponent + round_to_integer;
  const double power = from_bits(bits_of(magnitude) | (bits_of(base) >> 63 & bits_of(whole)) << 63);
  return base > 0.0 || whole - round_to_integer == exponent ? power : nan;
}

// Of x^(k/2): -0 and -infinity count as positive there.
SAGREDO_INLINE double principal(double x) { return x == -infinity ? infinity : x + 0.0; }

}  // namespace sagredo::vector_math
