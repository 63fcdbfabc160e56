// The description length of the data under a real expression: fit, rounding, scales of the priors, evidence.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "sagredo/derivatives.hpp"
#include "sagredo/evaluation.hpp"
#include "sagredo/fit.hpp"
#include "sagredo/posterior_mode.hpp"
#include "sagredo/response_model.hpp"
#include "sagredo/scales.hpp"

namespace sagredo {

// Inputs and responses, and what the scales of the priors are made of. The model must outlive it.
struct ScoredData {
  Columns columns;
  const ResponseModel* model;
  double target_magnitude;
  std::span<const double> declared_magnitudes;  // of the columns; NaN: that of the values
};

struct DataScore {
  Judgement judgement;  // data bits inf where the program has no value on some row, or the likelihood no place for it
  std::vector<double> parameters;
};

// Scores one program after the other; keeps its workspace, so give each thread its own. The spans must outlive it.
class Scorer {
 public:
  explicit Scorer(const ScoredData& data);

  // L_rec at the best parameters, sought from `start` by least squares, repeated with the responses and weights that
  // the likelihood asks for at the values found until they agree, and by a climb to the posterior's mode where least
  // squares alone does not end there. The periods of parameters that came without a start are sought first. The
  // parameters stay in the box, and so does their prior.
  DataScore score(const ProgramView& program, std::span<const double> start, const Box& box);

 private:
  bool fit_first(const ProgramView& program, std::vector<double>& parameters, const Box& box);
  bool fit(const ProgramView& program, std::vector<double>& parameters, const Box& box);
  bool run(const ProgramView& program, std::span<const double> parameters);
  bool climb(const ProgramView& program, std::vector<double>& parameters, const Box& box);
  std::span<const double> values() const;
  void assign_scales(const ProgramView& program, std::size_t parameters);
  DataScore evidence(const ProgramView& program, std::span<const double> parameters, const Box& box);
  DataScore undefined(std::span<const double> parameters) const;

  ScoredData data_;
  std::vector<double> ones_;
  std::unique_ptr<ResponseJudge> judge_;
  std::optional<ModeFinder> mode_finder_;
  Differentiator differentiator_;
  ScaleAssignment scale_assignment_;
  std::vector<double> working_responses_;
  std::vector<double> weights_;
  std::vector<double> rounding_;
  std::vector<double> jacobian_;
  std::vector<double> scales_;
  std::vector<double> log_prior_;
};

// The scores of a batch; program p starts from starts[parameter_offsets[p]] up to starts[parameter_offsets[p + 1]].
// They do not depend on the number of threads.
std::vector<DataScore> score_batch(const ScoredData& data, const Batch& batch,
                                   std::span<const std::int64_t> parameter_offsets, std::span<const double> starts,
                                   const Box& box, std::size_t threads);

}  // namespace sagredo
