"""Predictions of one law, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm, t

from sagredo.objective.evidence import log_marginal_likelihood, parameter_posterior
from sagredo.objective.likelihood import Gaussian, Likelihood, StudentT
from sagredo.objective.noise import GivenNoise, LogUniformNoise, Noise
from sagredo.objective.parameter_posterior import NewNoise, ParameterPosterior

SEEDS = st.integers(0, 2**32)
FLAT = -25.0
"""log density of a prior so wide that a parameter is all the data's."""


def normal_noise(count: int, unit: float, likelihood: Likelihood | None = None) -> NewNoise:
    return NewNoise(
        np.full(count, unit), np.full(count, 1e-9), *(likelihood or Gaussian()).normal_components()
    )


def line(
    rng: np.random.Generator, rows: int, noise: Noise
) -> tuple[ParameterPosterior, np.ndarray, np.ndarray, float]:
    """A line fitted by least squares: what is known, its design, the best parameters, the sum of squares."""
    design = np.column_stack([np.ones(rows), rng.uniform(-2, 2, rows)])
    y = design @ rng.normal(size=2) + 0.3 * rng.standard_normal(rows)
    spread = noise.sigma if isinstance(noise, GivenNoise) else np.ones(rows)
    best, *_ = np.linalg.lstsq(design / spread[:, None], y / spread, rcond=None)
    residuals = y - design @ best
    found = parameter_posterior(
        Gaussian(), noise, residuals, np.full(rows, 1e-9), np.ones(rows), design, np.full(2, FLAT)
    )
    assert found is not None
    return found, design, best, float(residuals @ residuals)


@given(SEEDS, st.integers(5, 40), st.floats(-6, 6), st.floats(0.02, 0.98))
def test_unknown_noise_makes_a_line_predict_students_t(seed: int, rows: int, at: float, level: float) -> None:
    noise = LogUniformNoise(1e-6, 1e3)
    found, design, best, squares = line(np.random.default_rng(seed), rows, noise)
    new = np.array([[1.0, at]])
    leverage = (new @ np.linalg.inv(design.T @ design) @ new.T).item()
    scale, degrees = np.sqrt(squares / (rows - 2)), rows - 2
    values = new @ best
    response = found.predict(values, new, normal_noise(1, noise.lower))
    for mixture, spread in (
        (response, scale * np.sqrt(1 + leverage)),
        (found.predict(values, new), scale * np.sqrt(leverage)),
    ):
        expected = t.ppf(level, degrees, values[0], spread)
        # 36 nodes over log sigma: a thousandth of a standard deviation in the body of the distribution.
        assert mixture.quantiles([level])[0, 0] == pytest.approx(expected, abs=4e-3 * spread)


@given(SEEDS, st.integers(3, 30), st.floats(-6, 6))
def test_given_noise_makes_a_line_predict_a_normal_distribution(seed: int, rows: int, at: float) -> None:
    rng = np.random.default_rng(seed)
    sigma = rng.uniform(0.1, 2, rows)
    found, design, best, _ = line(rng, rows, GivenNoise(sigma))
    new, own = np.array([[1.0, at]]), 0.7
    covariance = np.linalg.inv((design / sigma[:, None] ** 2).T @ design)
    deviation = np.sqrt((new @ covariance @ new.T).item() + own**2)
    mixture = found.predict(new @ best, new, normal_noise(1, own))
    assert mixture.mean[0] == pytest.approx((new @ best).item())
    assert mixture.standard_deviation[0] == pytest.approx(deviation, rel=1e-6)


def test_students_t_is_its_mixture_of_normal_distributions() -> None:
    portions, variances = StudentT().normal_components()
    assert portions.sum() == pytest.approx(1, rel=1e-12)
    assert portions @ variances == pytest.approx(2, rel=1e-12)
    at = np.linspace(-8, 8, 161)
    mixture = (portions * norm.cdf(at[:, None] / np.sqrt(variances))).sum(axis=1)
    np.testing.assert_allclose(mixture, t.cdf(at, StudentT.DEGREES), rtol=0, atol=3e-4)


