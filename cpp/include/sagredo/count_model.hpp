// Counts: responses without a noise of their own scale, whose distribution is that of the program's value alone.
//
// `sagredo.objective.counts` says in readable form what is computed here, and is its oracle.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "sagredo/response_model.hpp"

namespace sagredo {

// The value is the rate, the mean count.
class PoissonModel final : public ResponseModel {
 public:
  PoissonModel(std::vector<double> counts, std::vector<double> weights)
      : counts_(std::move(counts)), weights_(std::move(weights)) {}
  std::size_t rows() const override { return counts_.size(); }
  std::unique_ptr<ResponseJudge> judge() const override;

 private:
  std::vector<double> counts_;
  std::vector<double> weights_;
};

// The value is the log-odds of success, of which there are `successes` in `trials`.
class BinomialModel final : public ResponseModel {
 public:
  BinomialModel(std::vector<double> successes, std::vector<double> trials, std::vector<double> weights)
      : successes_(std::move(successes)), trials_(std::move(trials)), weights_(std::move(weights)) {}
  std::size_t rows() const override { return successes_.size(); }
  std::unique_ptr<ResponseJudge> judge() const override;

 private:
  std::vector<double> successes_;
  std::vector<double> trials_;
  std::vector<double> weights_;
};

}  // namespace sagredo
