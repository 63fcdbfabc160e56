#include <nanobind/ndarray.h>
#include <nanobind/stl/pair.h>

#include <cstdint>
#include <stdexcept>
#include <vector>

#include "arrays.hpp"
#include "bindings.hpp"
#include "sagredo/derivatives.hpp"
#include "sagredo/evaluation.hpp"

namespace nb = nanobind;

namespace sagredo::bindings {
namespace {

OwnedMatrix evaluate(const CodeArray& code, const OffsetArray& offsets, const Vector& constants,
                     const Vector& parameters, const Matrix& columns, std::size_t threads) {
  const std::vector<Instruction> instructions = to_instructions(code);
  const Batch batch{instructions, span_of(offsets), span_of(constants)};
  const Columns data = to_columns(columns);
  check_batch(batch, data.count, parameters.shape(0));
  std::vector<double> out(batch.size() * data.rows);
  {
    nb::gil_scoped_release release;
    evaluate_batch(batch, span_of(parameters), data, out.data(), threads);
  }
  return to_matrix(std::move(out), batch.size(), data.rows);
}

// Everything that the functions on one program need, checked.
struct OneProgram {
  OneProgram(const CodeArray& code, const Vector& constants, const Vector& given_parameters, const Matrix& columns)
      : instructions(to_instructions(code)),
        program{instructions, span_of(constants)},
        parameters(span_of(given_parameters)),
        data(to_columns(columns)) {
    check_program(program, data.count, parameters.size());
  }

  std::vector<Instruction> instructions;
  ProgramView program;
  std::span<const double> parameters;
  Columns data;
};

OwnedMatrix trace(const CodeArray& code, const Vector& constants, const Vector& parameters, const Matrix& columns) {
  const OneProgram one(code, constants, parameters, columns);
  std::vector<double> out(one.program.size() * one.data.rows);
  {
    nb::gil_scoped_release release;
    evaluate_nodes(one.program, one.parameters, one.data, out.data());
  }
  return to_matrix(std::move(out), one.program.size(), one.data.rows);
}

std::pair<OwnedMatrix, OwnedMatrix> jacobians(const CodeArray& code, const Vector& constants, const Vector& parameters,
                                              const Matrix& columns) {
  const OneProgram one(code, constants, parameters, columns);
  const std::size_t rows = one.data.rows;
  std::vector<double> by_node(one.program.size() * rows);
  std::vector<double> by_parameter(one.parameters.size() * rows);
  {
    nb::gil_scoped_release release;
    Differentiator differentiator;
    differentiator.forward(one.program, one.parameters, one.data);
    differentiator.reverse_to_nodes(by_node.data());
    differentiator.gather_parameters(by_node.data(), by_parameter.data());
  }
  return {to_matrix(std::move(by_parameter), one.parameters.size(), rows),
          to_matrix(std::move(by_node), one.program.size(), rows)};
}

OwnedMatrix forward_jacobian(const CodeArray& code, const Vector& constants, const Vector& parameters,
                             const Matrix& columns) {
  const OneProgram one(code, constants, parameters, columns);
  const std::size_t rows = one.data.rows;
  std::vector<double> out(one.parameters.size() * rows);
  {
    nb::gil_scoped_release release;
    Differentiator differentiator;
    differentiator.forward(one.program, one.parameters, one.data);
    std::vector<double> direction(one.parameters.size());
    for (std::size_t k = 0; k < one.parameters.size(); ++k) {
      direction.assign(direction.size(), 0.0);
      direction[k] = 1.0;
      differentiator.tangent(direction, out.data() + k * rows);
    }
  }
  return to_matrix(std::move(out), one.parameters.size(), rows);
}

OwnedVector rounding_bound(const CodeArray& code, const Vector& constants, const Vector& parameters,
                           const Matrix& columns) {
  const OneProgram one(code, constants, parameters, columns);
  std::vector<double> out(one.data.rows);
  {
    nb::gil_scoped_release release;
    Differentiator differentiator;
    differentiator.forward(one.program, one.parameters, one.data);
    differentiator.rounding_bound(out.data());
  }
  return to_vector(std::move(out));
}

}  // namespace

void bind_evaluation(nb::module_& module) {
  using namespace nb::literals;
  module.def("evaluate", &evaluate, "code"_a, "offsets"_a, "constants"_a, "parameters"_a, "columns"_a, "threads"_a = 1,
             "The values (programs, rows) of a batch of programs on columns (count, rows).");
  module.def("trace", &trace, "code"_a, "constants"_a, "parameters"_a, "columns"_a,
             "The values (nodes, rows) of every node of one program, in postorder.");
  module.def("jacobians", &jacobians, "code"_a, "constants"_a, "parameters"_a, "columns"_a,
             "The derivatives of the program's value by its parameters (parameters, rows) and by the value of every "
             "node (nodes, rows), in reverse mode.");
  module.def("forward_jacobian", &forward_jacobian, "code"_a, "constants"_a, "parameters"_a, "columns"_a,
             "The derivatives of the program's value by its parameters (parameters, rows), in forward mode.");
  module.def("rounding_bound", &rounding_bound, "code"_a, "constants"_a, "parameters"_a, "columns"_a,
             "A bound, to first order, of the rounding error of the program's value on every row.");
}

}  // namespace sagredo::bindings
