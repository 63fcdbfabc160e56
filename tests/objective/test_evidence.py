from __future__ import annotations

from math import log

import numpy as np
import pytest

from sagredo.objective.evidence import log_marginal_likelihood
from sagredo.objective.likelihood import Gaussian, StudentT
from sagredo.objective.noise import GivenNoise, LogUniformNoise

BITS = 1 / log(2)
REGIMES = {"float": (0.0, 1e-9), "rounded": (0.0, 1e-2), "below": (3e-3, 1e-2), "noisy": (0.3, 1e-3)}


def line(rows: int, sigma: float, width: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(rows)
    x = rng.uniform(1, 5, rows)
    return x, np.rint((1.7 * x + sigma * rng.standard_normal(rows)) / width) * width


@pytest.mark.parametrize("rows", [3, 8, 40])
@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("likelihood", [Gaussian(), StudentT()], ids=["gaussian", "student_t"])
def test_no_parameter_agrees_with_quadrature(likelihood: Gaussian | StudentT, regime: str, rows: int) -> None:
    sigma, width = REGIMES[regime]
    x, y = line(rows, sigma, width)
    noise, bins, weights = LogUniformNoise(width / 10, 4.0), np.full(rows, width), np.ones(rows)
    found = log_marginal_likelihood(
        likelihood, noise, y - 1.7 * x, bins, weights, np.zeros((rows, 0)), np.zeros(0)
    )
    logs = np.linspace(log(noise.lower), log(noise.upper), 6001)
    heights = likelihood.log_probability(y - 1.7 * x, bins, np.exp(logs)[:, np.newaxis]).sum(axis=1)
    area = np.trapezoid(np.exp(heights - heights.max()), logs) / (logs[-1] - logs[0])
    assert found.log_evidence == pytest.approx(heights.max() + log(area), abs=0.15 / BITS)


@pytest.mark.parametrize("rows", [3, 8, 40])
@pytest.mark.parametrize("regime", REGIMES)
def test_one_parameter_agrees_with_quadrature(regime: str, rows: int) -> None:
    sigma, width = REGIMES[regime]
    x, y = line(rows, sigma, width)
    scale, bins, weights = 2.0, np.full(rows, width), np.ones(rows)
    known = np.full(rows, max(sigma, width / 10))
    best = float(x @ y / (x @ x))
    density = np.array([-log(np.pi * scale * (1 + (best / scale) ** 2))])
    found = log_marginal_likelihood(
        Gaussian(), GivenNoise(known), y - best * x, bins, weights, x[:, np.newaxis], density
    )
    reach = 40 * np.sqrt((known[0] ** 2 + width**2 / 12) / (x @ x))
    grid = best + np.linspace(-reach, reach, 6001)
    heights = Gaussian().log_probability(y - grid[:, np.newaxis] * x, bins, known[np.newaxis]).sum(axis=1)
    heights -= np.log(np.pi * scale * (1 + (grid / scale) ** 2))
    expected = heights.max() + log(np.trapezoid(np.exp(heights - heights.max()), grid))
    assert found.log_evidence == pytest.approx(expected, abs=0.3 / BITS)


def test_a_parameter_that_does_nothing_costs_nothing() -> None:
    x, y = line(20, 0.1, 1e-3)
    noise, bins, weights = LogUniformNoise(1e-4, 4.0), np.full(20, 1e-3), np.ones(20)
    without = log_marginal_likelihood(
        Gaussian(), noise, y - 1.7 * x, bins, weights, np.zeros((20, 0)), np.zeros(0)
    )
    with_one = log_marginal_likelihood(
        Gaussian(), noise, y - 1.7 * x, bins, weights, np.zeros((20, 1)), np.array([-1.0])
    )
    assert with_one.log_evidence == pytest.approx(without.log_evidence, abs=1e-9)


def test_a_weight_of_two_is_two_rows() -> None:
    x, y = line(12, 0.1, 1e-3)
    noise = LogUniformNoise(1e-4, 4.0)
    twice = log_marginal_likelihood(
        Gaussian(),
        noise,
        np.tile(y - 1.7 * x, 2),
        np.full(24, 1e-3),
        np.ones(24),
        np.tile(x, 2)[:, np.newaxis],
        np.zeros(1),
    )
    weighted = log_marginal_likelihood(
        Gaussian(), noise, y - 1.7 * x, np.full(12, 1e-3), np.full(12, 2.0), x[:, None], np.zeros(1)
    )
    assert weighted.log_evidence == pytest.approx(twice.log_evidence, abs=1e-9)
