// Likelihoods of recorded responses: the probability that a measurement falls in its bin.
//
// A bin of width w around y has the probability F((r + w/2) / sigma) - F((r - w/2) / sigma), r = y - f. Narrow bins are
// integrated by series. `sagredo.objective.likelihood` is the same in readable form, and the oracle of this one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sagredo {

enum class NoiseShape : std::uint8_t { gaussian, student_t };

// Bins narrower than this many scales are integrated by series, whose error is below 2e-4 nats a row there.
inline constexpr double narrow_bin = 0.05;
// Far out Student's density is flat over a bin that is this part of the residual, to 10^-8, and of a difference of
// distribution functions too few digits would be left.
inline constexpr double flat_tail = 1e-4;

// The degrees of freedom of Student's t.
inline constexpr double degrees_of_freedom = 4.0;

// The Fisher information of one recorded response about its location.
double information(NoiseShape shape, double bin, double scale);

// The weight with which least squares, repeated, finds the location of maximum likelihood.
double row_weight(NoiseShape shape, double residual, double scale);

// A normal response of which only a bound is known, t standard deviations beyond the location: P = Phi(t).
struct Tail {
  double log_probability;
  double information;  // -d^2 log P / dt^2, between 0 and 1
  double step;         // of Newton's method in t: d log P / dt over the information
};
Tail normal_tail(double t);

// sum_i m_i log P_i at any scale, for fixed residuals, bins w_i and multiplicities m_i. The spans must outlive it.
class RowLikelihood {
 public:
  // `sides` are empty, or -1 on rows whose response is less than what was recorded, +1 where it is more, 0 where it was
  // measured: the former have the probability of that tail, under normal noise.
  void set(NoiseShape shape, std::span<const double> residuals, std::span<const double> bins,
           std::span<const double> weights, std::span<const double> sides);

  // At the residuals that were set. Once it is under the floor, the rows left are not looked at.
  double log_likelihood(double scale, double floor);

  // The same at others; the bins and the weights stay.
  double log_likelihood(std::span<const double> residuals, double scale, double floor);

 private:
  double narrow_bins(double scale) const;
  double near_centres(double scale) const;
  double uncertain_rows(std::span<const double> residuals, double scale, std::size_t first, std::size_t count);
  void gather_widths();

  NoiseShape shape_ = NoiseShape::gaussian;
  std::span<const double> residuals_;
  std::span<const double> bins_;
  std::span<const double> weights_;
  std::span<const double> sides_;
  // Of a block of rows, or of those of them that are looked at.
  std::vector<double> logs_;
  std::vector<double> kept_residuals_;
  std::vector<double> kept_bins_;
  std::vector<double> kept_weights_;
  // The rows by the widths of their bins: sums of m and of m r^2, shared out to the logarithms of widths on a grid.
  std::vector<double> masses_;
  std::vector<double> squares_;
  double first_log_width_ = 0.0;
  // Over the rows that were measured, sums of m, m log w, m w^2, m r^2, and of even powers of c = |r| w / 2, of which
  // the series of narrow bins is made.
  double total_ = 0.0;
  double log_bins_ = 0.0;
  double square_bins_ = 0.0;
  double square_residuals_ = 0.0;
  double square_products_ = 0.0;
  double fourth_products_ = 0.0;
  double largest_product_ = 0.0;
  double largest_residual_ = 0.0;
  double narrowest_ = 0.0;
  double widest_ = 0.0;
};

}  // namespace sagredo
