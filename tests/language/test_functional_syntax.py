"""The functional form: what is printed is read back; anything else is a sentence."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagredo.language.functional_syntax import FunctionalSyntax
from sagredo.language.grammar import Grammar
from sagredo.language.language import Primitive, SyntaxProblem
from sagredo.language.term import Apply, Hole, Literal, Parameter, Term, Variable
from sagredo.problem.column import ValueType

TRUTH = ValueType("truth")
PRIMITIVES = (
    Primitive("not", (TRUTH,), TRUTH),
    Primitive("and", (TRUTH, TRUTH), TRUTH),
    Primitive("choose", (TRUTH, TRUTH, TRUTH), TRUTH),
    Primitive("true", (), TRUTH, kind="constant"),
)


class Decimals:
    """Literals of two digits behind the point."""

    def log_probability(self, value: object) -> float:
        return -1.0

    def sample(self, rng: np.random.Generator) -> object:
        return float(rng.integers(-999, 999)) / 100


GRAMMAR = Grammar(
    PRIMITIVES,
    {"x": TRUTH, "p0": TRUTH},
    TRUTH,
    parameter_types=frozenset({TRUTH}),
    literals={TRUTH: Decimals()},
)
SYNTAX = FunctionalSyntax(PRIMITIVES, GRAMMAR.variables, float)
SOUP = [
    "x",
    "p0",
    "c0",
    "c7",
    "true",
    "not",
    "and",
    "choose",
    "(",
    ")",
    ",",
    " ",
    "-",
    "1",
    "2.5",
    "y",
    "²",
    "\n",
]


def test_a_program_reads_as_functions_of_functions() -> None:
    term = Apply("and", (Variable("x"), Apply("not", (Apply("true"),))))
    assert SYNTAX.print_term(term) == "and(x, not(true))"
    assert SYNTAX.parse(" and ( x,not(true ))") == term


def test_parameters_get_a_prefix_that_no_variable_has() -> None:
    assert SYNTAX.print_term(Parameter(3)) == "c3"
    assert SYNTAX.parse("and(p0, c3)") == Apply("and", (Variable("p0"), Parameter(3)))


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_parsing_what_was_printed_gives_the_same_term(seed: int) -> None:
    term = GRAMMAR.sample(np.random.default_rng(seed))
    assert SYNTAX.parse(SYNTAX.print_term(term)) == term


@settings(max_examples=300, deadline=None)
@given(text=st.one_of(st.text(), st.lists(st.sampled_from(SOUP)).map("".join)))
def test_any_text_is_a_term_or_a_syntax_problem(text: str) -> None:
    try:
        term = SYNTAX.parse(text)
    except SyntaxProblem:
        return
    assert SYNTAX.parse(SYNTAX.print_term(term)) == term


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "position 1 of ''"),
        ("and(x)", "',' at position 6"),
        ("and(x, x, x)", r"'\)' at position 9"),
        ("true()", "the end of the text at position 5"),
        ("nto(x)", "Did you mean 'not'"),
        ("not x", r"'\(' at position 5"),
        ("and(x, -y)", "number.*position 9"),
        ("x²", "position 2.*'²'"),
        ("1e999", "a number of this language"),
        ("not(" * 200, "at most 100 levels"),
        ("x" * 10_001, "at most 10000 characters"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, message: str) -> None:
    def finite(number: str) -> float:
        if float(number) == float("inf"):
            raise ValueError(number)
        return float(number)

    with pytest.raises(SyntaxProblem, match=message):
        FunctionalSyntax(PRIMITIVES, ["x"], finite).parse(text)


def test_long_texts_are_quoted_around_the_mistake() -> None:
    text = "not(" * 50 + "and(x,)" + ")" * 50
    with pytest.raises(SyntaxProblem, match=r"'\.\.\..*and\(x,\).*\.\.\.'") as caught:
        SYNTAX.parse(text)
    assert caught.value.position == text.index(",)") + 1
    assert len(str(caught.value)) < 250


def test_a_language_without_literals_reads_none() -> None:
    with pytest.raises(SyntaxProblem, match="one of not, and, choose, true, x"):
        FunctionalSyntax(PRIMITIVES, ["x"]).parse("1")


def test_literals_are_what_the_language_makes_of_them() -> None:
    assert FunctionalSyntax(PRIMITIVES, ["x"], Fraction).parse("-0.5") == Literal(Fraction(-1, 2))


def test_terms_are_printed_as_deep_as_they_can_be_read() -> None:
    term: Term = Variable("x")
    for _ in range(99):
        term = Apply("choose", (Variable("x"), term, Variable("x")))
    assert SYNTAX.parse(SYNTAX.print_term(term)) == term
    with pytest.raises(ValueError, match="at most 100 levels"):
        SYNTAX.print_term(Apply("not", (term,)))


def test_holes_have_no_text() -> None:
    with pytest.raises(ValueError, match="no holes"):
        SYNTAX.print_term(Hole("f"))


@pytest.mark.parametrize("variables", [["x", "x"], ["not"], ["two words"]])
def test_every_name_stands_for_one_thing(variables: list[str]) -> None:
    with pytest.raises(ValueError, match="Every name must be"):
        FunctionalSyntax(PRIMITIVES, variables)