@given(SEEDS, st.integers(4, 20))
def test_the_order_of_rows_does_not_matter_and_predictions_are_those_of_the_evidence(
    seed: int, rows: int
) -> None:
    rng = np.random.default_rng(seed)
    design, residuals = rng.normal(size=(rows, 2)), rng.normal(size=rows)
    bins, noise = np.full(rows, 1e-2), LogUniformNoise(1e-3, 1e2)
    order = rng.permutation(rows)
    found, again = (
        parameter_posterior(Gaussian(), noise, residuals[k], bins, np.ones(rows), design[k], np.zeros(2))
        for k in (slice(None), order)
    )
    assert found is not None
    assert again is not None
    new = rng.normal(size=(3, 2))
    one, other = (each.predict(np.zeros(3), new, normal_noise(3, noise.lower)) for each in (found, again))
    np.testing.assert_allclose(one.standard_deviation, other.standard_deviation, rtol=1e-9)
    evidence = log_marginal_likelihood(Gaussian(), noise, residuals, bins, np.ones(rows), design, np.zeros(2))
    assert found.log_evidence == evidence.log_evidence
    unit_vectors = np.eye(2)
    peak = int(np.argmax(found.log_integrand))
    errors = np.sqrt(np.square(unit_vectors @ found.directions) @ np.square(found.deviations[peak]))
    np.testing.assert_allclose(errors, evidence.standard_errors)


def test_a_row_without_a_value_has_no_prediction() -> None:
    found, *_ = line(np.random.default_rng(0), 6, LogUniformNoise(1e-6, 1e3))
    mixture = found.predict(np.array([1.0, np.nan, 1.0]), np.array([[1.0, 0.0], [1.0, 0.0], [np.inf, 0.0]]))
    assert mixture.defined.tolist() == pytest.approx([1.0, 0.0, 0.0])


def test_a_program_whose_rounding_has_no_bound_is_beyond_a_double() -> None:
    noise, design = LogUniformNoise(1e-6, 1e3), np.ones((4, 1))
    bins = np.array([1e-3, 1e-3, np.inf, np.inf])
    for widths in (bins, np.full(4, np.inf)):
        assert (
            parameter_posterior(
                Gaussian(), noise, np.arange(4.0), widths, np.ones(4), design, np.full(1, FLAT)
            )
            is None
        )


@given(SEEDS, st.integers(3, 20))
def test_information_from_elsewhere_is_added(seed: int, rows: int) -> None:
    rng = np.random.default_rng(seed)
    known, *_ = line(rng, rows, GivenNoise(np.full(rows, 0.3)))
    root = rng.normal(size=(2, 2)) * rng.choice([0.0, 1.0, 10.0], size=2)
    information = root @ root.T
    together = known.with_information(information)
    expected = np.linalg.inv(np.linalg.inv(known.covariance) + information)
    np.testing.assert_allclose(together.covariance, expected, rtol=1e-6, atol=1e-9)
    lost = np.linalg.slogdet(np.eye(2) + known.covariance @ information)[1] / 2
    assert together.log_evidence == pytest.approx(known.log_evidence - lost)


@given(SEEDS, st.integers(4, 20))
def test_no_information_changes_nothing(seed: int, rows: int) -> None:
    found, design, best, _ = line(np.random.default_rng(seed), rows, LogUniformNoise(1e-6, 1e3))
    same = found.with_information(np.zeros((2, 2)))
    assert same.log_evidence == pytest.approx(found.log_evidence)
    new = design[:2]
    np.testing.assert_allclose(
        same.predict(new @ best, new).standard_deviation, found.predict(new @ best, new).standard_deviation
    )


def test_a_deviation_whose_square_no_double_holds_is_still_said() -> None:
    known, wide = 0.3, 1e200
    nodes = np.zeros(1)
    found = ParameterPosterior(nodes, nodes, np.ones(1), np.ones(1), np.eye(2), np.array([[known, wide]]))
    assert found.standard_errors.tolist() == [known, wide]
    assert found.covariance[0, 0] == pytest.approx(known**2)
    assert found.covariance[1, 1] == np.inf
