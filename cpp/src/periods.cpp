#include "sagredo/periods.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>
#include <vector>

#include "sagredo/evaluation.hpp"
#include "sagredo/linear_parameters.hpp"

namespace sagredo {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
// Half periods in the range of the data, at most: beyond, the rows must be many and the law is no smooth curve.
constexpr std::size_t most_half_periods = 32;
// The descents that are made after a scan: the two neighbours of the best step are often next.
constexpr std::size_t descents = 3;
// Scans, each from where the one before led to: the first has other parameters, such as a rate of decay, at a guess.
constexpr int scans = 2;
// A slope that varies less than this, relative to its size, is that of a phase.
constexpr double constant_slope = 1e-9;

struct Period {
  std::size_t parameter;
  double step;
  bool both_signs;
  std::vector<std::pair<std::size_t, double>> phases;  // parameters that shift the argument, and a quarter period
};

struct Trial {
  double sum_of_squares;
  std::vector<double> parameters;
};

bool is_periodic(Operation operation) {
  return operation == Operation::sin || operation == Operation::cos || operation == Operation::tan;
}

class PeriodFinder {
 public:
  PeriodFinder(const ProgramView& program, std::span<const double> start, const Columns& columns, const Box& box)
      : program_(program), start_(start), columns_(columns), excluded_(start.size()) {
    for (std::size_t k = 0; k < start.size(); ++k)
      excluded_[k] = k < box.lower.size() && (std::isfinite(box.lower[k]) || std::isfinite(box.upper[k]));
  }

  std::vector<Period> find() {
    std::vector<Period> found;
    std::vector<Operands> operands;
    for (std::size_t i = 1; i < program_.size(); ++i) {
      if (!is_periodic(program_.code[i].operation)) continue;
      if (operands.empty()) find_operands(program_.code, operands);
      // In postfix order an operand's code ends right before the operation.
      std::size_t first = i - 1;
      for (std::size_t j = i; j-- > 0 && j >= first;) {
        const auto [left, right] = operands[j];
        if (left != Operands::none) first = std::min(first, left);
        if (right != Operands::none) first = std::min(first, right);
      }
      add({program_.code.subspan(first, i - first), program_.constants}, found);
    }
    return found;
  }

 private:
  void add(const ProgramView& argument, std::vector<Period>& found) {
    const std::size_t rows = columns_.rows;
    std::vector<std::size_t> periods;
    std::vector<std::pair<std::size_t, double>> phases;
    std::vector<double> at_zero(start_.begin(), start_.end());
    std::vector<double> other_terms(rows);
    std::vector<double> steps;
    for (const std::size_t k : linear_parameters(argument, excluded_)) {
      std::vector<double> parameters(start_.begin(), start_.end());
      std::vector<double> slope(rows);
      parameters[k] = 0.0;
      evaluator_.evaluate(argument, parameters, columns_, other_terms.data());
      parameters[k] = 1.0;
      evaluator_.evaluate(argument, parameters, columns_, slope.data());
      for (std::size_t i = 0; i < rows; ++i) slope[i] -= other_terms[i];
      const auto [least, most] = std::minmax_element(slope.begin(), slope.end());
      const double range = *most - *least;
      const double size = std::max(std::abs(*least), std::abs(*most));
      if (!std::isfinite(range) || size == 0.0) continue;
      if (range <= constant_slope * size) phases.emplace_back(k, 0.5 * std::numbers::pi / size);
      else if (start_[k] == unknown_start) {
        periods.push_back(k);
        steps.push_back(std::numbers::pi / range);
        at_zero[k] = 0.0;
      }
    }
    if (periods.empty()) return;
    evaluator_.evaluate(argument, at_zero, columns_, other_terms.data());
    const bool alone = std::all_of(other_terms.begin(), other_terms.end(),
                                   [&](double value) { return value == other_terms.front(); });
    for (std::size_t j = 0; j < periods.size(); ++j)
      found.push_back({periods[j], steps[j], !alone || periods.size() > 1, phases});
  }

  ProgramView program_;
  std::span<const double> start_;
  Columns columns_;
  std::vector<char> excluded_;
  Evaluator evaluator_;
};

// All trials for one parameter, the best first; ties keep the order of the scan.
std::vector<Trial> scan(Fitter& fitter, const ProgramView& program, const Period& period,
                        const std::vector<double>& from, const Box& box) {
  std::vector<Trial> trials;
  const auto attempt = [&](std::vector<double> parameters) {
    const double sum = fitter.profile(program, parameters, box);
    if (std::isfinite(sum)) trials.push_back({sum, std::move(parameters)});
  };
  for (std::size_t k = 0; k <= most_half_periods; ++k)
    for (const double sign : {1.0, -1.0}) {
      if (sign < 0.0 && (k == 0 || !period.both_signs)) continue;
      std::vector<double> parameters = from;
      parameters[period.parameter] = sign * static_cast<double>(k) * period.step;
      attempt(parameters);
      if (period.phases.empty()) continue;
      const auto [phase, quarter] = period.phases.front();
      parameters[phase] += quarter;
      attempt(std::move(parameters));
    }
  std::stable_sort(trials.begin(), trials.end(),
                   [](const Trial& left, const Trial& right) { return left.sum_of_squares < right.sum_of_squares; });
  return trials;
}

// Whether anything moves in a scan's descents beside one period, its phase and what is solved for.
bool has_others(const ProgramView& program, std::size_t parameters, const std::vector<Period>& periods) {
  if (periods.size() != 1) return !periods.empty();
  const std::vector<char> none(parameters, 0);
  const std::size_t linear = linear_parameters(program, none).size();
  return none.size() - linear > 1 + periods.front().phases.size();
}

}  // namespace

FitResult fit_periods(Fitter& fitter, const ProgramView& program, std::span<const double> start, const Columns& columns,
                      const Box& box, std::size_t iterations) {
  FitResult best{{start.begin(), start.end()}, infinity, FitStop::undefined, 0, {}};
  std::vector<double> from(start.begin(), start.end());
  const std::vector<Period> periods = PeriodFinder(program, start, columns, box).find();
  const int passes = has_others(program, start.size(), periods) ? scans : 1;
  for (int pass = 0; pass < passes; ++pass)
    for (const Period& period : periods) {
      const std::vector<Trial> trials = scan(fitter, program, period, from, box);
      for (std::size_t t = 0; t < std::min(descents, trials.size()); ++t) {
        FitResult found = fitter.descend(program, trials[t].parameters, box, iterations);
        if (found.residual_sum_of_squares < best.residual_sum_of_squares) best = std::move(found);
      }
      if (best.stop == FitStop::exact) return best;
      if (best.stop != FitStop::undefined) from = best.parameters;
    }
  return best;
}

}  // namespace sagredo
