"""Forms: what a template says, how it is filled in, and how its mistakes are named."""

from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagredo.domains.expressions.forms import Form, fill, forbidden, parse_form
from sagredo.domains.expressions.prior import expression_grammar
from sagredo.domains.expressions.syntax import ExpressionSyntax
from sagredo.language.term import (
    Apply,
    Hole,
    Literal,
    Parameter,
    Program,
    Term,
    Variable,
    children,
    parameter_count,
    postorder,
    rebuild,
)
from sagredo.problem.errors import InvalidInput

SYNTAX = ExpressionSyntax(["x", "y"])
GRAMMAR = expression_grammar(["x", "y"])
SOUP = [
    "x",
    "y",
    "A",
    "f",
    "g",
    "p0",
    "exp",
    "pi",
    "pow",
    "1",
    "2.5",
    "(",
    ")",
    ",",
    "+",
    "-",
    "*",
    "/",
    "**",
    "é",
]
TOKENS = st.lists(st.sampled_from(SOUP)).map("".join)


def test_unknown_names_are_parameters_and_before_variables_holes() -> None:
    form = parse_form("A*exp(-f(x)/T)", SYNTAX, {"T": 3.0}, {"T": (0.5, 10.0)})
    hole = Hole("f", ("x",))
    exponent = Apply("div", (Apply("neg", (hole,)), Parameter(1)))
    assert form == Form(
        Apply("mul", (Parameter(0), Apply("exp", (exponent,)))),
        ("A", "T"),
        (1.0, 3.0),
        ((-inf, inf), (0.5, 10.0)),
    )
    assert form.holes == (hole,)


def test_a_name_is_one_parameter_or_one_hole_everywhere() -> None:
    form = parse_form("b1*(1 - exp(-b2*x)) + b1 + f(x, y)/f(x, y) + g()", SYNTAX)
    assert form.parameter_names == ("b1", "b2")
    assert form.holes == (Hole("f", ("x", "y")), Hole("g"))
    assert parameter_count(form.term) == 2


def test_names_of_parameters_in_printed_programs_are_names_like_others() -> None:
    form = parse_form("A + p7*x + p0", SYNTAX)
    assert form.parameter_names == ("A", "p7", "p0")
    assert SYNTAX.print_term(form.term) == "p0 + p1*x + p2"


def test_the_start_of_a_parameter_lies_in_its_bounds() -> None:
    form = parse_form("a + b + c", SYNTAX, bounds={"a": (2.0, 5.0), "b": (-inf, -1.0)})
    assert form.starts == (2.0, -1.0, 1.0)


