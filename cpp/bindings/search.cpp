#include <nanobind/ndarray.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <stdexcept>
#include <tuple>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "bindings.hpp"
#include "sagredo/backward.hpp"
#include "sagredo/bank.hpp"
#include "sagredo/float_columns.hpp"
#include "sagredo/library.hpp"
#include "sagredo/modular_integers.hpp"
#include "sagredo/nearest.hpp"
#include "sagredo/pursuit.hpp"
#include "sagredo/real_solver.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace sagredo::bindings {
namespace {

template <class Scalar>
using Columns = nb::ndarray<const Scalar, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
template <class Scalar>
using Column = nb::ndarray<const Scalar, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

using Productions = std::vector<std::pair<int, std::uint32_t>>;

Operation checked_operation(int code) {
  if (code < 0 || static_cast<std::size_t>(code) >= operation_count)
    throw std::invalid_argument("An operation code must be one of OPERATION_CODES.");
  return static_cast<Operation>(code);
}

std::vector<Production> checked_productions(const Productions& productions) {
  std::vector<Production> result;
  for (const auto& [code, cost] : productions) {
    const Operation operation = checked_operation(code);
    if (arity(operation) == 0 || cost == 0)
      throw std::invalid_argument("A production must be an operation with arguments and a cost of at least 1.");
    result.push_back({operation, cost});
  }
  return result;
}

template <class S>
void check_rows(const Bank<S>& bank, std::size_t rows) {
  if (rows != bank.semantics().rows()) throw std::invalid_argument("A column must have as many rows as the bank.");
}

template <class S>
void check_entry(const Bank<S>& bank, EntryId id) {
  if (id >= bank.size()) throw std::out_of_range("An entry must have been added to the bank.");
}

// A leaf must be among the leaves that are given anew.
void check_leaves(const Bank<FloatColumns>& bank, EntryId id, std::size_t inputs, std::size_t constants) {
  check_entry(bank, id);
  const auto& entry = bank.entry(id);
  if (arity(entry.operation) == 0 && entry.left >= (entry.operation == Operation::variable ? inputs : constants))
    throw std::invalid_argument("Every leaf of the bank must be among the inputs and constants.");
}

void check_place(const Library& library, std::size_t place) {
  if (place >= library.size()) throw std::out_of_range("A place must be one of the library's.");
}

template <class S>
nb::class_<Bank<S>> bind_bank(nb::module_& module, const char* name) {
  using Scalar = typename S::Scalar;
  return nb::class_<Bank<S>>(module, name)
      .def("__len__", &Bank<S>::size)
      .def_prop_ro("full", &Bank<S>::full)
      .def_prop_ro("frontier_cost", &Bank<S>::frontier_cost)
      .def_prop_ro("memory_bytes", &Bank<S>::memory_bytes)
      .def("set_capacity", &Bank<S>::set_capacity, "entries"_a)
      .def(
          "add_leaf",
          [](Bank<S>& bank, int operation, std::uint32_t operand, std::uint32_t cost, Column<Scalar> column) {
            check_rows(bank, column.shape(0));
            if (arity(checked_operation(operation)) != 0) throw std::invalid_argument("A leaf must have no arguments.");
            return bank.add_leaf(checked_operation(operation), operand, cost, column.data());
          },
          "operation"_a, "operand"_a, "cost"_a, "column"_a, "File a leaf; False where its meaning is known already.")
      .def(
          "add",
          [](Bank<S>& bank, int operation, EntryId left, EntryId right) -> std::int64_t {
            check_entry(bank, left);
            const bool binary = arity(checked_operation(operation)) == 2;
            if (binary) check_entry(bank, right);
            for (const Production& production : bank.productions())
              if (production.operation == checked_operation(operation)) {
                const auto id = bank.add(production.operation, left, binary ? right : no_entry, production.cost);
                return id ? static_cast<std::int64_t>(*id) : -1;
              }
            throw std::invalid_argument("The operation must be one of the bank's productions.");
          },
          "operation"_a, "left"_a, "right"_a = 0,
          "File one combination; the entry of its meaning, or -1 where it has no acceptable value or no room.")
      .def(
          "find",
          [](const Bank<S>& bank, Column<Scalar> column) -> std::int64_t {
            check_rows(bank, column.shape(0));
            const auto id = bank.look_up(column.data());
            return id ? static_cast<std::int64_t>(*id) : -1;
          },
          "column"_a, "The entry with the meaning of the column; -1 if there is none.")
      .def("enumerate", &Bank<S>::enumerate, "candidates"_a, nb::call_guard<nb::gil_scoped_release>(),
           "Go on enumerating in order of cost; the number of candidates computed (0: exhausted or full).")
      .def(
          "level", [](const Bank<S>& bank, std::size_t cost) { return bank.level(cost); }, "cost"_a,
          "The entries of exactly this cost.")
      .def_prop_ro("level_count", &Bank<S>::level_count)
      .def(
          "cost", [](const Bank<S>& bank, EntryId id) { return check_entry(bank, id), bank.entry(id).cost; }, "entry"_a)
      .def(
          "code",
          [](const Bank<S>& bank, EntryId id) {
            check_entry(bank, id);
            std::vector<Instruction> code;
            bank.append_code(id, code);
            std::vector<std::pair<int, std::uint32_t>> result;
            for (const Instruction& instruction : code)
              result.emplace_back(static_cast<int>(instruction.operation), instruction.operand);
            return result;
          },
          "entry"_a, "The entry's program: (operation, operand) in postfix order.")
      .def(
          "values",
          [](const Bank<S>& bank, EntryId id) {
            check_entry(bank, id);
            const Scalar* values = bank.values(id);
            return std::vector<Scalar>(values, values + bank.semantics().rows());
          },
          "entry"_a);
}

// The backward search of one bank and target, with the solver that it asks.
template <class S, class Solver>
class OwnedBackward {
 public:
  using Scalar = typename S::Scalar;

