// The description length of the data under a real expression: fit, rounding, scales of the priors, evidence.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sagredo/derivatives.hpp"
#include "sagredo/evaluation.hpp"
#include "sagredo/evidence.hpp"
#include "sagredo/fit.hpp"
#include "sagredo/scales.hpp"

namespace sagredo {

// Responses with the widths w0_i of the bins in which they were recorded, their multiplicities, and the priors.
struct RecordedData {
  Columns columns;
  std::span<const double> responses;
  std::span<const double> bins;
  std::span<const double> weights;
  NoisePrior noise;
  double target_magnitude;
  std::span<const double> declared_magnitudes;  // of the columns; NaN: that of the values
};

struct DataScore {
  double data_bits;     // L_rec; inf where the program has no value on some row
  double noise_scale;   // 0 where every row is in its bin
  double residual_rms;
  std::vector<double> parameters;
  std::vector<double> standard_errors;
};

// Scores one program after the other; keeps its workspace, so give each thread its own. The spans must outlive it.
class Scorer {
 public:
  explicit Scorer(const RecordedData& data);

  // L_rec at the best parameters, sought from `start` by least squares, repeated with the weights that the likelihood
  // asks for at the noise found until they agree. The periods of parameters that came without a start are sought first.
  // The parameters stay in the box, and so does their prior.
  DataScore score(const ProgramView& program, std::span<const double> start, const Box& box);

 private:
  bool fit_first(const ProgramView& program, std::vector<double>& parameters, const Box& box);
  bool fit(const ProgramView& program, std::vector<double>& parameters, const Box& box);
  bool run(const ProgramView& program, std::span<const double> parameters);
  void find_weights();
  DataScore evidence(const ProgramView& program, std::span<const double> parameters, const Box& box);
  DataScore undefined(std::span<const double> parameters) const;

  RecordedData data_;
  std::vector<double> ones_;
  std::vector<double> first_weights_;
  std::vector<double> weights_;
  std::vector<double> wanted_;
  Differentiator differentiator_;
  ScaleAssignment scale_assignment_;
  EvidenceIntegrator integrator_;
  std::vector<double> residuals_;
  std::vector<double> bins_;
  std::vector<double> jacobian_;
  std::vector<double> scales_;
  std::vector<double> log_prior_;
};

// The scores of a batch; program p starts from starts[parameter_offsets[p]] up to starts[parameter_offsets[p + 1]].
// They do not depend on the number of threads.
std::vector<DataScore> score_batch(const RecordedData& data, const Batch& batch,
                                   std::span<const std::int64_t> parameter_offsets, std::span<const double> starts,
                                   const Box& box, std::size_t threads);

}  // namespace sagredo
