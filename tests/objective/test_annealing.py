from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from sagredo.objective.annealing import effective_sample_size, next_inverse_temperature, systematic_resampling

LOGS = arrays.arrays(float, st.integers(2, 40), elements=st.floats(-300, 0))
SEEDS = st.integers(0, 2**32 - 1)


@given(LOGS, st.floats(-1e6, 1e6))
def test_the_size_is_that_of_its_definition_at_any_scale(logs: np.ndarray, offset: float) -> None:
    weights = np.exp(logs - logs.max())
    size = effective_sample_size(logs + offset)
    assert size == pytest.approx(weights.sum() ** 2 / (weights**2).sum(), rel=1e-6)
    assert 1 - 1e-9 <= size <= len(logs) + 1e-6


def test_particles_without_weight_do_not_count() -> None:
    assert effective_sample_size(np.array([0.0, -np.inf, 0.0])) == pytest.approx(2.0)
    assert effective_sample_size(np.full(3, -np.inf)) == 0.0


@given(LOGS, st.floats(0, 0.9), st.floats(0.1, 0.9))
def test_a_step_leaves_what_it_should_and_goes_no_further_than_needed(
    logs: np.ndarray, beta: float, remaining: float
) -> None:
    after = next_inverse_temperature(logs, beta, remaining)
    assert beta < after <= 1.0
    left = effective_sample_size((after - beta) * logs) / len(logs)
    if after == 1.0:
        assert left >= remaining - 1e-6
    else:
        assert left == pytest.approx(remaining, abs=1e-3)


def test_a_step_is_made_even_where_one_particle_outweighs_all() -> None:
    assert 0.5 < next_inverse_temperature(np.array([0.0, -1e300, -np.inf]), 0.5, 0.9) < 1.0


@given(LOGS, SEEDS, st.integers(1, 60))
def test_each_particle_goes_on_as_often_as_its_share_rounded(logs: np.ndarray, seed: int, count: int) -> None:
    chosen = systematic_resampling(np.random.default_rng(seed), logs, count)
    shares = count * np.exp(logs - np.logaddexp.reduce(logs))
    copies = np.bincount(chosen, minlength=len(logs))
    assert copies.sum() == count
    assert np.all(copies >= np.floor(shares - 1e-9))
    assert np.all(copies <= np.ceil(shares + 1e-9))


def test_resampling_is_unbiased() -> None:
    logs = np.log([0.05, 0.15, 0.8])
    rng = np.random.default_rng(0)
    copies = sum(np.bincount(systematic_resampling(rng, logs, 4), minlength=3) for _ in range(4_000))
    np.testing.assert_allclose(copies / 4_000, [0.2, 0.6, 3.2], atol=0.04)