@pytest.mark.parametrize(
    ("text", "starts", "bounds", "message"),
    [
        ("", {}, {}, "position 1"),
        ("A*exp(-x/T", {}, {}, r"'\)' at position 11"),
        ("A*(x", {}, {}, "position 5"),
        ("A x", {}, {}, "position 3"),
        ("A*f(x+1)", {}, {}, "',' or '\\)' at position 6"),
        ("f(z)", {}, {}, r"variables of the hole 'f' \(x, y\), each once, at position 3"),
        ("f(x, x)", {}, {}, "each once, at position 6"),
        ("f(x) + f(y)", {}, {}, "the same variables everywhere at position 8"),
        ("f(x) + f", {}, {}, "not both, at position 8"),
        ("f + f(x)", {}, {}, "not both, at position 5"),
        ("A*x", {"B": 1.0}, {}, r"Every start must be.*they are: A\).*'B'"),
        ("width*x", {}, {"widht": (0, 1)}, "Every bound must be.*Did you mean 'width'"),
        ("f(x)", {"f": 1.0}, {}, "they are: none"),
        ("A*x", {"A": 1.0}, {"A": (2.0, 3.0)}, "between its bounds 2.0 and 3.0"),
        ("A*x", {"A": nan}, {}, "finite"),
        ("A*x", {"A": inf}, {}, "finite"),
        ("A*x", {}, {"A": (3.0, 3.0)}, "lower bound"),
        ("A*x", {}, {"A": (nan, 3.0)}, "lower bound"),
        ("A" * 10_001, {}, {}, "at most 10000 characters"),
        ("sin(" * 300, {}, {}, "at most 100 levels"),
    ],
)
def test_a_mistake_is_one_sentence_that_says_where(
    text: str, starts: dict[str, float], bounds: dict[str, tuple[float, float]], message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        parse_form(text, SYNTAX, starts, bounds)


@settings(max_examples=300, deadline=None)
@given(text=st.one_of(st.text(), TOKENS))
def test_any_text_is_a_form_or_an_invalid_input(text: str) -> None:
    try:
        form = parse_form(text, SYNTAX)
    except InvalidInput:
        return
    indices = {node.index for node in postorder(form.term) if isinstance(node, Parameter)}
    assert indices == set(range(len(form.parameter_names)))
    filled = fill(form, {hole: Variable("x") for hole in form.holes})
    assert SYNTAX.parse(SYNTAX.print_term(filled.term)) == filled.term


def test_the_parameters_of_a_filling_stand_behind_those_of_the_form() -> None:
    form = parse_form("A*f(x) + g(y) + f(x)", SYNTAX, {"A": 2.5})
    line = Apply("add", (Parameter(4), Apply("mul", (Parameter(0), Variable("x")))))
    program = fill(form, {Hole("f", ("x",)): line, Hole("g", ("y",)): Parameter(0)})
    assert SYNTAX.print_term(program.term) == "p0*(p1 + p2*x) + p3 + (p1 + p2*x)"
    assert program.parameters == (2.5, 1.0, 1.0, 1.0)


def test_a_form_without_holes_is_a_program() -> None:
    form = parse_form("b1*(1 - exp(-b2*x))", SYNTAX, {"b1": 500.0, "b2": 0.001})
    assert fill(form, {}) == Program(form.term, (500.0, 0.001))


def test_every_hole_needs_a_term() -> None:
    with pytest.raises(ValueError, match="none for 'f'"):
        fill(parse_form("f(x)", SYNTAX), {})


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_filling_puts_the_term_in_place_of_the_hole(seed: int) -> None:
    term = GRAMMAR.sample(np.random.default_rng(seed))
    program = fill(parse_form("f()", SYNTAX), {Hole("f"): term})
    assert len(program.parameters) == parameter_count(term)

    def bare(node: Term) -> Term:
        return Parameter(0) if isinstance(node, Parameter) else node

    assert rebuild(program.term, bare) == rebuild(term, bare)


def below(term: Term, name: str) -> bool:
    """Whether a primitive occurs in a term, by the definition."""
    return isinstance(term, Apply) and (
        term.primitive == name or any(below(child, name) for child in children(term))
    )


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_forbidden_nesting_is_one_anywhere_below_the_other(seed: int) -> None:
    term = GRAMMAR.sample(np.random.default_rng(seed))
    names = ("add", "mul", "sqrt", "exp")
    for outer in names:
        for inner in names:
            nested = any(
                isinstance(node, Apply)
                and node.primitive == outer
                and any(below(child, inner) for child in children(node))
                for node in postorder(term)
            )
            assert forbidden(f"{outer}({inner})")(term) is not nested


def test_aliases_name_the_same_operations() -> None:
    term = SYNTAX.parse("arcsin(1 + log(x))")
    assert not forbidden(" asin ( ln ) ")(term)
    assert forbidden("log(asin)")(term)
    assert forbidden("asin(asin)")(term)


@settings(max_examples=200, deadline=None)
@given(
    text=st.one_of(
        st.text(), TOKENS, st.sampled_from(["sin", "sin()", "(exp)", "sin(exp(log))", "sin(x)", "+(+)"])
    )
)
def test_any_other_nesting_is_an_invalid_input(text: str) -> None:
    try:
        rule = forbidden(text)
    except InvalidInput:
        return
    assert rule(Literal(1))
