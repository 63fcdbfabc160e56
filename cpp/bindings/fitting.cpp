#include <nanobind/stl/tuple.h>

#include <algorithm>
#include <tuple>

#include "arrays.hpp"
#include "bindings.hpp"
#include "sagredo/evaluation.hpp"
#include "sagredo/fit.hpp"
#include "sagredo/parallel.hpp"

namespace sagredo::bindings {
namespace {

constexpr std::size_t programs_in_piece = 4;

void check_length(std::size_t length, std::size_t expected, const char* what) {
  if (length != expected)
    throw std::invalid_argument(std::string(what) + " must have " + std::to_string(expected) + " entries. Got " +
                                std::to_string(length) + " instead.");
}

FitData to_data(const Matrix& columns, const Vector& responses, const Vector& weights, const Vector& inverse_sigmas) {
  const Columns data = to_columns(columns);
  check_length(responses.shape(0), data.rows, "The responses");
  check_length(weights.shape(0), data.rows, "The weights");
  check_length(inverse_sigmas.shape(0), data.rows, "The inverse sigmas");
  return {data, span_of(responses), span_of(weights), span_of(inverse_sigmas)};
}

// Parameters, S, stop code, evaluations, covariance (empty where there is none). Gaussian where the degrees of freedom
// are 0.
using FitTuple = std::tuple<OwnedVector, double, int, std::size_t, OwnedMatrix>;

FitTuple fit(const CodeArray& code, const Vector& constants, const Vector& start, const Matrix& columns,
             const Vector& responses, const Vector& weights, const Vector& inverse_sigmas, const Vector& lower,
             const Vector& upper, std::size_t iterations, std::size_t starts, std::uint64_t seed,
             double degrees_of_freedom, double scale) {
  const std::vector<Instruction> instructions = to_instructions(code);
  const ProgramView program{instructions, span_of(constants)};
  const FitData data = to_data(columns, responses, weights, inverse_sigmas);
  check_program(program, data.columns.count, start.shape(0));
  check_length(lower.shape(0), start.shape(0), "The lower bounds");
  check_length(upper.shape(0), start.shape(0), "The upper bounds");
  const Box box{span_of(lower), span_of(upper)};
  FitResult result;
  {
    nb::gil_scoped_release release;
    Fitter fitter(data);
    result = fitter.search(program, span_of(start), box, iterations, starts, seed);
    if (degrees_of_freedom > 0.0)
      result = fitter.reweight(program, std::move(result), box, iterations, {degrees_of_freedom, scale});
    fitter.polish(program, result, box);
  }
  const std::size_t size = result.covariance.empty() ? 0 : result.parameters.size();
  return {to_vector(std::move(result.parameters)), result.residual_sum_of_squares, static_cast<int>(result.stop),
          result.evaluations, to_matrix(std::move(result.covariance), size, size)};
}

// Program p has the parameters starts[parameter_offsets[p]] up to starts[parameter_offsets[p + 1]].
std::tuple<OwnedVector, OwnedVector> fit_batch(const CodeArray& code, const OffsetArray& offsets,
                                               const Vector& constants, const OffsetArray& parameter_offsets,
                                               const Vector& starts, const Matrix& columns, const Vector& responses,
                                               const Vector& weights, const Vector& inverse_sigmas,
                                               std::size_t iterations, std::size_t threads) {
  const std::vector<Instruction> instructions = to_instructions(code);
  const Batch batch{instructions, span_of(offsets), span_of(constants)};
  const FitData data = to_data(columns, responses, weights, inverse_sigmas);
  const auto bounds = span_of(parameter_offsets);
  const auto all = span_of(starts);
  check_batch(batch, data.columns.count, all.size());
  check_length(bounds.size(), offsets.shape(0), "The parameter offsets");
  if (bounds.front() != 0 || !std::is_sorted(bounds.begin(), bounds.end()) ||
      bounds.back() != static_cast<std::int64_t>(all.size()))
    throw std::invalid_argument("The parameter offsets must rise from 0 to the number of starts, " +
                                std::to_string(all.size()) + ".");
  const auto first = [&](std::size_t p) { return static_cast<std::size_t>(bounds[p]); };
  for (std::size_t p = 0; p < batch.size(); ++p)
    check_program(batch.program(p), data.columns.count, first(p + 1) - first(p));
  std::vector<double> parameters(all.begin(), all.end());
  std::vector<double> sums(batch.size());
  {
    nb::gil_scoped_release release;
    parallel_for((batch.size() + programs_in_piece - 1) / programs_in_piece, threads, [&](std::size_t piece) {
      Fitter fitter(data);
      const std::size_t end = std::min(batch.size(), (piece + 1) * programs_in_piece);
      for (std::size_t p = piece * programs_in_piece; p < end; ++p) {
        const FitResult result =
            fitter.descend(batch.program(p), all.subspan(first(p), first(p + 1) - first(p)), Box{}, iterations);
        std::copy(result.parameters.begin(), result.parameters.end(), parameters.begin() + bounds[p]);
        sums[p] = result.residual_sum_of_squares;
      }
    });
  }
  return {to_vector(std::move(parameters)), to_vector(std::move(sums))};
}

}  // namespace

void bind_fitting(nb::module_& module) {
  using namespace nb::literals;
  module.def("fit", &fit, "code"_a, "constants"_a, "start"_a, "columns"_a, "responses"_a, "weights"_a,
             "inverse_sigmas"_a, "lower"_a, "upper"_a, "iterations"_a, "starts"_a, "seed"_a, "degrees_of_freedom"_a,
             "scale"_a,
             "Fit one program: (parameters, residual sum of squares, stop code, evaluations, covariance).");
  module.def("fit_batch", &fit_batch, "code"_a, "offsets"_a, "constants"_a, "parameter_offsets"_a, "starts"_a,
             "columns"_a, "responses"_a, "weights"_a, "inverse_sigmas"_a, "iterations"_a, "threads"_a = 1,
             "Fit many programs, one descent each: (parameters, residual sums of squares).");
}

}  // namespace sagredo::bindings
