// How a goal can be met: the forms that the solvers of real columns find.
#pragma once

#include <cstdint>
#include <vector>

#include "sagredo/bank.hpp"

namespace sagredo {

enum class Shape : std::uint8_t {
  affine,      // c0 * first + c1
  power,       // c0 * |first|^c1 * prod_i |x_i|^c(2+i); no first: the product alone
  polynomial,  // c0 + sum_k c(k) m_k, m the monomials of low degree in the inputs
  pair,        // c0 * first + c1 * second + c2
};

template <class Scalar>
struct Solution {
  Shape shape;
  EntryId first = no_entry;
  EntryId second = no_entry;
  std::vector<Scalar> coefficients;
};

}  // namespace sagredo
