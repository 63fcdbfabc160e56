"""What all tests share: how examples are drawn, and a small exact domain, integers modulo a prime."""

from __future__ import annotations

import os
import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import log2
from typing import final

import numpy as np
import pytest
from hypothesis import settings

from sagredo.domain.domain import Domain
from sagredo.language.grammar import Grammar
from sagredo.language.language import Language, Primitive, Syntax, SyntaxProblem
from sagredo.language.term import Apply, Program, Term, Variable
from sagredo.objective.exact import ExactObjective
from sagredo.problem.column import Column, ValueType
from sagredo.problem.problem import Problem
from sagredo.simulator.interpreter import ReferenceInterpreter
from sagredo.simulator.semantics import Semantics

RESIDUE = ValueType("residue")

UNDEFINED = -1

# Machines differ and are shared: a slow example is no failure. In CI the examples are the same each time, so that a
# change is not blamed for what another example would have shown; at home they are new each time.
settings.register_profile("sagredo", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("sagredo")


@final
@dataclass(frozen=True)
class ResidueSemantics(Semantics):
    """Arithmetic modulo ``prime``; the inverse of 0 is undefined, and so is what is made of it."""

    prime: int

    def literal(self, value: object, rows: int) -> np.ndarray:
        return np.full(rows, int(value) % self.prime)  # type: ignore[call-overload]  # literals are integers

    def apply(self, primitive: str, arguments: Sequence[np.ndarray]) -> np.ndarray:
        defined = np.all([argument != UNDEFINED for argument in arguments], axis=0)
        match primitive, list(arguments):
            case "one", []:
                return np.array([1])
            case "neg", [u]:
                value = -u
            case "inv", [u]:
                value = self._inverse(u)
                defined &= u != 0
            case "add", [u, v]:
                value = u + v
            case "mul", [u, v]:
                value = u * v
        return np.where(defined, value % self.prime, UNDEFINED)

    def _inverse(self, value: np.ndarray) -> np.ndarray:
        """u^(p - 2) = 1/u (Fermat)."""
        return np.array([pow(int(u), self.prime - 2, self.prime) for u in value])

    def defined(self, value: np.ndarray) -> np.ndarray:
        return value != UNDEFINED

    def key(self, value: np.ndarray) -> Hashable:
        return tuple(value.tolist())

    def distance(self, left: np.ndarray, right: np.ndarray) -> float:
        return float(np.count_nonzero(left != right))

    def inverses(
        self, primitive: str, position: int, goal: np.ndarray, others: Sequence[np.ndarray]
    ) -> Iterator[np.ndarray]:
        match primitive, others:
            case "neg", []:
                yield -goal % self.prime
            case "inv", [] if np.all(goal != 0):
                yield self._inverse(goal)
            case "add", [v]:
                yield (goal - v) % self.prime
            case "mul", [v] if np.all(v != 0):
                yield goal * self._inverse(v) % self.prime


@final
class PrefixSyntax(Syntax):
    """Words in prefix order: ``add a neg b``."""

    def __init__(self, arities: dict[str, int]) -> None:
        self._arities = arities

    def print_term(self, term: Term) -> str:
        match term:
            case Variable(symbol):
                return symbol
            case Apply(primitive, arguments):
                return " ".join([primitive, *map(self.print_term, arguments)])
        raise ValueError(f"A term must consist of variables and primitives. Got {term!r} instead.")

    def parse(self, text: str) -> Term:
        words = re.findall(r"\w+", text)
        term = self._parse(words)
        if words:
            raise SyntaxProblem(f"Nothing must follow the term. Got {words} instead.")
        return term

    def _parse(self, words: list[str]) -> Term:
        if not words:
            raise SyntaxProblem("A term must stand here. Got the end instead.")
        word = words.pop(0)
        if word not in self._arities:
            return Variable(word)
        return Apply(word, tuple(self._parse(words) for _ in range(self._arities[word])))


@dataclass(frozen=True)
class Residues(Domain):
    """Programs over integers modulo ``prime``, of the primitives named."""

    prime: int = 7
    primitives: tuple[str, ...] = ("one", "neg", "inv", "add", "mul")

    name = "residues"

    def language(self, problem: Problem) -> Language:
        arities = {name: {"one": 0, "neg": 1, "inv": 1}.get(name, 2) for name in self.primitives}
        primitives = tuple(
            Primitive(name, (RESIDUE,) * arity, RESIDUE, commutative=arity == 2)
            for name, arity in arities.items()
        )
        variables = {column.symbol: RESIDUE for column in problem.inputs}
        grammar = Grammar(primitives, variables, RESIDUE, kind_weights={"variable": 2.0, "function": 1.0})
        return Language(primitives, variables, RESIDUE, grammar, PrefixSyntax(arities))

    def semantics(self, problem: Problem) -> ResidueSemantics:
        return ResidueSemantics(self.prime)

    def simulator(self, problem: Problem) -> ReferenceInterpreter:
        return ReferenceInterpreter(self.semantics(problem))

    def objective(self, problem: Problem, language: Language) -> ExactObjective:
        bits = log2(self.prime)
        return ExactObjective(problem, language, self.simulator(problem), value_bits=lambda value: bits)

    def problem(self, values: np.ndarray, responses: np.ndarray) -> Problem:
        """Inputs ``x0, x1, ...`` in the columns of ``values``, and their responses."""
        inputs = [Column(f"x{k}", f"x{k}", column, RESIDUE) for k, column in enumerate(values.T)]
        return Problem(tuple(inputs), Column("y", "y", responses, RESIDUE))

    def sample_problem(self, rng: np.random.Generator) -> tuple[Problem, Program]:
        """Two inputs on 12 rows, and a program that is defined on all of them."""
        empty = self.problem(rng.integers(self.prime, size=(12, 2)), np.zeros(12, int))
        language, simulator = self.language(empty), self.simulator(empty)
        while True:
            program = Program(language.prior.sample(rng))
            outcome = simulator.run(program, empty.input_values)
            if np.all(outcome.defined):
                inputs = np.stack(list(empty.input_values.values()), axis=1)
                return self.problem(inputs, np.array(outcome.values)), program

    def small_terms(self, problem: Problem, depth: int) -> list[Term]:
        """Every term of at most this depth."""
        language = self.language(problem)
        leaves: list[Term] = [Variable(symbol) for symbol in language.variables]
        terms: list[Term] = []
        for _ in range(depth):
            terms = leaves + [
                Apply(primitive.name, arguments)
                for primitive in language.primitives
                for arguments in product(terms, repeat=primitive.arity)
            ]
        return terms


@pytest.fixture(scope="session")
def residues() -> Residues:
    return Residues()


@pytest.fixture(scope="session")
def sums() -> Residues:
    """A language whose every primitive can be undone."""
    return Residues(primitives=("one", "neg", "inv", "add"))
