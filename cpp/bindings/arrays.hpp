// NumPy arrays in, NumPy arrays out.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "sagredo/program.hpp"

namespace sagredo::bindings {

namespace nb = nanobind;

using CodeArray = nb::ndarray<const std::int32_t, nb::shape<-1, 2>, nb::c_contig, nb::device::cpu>;
using OffsetArray = nb::ndarray<const std::int64_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Vector = nb::ndarray<const double, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Matrix = nb::ndarray<const double, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using OwnedVector = nb::ndarray<nb::numpy, double, nb::ndim<1>>;
using OwnedMatrix = nb::ndarray<nb::numpy, double, nb::ndim<2>>;

template <class Array>
auto span_of(const Array& array) {
  return std::span(array.data(), array.shape(0));
}

inline Columns to_columns(const Matrix& columns) { return {columns.data(), columns.shape(0), columns.shape(1)}; }

// Rows of (code, operand); codes out of range are refused here, where they are still wide enough to be seen.
inline std::vector<Instruction> to_instructions(const CodeArray& code) {
  std::vector<Instruction> instructions(code.shape(0));
  for (std::size_t i = 0; i < instructions.size(); ++i) {
    const std::int32_t operation = code.data()[2 * i];
    const std::int32_t operand = code.data()[2 * i + 1];
    if (operation < 0 || static_cast<std::size_t>(operation) >= operation_count || operand < 0)
      throw std::invalid_argument("Instruction " + std::to_string(i) +
                                  " must be a code of OPERATION_CODES with an operand of at least 0. Got (" +
                                  std::to_string(operation) + ", " + std::to_string(operand) + ") instead.");
    instructions[i] = {static_cast<Operation>(operation), static_cast<std::uint32_t>(operand)};
  }
  return instructions;
}

namespace detail {

// The memory belongs to the array, which frees it.
inline std::pair<double*, nb::capsule> hand_over(std::vector<double>&& values) {
  auto owner = std::make_unique<std::vector<double>>(std::move(values));
  double* data = owner->data();
  nb::capsule capsule(owner.get(), [](void* pointer) noexcept { delete static_cast<std::vector<double>*>(pointer); });
  owner.release();
  return {data, std::move(capsule)};
}

}  // namespace detail

inline OwnedVector to_vector(std::vector<double>&& values) {
  const std::size_t size = values.size();
  auto [data, owner] = detail::hand_over(std::move(values));
  return OwnedVector(data, {size}, owner);
}

inline OwnedMatrix to_matrix(std::vector<double>&& values, std::size_t height, std::size_t width) {
  auto [data, owner] = detail::hand_over(std::move(values));
  return OwnedMatrix(data, {height, width}, owner);
}

}  // namespace sagredo::bindings
