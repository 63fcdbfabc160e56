"""Importance draws about the draws of a posterior."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from sagredo.objective.local_mixture import importance_draws

COVARIANCE = np.array([[1.0, 0.9], [0.9, 1.0]])


def log_likelihood(draws: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(multivariate_normal(cov=COVARIANCE).logpdf(np.clip(draws, -1e150, 1e150)))


@pytest.mark.parametrize("farthest", [10.0, 1e308])
def test_the_mean_weight_is_the_evidence_however_far_the_prior_reaches(farthest: float) -> None:
    """Of a normal likelihood under a flat prior on a box, a tenth of which are draws at its corners."""
    rng = np.random.default_rng(0)
    half = 8.0
    about = rng.multivariate_normal(np.zeros(2), COVARIANCE, size=8192)
    prior_draws = rng.uniform(-half, half, (8192, 2))
    prior_draws[::10] = np.array([farthest, -farthest])

    def log_prior(draws: np.ndarray) -> np.ndarray:
        return np.full(len(draws), -2 * np.log(2 * half))

    found = importance_draws(rng, about, prior_draws, log_prior, log_likelihood)
    evidence = np.logaddexp.reduce(found.log_weights) - np.log(len(found.log_weights))
    assert evidence == pytest.approx(-2 * np.log(2 * half), abs=0.05)
