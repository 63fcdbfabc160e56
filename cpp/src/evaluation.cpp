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
  Operand* const bottom = stack_.data();
  Operand* top = bottom;  // past the last operand
  for (const auto [operation, operand] : program.code) {
    switch (operation) {
      case Operation::variable: *top++ = Operand(columns.column(operand) + first); continue;
      case Operation::constant: *top++ = Operand(program.constants[operand]); continue;
      case Operation::parameter: *top++ = Operand(parameters[operand]); continue;
      default: break;
    }
    const int taken = arity(operation);
    top -= taken;
    Operand& left = top[0];
    const Operand& right = top[1];  // of a unary operation whatever stood there last: it is ignored
    if (left.column || (taken == 2 && right.column)) {
      // What is computed lowest in the stack is the result, when all is done.
      double* target = top == bottom ? out : slots_.data() + (top - bottom - 1) * block_rows;
      kernel(operation)(left, right, target, rows);
      left.column = target;
    } else {
      kernel(operation)(Operand(&left.scalar), Operand(&right.scalar), &left.scalar, 1);
    }
    ++top;
  }
  if (!bottom->column) std::fill_n(out, rows, bottom->scalar);
  else if (bottom->column != out) std::copy_n(bottom->column, rows, out);
}

void Evaluator::evaluate(const ProgramView& program, std::span<const double> parameters, const Columns& columns,
                         double* out) {
  const std::size_t deepest = (program.size() + 1) / 2;  // no more operands are alive at once than there are leaves
  if (stack_.size() <= deepest) {
    stack_.resize(deepest + 1);
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
