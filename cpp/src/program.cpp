#include "sagredo/program.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <stdexcept>
#include <string>

namespace sagredo {
namespace {

// What the operands of leaves are indices into, in the order of the leaves; other operations come last and have none.
constexpr std::array<const char*, 4> sources{"columns", "constants", "parameters", ""};

struct Traits {
  std::uint8_t source;
  std::uint8_t arity;
};

constexpr std::array<Traits, operation_count> traits = [] {
  std::array<Traits, operation_count> by_operation{};
  for (std::size_t code = 0; code < operation_count; ++code)
    by_operation[code] = {static_cast<std::uint8_t>(std::min(code, sources.size() - 1)),
                          static_cast<std::uint8_t>(arity(static_cast<Operation>(code)))};
  return by_operation;
}();

}  // namespace

// Programs are checked whenever they are evaluated, and their operations follow no pattern that a processor could
// predict: tables take the place of branches.
void check_program(const ProgramView& program, std::size_t column_count, std::size_t parameter_count) {
  const std::array<std::size_t, sources.size()> counts{column_count, program.constants.size(), parameter_count,
                                          std::numeric_limits<std::size_t>::max()};
  std::size_t depth = 0;
  for (std::size_t i = 0; i < program.size(); ++i) {
    const auto [operation, operand] = program.code[i];
    const auto code = static_cast<std::size_t>(operation);
    if (code >= operation_count)
      throw std::invalid_argument("Instruction " + std::to_string(i) + " must have a code of OPERATION_CODES. Got " +
                                  std::to_string(code) + " instead.");
    const auto [source, taken] = traits[code];
    const std::size_t count = counts[source];
    if (operand >= count)
      throw std::invalid_argument("The operand of instruction " + std::to_string(i) + " must be the index of one of " +
                                  std::to_string(count) + " " + sources[source] + ". Got " +
                                  std::to_string(operand) + " instead.");
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
