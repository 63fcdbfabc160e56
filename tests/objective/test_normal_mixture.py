"""Mixtures of normal distributions, against closed forms and against each other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from sagredo.objective.normal_mixture import NormalMixture, mixed


def one(mean: float, deviation: float) -> NormalMixture:
    return NormalMixture(np.ones((1, 1)), np.array([[mean]]), np.array([[deviation]]))


numbers = st.floats(-50, 50)
widths = st.floats(0.5, 20)


@st.composite
def mixtures(draw: st.DrawFn) -> NormalMixture:
    parts = [one(draw(numbers), draw(widths)) for _ in range(draw(st.integers(1, 4)))]
    weights = np.array([draw(st.floats(0.05, 1)) for _ in parts])
    return mixed(list(weights / weights.sum()), parts)


@given(numbers, widths, st.floats(0.01, 0.99))
def test_a_single_component_is_the_normal_distribution(mean: float, width: float, level: float) -> None:
    mixture = one(mean, width)
    assert mixture.mean[0] == pytest.approx(mean)
    assert mixture.standard_deviation[0] == pytest.approx(width)
    assert mixture.quantiles([level])[0, 0] == pytest.approx(norm.ppf(level, mean, width), abs=1e-9)
    at = mean + 0.7 * width
    assert mixture.log_density(np.array([at]))[0] == pytest.approx(norm.logpdf(at, mean, width))


@given(mixtures(), st.floats(0.01, 0.99))
def test_quantiles_invert_the_distribution_function(mixture: NormalMixture, level: float) -> None:
    assert mixture.cumulative(mixture.quantiles([level])[:, 0])[0] == pytest.approx(level, abs=1e-9)


@given(mixtures())
def test_the_moments_are_those_of_the_density(mixture: NormalMixture) -> None:
    spread = mixture.deviations.max()
    ends = mixture.means.min() - 12 * spread, mixture.means.max() + 12 * spread

    def moment(power: int) -> float:
        def integrand(y: float) -> float:
            return y**power * float(np.exp(mixture.log_density(np.array([y]))[0]))

        return quad(integrand, *ends, points=sorted(set(mixture.means[0])), limit=2000)[0]

    assert moment(0) == pytest.approx(1, abs=1e-6)
    assert moment(1) == pytest.approx(mixture.mean[0], abs=1e-4)


def test_draws_follow_the_distribution_function() -> None:
    mixture = mixed([0.3, 0.7], [one(-2.0, 0.5), one(3.0, 2.0)])
    drawn = mixture.sample(np.random.default_rng(0), 20_000)[0]
    for level in (0.1, 0.3, 0.5, 0.9):
        assert np.mean(drawn <= mixture.quantiles([level])[0, 0]) == pytest.approx(level, abs=0.015)


def test_a_row_without_a_response_is_nan_and_one_that_may_have_none_is_given_that_it_has() -> None:
    weights = np.array([[0.0, 0.0], [0.5, 0.0]])
    mixture = NormalMixture(weights, np.array([[np.nan, np.nan], [4.0, np.nan]]), np.ones((2, 2)))
    assert mixture.defined.tolist() == [0.0, 0.5]
    assert np.isnan(mixture.mean[0])
    assert mixture.mean[1] == pytest.approx(4.0)
    assert np.isnan(mixture.quantiles([0.5])[0, 0])
    assert np.isnan(mixture.sample(np.random.default_rng(0), 3)[0]).all()
    assert mixture.log_density(np.array([4.0, 4.0]))[1] == pytest.approx(np.log(0.5) + norm.logpdf(0))


def test_what_is_known_exactly_has_all_its_quantiles_there() -> None:
    mixture = one(2.5, 0.0)
    assert mixture.quantiles([0.05, 0.95])[0].tolist() == [2.5, 2.5]
    assert mixture.standard_deviation[0] == 0.0
    assert mixture.log_density(np.array([2.5]))[0] == np.inf


@pytest.mark.parametrize(
    ("weights", "means", "deviations"),
    [
        (np.ones((1, 2)), np.ones((1, 1)), np.ones((1, 1))),
        (-np.ones((1, 1)), np.ones((1, 1)), np.ones((1, 1))),
        (np.ones((1, 1)), np.full((1, 1), np.nan), np.ones((1, 1))),
        (np.ones((1, 1)), np.ones((1, 1)), np.full((1, 1), np.nan)),
    ],
)
def test_arrays_that_are_no_mixture_are_refused(
    weights: np.ndarray, means: np.ndarray, deviations: np.ndarray
) -> None:
    with pytest.raises(ValueError, match="must be"):
        NormalMixture(weights, means, deviations)


def test_levels_outside_the_unit_interval_are_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        one(0.0, 1.0).quantiles([1.0])