  OwnedBackward(std::unique_ptr<Solver> solver, const Bank<S>& bank, const Scalar* target, std::size_t entry_count,
                std::size_t goal_capacity, std::uint32_t pair_cost, const std::vector<EntryId>& factors)
      : solver_(std::move(solver)), search_(bank, *solver_, target, entry_count, goal_capacity, pair_cost, factors) {}

  const Solver& solver() const { return *solver_; }
  Backward<S, Solver>& search() { return search_; }

  // (work done, hits); a hit is (steps, shape, first, second, coefficients, cost).
  auto step(std::size_t work_units, std::size_t threads, std::size_t most_hits) {
    std::vector<typename Backward<S, Solver>::Hit> hits;
    std::size_t done = 0;
    {
      nb::gil_scoped_release release;
      done = search_.step(work_units, threads, most_hits, hits);
    }
    using Steps = std::vector<std::tuple<int, int, std::int64_t>>;
    using HitTuple = std::tuple<Steps, int, std::int64_t, std::int64_t, std::vector<Scalar>, std::uint32_t>;
    const auto entry = [](EntryId id) { return id == no_entry ? std::int64_t{-1} : static_cast<std::int64_t>(id); };
    std::vector<HitTuple> result;
    for (auto& hit : hits) {
      Steps steps;
      for (const Step& step : hit.steps)
        steps.emplace_back(static_cast<int>(step.operation), static_cast<int>(step.position), entry(step.other));
      result.emplace_back(std::move(steps), static_cast<int>(hit.solution.shape), entry(hit.solution.first),
                          entry(hit.solution.second), std::move(hit.solution.coefficients), hit.cost);
    }
    return std::make_pair(done, std::move(result));
  }

 private:
  std::unique_ptr<Solver> solver_;
  Backward<S, Solver> search_;
};

// Affine images alone: all that a field in general offers.
class ModularSolver {
 public:
  explicit ModularSolver(const Bank<ModularIntegers>& bank) { matcher_.extend(bank); }

  std::size_t pair_work() const { return 1; }

  void solve(const Bank<ModularIntegers>& bank, const std::uint32_t* goal, Diligence diligence,
             std::vector<Solution<std::uint32_t>>& solutions) const {
    if (diligence != Diligence::look_up) return;
    if (const auto match = matcher_.find(bank, goal))
      solutions.push_back({Shape::affine, match->entry, no_entry, {match->map.scale, match->map.offset}});
  }

