// Sine, cosine, tangent and their inverses.
#pragma once

#include <cmath>
#include <cstdint>

#include "sagredo/vector_math/doubles.hpp"

namespace sagredo::vector_math {

inline constexpr double half_pi_high = 0x1.921fb54442d18p0;  // pi / 2 in three doubles
inline constexpr double half_pi_low = 0x1.1a62633145c07p-54;
inline constexpr double half_pi_rest = -0x1.f1976b7ed8fbcp-110;
inline constexpr double two_over_pi = 0x1.45f306dc9c883p-1;
// 2^20 quarter turns: beyond, three doubles for pi / 2 leave too few digits where x is next to a multiple of it.
inline constexpr double largest_angle = 1647099.0;

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

// ---------------------------------------------------------------------------------- inverse functions

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

// Below 1/2 a root s = |x|, above it s = sqrt((1 - |x|) / 2), carried in two pieces.
struct ReducedArcsine {
  bool small;
  double excess;  // (arcsin(s) - s) / s
  double root;
  double leading;
  double correction;  // s - leading, to twice the digits
};

SAGREDO_INLINE ReducedArcsine reduce_arcsine(double x) {
  const double magnitude = std::abs(x);
  const bool small = magnitude < 0.5;
  const double z = small ? x * x : (1.0 - magnitude) * 0.5;
  const double root = std::sqrt(z);
  const double leading = leading_bits(root);
  const double rest = (z - leading * leading) / (root + leading);
  // At 1 the root is 0, and so is its rest, not 0 / 0.
  return {small, arcsin_excess(z), root, leading, z == 0.0 ? 0.0 : rest};
}

// Above 1/2, arcsin(x) = pi / 2 - 2 arcsin(sqrt((1 - x) / 2)).
SAGREDO_INLINE double arcsin(double x) {
  const auto [small, excess, root, leading, correction] = reduce_arcsine(x);
  const double magnitude = std::abs(x);
  const double quarter_pi = 0.5 * half_pi_high;
  const double far = quarter_pi - ((2.0 * root * excess - (half_pi_low - 2.0 * correction)) - (quarter_pi - 2.0 * leading));
  const double near = magnitude + magnitude * excess;
  return std::copysign(small ? near : far, x);
}

SAGREDO_INLINE double arccos(double x) {
  const auto [small, excess, root, leading, correction] = reduce_arcsine(x);
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

}  // namespace sagredo::vector_math
