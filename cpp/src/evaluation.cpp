#include "sagredo/evaluation.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "sagredo/kernels.hpp"
#include "sagredo/parallel.hpp"

namespace sagredo {
namespace {

// Programs handed to a thread at a time: many enough that fetching the next piece costs nothing.
constexpr std::size_t programs_in_piece = 16;

}  // namespace

void Evaluator::evaluate_block(const ProgramView& program, std::span<const double> parameters, const Columns& columns,
                               std::size_t first, std::size_t rows, double* out) {
  Operand* top = stack_.data();  // past the last operand; its place there is the number of its slot
  for (std::size_t i = 0; i < program.size(); ++i) {
    const auto [operation, operand] = program.code[i];
    switch (operation) {
      case Operation::variable: *top++ = Operand(columns.column(operand) + first); continue;
      case Operation::constant: *top++ = Operand(program.constants[operand]); continue;
      case Operation::parameter: *top++ = Operand(parameters[operand]); continue;
      default: break;
    }
    const bool last = i + 1 == program.size();
    if (arity(operation) == 1) {
      Operand& value = top[-1];
      if (value.column) {
        double* target = last ? out : slot(top - 1);
        apply_unary(operation, value.column, target, rows);
        value.column = target;
      } else {
        apply_unary(operation, &value.scalar, &value.scalar, 1);
      }
      continue;
    }
    const Operand& right = *--top;
    Operand& left = top[-1];
    if (!left.column && !right.column) {
      apply_binary(operation, left, right, &left.scalar, 1);
      continue;
    }
    double* target = last ? out : slot(top - 1);
    apply_binary(operation, left, right, target, rows);
    left.column = target;
  }
  const Operand& result = stack_.front();
  if (!result.column) std::fill_n(out, rows, result.scalar);
  else if (result.column != out) std::copy_n(result.column, rows, out);
}

void Evaluator::evaluate(const ProgramView& program, std::span<const double> parameters, const Columns& columns,
                         double* out) {
  const std::size_t deepest = (program.size() + 1) / 2;  // no more operands are alive at once than there are leaves
  if (stack_.size() < deepest) {
    stack_.resize(deepest);
    slots_.resize(deepest * block_rows);
  }
  for (std::size_t first = 0; first < columns.rows; first += block_rows)
    evaluate_block(program, parameters, columns, first, std::min(block_rows, columns.rows - first), out + first);
}

void check_batch(const Batch& batch, std::size_t column_count, std::size_t parameter_count) {
  if (batch.offsets.empty() || batch.offsets.front() != 0 ||
      batch.offsets.back() != static_cast<std::int64_t>(batch.code.size()))
    throw std::invalid_argument("The offsets must begin with 0 and end with the number of instructions, " +
                                std::to_string(batch.code.size()) + ".");
  if (!std::is_sorted(batch.offsets.begin(), batch.offsets.end()))
    throw std::invalid_argument("The offsets must not decrease.");
  for (std::size_t p = 0; p < batch.size(); ++p) check_program(batch.program(p), column_count, parameter_count);
}

void evaluate_batch(const Batch& batch, std::span<const double> parameters, const Columns& columns, double* out,
                    std::size_t threads) {
  const std::size_t pieces = (batch.size() + programs_in_piece - 1) / programs_in_piece;
  parallel_for(pieces, threads, [&](std::size_t piece) {
    thread_local Evaluator evaluator;
    const std::size_t end = std::min(batch.size(), (piece + 1) * programs_in_piece);
    for (std::size_t p = piece * programs_in_piece; p < end; ++p)
      evaluator.evaluate(batch.program(p), parameters, columns, out + p * columns.rows);
  });
}

void evaluate_nodes(const ProgramView& program, std::span<const double> parameters, const Columns& columns,
                    double* out) {
  const std::size_t rows = columns.rows;
  std::vector<Operands> operands;
  find_operands(program.code, operands);
  for (std::size_t i = 0; i < program.size(); ++i) {
    const auto [operation, operand] = program.code[i];
    double* node = out + i * rows;
    switch (operation) {
      case Operation::variable: std::copy_n(columns.column(operand), rows, node); break;
      case Operation::constant: std::fill_n(node, rows, program.constants[operand]); break;
      case Operation::parameter: std::fill_n(node, rows, parameters[operand]); break;
      default:
        if (arity(operation) == 1) apply_unary(operation, out + operands[i].left * rows, node, rows);
        else apply_binary(operation, out + operands[i].left * rows, out + operands[i].right * rows, node, rows);
    }
  }
}

}  // namespace sagredo
