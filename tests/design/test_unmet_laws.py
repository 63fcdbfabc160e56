"""What a law that was not met may say: known at the rows, free far from them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagredo.design.unmet_laws import LENGTH_SCALE, MOST_ROWS, UnmetLaws
from sagredo.objective.normal_mixture import NormalMixture
from sagredo.problem.build import problem_from_arrays
from sagredo.problem.problem import Problem

SEEDS = st.integers(0, 2**32)
NOISE = 0.1


def draw_problem(rng: np.random.Generator, rows: int = 12) -> Problem:
    columns = {name: rng.uniform(2.0, 5.0, rows) for name in ("a", "b")}
    return problem_from_arrays(columns, columns["a"] * columns["b"], target="y")


def rows_of(problem: Problem) -> np.ndarray:
    return np.array([column.values for column in problem.inputs]).T


@given(SEEDS)
def test_the_free_shares_are_the_variances_of_a_gaussian_process_given_the_rows(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = draw_problem(rng)
    unmet, rows, points = UnmetLaws.of(problem, NOISE), rows_of(problem), rng.uniform(1.0, 6.0, (5, 2))
    places = np.vstack([points, rows]) / np.ptp(rows, axis=0)
    squares = np.square(places[:, np.newaxis] - places).sum(axis=2)
    kernel = np.exp(-squares / (2 * LENGTH_SCALE**2))
    variance = np.var(problem.responses)
    for amplitude, free in zip(unmet.amplitudes, unmet.free_shares(points).T, strict=True):
        noisy = kernel[5:, 5:] + NOISE**2 / (amplitude * variance) * np.eye(len(rows))
        expected = np.diag(kernel[:5, :5] - kernel[:5, 5:] @ np.linalg.solve(noisy, kernel[5:, :5]))
        np.testing.assert_allclose(free, expected, atol=1e-9)
    assert 1 <= unmet.amplitudes[-1] * variance / NOISE**2 < 4


@given(SEEDS, st.floats(1e-3, 1e3), st.floats(-10.0, 10.0))
def test_neither_the_order_of_rows_nor_the_units_of_inputs_matter(
    seed: int, factor: float, shift: float
) -> None:
    rng = np.random.default_rng(seed)
    problem = draw_problem(rng)
    points, order = rng.uniform(1.0, 6.0, (5, 2)), rng.permutation(problem.row_count)
    moved = problem_from_arrays(
        {column.symbol: factor * column.values[order] + shift for column in problem.inputs},
        problem.responses[order],
        target="y",
    )
    np.testing.assert_allclose(
        UnmetLaws.of(moved, NOISE).free_shares(factor * points + shift),
        UnmetLaws.of(problem, NOISE).free_shares(points),
        atol=1e-6,
    )


@given(SEEDS)
def test_a_row_more_tells_more_where_it_lies(seed: int) -> None:
    rng = np.random.default_rng(seed)
    before = UnmetLaws.of(draw_problem(rng), NOISE)
    points = rng.uniform(1.0, 6.0, (8, 2))
    after = before.after(points[0])
    assert np.all(after.free_shares(points) <= before.free_shares(points) + 1e-9)
    assert np.all(after.free_shares(points)[0] <= after.noise_share / after.amplitudes)


def test_it_lies_about_the_laws_met_and_far_away_spreads_as_the_responses() -> None:
    problem = draw_problem(np.random.default_rng(0))
    unmet, far = UnmetLaws.of(problem, NOISE), np.array([[3.0, 3.0], [1e3, 1e3]])
    met = NormalMixture(np.array([[1.0], [0.0]]), np.array([[7.0], [0.0]]), np.array([[NOISE], [1.0]]))
    told = unmet.response(far, met)
    assert told.mean == pytest.approx([7.0, problem.responses.mean()])
    assert told.standard_deviation[1] == pytest.approx(problem.responses.std())
    free = unmet.free_shares(far)
    added = (free[0] * unmet.amplitudes).mean() * problem.responses.var()
    assert told.standard_deviation[0] ** 2 == pytest.approx(NOISE**2 + added)
    assert free[1] == pytest.approx(1.0)


def test_rows_that_coincide_constant_inputs_and_many_rows_are_no_trouble() -> None:
    same = {"a": np.full(6, 3.0), "b": np.array([1.0, 1.0, 1.0, 2.0, 2.0, 2.0])}
    told = UnmetLaws.of(problem_from_arrays(same, np.arange(6.0), target="y"), 0.0)
    assert np.isfinite(told.free_shares(np.array([[3.0, 1.0], [4.0, 1.5]]))).all()
    many = draw_problem(np.random.default_rng(0), rows=3 * MOST_ROWS)
    assert len(UnmetLaws.of(many, NOISE).rows) == MOST_ROWS
