"""Rewriting into a smaller set of primitives keeps the meaning."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sagredo.domains.expressions.planners.dialect import ALTERNATIVES, within
from sagredo.domains.expressions.prior import expression_grammar
from sagredo.domains.expressions.simulator import NativeSimulator
from sagredo.language.term import Apply, Program, Term, Variable, parameter_count, postorder

INPUTS = {"x": np.array([0.3, 1.7, 2.9]), "y": np.array([1.1, 0.4, 2.2])}


def names(term: Term) -> set[str]:
    return {node.primitive for node in postorder(term) if isinstance(node, Apply)}


@given(seed=st.integers(0, 2**32 - 1), kept=st.sets(st.sampled_from(sorted(ALTERNATIVES))))
@settings(max_examples=100, deadline=None)
def test_the_values_stay_the_same(seed: int, kept: set[str]) -> None:
    rng = np.random.default_rng(seed)
    term = expression_grammar(["x", "y"]).sample(rng)
    program = Program(term, tuple(rng.uniform(0.5, 2.0, parameter_count(term)).tolist()))
    rewritten = within(program, frozenset({"add", "mul", "pow", "exp", *kept}))
    simulator = NativeSimulator()
    before, after = (simulator.run(p, INPUTS).values for p in (program, rewritten))
    small = np.abs(before) < 1e6
    np.testing.assert_allclose(after[small], before[small], rtol=1e-6, atol=1e-6)


def test_what_the_language_lacks_is_said_with_what_it_has() -> None:
    x, y = Variable("x"), Variable("y")
    term = Apply("sub", (Apply("square", (x,)), Apply("div", (y, x))))
    rewritten = within(Program(term), frozenset({"add", "mul", "inv"}))
    assert names(rewritten.term) == {"add", "mul", "inv"}


def test_a_language_that_has_everything_changes_nothing() -> None:
    program = Program(Apply("neg", (Apply("square", (Variable("x"),)),)))
    assert within(program, frozenset(ALTERNATIVES)) == program