 private:
  AffineMatcher<ModularIntegers> matcher_;
};

using RealBackward = OwnedBackward<FloatColumns, RealSolver>;
using ModularBackward = OwnedBackward<ModularIntegers, ModularSolver>;

template <class B>
nb::class_<B> bind_backward(nb::module_& module, const char* name) {
  return nb::class_<B>(module, name)
      .def("step", &B::step, "work_units"_a, "threads"_a = 1, "most_hits"_a = 1000,
           "Show about this many columns to the solver; (work done, the cheapest hits).")
      .def_prop_ro("exhausted", [](B& b) { return b.search().exhausted(); })
      .def_prop_ro("frontier_cost", [](B& b) { return b.search().frontier_cost(); })
      .def_prop_ro("goal_count", [](B& b) { return b.search().goal_count(); });
}

}  // namespace

void bind_search(nb::module_& module) {
  bind_bank<FloatColumns>(module, "Bank")
      .def(
          "__init__",
          [](Bank<FloatColumns>* self, std::size_t rows, const Productions& productions, std::size_t capacity) {
            new (self) Bank<FloatColumns>(FloatColumns(rows), checked_productions(productions), capacity);
          },
          "rows"_a, "productions"_a, "capacity"_a);
  nb::class_<Library>(module, "Library")
      .def(
          "__init__",
          [](Library* self, const Bank<FloatColumns>& bank, const std::vector<EntryId>& entries,
             Columns<double> inputs, Column<double> constants) {
            for (const EntryId id : entries) check_leaves(bank, id, inputs.shape(0), constants.shape(0));
            nb::gil_scoped_release release;
            new (self) Library(bank, entries, {inputs.data(), constants.data(), inputs.shape(1)});
          },
          "bank"_a, "entries"_a, "inputs"_a, "constants"_a)
      .def_static(
          "of_columns",
          [](Columns<double> columns, const std::vector<std::uint32_t>& costs) {
            if (costs.size() != columns.shape(0)) throw std::invalid_argument("Each column must have its cost.");
            return Library(columns.data(), costs, columns.shape(1));
          },
          "columns"_a, "costs"_a, "Any columns; entry k is the k-th.")
      .def("logarithms", &Library::logarithms, "The logarithms of the magnitudes of all columns that have no zero.")
      .def("subset", &Library::subset, "entries"_a, "Those of its columns that are of these entries.")
      .def(
          "beside",
          [](const Library& library, const Library& other) {
            if (library.rows() != other.rows()) throw std::invalid_argument("Both libraries must have the same rows.");
            return library.beside(other);
          },
          "other"_a, "The columns of this library, then those of the other; entry k is the k-th.")
      .def(
          "on_rows",
          [](const Library& library, const std::vector<std::size_t>& rows) {
            for (const std::size_t row : rows)
              if (row >= library.rows()) throw std::out_of_range("A row must be one of the library's.");
            return library.on_rows(rows);
          },
          "rows"_a, "The same columns on some of the rows.")
      .def("__len__", &Library::size)
      .def_prop_ro("rows", &Library::rows)
      .def(
          "entry", [](const Library& library, std::size_t place) { return check_place(library, place), library.entry(place); },
          "place"_a)
      .def(
          "columns",
          [](const Library& library, const std::vector<std::size_t>& places) {
            std::vector<double> columns(places.size() * library.rows());
            for (std::size_t k = 0; k < places.size(); ++k) {
              check_place(library, places[k]);
              library.copy_column(places[k], columns.data() + k * library.rows());
            }
            return to_matrix(std::move(columns), places.size(), library.rows());
          },
          "places"_a, "The columns at these places: (places, rows).");
  module.def(
      "pursue",
      [](const Library& library, Columns<double> goals, Columns<double> weights, Column<double> bits,
         Columns<double> span_columns, std::size_t terms, std::size_t beam, double bits_per_cost,
         double bits_per_coefficient, std::size_t threads) {
        const std::size_t rows = library.rows();
        if (goals.shape(1) != rows || weights.shape(1) != rows || span_columns.shape(1) != rows)
          throw std::invalid_argument("Goals, weights and span must have as many rows as the library.");
        if (weights.shape(0) != goals.shape(0) || bits.shape(0) != goals.shape(0))
          throw std::invalid_argument("Each goal must have its weights and its bits.");
        std::vector<std::tuple<double, double, std::size_t, std::vector<std::size_t>>> result;
        nb::gil_scoped_release release;
        for (Pursued& found : pursue(library, {goals.data(), weights.data(), bits.data(), goals.shape(0)},
                                     span_columns.data(), span_columns.shape(0),
                                     {terms, beam, bits_per_cost, bits_per_coefficient}, threads))
          result.emplace_back(found.bits, found.code_bits, found.goal, std::move(found.places));
        return result;
      },
      "library"_a, "goals"_a, "weights"_a, "bits"_a, "span_columns"_a, "terms"_a, "beam"_a, "bits_per_cost"_a,
      "bits_per_coefficient"_a, "threads"_a = 1,
      "The sums of entries that would describe each goal in the fewest bits beside the span: (bits, those of the code, "
      "goal, places).");
  module.def(
      "nearest",
      [](const Library& library, Columns<double> goals, Columns<double> weights, std::size_t kept, double bits_per_cost,
         double bits_per_coefficient, std::size_t threads) {
        const std::size_t rows = library.rows();
        if (goals.shape(1) != rows || weights.shape(1) != rows)
          throw std::invalid_argument("Goals and weights must have as many rows as the library.");
        if (weights.shape(0) != goals.shape(0)) throw std::invalid_argument("Each goal must have its weights.");
        if (kept == 0) throw std::invalid_argument("At least one entry must be kept.");
        std::vector<std::tuple<std::size_t, std::size_t, double>> result;
        nb::gil_scoped_release release;
        for (const Neighbour& found : nearest(library, goals.data(), weights.data(), goals.shape(0),
                                              {kept, bits_per_cost, bits_per_coefficient}, threads))
          result.emplace_back(found.goal, found.place, found.factor);
        return result;
      },
      "library"_a, "goals"_a, "weights"_a, "kept"_a, "bits_per_cost"_a, "bits_per_coefficient"_a, "threads"_a = 1,
      "The entries nearest to each goal, as they are (factor 1), then times a factor: (goal, place, factor).");
  bind_bank<ModularIntegers>(module, "ModularBank")
      .def(
          "__init__",
          [](Bank<ModularIntegers>* self, std::size_t rows, std::uint32_t prime, const Productions& productions,
             std::size_t capacity) {
            if (prime < 2 || prime >= (std::uint32_t{1} << 31))
              throw std::invalid_argument("The modulus must be a prime below 2^31.");
            new (self) Bank<ModularIntegers>(ModularIntegers(rows, prime), checked_productions(productions), capacity);
          },
          "rows"_a, "prime"_a, "productions"_a, "capacity"_a);

  module.attr("AHEAD") = ahead;
  module.attr("SHAPES") = nb::make_tuple("affine", "power", "polynomial", "pair");
  bind_backward<RealBackward>(module, "Backward")
      .def(
          "__init__",
          [](RealBackward* self, const Bank<FloatColumns>& bank, Columns<double> inputs, Column<double> target,
             std::size_t entry_count, std::size_t goal_capacity, std::uint32_t pair_cost,
             const std::vector<EntryId>& pair_library, const std::vector<EntryId>& factors) {
            check_rows(bank, inputs.shape(1));
            check_rows(bank, target.shape(0));
            for (const EntryId id : pair_library) check_entry(bank, id);
            for (const EntryId id : factors) check_entry(bank, id);
            nb::gil_scoped_release release;
            auto solver = std::make_unique<RealSolver>(inputs.data(), inputs.shape(0), inputs.shape(1));
            solver->extend(bank, pair_library);
            new (self) RealBackward(std::move(solver), bank, target.data(), entry_count, goal_capacity, pair_cost,
                                    factors);
          },
          "bank"_a, "inputs"_a, "target"_a, "entry_count"_a, "goal_capacity"_a, "pair_cost"_a, "pair_library"_a,
          "factors"_a, nb::keep_alive<1, 2>())
      .def_prop_ro("monomials", [](const RealBackward& self) {
        std::vector<std::pair<int, int>> result;
        for (const auto& [i, j] : self.solver().polynomials().monomials())
          result.emplace_back(static_cast<int>(i), j == PolynomialMatcher::none ? -1 : static_cast<int>(j));
        return result;
      });
  bind_backward<ModularBackward>(module, "ModularBackward")
      .def(
          "__init__",
          [](ModularBackward* self, const Bank<ModularIntegers>& bank, Column<std::uint32_t> target,
             std::size_t goal_capacity) {
            check_rows(bank, target.shape(0));
            new (self) ModularBackward(std::make_unique<ModularSolver>(bank), bank, target.data(), bank.size(),
                                       goal_capacity, 0, {});
          },
          "bank"_a, "target"_a, "goal_capacity"_a, nb::keep_alive<1, 2>());
}

}  // namespace sagredo::bindings
