from __future__ import annotations

from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import log_ndtr

from sagredo.objective.censoring import CensoredGaussian
from sagredo.objective.evidence import log_marginal_likelihood
from sagredo.objective.likelihood import Gaussian
from sagredo.objective.noise import GivenNoise, LogUniformNoise, Noise

SEEDS = st.integers(0, 2**32)


@given(SEEDS)
@settings(max_examples=50, deadline=None)
def test_information_is_minus_the_second_derivative(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sides = rng.choice([-1.0, 1.0], 6)
    likelihood, residuals = CensoredGaussian(sides), rng.normal(0, 3, 6)
    scale, bins, step = np.array([rng.uniform(0.5, 2)]), np.full(6, 1e-6), 1e-3
    low, centre, high = (likelihood.log_probability(residuals + s, bins, scale) for s in (-step, 0.0, step))
    found = likelihood.information(residuals, bins, scale)
    assert found == pytest.approx((2 * centre - low - high) / step**2, abs=1e-4)
    assert (found * scale**2 <= 1).all()


def test_bounds_far_off_stay_finite() -> None:
    sides = np.array([-1.0, -1.0, 1.0, 1.0])
    likelihood, residuals = CensoredGaussian(sides), np.array([-1e8, 1e8, -1e8, 1e8])
    scale, bins = np.ones(1), np.full(4, 1e-6)
    assert likelihood.information(residuals, bins, scale) == pytest.approx([1, 0, 0, 1])
    logs = likelihood.log_probability(residuals, bins, scale)
    assert logs[[1, 2]].tolist() == [0, 0]
    assert logs[[0, 3]] == pytest.approx(-0.5e16, rel=1e-6)


def test_where_all_is_measured_it_is_normal() -> None:
    rng = np.random.default_rng(0)
    likelihood, residuals, bins = CensoredGaussian(np.zeros(5)), rng.normal(0, 1, 5), np.full(5, 0.3)
    for name in ("log_probability", "information"):
        found = getattr(likelihood, name)(residuals, bins, np.ones(1))
        assert found.tolist() == getattr(Gaussian(), name)(residuals, bins, np.ones(1)).tolist()


@pytest.mark.parametrize(
    "noise", [GivenNoise(np.full(20, 0.5)), LogUniformNoise(1e-3, 5.0)], ids=["given", "unknown"]
)
@pytest.mark.parametrize("limit", [0.7, 1.5, 2.2])
def test_the_evidence_of_one_parameter_is_that_of_quadrature(noise: Noise, limit: float) -> None:
    """Under a fifth, a half and three quarters of bounds; sigma and the parameter on a grid."""
    rng = np.random.default_rng(1)
    x, bins, scale = np.linspace(0.1, 3, 20), np.full(20, 1e-5), 2.0
    y = x + rng.normal(0, 0.5, 20)
    sides = np.where(y < limit, -1.0, 0.0)
    y = np.maximum(y, limit)
    likelihood = CensoredGaussian(sides)
    grid = np.linspace(-1, 4, 801)[:, np.newaxis]
    nodes = np.array([0.5]) if isinstance(noise, GivenNoise) else np.geomspace(1e-3, 5.0, 401)
    logs = np.array([likelihood.log_probability(y - grid * x, bins, s).sum(axis=1) for s in nodes])
    logs += -np.log(np.pi * scale * (1 + (grid[:, 0] / scale) ** 2))
    top = logs.max()
    area = np.trapezoid(np.exp(logs - top), grid[:, 0], axis=1)
    total = area[0] if len(nodes) == 1 else np.trapezoid(area, np.log(nodes)) / log(5e3)
    best = grid[np.unravel_index(np.argmax(logs), logs.shape)[1]]
    prior = -np.log(np.pi * scale * (1 + (best / scale) ** 2))
    found = log_marginal_likelihood(
        likelihood, noise, y - best * x, bins, np.ones(20), x[:, np.newaxis], prior
    )
    assert found.log_evidence == pytest.approx(top + log(total), abs=0.1)


def test_a_bound_that_holds_costs_nothing_and_one_that_does_not_its_tail() -> None:
    sides, bins = np.array([0.0, 0.0, 0.0, -1.0, 1.0]), np.full(5, 1e-3)
    residuals, ones = np.array([0.1, -0.2, 0.1, 1e3, -1e3]), np.ones(5)
    nothing = np.zeros((5, 0)), np.zeros(0)
    found = log_marginal_likelihood(
        CensoredGaussian(sides), LogUniformNoise(1e-4, 10.0), residuals, bins, ones, *nothing
    )
    measured = log_marginal_likelihood(
        Gaussian(),
        LogUniformNoise(1e-4, 10.0),
        residuals[:3],
        bins[:3],
        ones[:3],
        np.zeros((3, 0)),
        np.zeros(0),
    )
    assert found.log_evidence == pytest.approx(measured.log_evidence, abs=1e-3)
    given = GivenNoise(ones)
    against = log_marginal_likelihood(CensoredGaussian(sides), given, -residuals, bins, ones, *nothing)
    alone = log_marginal_likelihood(
        Gaussian(), GivenNoise(ones[:3]), -residuals[:3], bins[:3], ones[:3], np.zeros((3, 0)), np.zeros(0)
    )
    assert against.log_evidence - alone.log_evidence == pytest.approx(2 * float(log_ndtr(-1e3)))
