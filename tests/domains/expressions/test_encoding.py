"""Native code of terms: encoding and decoding are inverse, and anything else is a sentence."""

from __future__ import annotations

from fractions import Fraction
from math import inf, pi

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagredo._native import OPERATION_CODES
from sagredo.domains.expressions.encoding import Code, decode, encode, encode_batch, literal_value, rational
from sagredo.domains.expressions.primitives import NAMED_CONSTANTS
from sagredo.domains.expressions.prior import expression_grammar
from sagredo.language.term import Apply, Hole, Literal, Parameter, Term, Variable, postorder

SYMBOLS = ("x", "y")
GRAMMAR = expression_grammar(SYMBOLS)
SEEDS = st.integers(0, 2**32 - 1)
X = [OPERATION_CODES["variable"], 0]
P = [OPERATION_CODES["parameter"], 0]
C = [OPERATION_CODES["constant"], 0]
ADD, NEG = [OPERATION_CODES["add"], 0], [OPERATION_CODES["neg"], 0]


def array(rows: list[list[int]]) -> np.ndarray:
    return np.array(rows, np.int32).reshape(-1, 2)


def names_of_constants(term: Term) -> dict[int, str]:
    """The indices of the named constants, which are numbered in the order of the nodes from the root, right
    to left."""
    numbers: dict[object, int] = {}
    for node in reversed(list(postorder(term))):
        if isinstance(node, Literal):
            numbers.setdefault(node.value, len(numbers))
        elif isinstance(node, Apply) and not node.arguments:
            numbers.setdefault(node.primitive, len(numbers))
    return {index: name for name, index in numbers.items() if isinstance(name, str)}


@settings(max_examples=300, deadline=None)
@given(seed=SEEDS)
def test_decoding_what_was_encoded_gives_the_same_doubles(seed: int) -> None:
    term = GRAMMAR.sample(np.random.default_rng(seed))
    code = encode(term, SYMBOLS, NAMED_CONSTANTS)
    assert len(code.instructions) == len(list(postorder(term)))
    again = decode(code.instructions, code.constants, SYMBOLS)
    assert [type(node) for node in postorder(again)] == [
        Literal if node == Apply("pi") else type(node) for node in postorder(term)
    ]
    second = encode(again, SYMBOLS, {})
    np.testing.assert_array_equal(second.instructions[:, 0], code.instructions[:, 0])
    np.testing.assert_array_equal(values(second), values(code))


def values(code: Code) -> list[float]:
    """The constants of a code in the order in which they are used."""
    rows = [row for row in code.instructions.tolist() if row[0] == C[0]]
    return [float(code.constants[row[1]]) for row in rows]


@settings(max_examples=200, deadline=None)
@given(seed=SEEDS)
def test_terms_of_simple_numbers_come_back_as_they_were(seed: int) -> None:
    term = GRAMMAR.sample(np.random.default_rng(seed))
    literals = [node.value for node in postorder(term) if isinstance(node, Literal)]
    code = encode(term, SYMBOLS, NAMED_CONSTANTS)
    again = decode(code.instructions, code.constants, SYMBOLS, names_of_constants(term))
    if all(isinstance(value, Fraction) and value.denominator <= 1000 for value in literals):
        assert again == term


def test_instructions_are_in_postfix_order_with_every_constant_once() -> None:
    term = Apply("sub", (Apply("mul", (Literal(Fraction(1, 2)), Variable("y"))), Literal(Fraction(1, 2))))
    code = encode(term, SYMBOLS, {})
    expected = [C, [X[0], 1], [OPERATION_CODES["mul"], 0], C, [OPERATION_CODES["sub"], 0]]
    assert code.instructions.tolist() == expected
    assert code.constants.tolist() == [0.5]


@settings(max_examples=50, deadline=None)
@given(seeds=st.lists(SEEDS, max_size=5))
def test_a_batch_is_its_terms_one_after_the_other(seeds: list[int]) -> None:
    terms = [GRAMMAR.sample(np.random.default_rng(seed)) for seed in seeds]
    instructions, offsets, constants = encode_batch(terms, SYMBOLS, NAMED_CONSTANTS)
    assert offsets[0] == 0
    assert offsets[-1] == len(instructions)
    for term, start, end in zip(terms, offsets[:-1], offsets[1:], strict=True):
        alone = encode(term, SYMBOLS, NAMED_CONSTANTS)
        np.testing.assert_array_equal(instructions[start:end, 0], alone.instructions[:, 0])
        shared = decode(instructions[start:end], constants, SYMBOLS)
        assert shared == decode(alone.instructions, alone.constants, SYMBOLS)


@pytest.mark.parametrize(
    ("term", "message"),
    [
        (Variable("z"), "one of the columns"),
        (Hole("f"), "one of the columns"),
        (Apply("g"), "one of the columns"),
        (Literal("1"), "must be a number"),
        (Apply("sinc", (Variable("x"),)), "operation must be known"),
        (Apply("add", (Variable("x"),)), "all its arguments"),
        (Apply("neg", (Variable("x"), Variable("x"))), "all its arguments"),
    ],
)
def test_what_has_no_code_is_refused(term: Term, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        encode(term, SYMBOLS, NAMED_CONSTANTS)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [X, X],
        [ADD],
        [X, ADD],
        [NEG],
        [[99, 0]],
        [[-1, 0]],
        [[X[0], 2]],
        [[X[0], -1]],
        [[P[0], -1]],
        [[C[0], 1]],
        [[C[0], -1]],
    ],
    ids=str,
)
def test_instructions_that_are_no_program_are_refused(rows: list[list[int]]) -> None:
    with pytest.raises(ValueError, match="postfix order over 2 columns and 1 constants"):
        decode(array(rows), np.ones(1), SYMBOLS)


@settings(max_examples=300, deadline=None)
@given(rows=st.lists(st.tuples(st.integers(-1, 30), st.integers(-2, 3)), max_size=8))
def test_any_instructions_are_a_term_or_a_value_error(rows: list[tuple[int, int]]) -> None:
    instructions = array([list(row) for row in rows])
    try:
        term = decode(instructions, np.array([0.5, 2.0]), SYMBOLS)
    except ValueError:
        return
    np.testing.assert_array_equal(encode(term, SYMBOLS, {}).instructions[:, 0], instructions[:, 0])


@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_a_constant_is_recognised_without_losing_its_double(value: float) -> None:
    assert float(rational(value)) == value


@given(value=st.fractions(max_denominator=1000).filter(lambda value: abs(value) < 1000))
def test_rationals_with_small_denominators_are_recognised(value: Fraction) -> None:
    assert rational(float(value)) == value


def test_constants_that_are_not_finite_are_refused() -> None:
    with pytest.raises(ValueError, match="must be finite"):
        decode(array([C]), np.array([inf]), SYMBOLS)


def test_literals_beyond_all_doubles_are_infinite() -> None:
    assert literal_value(Fraction(10**400)) == inf
    assert literal_value(-(10**400)) == -inf


def test_named_constants_are_known_by_their_place() -> None:
    code = encode(Apply("mul", (Apply("pi"), Parameter(2))), SYMBOLS, {"pi": pi})
    assert decode(code.instructions, code.constants, SYMBOLS, {0: "pi"}) == Apply(
        "mul", (Apply("pi"), Parameter(2))
    )
