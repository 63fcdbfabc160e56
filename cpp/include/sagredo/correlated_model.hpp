// Real responses recorded in bins, whose normal errors have a known covariance.
#pragma once

#include <memory>
#include <vector>

#include "sagredo/response_model.hpp"

namespace sagredo {

// The covariance C = L L^T is given by its Cholesky factor L (rows, rows), row after row. In z = L^-1 (y - f) errors are
// independent with variance 1: z_i is what the rows before leave open, in units L_ii of its deviation, so that a bin of
// width w_i has the width w_i / L_ii there. The rows before are taken to stand at the centres of their bins.
// `sagredo.objective.whitening` is the same in readable form.
class CorrelatedModel final : public ResponseModel {
 public:
  CorrelatedModel(std::vector<double> responses, std::vector<double> bins, std::vector<double> factor)
      : responses_(std::move(responses)), bins_(std::move(bins)), factor_(std::move(factor)) {}
  std::size_t rows() const override { return responses_.size(); }
  std::unique_ptr<ResponseJudge> judge() const override;

 private:
  std::vector<double> responses_;
  std::vector<double> bins_;
  std::vector<double> factor_;
};

}  // namespace sagredo
