#include "sagredo/likelihood.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "sagredo/target_clones.hpp"
#include "sagredo/vector_math/exponential.hpp"

namespace sagredo {
namespace {

// Rows between two looks at the sum: their logarithms stay in the fastest cache.
constexpr std::size_t block = 512;

// Where |r| max(w / 2 sigma, 1) / sigma is smaller, the fourth power of r adds less than 10^-5 nats a row, and less
// than 10^-8 on scales that a row in its bin leaves likely.
constexpr double near = 0.1;

// Steps of log w, between which the log-probability at a bin's centre is interpolated by six points, to 10^-8 nats.
constexpr double log_width_step = 1.0 / 32.0;
constexpr std::size_t points = 6;
// 1 / prod_(j != k) (k - j) of Lagrange's polynomials on 0, ..., 5.
constexpr double lagrange[points] = {-1.0 / 120.0, 1.0 / 24.0, -1.0 / 12.0, 1.0 / 12.0, -1.0 / 24.0, 1.0 / 120.0};

// Standard deviations inside the edge of its bin at which a response adds less than 10^-10 nats.
constexpr double certain = 6.5;

// Standard deviations beyond which a tail's information differs from 1 by less than 10^-4.
constexpr double far = 100.0;

const double log_two_pi = std::log(2.0 * std::numbers::pi);

// exp(t^2 / 2) Q(t) for t >= 0, Q the upper tail of the normal distribution, to one unit in the last place: half of
// erfcx(x), x = t / sqrt(2), where (1 + 2 x) erfcx(x) is a polynomial in (x - K) / (x + K), K = 3.75 (Shepherd &
// Laframboise 1981, Chebyshev approximation of (1 + 2x) exp(x^2) erfc x in 0 <= x < infinity). The coefficients are
// those of the Chebyshev interpolant of degree 22, computed in 40 digits.
[[gnu::always_inline]] inline double scaled_tail(double t) {
  constexpr double k = 3.75;
  constexpr double coefficients[] = {
      1.2375126308378275,
      -0.14024059858554525,
      0.0035854154854790257,
      0.08227673848999506,
      -0.10880393014244462,
      0.09230432116428125,
      -0.05869339857664934,
      0.02836227737211114,
      -0.009746579683265262,
      0.0017556261651970652,
      0.000293714378044958,
      -0.00029015535246077655,
      5.164652974177416e-05,
      2.2387565714911816e-05,
      -1.1438048033346894e-05,
      -9.792625707303523e-07,
      1.7419821586224816e-06,
      -5.084465378687302e-08,
      -2.4857126248016745e-07,
      1.879082322370048e-08,
      3.197926671666804e-08,
      -1.9551358868985616e-09,
      -2.623107347133476e-09,
  };
  const double x = t * (1.0 / std::numbers::sqrt2);
  const double s = (x - k) / (x + k);
  // Even and odd powers apart, so that they are summed side by side.
  const double z = s * s;
  double even = coefficients[22];
  double odd = coefficients[21];
#pragma GCC unroll 10
  for (int j = 20; j > 0; j -= 2) {
    even = even * z + coefficients[j];
    odd = odd * z + coefficients[j - 1];
  }
  even = even * z + coefficients[0];
  return 0.5 * (even + s * odd) / (1.0 + 2.0 * x);
}

// log P of every row. With z = |r| / sigma, w in scales and a = z w / 2, a narrow bin has P = phi(z) w (sinh a / a)
// (1 - w^2 / 24), log(sinh a / a) = a^2/6 - a^4/180 for a <= 1; beyond, the row costs over 800 nats, against which the
// clipped term is nothing. A wide one is the difference of two tails, exp(-l^2/2) taken out of it where l > 0.
SAGREDO_CLONES void gaussian_rows(const double* residuals, const double* bins, std::size_t rows, double precision,
                                  double* out) {
#pragma GCC ivdep
  for (std::size_t i = 0; i < rows; ++i) {
    const double z = std::abs(residuals[i]) * precision;
    const double w = bins[i] * precision;
    const double a = 0.5 * z * w < 1.0 ? 0.5 * z * w : 1.0;
    const double square = a * a;
    const double series = square * (1.0 / 6.0 - square / 180.0) - 0.5 * (z * z + log_two_pi + w * w / 12.0);
    const double low = z - 0.5 * w;
    const double high = z + 0.5 * w;
    const double half_square = 0.5 * low * low;
    const bool inside = low < 0.0;
    const double near_tail = (inside ? vector_math::exp(-half_square) : 1.0) * scaled_tail(std::abs(low));
    const double far_tail = vector_math::exp(inside ? -0.5 * high * high : -z * w) * scaled_tail(high);
    const double tails = inside ? 1.0 - near_tail - far_tail : near_tail - far_tail;
    const bool wide = w >= narrow_bin;
    out[i] = vector_math::log(wide ? tails : w) + (wide ? (inside ? 0.0 : -half_square) : series);
  }
}

// 1 - F(t) = (1 - x)^2 (2 + x) / 4, x = t / sqrt(4 + t^2), where 1 - |x| = 4 / (4 + t^2 + |t| sqrt(4 + t^2)) does not
// cancel.
[[gnu::always_inline]] inline double student_survival(double t) {
  const double root = std::sqrt(4.0 + t * t);
  const double gap = 4.0 / (root * (root + std::abs(t)));
  const double one_less_x = t > 0.0 ? gap : 2.0 - gap;
  return one_less_x * one_less_x * (3.0 - one_less_x) * 0.25;
}

// The density is (3/8) (1 + t^2/4)^(-5/2), its second derivative over itself (15 t^2/8 - 5/4) / (1 + t^2/4)^2.
SAGREDO_CLONES void student_rows(const double* residuals, const double* bins, std::size_t rows, double precision,
                                 double* out) {
#pragma GCC ivdep
  for (std::size_t i = 0; i < rows; ++i) {
    const double z = std::abs(residuals[i]) * precision;
    const double w = bins[i] * precision;
    const double base = 1.0 + 0.25 * z * z;
    const double curvature = (7.5 * (base - 1.0) - 1.25) / (base * base);
    const double centre = 3.0 / 8.0 * w * (1.0 + w * w / 24.0 * curvature);
    const double tails = student_survival(z - 0.5 * w) - student_survival(z + 0.5 * w);
    const bool wide = w >= narrow_bin && w >= flat_tail * z;
    out[i] = vector_math::log(wide ? tails : centre) - (wide ? 0.0 : 2.5 * vector_math::log(base));
  }
}

}  // namespace

double information(NoiseShape shape, double bin, double scale) {
  constexpr double student = (degrees_of_freedom + 3.0) / (degrees_of_freedom + 1.0);
  return 1.0 / ((shape == NoiseShape::gaussian ? 1.0 : student) * scale * scale + bin * bin / 12.0);
}

double row_weight(NoiseShape shape, double residual, double scale) {
  if (shape == NoiseShape::gaussian) return 1.0;
  const double standard = residual / scale;
  return (degrees_of_freedom + 1.0) / (degrees_of_freedom + standard * standard);
}

// P = Phi(t), d log P / dt = phi(t) / Phi(t) = h, -d^2 log P / dt^2 = h (h + t).
Tail normal_tail(double t) {
  const double scaled = scaled_tail(std::abs(t));
  const double half_square = 0.5 * t * t;
  const double density = std::exp(-half_square) / std::sqrt(2.0 * std::numbers::pi);
  if (t >= 0.0) {
    const double below = std::log1p(-std::exp(-half_square) * scaled);
    const double hazard = density / std::exp(below);
    return {below, hazard * (hazard + t), 1.0 / (hazard + t)};
  }
  const double hazard = 1.0 / (std::sqrt(2.0 * std::numbers::pi) * scaled);
  const double log_probability = std::log(scaled) - half_square;
  // h + t cancels there: to the first order it is 1 / |t|.
  if (t < -far) return {log_probability, 1.0, -t};
  return {log_probability, hazard * (hazard + t), 1.0 / (hazard + t)};
}

void RowLikelihood::set(NoiseShape shape, std::span<const double> residuals, std::span<const double> bins,
                        std::span<const double> weights, std::span<const double> sides) {
  shape_ = shape;
  residuals_ = residuals;
  bins_ = bins;
  weights_ = weights;
  sides_ = sides;
  for (auto* column : {&logs_, &kept_residuals_, &kept_bins_, &kept_weights_}) column->resize(block);
  total_ = log_bins_ = square_bins_ = square_residuals_ = square_products_ = fourth_products_ = 0.0;
  largest_product_ = largest_residual_ = widest_ = 0.0;
  narrowest_ = std::numeric_limits<double>::infinity();
  masses_.clear();
  squares_.clear();
  for (std::size_t i = 0; i < residuals.size(); ++i) {
    if (!sides.empty() && sides[i] != 0.0) continue;
    const double m = weights[i];
    const double square = residuals[i] * residuals[i];
    const double product = 0.5 * std::abs(residuals[i]) * bins[i];
    total_ += m;
    log_bins_ += m * std::log(bins[i]);
    square_bins_ += m * bins[i] * bins[i];
    square_residuals_ += m * square;
    square_products_ += m * product * product;
    fourth_products_ += m * product * product * product * product;
    largest_product_ = std::max(largest_product_, product);
    largest_residual_ = std::max(largest_residual_, std::abs(residuals[i]));
    narrowest_ = std::min(narrowest_, bins[i]);
    widest_ = std::max(widest_, bins[i]);
  }
}

double RowLikelihood::log_likelihood(double scale, double floor) {
  if (shape_ == NoiseShape::gaussian) {
    if (widest_ < narrow_bin * scale && largest_product_ <= scale * scale) return narrow_bins(scale);
    const double steepest = std::max(0.5 * widest_ / scale, 1.0);
    if (sides_.empty() && largest_residual_ * steepest <= near * scale) {
      if (masses_.empty()) gather_widths();
      if (masses_.size() < residuals_.size()) return near_centres(scale);
    }
  }
  return log_likelihood(residuals_, scale, floor);
}

// Shares each row out to the six points of the grid about its width, so that sums of a polynomial of degree five in log
// w come out exactly. A grid as long as the rows stays zero, and is not used.
void RowLikelihood::gather_widths() {
  first_log_width_ = std::log(narrowest_) - 2.0 * log_width_step;
  const std::size_t rows = residuals_.size();
  const double places = std::floor((std::log(widest_) - first_log_width_) / log_width_step) + points;
  const bool fewer = places < static_cast<double>(rows);
  masses_.assign(fewer ? static_cast<std::size_t>(places) : rows, 0.0);
  if (!fewer) return;
  squares_.assign(masses_.size(), 0.0);
  for (std::size_t i = 0; i < rows; ++i) {
    const double place = (std::log(bins_[i]) - first_log_width_) / log_width_step;
    const auto cell = static_cast<std::size_t>(std::max(std::floor(place), 2.0)) - 2;
    const double at = place - static_cast<double>(cell);
    for (std::size_t k = 0; k < points; ++k) {
      double share = weights_[i] * lagrange[k];
      for (std::size_t other = 0; other < points; ++other)
        if (other != k) share *= at - static_cast<double>(other);
      masses_[cell + k] += share;
      squares_[cell + k] += share * residuals_[i] * residuals_[i];
    }
  }
}

// Of an exact fit: log P to the second power of r. With z = w / 2 sigma, P is 1 - 2 Q(z) at the centre, and its second
// derivative there -2 z phi(z), in units of sigma.
double RowLikelihood::near_centres(double scale) const {
  double sum = 0.0;
  for (std::size_t k = 0; k < masses_.size(); ++k) {
    const double z = 0.5 * std::exp(first_log_width_ + static_cast<double>(k) * log_width_step) / scale;
    const double height = std::exp(-0.5 * z * z);
    const double centre = 1.0 - 2.0 * height * scaled_tail(z);
    // Of a narrow bin among wide ones the difference cancels: P is 2 z phi(0) (1 - z^2 / 6) there.
    const bool narrow = 2.0 * z < narrow_bin;
    const double log_centre = narrow ? std::log(2.0 * z) - 0.5 * log_two_pi - z * z / 6.0 : std::log(centre);
    const double curvature =
        narrow ? z * z / 3.0 - 1.0 : -2.0 * z * height / (std::sqrt(2.0 * std::numbers::pi) * centre);
    sum += masses_[k] * log_centre + 0.5 * curvature * squares_[k] / (scale * scale);
  }
  return sum;
}

double RowLikelihood::narrow_bins(double scale) const {
  const double variance = scale * scale;
  // Divided twice, as the fourth power of the scale may leave the range of doubles.
  const double even = square_products_ / variance / variance / 6.0 -
                      fourth_products_ / variance / variance / variance / variance / 180.0;
  double tails = 0.0;
  for (std::size_t i = 0; i < sides_.size(); ++i)
    if (sides_[i] != 0.0) tails += weights_[i] * normal_tail(-sides_[i] * residuals_[i] / scale).log_probability;
  return tails + log_bins_ - total_ * (std::log(scale) + 0.5 * log_two_pi) -
         0.5 * (square_residuals_ / variance + square_bins_ / variance / 12.0) + even;
}

double RowLikelihood::log_likelihood(std::span<const double> residuals, double scale, double floor) {
  const auto rows_of = shape_ == NoiseShape::gaussian ? gaussian_rows : student_rows;
  const bool some_certain = shape_ == NoiseShape::gaussian && sides_.empty() && 0.5 * widest_ > certain * scale;
  double sum = 0.0;
  for (std::size_t first = 0; first < residuals.size() && !(sum < floor); first += block) {
    const std::size_t count = std::min(block, residuals.size() - first);
    if (some_certain) {
      sum += uncertain_rows(residuals, scale, first, count);
      continue;
    }
    rows_of(residuals.data() + first, bins_.data() + first, count, 1.0 / scale, logs_.data());
    for (std::size_t i = first; i < std::min(first + count, sides_.size()); ++i)
      if (sides_[i] != 0.0) logs_[i - first] = normal_tail(-sides_[i] * residuals[i] / scale).log_probability;
    for (std::size_t i = 0; i < count; ++i) sum += weights_[first + i] * logs_[i];
  }
  return sum;
}

// Of a block of rows, without those that are certain to fall in their bins.
double RowLikelihood::uncertain_rows(std::span<const double> residuals, double scale, std::size_t first,
                                     std::size_t count) {
  std::size_t kept = 0;
  for (std::size_t i = first; i < first + count; ++i) {
    kept_residuals_[kept] = residuals[i];
    kept_bins_[kept] = bins_[i];
    kept_weights_[kept] = weights_[i];
    kept += 0.5 * bins_[i] - std::abs(residuals[i]) >= certain * scale ? 0 : 1;
  }
  gaussian_rows(kept_residuals_.data(), kept_bins_.data(), kept, 1.0 / scale, logs_.data());
  double sum = 0.0;
  for (std::size_t i = 0; i < kept; ++i) sum += kept_weights_[i] * logs_[i];
  return sum;
}

}  // namespace sagredo
