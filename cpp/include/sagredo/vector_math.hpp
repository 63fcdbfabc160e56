// Elementary functions without branches, so that loops over them are vectorised.
//
// Argument reductions and polynomials are fdlibm's (Sun Microsystems 1993) unless another source is named. Errors stay
// within two units in the last place, special cases are IEEE's. Every machine gives the same bits: products and sums are
// fused where this text says fma, and nowhere else. What is called ordinary_ leaves out what ordinary arguments never
// need, and gives the same bits as the whole function there.
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
inline constexpr double ln2_high = 0x1.62e42feep-1;   // 33 bits: its products with exponents are exact
inline constexpr double ln2_low = 0x1.a39ef35793c76p-33;
inline constexpr double log2_e = 0x1.71547652b82fep0;
inline constexpr double half_pi_high = 0x1.921fb54442d18p0;  // pi / 2 in three doubles
inline constexpr double half_pi_low = 0x1.1a62633145c07p-54;
inline constexpr double half_pi_rest = -0x1.f1976b7ed8fbcp-110;
inline constexpr double two_over_pi = 0x1.45f306dc9c883p-1;
// 2^20 quarter turns: beyond, three doubles for pi / 2 leave too few digits where x is next to a multiple of it.
inline constexpr double largest_angle = 1647099.0;

SAGREDO_INLINE std::uint64_t bits_of(double x) { return std::bit_cast<std::uint64_t>(x); }
SAGREDO_INLINE double from_bits(std::uint64_t bits) { return std::bit_cast<double>(bits); }

// The leading 21 bits: the square of such a number is exact.
SAGREDO_INLINE double leading_bits(double x) { return from_bits(bits_of(x) & 0xffffffff00000000ULL); }

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

// ---------------------------------------------------------------------------------- sine, cosine, tangent

// An angle less whole quarter turns, high - excess in [-pi/4, pi/4], and the number of the turns modulo 4 (and more).
struct ReducedAngle {
  double high;
  double excess;
  std::uint64_t quarters;
};

// |x| <= largest_angle. Cody and Waite's reduction: the first difference is exact, the second carries what its rounding
// lost.
SAGREDO_INLINE ReducedAngle reduce_angle(double x) {
  const double rounded = fma(x, two_over_pi, round_to_integer);
  const double n = rounded - round_to_integer;
  const double first = fma(-n, half_pi_high, x);
  const double step = n * half_pi_low;
  const double high = first - step;
  const double lost = fma(n, half_pi_low, -step) - ((first - high) - step);
  return {high, fma(n, half_pi_rest, lost), bits_of(rounded)};
}

// (x - sin(x)) / x^3 for z = x^2
SAGREDO_INLINE double sin_polynomial(double z) {
  double p = -1.58969099521155010221e-10;
  p = fma(p, z, 2.50507602534068634195e-08);
  p = fma(p, z, -2.75573137070700676789e-06);
  p = fma(p, z, 1.98412698298579493134e-04);
  p = fma(p, z, -8.33333333332248946124e-03);
  return fma(p, z, 1.66666666666666324348e-01);
}

// (cos(x) - 1 + x^2 / 2) / x^4 for z = x^2
SAGREDO_INLINE double cos_polynomial(double z) {
  double p = -1.13596475577881948265e-11;
  p = fma(p, z, 2.08757232129817482790e-09);
  p = fma(p, z, -2.75573143513906633035e-07);
  p = fma(p, z, 2.48015872894767294178e-05);
  p = fma(p, z, -1.38888888888741095749e-03);
  return fma(p, z, 4.16666666666666019037e-02);
}

// sin(x + quarters * pi / 2)
SAGREDO_INLINE double sin_of_quarters(const ReducedAngle& angle, std::uint64_t quarters) {
  const double x = angle.high;
  const double z = x * x;
  // The excess counts whole in the sine, where its slope is as small as 0.7: a seventh of a unit in the last place.
  const double sine = x - fma(z * x, sin_polynomial(z), angle.excess);
  const double cosine = 1.0 + fma(z, fma(z, cos_polynomial(z), -0.5), x * angle.excess);
  const double magnitude = (quarters & 1) != 0 ? cosine : sine;
  return from_bits(bits_of(magnitude) ^ ((quarters & 2) << 62));
}

SAGREDO_INLINE double sin(double x) {
  const ReducedAngle angle = reduce_angle(x);
  return sin_of_quarters(angle, angle.quarters);
}

SAGREDO_INLINE double cos(double x) {
  const ReducedAngle angle = reduce_angle(x);
  return sin_of_quarters(angle, angle.quarters + 1);
}

// sine / cosine, each with the rest that its rounding left, as the quotient of two rounded numbers errs by too much.
SAGREDO_INLINE double tan(double x) {
  const auto [high, excess, quarters] = reduce_angle(x);
  const double z = high * high;
  const double sine_excess = fma(z * high, sin_polynomial(z), fma(z, -0.5 * excess, excess));  // high - sine
  const double sine = high - sine_excess;
  const double sine_rest = (high - sine) - sine_excess;
  const double half = 0.5 * z;
  const double w = 1.0 - half;
  const double cosine_excess = ((1.0 - w) - half) + fma(z, z * cos_polynomial(z), high * excess);
  const double cosine = w + cosine_excess;
  const double cosine_rest = (w - cosine) + cosine_excess;
  const bool odd = (quarters & 1) != 0;
  const double numerator = odd ? -cosine : sine;
  const double numerator_rest = odd ? -cosine_rest : sine_rest;
  const double denominator = odd ? sine : cosine;
  const double denominator_rest = odd ? sine_rest : cosine_rest;
  const double quotient = numerator / denominator;
  const double correction = (numerator_rest - quotient * denominator_rest) / denominator;
  return x == 0.0 ? x : quotient + correction;  // the sum would lose the sign of -0
}

