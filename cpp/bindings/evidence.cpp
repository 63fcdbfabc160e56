#include <nanobind/stl/optional.h>
#include <nanobind/stl/tuple.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <tuple>

#include "arrays.hpp"
#include "bindings.hpp"
#include "sagredo/correlated_model.hpp"
#include "sagredo/count_model.hpp"
#include "sagredo/recorded_model.hpp"
#include "sagredo/score.hpp"

namespace sagredo::bindings {
namespace {

void require(bool holds, const char* what) {
  if (!holds) throw std::invalid_argument(what);
}

NoiseShape to_shape(bool heavy_tails) { return heavy_tails ? NoiseShape::student_t : NoiseShape::gaussian; }

std::vector<double> copy(const Vector& array) { return {array.data(), array.data() + array.shape(0)}; }

// log Z, the noise's scale, the standard errors.
std::tuple<double, double, OwnedVector> log_marginal_likelihood(bool heavy_tails, double lower, double upper,
                                                                const Vector& sigmas, const Vector& residuals,
                                                                const Vector& bins, const Vector& weights,
                                                                const Matrix& jacobian,
                                                                const Vector& log_prior_density) {
  const std::size_t rows = residuals.shape(0);
  require(rows > 0 && bins.shape(0) == rows && weights.shape(0) == rows && jacobian.shape(1) == rows &&
              (sigmas.shape(0) == 0 || sigmas.shape(0) == rows),
          "Residuals, bins, weights, the Jacobian and the given scales must have the same rows, at least one.");
  require(jacobian.shape(0) == log_prior_density.shape(0), "The Jacobian must have a row for each parameter.");
  Evidence found;
  {
    nb::gil_scoped_release release;
    EvidenceIntegrator integrator({to_shape(heavy_tails), lower, upper, span_of(sigmas), {}});
    found = integrator.integrate(span_of(residuals), span_of(bins), span_of(weights),
                                 {jacobian.data(), jacobian.size()}, span_of(log_prior_density));
  }
  return {found.log_evidence, found.noise_scale, to_vector(std::move(found.standard_errors))};
}

// The responses of a problem under a likelihood.
class Responses {
 public:
  explicit Responses(std::shared_ptr<const ResponseModel> model) : model_(std::move(model)) {}

  static Responses recorded(const Vector& responses, const Vector& bins, const Vector& weights, bool heavy_tails,
                            double lower, double upper, const Vector& sigmas, const Vector& sides) {
    const std::size_t rows = responses.shape(0);
    require(rows > 0 && bins.shape(0) == rows && weights.shape(0) == rows &&
                (sigmas.shape(0) == 0 || sigmas.shape(0) == rows) && (sides.shape(0) == 0 || sides.shape(0) == rows),
            "Responses, bins, weights, the given scales and the sides must have the same rows, at least one.");
    require(sides.shape(0) == 0 || !heavy_tails, "Censored responses must have normal noise.");
    return Responses(std::make_shared<RecordedModel>(RecordedResponses{
        copy(responses), copy(bins), copy(weights), to_shape(heavy_tails), lower, upper, copy(sigmas),
        copy(sides)}));
  }

  static Responses correlated(const Vector& responses, const Vector& bins, const Matrix& factor) {
    const std::size_t rows = responses.shape(0);
    require(rows > 0 && bins.shape(0) == rows && factor.shape(0) == rows && factor.shape(1) == rows,
            "Responses, bins and the square factor of the covariance must have the same rows, at least one.");
    return Responses(std::make_shared<CorrelatedModel>(
        copy(responses), copy(bins), std::vector<double>(factor.data(), factor.data() + factor.size())));
  }

  static Responses poisson(const Vector& counts, const Vector& weights) {
    require(counts.shape(0) > 0 && weights.shape(0) == counts.shape(0),
            "Counts and weights must have the same rows, at least one.");
    return Responses(std::make_shared<PoissonModel>(copy(counts), copy(weights)));
  }

  static Responses binomial(const Vector& successes, const Vector& trials, const Vector& weights) {
    const std::size_t rows = successes.shape(0);
    require(rows > 0 && trials.shape(0) == rows && weights.shape(0) == rows,
            "Successes, trials and weights must have the same rows, at least one.");
    return Responses(std::make_shared<BinomialModel>(copy(successes), copy(trials), copy(weights)));
  }

  const std::shared_ptr<const ResponseModel>& model() const { return model_; }

 private:
  std::shared_ptr<const ResponseModel> model_;
};

// The data of a problem, kept from call to call.
class RecordedColumns {
 public:
  RecordedColumns(const Matrix& columns, const Responses& responses, double target_magnitude,
                  const Vector& declared_magnitudes)
      : columns_(columns.data(), columns.data() + columns.size()),
        declared_magnitudes_(copy(declared_magnitudes)),
        model_(responses.model()),
        data_{{columns_.data(), columns.shape(0), columns.shape(1)},
              model_.get(),
              target_magnitude,
              declared_magnitudes_} {
    require(columns.shape(1) == model_->rows(), "Columns and responses must have the same rows.");
    require(declared_magnitudes_.size() == columns.shape(0),
            "There must be a declared magnitude, or NaN, for each column.");
  }
  RecordedColumns(const RecordedColumns&) = delete;
  RecordedColumns& operator=(const RecordedColumns&) = delete;

