// Programs in postfix order, and the columns that they run on.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "sagredo/operations.hpp"

namespace sagredo {

// A program does not own its code. Every operand is an index into the columns, the constants or the parameters.
struct ProgramView {
  std::span<const Instruction> code;
  std::span<const double> constants;

  std::size_t size() const { return code.size(); }
};

// `count` columns of `rows` doubles each, one after the other; not owned.
struct Columns {
  const double* data = nullptr;
  std::size_t count = 0;
  std::size_t rows = 0;

  const double* column(std::size_t k) const { return data + k * rows; }
};

// Throws std::invalid_argument unless the code is one well-formed expression whose operands all exist.
void check_program(const ProgramView& program, std::size_t column_count, std::size_t parameter_count);

// The nodes that a node is computed from; unary nodes have `left` alone, leaves have neither.
struct Operands {
  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  std::size_t left = none;
  std::size_t right = none;
};

// Where the operands of every node are, for well-formed code.
void find_operands(std::span<const Instruction> code, std::vector<Operands>& operands);

}  // namespace sagredo
