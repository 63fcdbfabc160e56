"""Weighted draws, against distributions that are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import gamma, norm

from sagredo.objective.parameter_draws import DRAWS, ParameterDraws, draw_parameters
from sagredo.objective.parameter_posterior import NewNoise, ParameterPosterior


def laplace(deviation: float) -> ParameterPosterior:
    """Laplace's approximation of one parameter, the noise known."""
    one = np.ones(1)
    return ParameterPosterior(0 * one, 0 * one, one, one, np.ones((1, 1)), np.full((1, 1), deviation))


def drawn(deviation: float, best: float, log_density: object) -> ParameterDraws:
    found = draw_parameters(
        laplace(deviation),
        np.array([best]),
        lambda parameters, nodes: log_density(parameters[:, 0]),  # type: ignore[operator]
    )
    assert found is not None
    return found


@pytest.mark.parametrize("noise", [None, 1e-9, 2.0])
def test_a_bell_is_found_as_it_is_and_no_comb(noise: float | None) -> None:
    found = drawn(1.5, 2.0, lambda kappa: norm.logpdf(kappa, 2.0, 1.5))
    assert found.laplace_share == pytest.approx(1.0, abs=1e-9)
    assert found.effective_share > 0.8
    assert found.log_evidence == pytest.approx(0.0, abs=0.01)
    new = None if noise is None else NewNoise(np.full(1, noise), np.zeros(1), np.ones(1), np.ones(1))
    mixture = found.predict(found.parameters, new)
    spread = np.hypot(1.5, noise or 0.0)
    assert mixture.mean[0] == pytest.approx(2.0, abs=0.02)
    assert mixture.standard_deviation[0] == pytest.approx(spread, rel=0.03)
    for at in norm.ppf([0.02, 0.2, 0.5, 0.8, 0.98], 2.0, spread):
        assert mixture.log_density(np.array([at]))[0] == pytest.approx(norm.logpdf(at, 2.0, spread), abs=0.5)


def test_a_skew_distribution_is_weighed_right_and_laplace_is_found_out() -> None:
    shape = 3.0
    found = drawn(np.sqrt(shape - 1), shape - 1, lambda kappa: gamma.logpdf(kappa, shape))
    assert found.laplace_share < 0.8
    assert found.log_evidence == pytest.approx(0.0, abs=0.03)
    mixture = found.predict(found.parameters)
    for level in (0.05, 0.5, 0.95):
        assert gamma.cdf(mixture.quantiles([level])[0, 0], shape) == pytest.approx(level, abs=0.02)
    assert mixture.cumulative(np.zeros(1))[0] < 0.01


def test_a_deviation_that_is_half_or_twice_too_small_is_found_out() -> None:
    """The closed form of 1 / E[w^2] for normal target and approximation is s sqrt(2 - s^2)."""
    for ratio in (0.5, 0.9, 1.1):
        found = drawn(1.0, 0.0, lambda kappa, ratio=ratio: norm.logpdf(kappa, 0.0, ratio))
        assert found.laplace_share == pytest.approx(ratio * np.sqrt(2 - ratio**2), abs=0.02)


def test_draws_without_a_value_have_no_weight_and_none_at_all_are_none() -> None:
    found = drawn(1.0, 0.0, lambda kappa: norm.logpdf(kappa))
    values = np.column_stack([found.parameters[:, 0], np.where(found.parameters[:, 0] > 0, 1.0, np.nan)])
    mixture = found.predict(values)
    assert mixture.weights.shape == (2, DRAWS)
    assert mixture.defined.tolist() == pytest.approx([1.0, 0.5], abs=0.02)
    assert (
        draw_parameters(laplace(1.0), np.zeros(1), lambda parameters, nodes: np.full(DRAWS, -np.inf)) is None
    )
