"""What can be measured: bounds, constraints, pools."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagredo.design.candidates import Box, Pool
from sagredo.design.choice import best_query
from sagredo.problem.errors import InvalidInput

BOX = Box.of({"a": (-1.0, 3.0), "b": (10.0, 20.0)})


@given(st.integers(0, 1000), st.integers(1, 70))
def test_a_box_is_filled_evenly(seed: int, count: int) -> None:
    points = BOX.draw(np.random.default_rng(seed), count)
    assert points.shape == (count, 2)
    assert all(BOX.contains(point) for point in points)
    # Any aligned power of two of Sobol points has as many on either side of the middle.
    half = 2 ** int(np.log2(count))
    if half > 1:
        assert np.sum(points[:half, 0] < 1.0) == half // 2


@given(st.integers(0, 1000), st.floats(0.01, 2))
def test_neighbours_are_near_and_inside(seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    point = BOX.draw(rng, 1)[0]
    nearby = BOX.near(rng, point, share, 16)
    assert len(nearby) == 16
    assert all(BOX.contains(q) for q in nearby)
    assert np.all(np.abs(nearby - point) <= 0.5 * share * BOX.extent + 1e-12)


def test_a_constraint_rules_out_queries_and_one_that_rules_out_all_is_refused() -> None:
    ring = Box.of({"a": (-1, 1), "b": (-1, 1)}, lambda x: x["a"] ** 2 + x["b"] ** 2 > 1)
    points = ring.draw(np.random.default_rng(0), 50)
    assert len(points) == 50
    assert np.all(np.sum(points**2, axis=1) > 1)
    assert not ring.contains(np.zeros(2))
    assert np.all(np.sum(ring.grid(5).points ** 2, axis=1) > 1)
    empty = Box.of({"a": (0, 1)}, lambda x: x["a"] > 2)
    with pytest.raises(InvalidInput, match="rules out all"):
        empty.draw(np.random.default_rng(0), 4)


@pytest.mark.parametrize("ends", [(1.0, 1.0), (2.0, 1.0), (0.0, np.inf), (np.nan, 1.0)])
def test_sides_without_length_are_refused(ends: tuple[float, float]) -> None:
    with pytest.raises(InvalidInput, match="The bounds of 'a'"):
        Box.of({"a": ends})


@given(st.floats(-0.9, 2.9), st.floats(10.1, 19.9))
def test_the_best_query_is_found_to_a_hundredth_of_the_box(a: float, b: float) -> None:
    peak = np.array([a, b])

    def gains(points: np.ndarray) -> np.ndarray:
        return -np.sum(((points - peak) / BOX.extent) ** 2, axis=1)

    found = best_query(np.random.default_rng(0), BOX, gains)
    assert np.all(np.abs(found.point - peak) <= 0.01 * BOX.extent)


def test_cost_divides_the_gain_and_must_be_positive() -> None:
    pool = Pool(("x",), np.array([[1.0], [2.0], [3.0]]))
    rng = np.random.default_rng(0)
    found = best_query(rng, pool, lambda q: q[:, 0], cost=lambda q: q[:, 0] ** 2)
    assert (found.point[0], found.gain, found.gain_per_cost) == (1.0, 1.0, 1.0)
    assert best_query(rng, pool, lambda q: q[:, 0]).point[0] == 3.0
    with pytest.raises(ValueError, match="positive"):
        best_query(rng, pool, lambda q: q[:, 0], cost=lambda q: 0 * q[:, 0])
    with pytest.raises(InvalidInput, match="at least one query"):
        Pool(("x",), np.empty((0, 1)))
