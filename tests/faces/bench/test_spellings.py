from __future__ import annotations

from fractions import Fraction
from math import pi

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagredo import _native
from sagredo.domains.expressions.encoding import encode
from sagredo.domains.expressions.primitives import NAMED_CONSTANTS
from sagredo.faces.bench.spellings import shortest_spelling, spellings, with_numbers_as_parameters
from sagredo.language.term import Apply, Literal, Program, Term, Variable, postorder, size
from sagredo.objective.objective import Objective, Score

SYMBOLS = ("a", "b", "c")
COLUMNS = np.random.default_rng(1).uniform(1.0, 3.0, (len(SYMBOLS), 30))
A, B, C = map(Variable, SYMBOLS)


def number(numerator: int, denominator: int = 1) -> Literal:
    return Literal(Fraction(numerator, denominator))


def values(program: Program) -> np.ndarray:
    code = encode(program.term, SYMBOLS, NAMED_CONSTANTS)
    offsets = np.array([0, len(code.instructions)])
    parameters = np.array(program.parameters)
    return _native.evaluate(code.instructions, offsets, code.constants, parameters, COLUMNS)[0]


def combine(terms: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    unary = st.sampled_from(["neg", "inv", "square", "cube", "sqrt", "exp", "sin", "log"])
    binary = st.sampled_from(["add", "sub", "mul", "div", "mul", "div"])
    return st.builds(lambda name, t: Apply(name, (t,)), unary, terms) | st.builds(
        lambda name, t, u: Apply(name, (t, u)), binary, terms, terms
    )


LEAVES = st.sampled_from([A, B, C, Apply("pi"), number(2), number(3), number(1, 2)])
TERMS = st.recursive(LEAVES, combine, max_leaves=5)


@settings(max_examples=60, deadline=None)
@given(TERMS)
def test_every_spelling_means_the_same(term: Term) -> None:
    wanted = values(Program(term))
    if not np.all(np.isfinite(wanted)) or np.max(np.abs(wanted)) > 1e6:
        return
    for spelling in spellings(term, SYMBOLS):
        got = values(spelling)
        # A spelling that cancels loses digits; of terms as small as these not more than ten.
        assert np.allclose(got, wanted, rtol=1e-6, atol=1e-6, equal_nan=True)


@settings(max_examples=60, deadline=None)
@given(TERMS)
def test_freeing_the_numbers_changes_no_value(term: Term) -> None:
    wanted = values(Program(term))
    if not np.all(np.isfinite(wanted)) or np.max(np.abs(wanted)) > 1e6:
        return
    first, *merged = with_numbers_as_parameters(term, SYMBOLS)
    assert all(not isinstance(node, Literal) or node.value.denominator == 1 for node in postorder(first.term))
    for program in (first, *merged):
        assert np.allclose(values(program), wanted, rtol=1e-6, atol=1e-6)


def test_numbers_are_merged() -> None:
    term = product(product(number(1, 3), A), product(number(7, 5), B))
    assert [len(program.parameters) for program in with_numbers_as_parameters(term, SYMBOLS)][:2] == [2, 1]


def product(*factors: Term) -> Term:
    first, *rest = factors
    return first if not rest else Apply("mul", (first, product(*rest)))


@pytest.mark.parametrize(
    ("term", "shortest"),
    [
        # a c / (c^3 b) = a / (b c^2)
        (Apply("div", (product(A, C), product(Apply("cube", (C,)), B))), 6),
        # a^2 b^2 = (a b)^2
        (product(Apply("square", (A,)), Apply("square", (B,))), 4),
        # 1/2 (a + b) 1/2 = (a + b) / 4
        (product(number(1, 2), Apply("add", (A, B)), number(1, 2)), 5),
        # sqrt(a) / sqrt(b) = sqrt(a / b)
        (Apply("div", (Apply("sqrt", (A,)), Apply("sqrt", (B,)))), 4),
        # a b + a c = a (b + c)
        (Apply("add", (product(A, B), product(A, C))), 5),
    ],
)
def test_the_shortest_spelling_is_found(term: Term, shortest: int) -> None:
    exact = [spelling for spelling in spellings(term, SYMBOLS) if not spelling.parameters]
    assert min(size(spelling.term) for spelling in exact) == shortest


def test_numbers_become_parameters_at_their_values() -> None:
    term = product(Apply("div", (number(1), product(number(4), Apply("pi")))), A)
    fitted = [spelling.parameters for spelling in spellings(term, SYMBOLS) if spelling.parameters]
    assert fitted
    assert all(parameters == (pytest.approx(1 / (4 * pi)),) for parameters in fitted)


class NodeCount(Objective):
    """One bit a node."""

    def score(self, program: Program) -> Score:
        return Score(program, float(size(program.term)), 0.0)

    @property
    def null_bits(self) -> float:
        return 0.0

    @property
    def floor_bits(self) -> float:
        return 0.0


def test_the_shortest_spelling_is_that_of_the_objective() -> None:
    term = Apply("add", (product(A, B), product(A, C)))
    assert shortest_spelling(term, NodeCount(), SYMBOLS).description_length_bits == 5.0
