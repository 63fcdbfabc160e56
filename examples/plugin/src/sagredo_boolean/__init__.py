"""A plug-in for Sagredo: Boolean functions of a few inputs, found from rows of their truth tables."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from itertools import product
from typing import Any, final

import numpy as np

from sagredo.domain.domain import Domain
from sagredo.language.functional_syntax import FunctionalSyntax
from sagredo.language.grammar import Grammar
from sagredo.language.language import Language, Primitive
from sagredo.language.term import Program
from sagredo.objective.exact import ExactObjective
from sagredo.objective.objective import Objective
from sagredo.problem.column import Column, ValueType
from sagredo.problem.problem import Problem
from sagredo.simulator.interpreter import ReferenceInterpreter
from sagredo.simulator.semantics import Semantics
from sagredo.simulator.simulator import Simulator

BOOLEAN = ValueType("boolean")

OPERATIONS: dict[str, Callable[..., Any]] = {
    "not": np.logical_not,
    "and": np.logical_and,
    "or": np.logical_or,
    "xor": np.logical_xor,
}

PRIMITIVES = tuple(
    Primitive(name, (BOOLEAN,) * (1 if name == "not" else 2), BOOLEAN, commutative=name != "not")
    for name in OPERATIONS
)


@final
class BooleanSemantics(Semantics):
    """Columns of truth values; always defined."""

    def literal(self, value: object, rows: int) -> np.ndarray:
        return np.full(rows, bool(value))

    def apply(self, primitive: str, arguments: Sequence[np.ndarray]) -> np.ndarray:
        column: np.ndarray = OPERATIONS[primitive](*arguments)
        return column

    def defined(self, value: np.ndarray) -> np.ndarray:
        return np.ones(len(value), bool)

    def key(self, value: np.ndarray) -> Hashable:
        return np.asarray(value, bool).tobytes()

    def distance(self, left: np.ndarray, right: np.ndarray) -> float:
        return float(np.count_nonzero(left != right))

    def inverses(
        self, primitive: str, position: int, goal: np.ndarray, others: Sequence[np.ndarray]
    ) -> Iterator[np.ndarray]:
        """What must be combined with the other argument to give the goal: its two extremes where it is
        free."""
        match primitive, others:
            case "not", []:
                yield ~goal
            case "xor", [other]:
                yield goal ^ other
            case "and", [other] if not np.any(goal & ~other):
                yield goal
                yield goal | ~other
            case "or", [other] if not np.any(other & ~goal):
                yield goal
                yield goal & ~other


@final
class BooleanFunctions(Domain):
    """Boolean functions of 3 to 5 inputs."""

    name = "boolean"

    def language(self, problem: Problem) -> Language:
        variables = {column.symbol: BOOLEAN for column in problem.inputs}
        grammar = Grammar(PRIMITIVES, variables, BOOLEAN, kind_weights={"variable": 2.0, "function": 1.0})
        return Language(PRIMITIVES, variables, BOOLEAN, grammar, FunctionalSyntax(PRIMITIVES, variables))

    def semantics(self, problem: Problem) -> Semantics:
        return BooleanSemantics()

    def simulator(self, problem: Problem) -> Simulator:
        return ReferenceInterpreter(BooleanSemantics())

    def objective(self, problem: Problem, language: Language) -> Objective:
        return ExactObjective(problem, language, self.simulator(problem), value_bits=lambda value: 1.0)

    def sample_problem(self, rng: np.random.Generator) -> tuple[Problem, Program]:
        """A program of the prior with the whole truth table of its 3 to 5 inputs."""
        width = int(rng.integers(3, 6))
        table = np.array(list(product([False, True], repeat=width)))
        columns = [Column(f"x{k}", f"x{k}", table[:, k], BOOLEAN) for k in range(width)]
        empty = Problem(tuple(columns), Column("y", "y", np.zeros(len(table), bool), BOOLEAN))
        program = Program(self.language(empty).prior.sample(rng))
        return truth_table(program, empty), program


def truth_table(program: Program, problem: Problem) -> Problem:
    """The problem with the outputs of the program as its target."""
    outcome = ReferenceInterpreter(BooleanSemantics()).run(program, problem.input_values)
    return Problem(problem.inputs, Column("y", "y", np.asarray(outcome.values), BOOLEAN))
