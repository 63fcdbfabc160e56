from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagredo.language.term import (
    Apply,
    Hole,
    Literal,
    Parameter,
    Program,
    Term,
    Variable,
    children,
    postorder,
)

PRIME = 7


def evaluated(term: Term, row: dict[str, int]) -> int | None:
    """The value on one row by plain recursion; None where it is undefined."""
    if isinstance(term, Variable):
        return row[term.symbol]
    if isinstance(term, Literal):
        assert isinstance(term.value, int)
        return term.value % PRIME
    arguments = [evaluated(child, row) for child in children(term)]
    assert isinstance(term, Apply)
    match term.primitive, arguments:
        case "one", []:
            return 1
        case _ if None in arguments:
            return None
        case "neg", [int(u)]:
            return -u % PRIME
        case "inv", [int(u)]:
            return next((v for v in range(PRIME) if u * v % PRIME == 1), None)
        case "add", [int(u), int(v)]:
            return (u + v) % PRIME
        case "mul", [int(u), int(v)]:
            return u * v % PRIME
    raise AssertionError(term)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_a_run_is_the_recursion_on_every_row(residues: Any, seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem, _ = residues.sample_problem(rng)
    program = Program(residues.language(problem).prior.sample(rng))
    trace = residues.simulator(problem).trace(program, problem.input_values)
    outcome = residues.simulator(problem).run(program, problem.input_values)
    assert np.array_equal(outcome.values, trace.outcome.values)
    for term, node in zip(postorder(program.term), trace.nodes, strict=True):
        for i in range(problem.row_count):
            row = {symbol: int(values[i]) for symbol, values in problem.input_values.items()}
            expected = evaluated(term, row)
            assert node[i] == (-1 if expected is None else expected)
    assert np.array_equal(trace.outcome.defined, trace.nodes[-1] != -1)


def test_constants_have_a_value_on_every_row(residues: Any) -> None:
    simulator = residues.simulator(None)
    inputs = {"x": np.arange(4)}
    assert simulator.run(Program(Apply("one")), inputs).values.tolist() == [1] * 4
    assert simulator.run(Program(Literal(9)), inputs).values.tolist() == [2] * 4
    assert simulator.run(Program(Parameter(0), (3.0,)), inputs).values.tolist() == [3] * 4
    assert simulator.run(Program(Apply("one")), {}).values.tolist() == [1]


@pytest.mark.parametrize("term", [Variable("y"), Hole("h"), Parameter(1), Apply("neg", (Parameter(1),))])
def test_a_program_that_is_not_closed_is_refused(residues: Any, term: Term) -> None:
    with pytest.raises(ValueError, match=r"must be closed.*\['x'\]"):
        residues.simulator(None).run(Program(term, (1.0,)), {"x": np.arange(3)})