// ---------------------------------------------------------------------------------- inverse trigonometric functions

// (arcsin(s) - s) / s for z = s^2 in [0, 1/4].
SAGREDO_INLINE double arcsin_excess(double z) {
  double p = 3.47933107596021167570e-05;
  p = fma(p, z, 7.91534994289814532176e-04);
  p = fma(p, z, -4.00555345006794114027e-02);
  p = fma(p, z, 2.01212532134862925881e-01);
  p = fma(p, z, -3.25565818622400915405e-01);
  p = fma(p, z, 1.66666666666666657415e-01);
  double q = 7.70381505559019352791e-02;
  q = fma(q, z, -6.88283971605453293030e-01);
  q = fma(q, z, 2.02094576023350569471e+00);
  q = fma(q, z, -2.40339491173441421878e+00);
  q = fma(q, z, 1.0);
  return z * p / q;
}

// Above 1/2, arcsin(x) = pi / 2 - 2 arcsin(sqrt((1 - x) / 2)), the root carried in two pieces.
SAGREDO_INLINE double arcsin(double x) {
  const double magnitude = std::abs(x);
  const bool small = magnitude < 0.5;
  const double z = small ? x * x : (1.0 - magnitude) * 0.5;
  const double excess = arcsin_excess(z);
  const double root = std::sqrt(z);
  const double leading = leading_bits(root);
  const double rest = (z - leading * leading) / (root + leading);
  const double quarter_pi = 0.5 * half_pi_high;
  // At 1 the root is 0, and so is its rest, not 0 / 0.
  const double correction = z == 0.0 ? 0.0 : rest;
  const double far = quarter_pi - ((2.0 * root * excess - (half_pi_low - 2.0 * correction)) - (quarter_pi - 2.0 * leading));
  const double near = magnitude + magnitude * excess;
  return std::copysign(small ? near : far, x);
}

SAGREDO_INLINE double arccos(double x) {
  const double magnitude = std::abs(x);
  const bool small = magnitude < 0.5;
  const double z = small ? x * x : (1.0 - magnitude) * 0.5;
  const double excess = arcsin_excess(z);
  const double root = std::sqrt(z);
  const double leading = leading_bits(root);
  const double rest = (z - leading * leading) / (root + leading);
  const double correction = z == 0.0 ? 0.0 : rest;
  const double near = half_pi_high - (x - (half_pi_low - x * excess));
  const double above = 2.0 * (leading + (root * excess + correction));
  const double below = 2.0 * (half_pi_high - (root + (root * excess - half_pi_low)));
  return small ? near : x < 0.0 ? below : above;
}

// arctan(x) = arctan(c) + arctan((x - c) / (1 + c x)) with c = 0, 1/2, 1, 3/2 or infinity.
SAGREDO_INLINE double arctan(double x) {
  const double m = std::abs(x);
  double numerator = m, denominator = 1.0, high = 0.0, low = 0.0;
  numerator = m >= 0.4375 ? 2.0 * m - 1.0 : numerator;
  denominator = m >= 0.4375 ? 2.0 + m : denominator;
  high = m >= 0.4375 ? 4.63647609000806093515e-01 : high;
  low = m >= 0.4375 ? 2.26987774529616870924e-17 : low;
  numerator = m >= 0.6875 ? m - 1.0 : numerator;
  denominator = m >= 0.6875 ? m + 1.0 : denominator;
  high = m >= 0.6875 ? 7.85398163397448278999e-01 : high;
  low = m >= 0.6875 ? 3.06161699786838301793e-17 : low;
  numerator = m >= 1.1875 ? m - 1.5 : numerator;
  denominator = m >= 1.1875 ? 1.0 + 1.5 * m : denominator;
  high = m >= 1.1875 ? 9.82793723247329054082e-01 : high;
  low = m >= 1.1875 ? 1.39033110312309984516e-17 : low;
  numerator = m >= 2.4375 ? -1.0 : numerator;
  denominator = m >= 2.4375 ? m : denominator;
  high = m >= 2.4375 ? half_pi_high : high;
  low = m >= 2.4375 ? half_pi_low : low;
  const double t = numerator / denominator;
  const double z = t * t;
  double p = 1.62858201153657823623e-02;
  p = fma(p, z, -3.65315727442169155270e-02);
  p = fma(p, z, 4.97687799461593236017e-02);
  p = fma(p, z, -5.83357013379057348645e-02);
  p = fma(p, z, 6.66107313738753120669e-02);
  p = fma(p, z, -7.69187620504482999495e-02);
  p = fma(p, z, 9.09088713343650656196e-02);
  p = fma(p, z, -1.11111104054623557880e-01);
  p = fma(p, z, 1.42857142725034663711e-01);
  p = fma(p, z, -1.99999999998764832476e-01);
  p = fma(p, z, 3.33333333333329318027e-01);
  return std::copysign(high - ((t * (z * p) - low) - t), x);
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

#undef SAGREDO_INLINE
