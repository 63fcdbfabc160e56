"""What is fitted on which rows: batches of least squares against LAPACK, and the choice of rows."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sagredo._native import least_squares
from sagredo.domains.expressions.planners.regression import telling_rows


@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
def test_least_squares_is_that_of_lapack(seed: int, columns: int) -> None:
    rng = np.random.default_rng(seed)
    designs, values = rng.standard_normal((3, columns, 20)), rng.standard_normal((3, 20))
    designs[1, 0] *= 1e-6
    weights = rng.uniform(0.1, 2.0, (3, 20))
    weights[:, 4] = 0.0
    found = least_squares(designs, values, weights)
    for design, value, weight, fitted in zip(designs, values, weights, found, strict=True):
        roots = np.sqrt(weight)
        coefficients = np.linalg.lstsq((design * roots).T, value * roots, rcond=None)[0]
        np.testing.assert_allclose(fitted, coefficients @ design, rtol=1e-8, atol=1e-10)


def test_columns_that_depend_on_one_another_have_no_fit() -> None:
    rng = np.random.default_rng(0)
    design = rng.standard_normal((2, 20))
    designs = np.array([[*design, design[0] - design[1]], [*design, design[0] ** 2]])
    values = np.tile(rng.standard_normal(20), (2, 1))
    found = least_squares(designs, values, np.ones((2, 20)))
    assert np.all(np.isnan(found[0]))
    assert np.all(np.isfinite(found[1]))


def test_more_columns_than_rows_have_no_fit() -> None:
    assert np.all(np.isnan(least_squares(np.ones((2, 5, 3)), np.ones((2, 3)), np.ones((2, 3)))))


@given(
    seed=st.integers(0, 2**32 - 1),
    rows=st.integers(1, 400),
    most=st.integers(1, 64),
    tail=st.sampled_from([0.0, 1.0, 5.0]),
)
def test_telling_rows_are_chosen_once_whatever_their_order(
    seed: int, rows: int, most: int, tail: float
) -> None:
    rng = np.random.default_rng(seed)
    responses = np.exp(tail * rng.standard_normal(rows))
    chosen = telling_rows(responses, most)
    assert len(np.unique(chosen)) == len(chosen) == min(rows, most)
    order = rng.permutation(rows)
    again = telling_rows(responses[order], most)
    np.testing.assert_array_equal(np.sort(responses[order][again]), np.sort(responses[chosen]))


def test_telling_rows_hold_the_largest_responses_of_a_heavy_tail() -> None:
    responses = np.concatenate([np.linspace(0.0, 1.0, 1000), [50.0, 70.0, -60.0, 90.0]])
    chosen = telling_rows(responses, 64)
    assert {1000, 1001, 1002, 1003} <= set(chosen.tolist())
    assert np.ptp(responses[np.setdiff1d(chosen, [1000, 1001, 1002, 1003])]) > 0.9


def test_equal_responses_have_telling_rows() -> None:
    assert len(telling_rows(np.ones(200), 64)) == 64
