#include "sagredo/correlated_model.hpp"

#include <algorithm>
#include <cmath>

#include "sagredo/recorded_model.hpp"

namespace sagredo {
namespace {

// -|L^-1 (y - f)|^2 / 2: what depends on the values.
class CorrelatedLikelihood final : public SmoothLikelihood {
 public:
  CorrelatedLikelihood(std::span<const double> responses, std::span<const double> factor)
      : responses_(responses), factor_(factor) {}

  double log_likelihood(std::span<const double> values, double) const override {
    std::vector<double> residuals = left(values);
    whiten(residuals);
    double sum = 0.0;
    for (const double z : residuals) sum -= 0.5 * z * z;
    return sum;
  }

  void slopes(std::span<const double> values, double, std::span<double> slope,
              std::span<double> information) const override {
    std::vector<double> residuals = left(values);
    whiten(residuals);
    const std::size_t rows = residuals.size();
    // The slope is L^-T z.
    for (std::size_t i = rows; i-- > 0;) {
      slope[i] = residuals[i] / factor_[i * rows + i];
      for (std::size_t j = 0; j < i; ++j) residuals[j] -= factor_[i * rows + j] * slope[i];
      information[i] = 1.0;
    }
  }

  // Multiplies by L^-1.
  void whiten(std::span<double> column) const override {
    const std::size_t rows = column.size();
    for (std::size_t i = 0; i < rows; ++i) {
      const double* row = factor_.data() + i * rows;
      double sum = column[i];
      for (std::size_t j = 0; j < i; ++j) sum -= row[j] * column[j];
      column[i] = sum / row[i];
    }
  }

 private:
  std::vector<double> left(std::span<const double> values) const {
    std::vector<double> residuals(responses_.begin(), responses_.end());
    for (std::size_t i = 0; i < residuals.size(); ++i) residuals[i] -= values[i];
    return residuals;
  }

  std::span<const double> responses_;
  std::span<const double> factor_;
};

class CorrelatedJudge final : public ResponseJudge {
 public:
  CorrelatedJudge(std::span<const double> responses, std::span<const double> bins, std::span<const double> factor)
      : responses_(responses),
        recorded_bins_(bins),
        factor_(factor),
        ones_(responses.size(), 1.0),
        likelihood_(responses, factor),
        integrator_({NoiseShape::gaussian, 0.0, 0.0, ones_, {}}) {}

  // The variances alone lead near the best parameters.
  void begin(std::vector<double>& responses, std::vector<double>& weights) override {
    responses.assign(responses_.begin(), responses_.end());
    weights.resize(responses.size());
    for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = 1.0 / variance(i);
  }

  // The likelihood is climbed instead.
  bool repeat(std::span<const double>, std::span<const double>, std::vector<double>&, std::vector<double>&) override {
    return true;
  }

  const SmoothLikelihood* smooth() const override { return &likelihood_; }

  Judgement weigh(std::span<const double> values, std::span<const double> rounding, std::span<const double> jacobian,
                  std::span<const double> log_prior_density) override {
    const std::size_t rows = values.size();
    std::vector<double> residuals(rows);
    std::vector<double> bins(rows);
    double scale = 0.0;
    for (std::size_t i = 0; i < rows; ++i) {
      residuals[i] = responses_[i] - values[i];
      bins[i] = std::max(recorded_bins_[i], 2.0 * rounding[i]);
      scale += variance(i) / static_cast<double>(rows);
    }
    std::vector<double> white_residuals = residuals;
    likelihood_.whiten(white_residuals);
    std::vector<double> white_bins = bins;
    for (std::size_t i = 0; i < rows; ++i) white_bins[i] /= factor_[i * rows + i];
    std::vector<double> white_jacobian(jacobian.begin(), jacobian.end());
    for (std::size_t k = 0; k < log_prior_density.size(); ++k)
      likelihood_.whiten({white_jacobian.data() + k * rows, rows});
    Evidence found = integrator_.integrate(white_residuals, white_bins, ones_, white_jacobian, log_prior_density);
    found.noise_scale = std::sqrt(scale);
    return recorded_judgement(std::move(found), residuals, bins, recorded_bins_, ones_, {});
  }

 private:
  double variance(std::size_t i) const {
    const double* row = factor_.data() + i * responses_.size();
    double sum = 0.0;
    for (std::size_t j = 0; j <= i; ++j) sum += row[j] * row[j];
    return sum;
  }

  std::span<const double> responses_;
  std::span<const double> recorded_bins_;
  std::span<const double> factor_;
  std::vector<double> ones_;
  CorrelatedLikelihood likelihood_;
  EvidenceIntegrator integrator_;
};

}  // namespace

std::unique_ptr<ResponseJudge> CorrelatedModel::judge() const {
  return std::make_unique<CorrelatedJudge>(responses_, bins_, factor_);
}

}  // namespace sagredo
