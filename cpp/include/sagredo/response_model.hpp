// What a likelihood makes of a program's values: how least squares is to fit them, and the evidence of the responses.
//
// A model holds the responses and never changes; a judge is its workspace, one for each thread.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace sagredo {

// The responses under a program, its parameters integrated out.
struct Judgement {
  double data_bits;     // L_rec; inf where the likelihood has no place for the values
  double noise_scale;   // 0 where every row is in its bin, which only a recorded real number can be
  double residual_rms;  // sqrt(mean (y - E y)^2)
  std::vector<double> standard_errors;
};

// A likelihood of responses given a value each, smooth in the values: what Fisher scoring needs.
class SmoothLikelihood {
 public:
  virtual ~SmoothLikelihood() = default;

  // log P, nats; -inf where a value is impossible. With floor > 0 it is that of responses of at least the floor,
  // continued beyond the possible values, so that a climb can begin at any finite values.
  virtual double log_likelihood(std::span<const double> values, double floor) const = 0;

  // d log P / d value and the information of each row.
  virtual void slopes(std::span<const double> values, double floor, std::span<double> slope,
                      std::span<double> information) const = 0;

  // The information about all values is W^T diag(information) W: multiplies a column over the rows by W, which is the
  // identity where rows are independent.
  virtual void whiten(std::span<double>) const {}
};

class ResponseJudge {
 public:
  virtual ~ResponseJudge() = default;

  // What least squares is to fit, before any values are known.
  virtual void begin(std::vector<double>& responses, std::vector<double>& weights) = 0;

  // What it is to fit after it has come to `values`, and whether that is hardly anything else. `rounding` bounds the
  // rounding errors of the values.
  virtual bool repeat(std::span<const double> values, std::span<const double> rounding, std::vector<double>& responses,
                      std::vector<double>& weights) = 0;

  // The likelihood to climb from where least squares ends, with the prior; none where least squares maximises it.
  virtual const SmoothLikelihood* smooth() const { return nullptr; }

  // The parameters integrated out about the best: `jacobian` (parameters, rows) and the logarithms of the prior's
  // densities are taken there.
  virtual Judgement weigh(std::span<const double> values, std::span<const double> rounding,
                          std::span<const double> jacobian, std::span<const double> log_prior_density) = 0;
};

class ResponseModel {
 public:
  virtual ~ResponseModel() = default;
  virtual std::size_t rows() const = 0;
  virtual std::unique_ptr<ResponseJudge> judge() const = 0;  // the model must outlive it
};

}  // namespace sagredo
