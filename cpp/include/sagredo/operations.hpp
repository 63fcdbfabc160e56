// The operations of real expressions, and the instructions that programs are compiled to.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sagredo {

enum class Operation : std::uint8_t {
  // Leaves: the operand of the instruction is an index into the columns, the constants or the parameters.
  variable,
  constant,
  parameter,
  // Binary.
  add,
  sub,
  mul,
  div,
  pow,
  min,
  max,
  // Unary.
  neg,
  inv,
  sqrt,
  cbrt,
  square,
  cube,
  exp,
  log,
  sin,
  cos,
  tan,
  arcsin,
  arccos,
  arctan,
  sinh,
  cosh,
  tanh,
  abs,
};

inline constexpr std::array<std::string_view, 28> operation_names{
    "variable", "constant", "parameter", "add",    "sub",    "mul",    "div",  "pow",  "min",  "max",
    "neg",      "inv",      "sqrt",      "cbrt",   "square", "cube",   "exp",  "log",  "sin",  "cos",
    "tan",      "arcsin",   "arccos",    "arctan", "sinh",   "cosh",   "tanh", "abs"};

inline constexpr std::size_t operation_count = operation_names.size();

constexpr int arity(Operation operation) {
  if (operation <= Operation::parameter) return 0;
  return operation <= Operation::max ? 2 : 1;
}

// One step of a program in postfix order. `operand` is meaningful for leaves alone.
struct Instruction {
  Operation operation;
  std::uint32_t operand = 0;
};

}  // namespace sagredo