  const ScoredData& data() const { return data_; }

 private:
  std::vector<double> columns_;
  std::vector<double> declared_magnitudes_;
  std::shared_ptr<const ResponseModel> model_;
  ScoredData data_;
};

// Data bits, scale of the noise and residual RMS of each program; the parameters and standard errors of all, NaN where
// there are none.
using ScoreTuple = std::tuple<OwnedVector, OwnedVector, OwnedVector, OwnedVector, OwnedVector>;

ScoreTuple to_tuple(const std::vector<DataScore>& scores) {
  std::vector<double> bits, scales, residuals, parameters, errors;
  for (const DataScore& score : scores) {
    bits.push_back(score.judgement.data_bits);
    scales.push_back(score.judgement.noise_scale);
    residuals.push_back(score.judgement.residual_rms);
    parameters.insert(parameters.end(), score.parameters.begin(), score.parameters.end());
    const std::vector<double>& own = score.judgement.standard_errors;
    errors.insert(errors.end(), own.begin(), own.end());
    errors.resize(parameters.size(), std::numeric_limits<double>::quiet_NaN());
  }
  return {to_vector(std::move(bits)), to_vector(std::move(scales)), to_vector(std::move(residuals)),
          to_vector(std::move(parameters)), to_vector(std::move(errors))};
}

ScoreTuple score(const RecordedColumns& recorded, const CodeArray& code, const OffsetArray& offsets,
                 const Vector& constants, const OffsetArray& parameter_offsets, const Vector& starts,
                 std::size_t threads, const std::optional<Matrix>& box) {
  const std::vector<Instruction> instructions = to_instructions(code);
  const Batch batch{instructions, span_of(offsets), span_of(constants)};
  const auto bounds = span_of(parameter_offsets);
  check_batch(batch, recorded.data().columns.count, starts.shape(0));
  require(bounds.size() == offsets.shape(0) && bounds.front() == 0 && std::is_sorted(bounds.begin(), bounds.end()) &&
              bounds.back() == static_cast<std::int64_t>(starts.shape(0)),
          "The parameter offsets must rise from 0 to the number of starts, one more of them than programs.");
  for (std::size_t p = 0; p < batch.size(); ++p)
    check_program(batch.program(p), recorded.data().columns.count, static_cast<std::size_t>(bounds[p + 1] - bounds[p]));
  Box limits;
  if (box) {
    require(box->shape(0) == 2, "The box must have two rows, lower and upper bounds.");
    const std::size_t bounded = box->shape(1);
    limits = {{box->data(), bounded}, {box->data() + bounded, bounded}};
  }
  std::vector<DataScore> scores;
  {
    nb::gil_scoped_release release;
    scores = score_batch(recorded.data(), batch, bounds, span_of(starts), limits, threads);
  }
  return to_tuple(scores);
}

}  // namespace

void bind_evidence(nb::module_& module) {
  using namespace nb::literals;
  module.def("log_marginal_likelihood", &log_marginal_likelihood, "heavy_tails"_a, "lower"_a, "upper"_a, "sigmas"_a,
             "residuals"_a, "bins"_a, "weights"_a, "jacobian"_a, "log_prior_density"_a,
             "log Z, the scale of the noise and the standard errors; the Jacobian is (parameters, rows). The scale is "
             "log-uniform between the bounds where none are given.");
  nb::class_<Responses>(module, "Responses", "The responses of a problem under a likelihood.")
      .def_static("recorded", &Responses::recorded, "responses"_a, "bins"_a, "weights"_a, "heavy_tails"_a, "lower"_a,
                  "upper"_a, "sigmas"_a, "sides"_a,
                  "Real numbers recorded in bins, with additive noise. The sides are empty, or of each row -1 where less "
                  "than the response was seen, +1 where more, and 0 where it was measured.")
      .def_static("correlated", &Responses::correlated, "responses"_a, "bins"_a, "factor"_a,
                  "Real numbers recorded in bins, with normal errors whose covariance has this Cholesky factor.")
      .def_static("poisson", &Responses::poisson, "counts"_a, "weights"_a, "Counts of the rate that a program gives.")
      .def_static("binomial", &Responses::binomial, "successes"_a, "trials"_a, "weights"_a,
                  "Successes in trials, of the log-odds that a program gives.");
  nb::class_<RecordedColumns>(module, "RecordedColumns", "The data of a problem, for scoring programs.")
      .def(nb::init<const Matrix&, const Responses&, double, const Vector&>(), "columns"_a, "responses"_a,
           "target_magnitude"_a, "declared_magnitudes"_a)
      .def("score", &score, "code"_a, "offsets"_a, "constants"_a, "parameter_offsets"_a, "starts"_a, "threads"_a = 1,
           "box"_a = nb::none(),
           "Fit and score a batch: data bits, scale of the noise, residual RMS; all parameters, all standard errors. "
           "The box (2, k) holds the lower and upper bounds of the first k parameters of every program.");
}

}  // namespace sagredo::bindings
