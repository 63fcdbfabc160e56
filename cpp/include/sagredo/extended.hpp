// One row at a time in extended precision: for the last digits of a fit.
#pragma once

#include <span>
#include <vector>

#include "sagredo/program.hpp"

namespace sagredo {

// The widest type of the machine: 64 bits of significand on x86, 113 on most others, never less than a double's 53.
using Extended = long double;

class ExtendedEvaluator {
 public:
  explicit ExtendedEvaluator(const ProgramView& program);

  // The program's value on one row of the columns; gradient[k] is its derivative by parameter k.
  Extended evaluate(std::span<const Extended> parameters, std::span<const Extended> columns, std::size_t row,
                    std::size_t rows, Extended* gradient);

 private:
  ProgramView program_;
  std::vector<Operands> operands_;
  std::vector<char> varies_;
  std::vector<Extended> values_;
  std::vector<Extended> adjoints_;
};

}  // namespace sagredo
