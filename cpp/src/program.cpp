#include "sagredo/program.hpp"

#include <stdexcept>
#include <string>

namespace sagredo {
namespace {

void check_operand(std::uint32_t operand, std::size_t count, const char* of_what, std::size_t position) {
  if (operand < count) return;
  throw std::invalid_argument("The operand of instruction " + std::to_string(position) + " must be the index of one of " +
                              std::to_string(count) + " " + of_what + ". Got " + std::to_string(operand) + " instead.");
}

}  // namespace

void check_program(const ProgramView& program, std::size_t column_count, std::size_t parameter_count) {
  std::size_t depth = 0;
  for (std::size_t i = 0; i < program.size(); ++i) {
    const auto [operation, operand] = program.code[i];
    if (static_cast<std::size_t>(operation) >= operation_count)
      throw std::invalid_argument("Instruction " + std::to_string(i) + " must have a code of OPERATION_CODES. Got " +
                                  std::to_string(static_cast<int>(operation)) + " instead.");
    if (operation == Operation::variable) check_operand(operand, column_count, "columns", i);
    if (operation == Operation::constant) check_operand(operand, program.constants.size(), "constants", i);
    if (operation == Operation::parameter) check_operand(operand, parameter_count, "parameters", i);
    const auto taken = static_cast<std::size_t>(arity(operation));
    if (depth < taken)
      throw std::invalid_argument("Instruction " + std::to_string(i) + " must find " + std::to_string(taken) +
                                  " operands on the stack. Got " + std::to_string(depth) + " instead.");
    depth += 1 - taken;
  }
  if (depth != 1)
    throw std::invalid_argument("A program must leave one value. Got " + std::to_string(depth) + " instead.");
}

void find_operands(std::span<const Instruction> code, std::vector<Operands>& operands) {
  thread_local std::vector<std::size_t> stack;
  stack.clear();
  operands.assign(code.size(), Operands{});
  for (std::size_t i = 0; i < code.size(); ++i) {
    const int taken = arity(code[i].operation);
    if (taken == 2) {
      operands[i].right = stack.back();
      stack.pop_back();
    }
    if (taken >= 1) {
      operands[i].left = stack.back();
      stack.pop_back();
    }
    stack.push_back(i);
  }
}

}  // namespace sagredo
