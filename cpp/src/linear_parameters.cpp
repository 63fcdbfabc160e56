#include "sagredo/linear_parameters.hpp"

#include <algorithm>

namespace sagredo {
namespace {

enum class Dependence : char { none, affine, other };

Dependence combine(Operation operation, Dependence left, Dependence right) {
  const Dependence most = std::max(left, right);
  switch (operation) {
    case Operation::neg:
    case Operation::add:
    case Operation::sub: return most;
    case Operation::mul:
      return most == Dependence::affine && left == right ? Dependence::other : most;
    case Operation::div: return right == Dependence::none ? left : Dependence::other;
    default: return most == Dependence::none ? Dependence::none : Dependence::other;
  }
}

bool jointly_affine(const ProgramView& program, const std::vector<Operands>& operands, const std::vector<char>& in_set,
                    std::vector<Dependence>& dependence) {
  dependence.assign(program.size(), Dependence::none);
  for (std::size_t i = 0; i < program.size(); ++i) {
    const auto [left, right] = operands[i];
    if (left == Operands::none) {
      const bool member = program.code[i].operation == Operation::parameter && in_set[program.code[i].operand];
      dependence[i] = member ? Dependence::affine : Dependence::none;
    } else {
      const Dependence of_right = right == Operands::none ? Dependence::none : dependence[right];
      dependence[i] = combine(program.code[i].operation, dependence[left], of_right);
    }
  }
  return dependence.back() == Dependence::affine;
}

}  // namespace

std::vector<std::size_t> linear_parameters(const ProgramView& program, const std::vector<char>& excluded) {
  std::vector<Operands> operands;
  find_operands(program.code, operands);
  std::vector<char> in_set(excluded.size(), 0);
  std::vector<Dependence> dependence;
  std::vector<std::size_t> found;
  for (std::size_t k = 0; k < excluded.size(); ++k) {
    if (excluded[k]) continue;
    in_set[k] = 1;
    const bool occurs = std::any_of(program.code.begin(), program.code.end(), [&](const Instruction& instruction) {
      return instruction.operation == Operation::parameter && instruction.operand == k;
    });
    if (occurs && jointly_affine(program, operands, in_set, dependence)) found.push_back(k);
    else in_set[k] = 0;
  }
  return found;
}

}  // namespace sagredo
