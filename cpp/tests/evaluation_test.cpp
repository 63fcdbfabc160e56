// Evaluation in blocks and threads, derivatives against differences, and fits of closed forms.
#include "sagredo/evaluation.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <random>
#include <vector>

#include "require.hpp"
#include "sagredo/derivatives.hpp"
#include "sagredo/fit.hpp"

namespace {

using sagredo::Columns;
using sagredo::Instruction;
using sagredo::Operation;
using sagredo::ProgramView;
using sagredo::test::require;

// p0 exp(p1 x) + p2
const std::vector<Instruction> decay{{Operation::parameter, 0}, {Operation::parameter, 1}, {Operation::variable, 0},
                                     {Operation::mul},          {Operation::exp},          {Operation::mul},
                                     {Operation::parameter, 2}, {Operation::add}};
// sin(p0 x) / (1 + p1^2) + tanh(p2 - x), with 1 as a constant
const std::vector<Instruction> waves{{Operation::parameter, 0}, {Operation::variable, 0}, {Operation::mul},
                                     {Operation::sin},          {Operation::constant, 0}, {Operation::parameter, 1},
                                     {Operation::square},       {Operation::add},         {Operation::div},
                                     {Operation::parameter, 2}, {Operation::variable, 0}, {Operation::sub},
                                     {Operation::tanh},         {Operation::add}};
const std::vector<double> constants{1.0};

std::vector<double> grid(std::size_t rows) {
  std::vector<double> x(rows);
  for (std::size_t i = 0; i < rows; ++i) x[i] = 0.1 + 2.9 * static_cast<double>(i) / static_cast<double>(rows);
  return x;
}

void rows_and_threads_change_no_bit(std::mt19937_64& rng) {
  const std::size_t rows = 1300;  // two whole blocks and a part of one
  const std::vector<double> x = grid(rows), parameters{0.7, -0.3, 1.1};
  std::vector<Instruction> code;
  std::vector<std::int64_t> offsets{0};
  for (int p = 0; p < 70; ++p) {
    const auto& next = rng() % 2 == 0 ? decay : waves;
    code.insert(code.end(), next.begin(), next.end());
    offsets.push_back(static_cast<std::int64_t>(code.size()));
  }
  const sagredo::Batch batch{code, offsets, constants};
  const Columns columns{x.data(), 1, rows};
  sagredo::check_batch(batch, 1, 3);
  std::vector<double> one(70 * rows), four(70 * rows), single(1);
  sagredo::evaluate_batch(batch, parameters, columns, one.data(), 1);
  sagredo::evaluate_batch(batch, parameters, columns, four.data(), 4);
  require(one == four, "the number of threads changes nothing");
  sagredo::Evaluator evaluator;
  for (const std::size_t row : {std::size_t{0}, std::size_t{511}, std::size_t{512}, std::size_t{1299}}) {
    evaluator.evaluate(batch.program(0), parameters, {x.data() + row, 1, 1}, single.data());
    require(single[0] == one[row], "a row alone has the value that it has among others");
  }
  std::vector<double> nodes(waves.size() * rows), whole(rows);
  const ProgramView program{waves, constants};
  sagredo::evaluate_nodes(program, parameters, columns, nodes.data());
  evaluator.evaluate(program, parameters, columns, whole.data());
  require(std::equal(whole.begin(), whole.end(), nodes.end() - static_cast<std::ptrdiff_t>(rows)),
          "the last node is the program's value");
}

void derivatives_are_those_of_differences() {
  const std::size_t rows = 40;
  const std::vector<double> x = grid(rows);
  const Columns columns{x.data(), 1, rows};
  sagredo::Differentiator differentiator;
  sagredo::Evaluator evaluator;
  for (const auto* code : {&decay, &waves}) {
    const ProgramView program{*code, constants};
    const std::vector<double> parameters{0.7, -0.3, 1.1};
    std::vector<double> reverse(3 * rows), forward(rows), up(rows), down(rows);
    differentiator.forward(program, parameters, columns);
    differentiator.reverse_to_parameters(reverse.data());
    for (std::size_t k = 0; k < 3; ++k) {
      std::vector<double> direction(3, 0.0), moved = parameters;
      direction[k] = 1.0;
      differentiator.tangent(direction, forward.data());
      moved[k] += 1e-6;
      evaluator.evaluate(program, moved, columns, up.data());
      moved[k] -= 2e-6;
      evaluator.evaluate(program, moved, columns, down.data());
      for (std::size_t i = 0; i < rows; ++i) {
        require(std::abs(forward[i] - reverse[k * rows + i]) <= 1e-12, "forward and reverse modes agree");
        require(std::abs((up[i] - down[i]) / 2e-6 - forward[i]) <= 1e-8, "derivatives are limits of differences");
      }
    }
  }
}

void fits_give_the_parameters_back() {
  const std::size_t rows = 50;
  const std::vector<double> x = grid(rows), ones(rows, 1.0);
  const Columns columns{x.data(), 1, rows};
  const std::vector<std::vector<double>> truths{{2.0, -1.3, 0.5}, {-0.4, -0.7, 3.0}, {5.0, 0.2, -1.0}};
  sagredo::Evaluator evaluator;
  for (const std::vector<double>& truth : truths) {
    std::vector<double> responses(rows);
    const ProgramView program{decay, constants};
    evaluator.evaluate(program, truth, columns, responses.data());
    sagredo::Fitter fitter({columns, responses, ones, ones});
    const std::vector<double> start{1.0, truth[1] * 0.6, 0.0};
    sagredo::FitResult found = fitter.search(program, start, {}, 100, 1, 0);
    fitter.polish(program, found, {});
    for (std::size_t k = 0; k < 3; ++k)
      require(std::abs(found.parameters[k] - truth[k]) <= 1e-9 * std::abs(truth[k]), "a fit finds the truth");
    require(found.covariance.size() == 9, "a polished fit has a covariance");
  }
}

}  // namespace

int main() {
  std::mt19937_64 rng(20260103);
  rows_and_threads_change_no_bit(rng);
  derivatives_are_those_of_differences();
  fits_give_the_parameters_back();
  std::puts("evaluation: passed");
}
