from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagredo.domains.expressions.prior import expression_grammar
from sagredo.domains.expressions.simulator import NativeSimulator
from sagredo.language.term import Apply, Literal, Parameter, Program, Variable, size, variables

GRAMMAR = expression_grammar(("x", "y"))
INPUTS = {"x": np.linspace(-2, 2, 9), "y": np.linspace(0.5, 3, 9)}


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_trace_ends_with_the_outcome_of_a_run(seed):
    program = Program(GRAMMAR.sample(np.random.default_rng(seed)), tuple(np.linspace(-2, 2, 40)))
    simulator = NativeSimulator()
    outcome, trace = simulator.run(program, INPUTS), simulator.trace(program, INPUTS)
    assert len(trace.nodes) == size(program.term)
    np.testing.assert_array_equal(trace.nodes[-1], outcome.values)
    np.testing.assert_array_equal(trace.outcome.values, outcome.values)
    np.testing.assert_array_equal(outcome.defined, np.isfinite(outcome.values))


def test_a_failure_is_an_undefined_row():
    outcome = NativeSimulator().run(
        Program(Apply("log", (Variable("x"),))), {"x": np.array([-1.0, 0.0, 1.0])}
    )
    np.testing.assert_array_equal(outcome.defined, [False, False, True])


def test_a_program_without_variables_has_a_value_on_every_row():
    program = Program(Apply("mul", (Literal(3), Parameter(0))), (2.0,))
    np.testing.assert_array_equal(NativeSimulator().run(program, INPUTS).values, np.full(9, 6.0))


def test_constants_of_the_user_have_their_values():
    program = Program(Apply("mul", (Apply("g"), Variable("x"))))
    outcome = NativeSimulator({"g": 9.81}).run(program, INPUTS)
    np.testing.assert_array_equal(outcome.values, 9.81 * INPUTS["x"])


def test_a_missing_input_is_named():
    program = Program(Apply("add", (Variable("x"), Variable("z"))))
    assert variables(program.term) == ("x", "z")
    with pytest.raises(ValueError, match="z is missing"):
        NativeSimulator().run(program, INPUTS)
