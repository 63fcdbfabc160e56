from __future__ import annotations

from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from sagredo.objective.evidence import log_marginal_likelihood
from sagredo.objective.likelihood import Gaussian
from sagredo.objective.noise import GivenNoise
from sagredo.objective.whitening import Whitening

SEEDS = st.integers(0, 2**32)


def draw_covariance(rng: np.random.Generator, rows: int) -> np.ndarray:
    """Own errors, and as large ones that rows share."""
    shared = rng.normal(0, 1, (rows, 3))
    return shared @ shared.T + np.diag(rng.uniform(0.2, 2, rows))


def log_probability(whitening: Whitening, residuals: np.ndarray, bins: np.ndarray) -> float:
    logs = Gaussian().log_probability(whitening.whitened(residuals), whitening.bins(bins), np.ones(1))
    return float(logs.sum())


@given(SEEDS)
@settings(max_examples=50, deadline=None)
def test_narrow_bins_have_the_density_times_their_volume(seed: int) -> None:
    rng = np.random.default_rng(seed)
    covariance, residuals = draw_covariance(rng, 6), rng.normal(0, 1, 6)
    bins = 10.0 ** rng.uniform(-9, -4, 6)
    expected = multivariate_normal(cov=covariance).logpdf(residuals) + np.log(bins).sum()
    assert log_probability(Whitening(covariance), residuals, bins) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("width", "bits"), [(0.25, 0.005), (0.5, 0.02), (1.0, 0.07)])
def test_bins_up_to_what_the_others_leave_open(width: float, bits: float) -> None:
    """Bits a row, against the distribution function at the corners of the box of two rows."""
    rng = np.random.default_rng(1)
    for _ in range(20):
        covariance = draw_covariance(rng, 2)
        whitening, residuals = Whitening(covariance), rng.multivariate_normal(np.zeros(2), covariance)
        half = 0.5 * width * whitening.deviations_left
        normal = multivariate_normal(cov=covariance)
        expected = log(normal.cdf(residuals + half, lower_limit=residuals - half))
        found = log_probability(whitening, residuals, 2 * half)
        assert abs(found - expected) / log(2) / 2 < bits


@given(SEEDS)
@settings(max_examples=50, deadline=None)
def test_both_roots_make_errors_independent(seed: int) -> None:
    rng = np.random.default_rng(seed)
    covariance = draw_covariance(rng, 5)
    whitening = Whitening(covariance)
    even = np.column_stack([whitening.even(column) for column in np.eye(5)])
    for root in (whitening.whitened(np.eye(5)), even):
        assert root @ covariance @ root.T == pytest.approx(np.eye(5), abs=1e-8)
    assert even == pytest.approx(even.T, abs=1e-9)
    inverse = np.linalg.inv(covariance)
    assert whitening.deviations_left == pytest.approx(1 / np.sqrt(np.diag(inverse)))


@pytest.mark.parametrize("rows", [4, 20])
def test_the_evidence_of_one_parameter_is_that_of_quadrature(rows: int) -> None:
    rng = np.random.default_rng(rows)
    covariance, x = draw_covariance(rng, rows), rng.uniform(1, 2, rows)
    y, scale = 5 * x + rng.multivariate_normal(np.zeros(rows), covariance), 5.0
    whitening, bins = Whitening(covariance), np.full(rows, 1e-6)
    precision = np.linalg.inv(covariance)
    best = (x @ precision @ y) / (x @ precision @ x)
    prior = -np.log(np.pi * scale * (1 + (best / scale) ** 2))
    found = log_marginal_likelihood(
        Gaussian(),
        GivenNoise(np.ones(rows)),
        whitening.whitened(y - best * x),
        whitening.bins(bins),
        np.ones(rows),
        whitening.whitened(x)[:, np.newaxis],
        np.array([prior]),
    )
    grid = best + np.linspace(-40, 40, 40001)
    logs = multivariate_normal(cov=covariance).logpdf(y - grid[:, np.newaxis] * x) + rows * log(1e-6)
    logs += -np.log(np.pi * scale * (1 + (grid / scale) ** 2))
    expected = logs.max() + log(np.trapezoid(np.exp(logs - logs.max()), grid))
    # The prior is taken to be flat about the best, but for the bound that it sets.
    assert found.log_evidence == pytest.approx(expected, abs=0.1)
    assert found.standard_errors[0] == pytest.approx((x @ precision @ x) ** -0.5, rel=0.05)
