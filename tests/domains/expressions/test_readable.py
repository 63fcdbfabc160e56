"""Terms that read well: every change keeps the values to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sagredo.domains.expressions.prior import expression_grammar
from sagredo.domains.expressions.readable import readable
from sagredo.domains.expressions.semantics import RealColumns
from sagredo.domains.expressions.syntax import ExpressionSyntax
from sagredo.language.term import Program
from sagredo.simulator.interpreter import ReferenceInterpreter

SYNTAX = ExpressionSyntax(["x", "y"])
GRAMMAR = expression_grammar(
    ["x", "y"], kind_weights={"parameter": 0.0, "function": 0.2}, primitive_weights={"neg": 3.0}
)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("x + -2*y", "x - 2*y"),
        ("x - (-y)", "x + y"),
        ("-x + y", "y - x"),
        ("-x - y", "-x - y"),
        ("-x + (-y)", "-x - y"),
        ("-2 + x", "-2 + x"),
        ("-(-x)", "x"),
        ("-(x - y)", "y - x"),
        ("-(2*x)", "-2*x"),
        ("-(x*y/3)", "-x*y/3"),
        ("x*(-2)", "-2*x"),
        ("(-x)*(-y)", "x*y"),
        ("2*(-3)", "-2*3"),
        ("x/(-y)", "-x/y"),
        ("x - y*(-2)", "x + 2*y"),
        ("-x**2", "-x**2"),
        ("y - sin(-x)", "y - sin(-x)"),
        ("x + (y + 1)", "y + 1 + x"),
        ("-2 + (x - y)", "x - y - 2"),
        ("x*(x*y)/2", "x*y*x/2"),
        ("0.5*(x*y)", "0.5*(x*y)"),
        ("x*(y*(-2))", "-2*y*x"),
        ("x - (y + 1)", "x - (y + 1)"),
        ("x/(y*2)", "x/(2*y)"),
    ],
)
def test_how_terms_are_rewritten(text: str, plain: str) -> None:
    assert SYNTAX.print_term(readable(SYNTAX.parse(text))) == plain


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_values_stay_the_same(seed: int) -> None:
    term = GRAMMAR.sample(np.random.default_rng(seed))
    plain = readable(term)
    interpreter = ReferenceInterpreter(RealColumns())
    inputs = {"x": np.array([0.3, 1.7, -2.5, 40.0]), "y": np.array([-1.1, 0.9, 3.3, 0.01])}
    trace = interpreter.trace(Program(term), inputs)
    # At infinities the sign of a zero matters, which a change of signs may turn.
    assume(all(np.isfinite(node).all() for node in trace.nodes))
    np.testing.assert_array_equal(interpreter.run(Program(plain), inputs).values, trace.nodes[-1])
    assert readable(plain) == plain
