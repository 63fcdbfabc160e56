from __future__ import annotations

from dataclasses import replace
from math import inf, log2
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagredo.language.term import Apply, Program, Variable
from sagredo.objective.exact import ERROR_PROBABILITY, ExactObjective

RESPONSES = st.lists(st.integers(0, 6), min_size=1, max_size=12)
EPSILONS = st.floats(0.001, 0.499)
X = Program(Variable("x0"))


def bits_of(value: Any) -> float:
    """Cheaper for small values."""
    return 1.0 + float(value)


def objective(
    residues: Any,
    outputs: list[int],
    responses: list[int],
    epsilon: float = ERROR_PROBABILITY,
    weights: list[int] | None = None,
) -> ExactObjective:
    """The objective of a problem on which the program ``x0`` has these outputs."""
    problem = residues.problem(np.array([outputs]).T, np.array(responses))
    if weights is not None:
        problem = replace(problem, weights=np.array(weights, float))
    return ExactObjective(
        problem,
        residues.language(problem),
        residues.simulator(problem),
        epsilon=epsilon,
        value_bits=bits_of,
    )


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=12), EPSILONS)
def test_a_wrong_row_costs_its_error_and_its_value(
    residues: Any, rows: list[tuple[int, int]], epsilon: float
) -> None:
    outputs, responses = map(list, zip(*rows, strict=True))
    weighed = objective(residues, outputs, responses, epsilon)
    score = weighed.score(X)
    expected = sum(-log2(1 - epsilon) if f == y else -log2(epsilon) + bits_of(y) for f, y in rows)
    assert score.data_bits == pytest.approx(expected)
    assert score.noise_scale == pytest.approx(sum(f != y for f, y in rows) / len(rows))
    assert score.data_bits >= weighed.floor_bits - 1e-9
    assert weighed.floor_bits == pytest.approx(
        objective(residues, responses, responses, epsilon).score(X).data_bits
    )


@given(RESPONSES, st.lists(st.integers(1, 4), min_size=12, max_size=12), EPSILONS)
def test_weights_are_multiplicities(
    residues: Any, responses: list[int], weights: list[int], epsilon: float
) -> None:
    weights = weights[: len(responses)]
    outputs = [3] * len(responses)
    weighted = objective(residues, outputs, responses, epsilon, weights)
    repeated = [value for value, weight in zip(responses, weights, strict=True) for _ in range(weight)]
    plain = objective(residues, [3] * len(repeated), repeated, epsilon)
    assert weighted.score(X).data_bits == pytest.approx(plain.score(X).data_bits)
    assert weighted.score(X).noise_scale == pytest.approx(plain.score(X).noise_scale)
    assert weighted.null_bits == pytest.approx(plain.null_bits)
    assert weighted.floor_bits == pytest.approx(plain.floor_bits)


@given(RESPONSES, EPSILONS)
def test_the_null_model_is_the_list_itself_or_one_constant(
    residues: Any, responses: list[int], epsilon: float
) -> None:
    weighed = objective(residues, responses, responses, epsilon)
    constants = [
        bits_of(v) + objective(residues, [v] * len(responses), responses, epsilon).score(X).data_bits
        for v in responses
    ]
    assert weighed.null_bits == pytest.approx(min(sum(map(bits_of, responses)), *constants))


def test_a_law_with_one_mistyped_response_still_beats_the_null(residues: Any) -> None:
    outputs = list(range(7)) * 3
    responses = [*outputs[:-1], 0]
    weighed = objective(residues, outputs, responses)
    assert weighed.score(X).description_length_bits < weighed.null_bits


def test_a_program_without_a_value_somewhere_is_infinitely_long(residues: Any) -> None:
    score = objective(residues, [1, 0, 2], [1, 0, 2]).score(Program(Apply("inv", (Variable("x0"),))))
    assert score.data_bits == inf


def test_a_constant_is_compared_with_every_row(residues: Any) -> None:
    domain = replace(residues, primitives=("one",))
    problem = domain.problem(np.empty((4, 0), int), np.array([1, 1, 1, 1]))
    weighed = domain.objective(problem, domain.language(problem))
    assert weighed.score(Program(Apply("one"))).data_bits == pytest.approx(weighed.floor_bits)


class Echo:
    """Gives the outputs it was made with."""

    def __init__(self, outputs: Any) -> None:
        self.outputs = outputs

    def run(self, program: Program, inputs: Any) -> Any:
        return self

    @property
    def values(self) -> Any:
        return self.outputs

    @property
    def defined(self) -> Any:
        return np.ones(len(self.outputs), bool)


def objects(values: list[Any]) -> Any:
    array = np.empty(len(values), object)
    array[:] = values
    return array


@pytest.mark.parametrize(
    ("outputs", "responses", "right"),
    [
        (objects([[1, 2], [3], []]), objects([[1, 2], [3, 4], []]), 2),
        (np.array([[1, 2], [3, 4], [5, 6]]), np.array([[1, 2], [3, 0], [5, 6]]), 2),
        (objects(["a", None, (1, [2])]), objects(["a", None, (1, [2])]), 3),
        (objects([[1], [1, 1], 1]), objects([1, 1, 1]), 1),
    ],
)
def test_values_of_any_shape_are_compared_whole(
    residues: Any, outputs: Any, responses: Any, right: int
) -> None:
    problem = residues.problem(np.zeros((3, 1), int), responses)
    weighed = ExactObjective(
        problem,
        residues.language(problem),
        Echo(outputs),
        value_bits=lambda value: 4.0,  # type: ignore[arg-type]  # a double
    )
    assert weighed.score(X).noise_scale == pytest.approx(1 - right / 3)
    assert weighed.null_bits <= 12.0


@pytest.mark.parametrize("epsilon", [0.0, 0.5, 1.0, -0.1])
def test_the_error_probability_is_one(residues: Any, epsilon: float) -> None:
    with pytest.raises(ValueError, match="strictly between 0 and 1/2"):
        objective(residues, [1], [1], epsilon)


def test_the_null_model_of_many_rows_is_quick(residues: Any) -> None:
    responses = objects(list(range(100_000)))
    problem = residues.problem(np.zeros((100_000, 1), int), responses)
    weighed = ExactObjective(
        problem, residues.language(problem), residues.simulator(problem), value_bits=lambda value: 17.0
    )
    assert weighed.null_bits == pytest.approx(17.0 * 100_000)
