from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagredo.domains.expressions.prior import expression_grammar
from sagredo.domains.expressions.syntax import ExpressionSyntax
from sagredo.language.language import SyntaxProblem

GRAMMAR = expression_grammar(["x", "y"])
SYNTAX = ExpressionSyntax(["x", "y"])
SOUP = [
    "x",
    "y",
    "1",
    "2",
    "0",
    "0.5",
    "1e9",
    "+",
    "-",
    "*",
    "/",
    "**",
    "^",
    "(",
    ")",
    ",",
    "sin",
    "pow",
    "p0",
    "pi",
    "q",
]


@settings(max_examples=500)
@given(seed=st.integers(0, 2**32 - 1))
def test_parsing_what_was_printed_gives_the_same_term(seed: int) -> None:
    term = GRAMMAR.sample(np.random.default_rng(seed))
    assert SYNTAX.parse(SYNTAX.print_term(term)) == term


@settings(max_examples=300)
@given(text=st.one_of(st.text(), st.lists(st.sampled_from(SOUP)).map("".join)))
def test_any_text_is_a_term_or_a_syntax_problem(text: str) -> None:
    try:
        term = SYNTAX.parse(text)
    except SyntaxProblem:
        return
    assert SYNTAX.parse(SYNTAX.print_term(term)) == term


@pytest.mark.parametrize(
    "text", ["(" * 9000, "-" * 9000, "x**" * 3000 + "x", "+".join("x" * 4000), "sin(" * 2000]
)
def test_deep_nesting_is_refused(text: str) -> None:
    with pytest.raises(SyntaxProblem, match="levels"):
        SYNTAX.parse(text)
