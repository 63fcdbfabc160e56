// Real responses recorded in bins, with additive noise.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "sagredo/evidence.hpp"
#include "sagredo/response_model.hpp"

namespace sagredo {

// Responses with the widths w0_i of the bins in which they were recorded and their multiplicities. The noise's scales
// are given, one a row, or one is unknown (`sigmas` empty), log-uniform between the bounds.
struct RecordedResponses {
  std::vector<double> responses;
  std::vector<double> bins;
  std::vector<double> weights;
  NoiseShape shape = NoiseShape::gaussian;
  double lower = 0.0;
  double upper = 0.0;
  std::vector<double> sigmas;
  std::vector<double> sides;  // of censored rows, as RowLikelihood has them; empty: all were measured
};

// The judgement of residuals in `bins`, which the program's rounding may have widened from the `recorded` ones: the
// recorded cell is uniform in a widened bin. A bound that holds has no residual.
Judgement recorded_judgement(Evidence found, std::span<const double> residuals, std::span<const double> bins,
                             std::span<const double> recorded, std::span<const double> weights,
                             std::span<const double> sides);

class RecordedModel final : public ResponseModel {
 public:
  explicit RecordedModel(RecordedResponses data) : data_(std::move(data)) {}
  std::size_t rows() const override { return data_.responses.size(); }
  std::unique_ptr<ResponseJudge> judge() const override;

 private:
  RecordedResponses data_;
};

}  // namespace sagredo
