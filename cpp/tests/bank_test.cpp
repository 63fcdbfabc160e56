// The bank over integers modulo a prime, where every claim can be checked exactly.
#include "sagredo/bank.hpp"

#include <cstdint>
#include <cstdio>
#include <random>
#include <set>
#include <vector>

#include "require.hpp"
#include "sagredo/modular_integers.hpp"

namespace {

using sagredo::Bank;
using sagredo::ModularIntegers;
using sagredo::Operation;
using sagredo::test::require;
using Column = std::vector<std::uint32_t>;

constexpr std::uint32_t prime = 101;
constexpr std::size_t rows = 5;

Column random_column(std::mt19937& rng) {
  Column column(rows);
  for (std::uint32_t& value : column) value = static_cast<std::uint32_t>(rng() % prime);
  return column;
}

Column evaluate(const ModularIntegers& field, const std::vector<sagredo::Instruction>& code,
                const std::vector<Column>& leaves) {
  std::vector<Column> stack;
  for (const auto& [operation, operand] : code) {
    if (arity(operation) == 0) {
      stack.push_back(leaves[operand]);
      continue;
    }
    Column right = stack.back();
    if (arity(operation) == 2) stack.pop_back();
    require(field.apply(operation, stack.back().data(), right.data(), right.data()), "a filed program has a value");
    stack.back() = right;
  }
  require(stack.size() == 1, "a program leaves one value");
  return stack.front();
}

void entries_are_their_programs_and_differ(std::mt19937& rng) {
  const ModularIntegers field(rows, prime);
  const std::vector<Column> leaves{random_column(rng), random_column(rng), Column(rows, 1)};
  Bank<ModularIntegers> bank(
      field, {{Operation::add, 1}, {Operation::sub, 1}, {Operation::mul, 2}, {Operation::div, 2}, {Operation::neg, 1}},
      4000);
  for (std::uint32_t k = 0; k < leaves.size(); ++k) {
    bank.add_leaf(Operation::variable, k, 1, leaves[k].data());
    require(!bank.add_leaf(Operation::variable, k, 1, leaves[k].data()), "a known leaf is refused");
  }
  for (int step = 0; step < 100 && !bank.full(); ++step) bank.enumerate(997);
  require(bank.full(), "the bank fills up");

  std::set<Column> meanings;
  std::vector<sagredo::Instruction> code;
  for (std::uint32_t id = 0; id < bank.size(); ++id) {
    const Column column(bank.values(id), bank.values(id) + rows);
    code.clear();
    bank.append_code(id, code);
    require(evaluate(field, code, leaves) == column, "an entry's column is the value of its program");
    meanings.insert(column);
    require(id == 0 || bank.entry(id - 1).cost <= bank.entry(id).cost, "entries come in order of cost");
  }
  require(meanings.size() == bank.size(), "there is one entry a meaning");
}

void inverses_give_the_goal_back(std::mt19937& rng) {
  const ModularIntegers field(rows, prime);
  for (const Operation operation : {Operation::add, Operation::sub, Operation::mul, Operation::div, Operation::neg,
                                    Operation::inv})
    for (int position = 0; position < arity(operation); ++position)
      for (int draw = 0; draw < 200; ++draw) {
        const Column goal = random_column(rng), other = random_column(rng);
        Column unknown(rows), back(rows);
        if (!field.invert(operation, position, goal.data(), other.data(), unknown.data())) continue;
        const Column& left = position == 0 ? unknown : other;
        const Column& right = position == 0 ? other : unknown;
        // Only where the goal is 0 can an inverse of a quotient fail to have a value.
        if (field.apply(operation, left.data(), right.data(), back.data()))
          require(back == goal, "an operation applied to what its inverse gives is the goal");
      }
}

void affine_images_are_recognised(std::mt19937& rng) {
  const ModularIntegers field(rows, prime);
  for (int draw = 0; draw < 200; ++draw) {
    const Column column = random_column(rng);
    const auto scale = static_cast<std::uint32_t>(1 + rng() % (prime - 1));
    const auto offset = static_cast<std::uint32_t>(rng() % prime);
    Column image(rows);
    for (std::size_t i = 0; i < rows; ++i) image[i] = (scale * column[i] + offset) % prime;
    const auto keys = field.affine_keys(column.data()), image_keys = field.affine_keys(image.data());
    if (!keys) continue;  // a constant column
    require(image_keys && keys->home == image_keys->home, "affine images have one key");
    const auto map = field.affine_map(image.data(), column.data());
    require(map && map->scale == scale && map->offset == offset, "the affine map is found");
  }
}

}  // namespace

int main() {
  std::mt19937 rng(20260101);
  for (int round = 0; round < 3; ++round) entries_are_their_programs_and_differ(rng);
  inverses_give_the_goal_back(rng);
  affine_images_are_recognised(rng);
  std::puts("bank: passed");
}
