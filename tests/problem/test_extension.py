"""More rows for a problem: the same as the whole table at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagredo.problem.build import problem_from
from sagredo.problem.errors import InvalidInput
from sagredo.problem.extension import extended
from sagredo.problem.problem import Problem


def table(seed: int, rows: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    decimals = int(rng.integers(1, 8))
    x, y = rng.normal(size=(2, rows)).round(decimals)
    return {"x": x, "y": y, "s": rng.uniform(0.1, 1, rows), "m": rng.integers(0, 3, rows) * 1.0}


def same(one: Problem, other: Problem) -> None:
    for column, expected in zip((*one.inputs, one.target), (*other.inputs, other.target), strict=True):
        np.testing.assert_array_equal(column.values, expected.values)
        assert column.resolution == expected.resolution
    for values, wanted in ((one.sigma, other.sigma), (one.weights, other.weights)):
        assert (values is None) == (wanted is None)
        if values is not None:
            np.testing.assert_array_equal(values, wanted)


@given(st.integers(0, 2**32), st.integers(8, 20), st.integers(4, 20), st.booleans(), st.booleans())
def test_rows_in_two_parts_are_the_rows_at_once(
    seed: int, rows: int, first: int, errors: bool, multiplicities: bool
) -> None:
    first = min(first, rows)
    whole = table(seed, rows)
    whole["m"][:3] = 1.0
    options = {"sigma": "s" if errors else None, "weights": "m" if multiplicities else None}
    parts = [
        {name: values[part] for name, values in whole.items()} for part in (slice(first), slice(first, None))
    ]
    if first == rows:
        parts[1] = {name: values[:0] for name, values in whole.items()}
    start = problem_from(parts[0], target="y", inputs=["x"], **options)
    weights = "m" if multiplicities and parts[1]["m"].any() else None
    if multiplicities and weights is None:
        parts[1] = {name: values[:0] for name, values in whole.items()}
    same(
        extended(start, parts[1], sigma=options["sigma"], weights=weights),
        problem_from(whole, target="y", inputs=["x"], **options),
    )


def test_a_declared_resolution_stays() -> None:
    problem = problem_from({"x": np.arange(4.0), "y": np.array([1.0, 2.0, 4.0, 8.0])}, target="y")
    problem = replace(problem, target=replace(problem.target, resolution=0.5))
    longer = extended(problem, {"x": [5.0], "y": [16.25]})
    assert longer.target.resolution == 0.5
    assert longer.row_count == 5
    assert longer.weights is None


def test_what_does_not_fit_the_problem_is_refused() -> None:
    data = {"x [m]": np.arange(1.0, 5.0), "y": np.array([1.0, 2.0, 4.0, 9.0])}
    problem = problem_from(data, target="y")
    with pytest.raises(InvalidInput, match=r"none elsewhere\. Got a problem without errors"):
        extended(problem, {"x": [1.0], "y": [2.0]}, sigma=0.1)
    with pytest.raises(InvalidInput, match="Got a problem with errors and new rows without"):
        extended(problem_from(data, target="y", sigma=0.1), {"x": [1.0], "y": [2.0]})
    with pytest.raises(InvalidInput, match=r"unit of their column\. Got 's' instead of 'm'"):
        extended(problem, {"x [s]": [1.0], "y": [2.0]})
    with pytest.raises(InvalidInput, match="Got 'y'"):
        extended(problem, {"x": [1.0]})
    with pytest.raises(InvalidInput, match="missing or NaN"):
        extended(problem, {"x": [1.0], "y": [np.nan]})
    with pytest.raises(InvalidInput, match="'refuse' or 'drop'"):
        extended(problem, {"x": [1.0], "y": [1.0]}, missing="guess")  # type: ignore[arg-type]  # it is refused
    assert extended(problem, {"x": [1.0, 2.0], "y": [np.nan, 3.0]}, missing="drop").row_count == 5
