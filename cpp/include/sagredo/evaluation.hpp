// Running programs over the rows of the data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sagredo/kernels.hpp"
#include "sagredo/program.hpp"

namespace sagredo {

// Runs one program at a time; keeps its workspace from call to call, so give each thread its own.
class Evaluator {
 public:
  // out[i] = program(parameters, row i); the program must be well formed (check_program).
  void evaluate(const ProgramView& program, std::span<const double> parameters, const Columns& columns, double* out);

 private:
  void evaluate_block(const ProgramView& program, std::span<const double> parameters, const Columns& columns,
                      std::size_t first, std::size_t rows, double* out);

  // Rows are taken so many at a time that the whole stack of a usual program stays in the first-level cache:
  // 512 rows are 4 KiB a column.
  static constexpr std::size_t block_rows = 512;

  std::vector<double> slots_;
  std::vector<Operand> stack_;  // values that all rows share stay single
};

// Programs that share their constants and parameters: program p is code[offsets[p]] up to code[offsets[p + 1]].
struct Batch {
  std::span<const Instruction> code;
  std::span<const std::int64_t> offsets;
  std::span<const double> constants;

  std::size_t size() const { return offsets.size() - 1; }
  ProgramView program(std::size_t p) const {
    const auto first = static_cast<std::size_t>(offsets[p]);
    return {code.subspan(first, static_cast<std::size_t>(offsets[p + 1]) - first), constants};
  }
};

// Throws std::invalid_argument unless the offsets cut the code into well-formed programs.
void check_batch(const Batch& batch, std::size_t column_count, std::size_t parameter_count);

// out (programs, rows): every program on every row. The result does not depend on the number of threads.
void evaluate_batch(const Batch& batch, std::span<const double> parameters, const Columns& columns, double* out,
                    std::size_t threads);

// out (nodes, rows): the value of every node of the program; the last is the program's own.
void evaluate_nodes(const ProgramView& program, std::span<const double> parameters, const Columns& columns, double* out);

}  // namespace sagredo
