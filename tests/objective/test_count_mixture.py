"""Mixtures of counts against SciPy's distributions, sums over all counts and draws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats
from scipy.special import expit

from sagredo.objective.count_mixture import CountMixture
from sagredo.objective.normal_mixture import NormalMixture
from sagredo.objective.response_mixture import mixed_responses

SEEDS = st.integers(0, 2**32)
LEVELS = (0.01, 0.05, 0.5, 0.95, 0.999)


def draw(rng: np.random.Generator, rows: int = 3) -> CountMixture:
    weights = rng.dirichlet(np.ones(4), rows) * rng.uniform(0.5, 1, rows)[:, np.newaxis]
    if rng.random() < 0.5:
        return CountMixture(weights, 10.0 ** rng.uniform(-1, 2, (rows, 4)))
    return CountMixture(weights, rng.normal(0, 2, (rows, 4)), rng.integers(1, 40, rows).astype(float))


@given(SEEDS)
@settings(max_examples=20, deadline=None)
def test_everything_follows_from_the_probabilities(seed: int) -> None:
    mixture = draw(np.random.default_rng(seed))
    counts = np.arange(600.0)
    for row in range(mixture.row_count):
        one = mixture.row(row)
        probabilities = np.exp(one.repeated(len(counts)).log_density(counts))
        assert probabilities.sum() == pytest.approx(one.defined[0])
        shares = probabilities / one.defined[0]
        assert one.repeated(len(counts)).cumulative(counts) == pytest.approx(np.cumsum(shares))
        mean = shares @ counts
        assert mixture.mean[row] == pytest.approx(mean)
        assert mixture.standard_deviation[row] == pytest.approx(np.sqrt(shares @ (counts - mean) ** 2))
        for level, found in zip(LEVELS, mixture.quantiles(LEVELS)[row], strict=True):
            assert found == np.flatnonzero(np.cumsum(shares) >= level * (1 - 1e-12))[0]


def test_one_component_is_scipys() -> None:
    poisson = CountMixture(np.ones((1, 1)), np.array([[7.5]]))
    assert poisson.quantiles(LEVELS)[0].tolist() == stats.poisson(7.5).ppf(LEVELS).tolist()
    binomial = CountMixture(np.ones((1, 1)), np.array([[0.4]]), np.array([12.0]))
    law = stats.binom(12, expit(0.4))
    assert binomial.quantiles(LEVELS)[0].tolist() == law.ppf(LEVELS).tolist()
    assert binomial.standard_deviation[0] == pytest.approx(law.std())
    assert binomial.log_density(np.array([13.0]))[0] == -np.inf
    assert poisson.log_density(np.array([2.5]))[0] == -np.inf
    assert poisson.log_density(np.array([-1.0]))[0] == -np.inf


@pytest.mark.parametrize(
    ("mean", "deviation", "trials"), [(20.0, 4.0, None), (0.5, 3.0, 10.0), (-2.0, 0.5, 1.0)]
)
def test_an_uncertain_value_is_integrated_over(mean: float, deviation: float, trials: float | None) -> None:
    value = NormalMixture(np.ones((1, 1)), np.full((1, 1), mean), np.full((1, 1), deviation))
    mixture = CountMixture.of_values(value, None if trials is None else np.array([trials]))
    normal = stats.norm(mean, deviation)
    for count in (0, 1, 8) if trials != 1 else (0, 1):
        law = (
            (lambda v, k=count: stats.poisson.pmf(k, max(v, 0.0)))
            if trials is None
            else (lambda v, k=count: stats.binom.pmf(k, trials, expit(v)))
        )
        ends = mean - 9 * deviation, mean + 9 * deviation
        expected, _ = integrate.quad(lambda v, p=law: p(v) * normal.pdf(v), *ends, limit=400)
        assert np.exp(mixture.log_density(np.array([float(count)]))[0]) == pytest.approx(expected, abs=2e-3)


def test_less_shape_keeps_mean_and_variance() -> None:
    mixture = CountMixture(np.full((2, 3), 0.2), np.array([[90.0, 100, 115], [3.0, 3, 3]]))
    single = mixture.single
    assert single.values.shape == (2, 3)
    assert single.defined == pytest.approx([0.6, 0.6])
    assert single.mean == pytest.approx(mixture.mean)
    assert single.standard_deviation == pytest.approx(mixture.standard_deviation)


def test_mixtures_add_up_and_nothing_stays_nothing() -> None:
    one, other = (
        CountMixture(np.ones((2, 1)), np.full((2, 1), 3.0)),
        CountMixture(np.array([[1.0], [0.0]]), np.full((2, 1), 9.0)),
    )
    mixture = mixed_responses([0.25, 0.75], [one, other])
    assert mixture.mean == pytest.approx([0.25 * 3 + 0.75 * 9, 3.0])
    assert mixture.defined.tolist() == [1.0, 0.25]
    nothing = CountMixture(np.zeros((1, 2)), np.zeros((1, 2)))
    for found in (nothing.mean, nothing.standard_deviation, nothing.quantiles((0.5,))[0]):
        assert np.isnan(found).all()


def test_draws_are_of_the_distribution() -> None:
    mixture = draw(np.random.default_rng(5), 2)
    drawn = mixture.sample(np.random.default_rng(1), 4000)
    error = 5 * mixture.standard_deviation / 4000**0.5
    assert (np.abs(drawn.mean(axis=1) - mixture.mean) < error).all()


@pytest.mark.parametrize("rate", [0.0, 0.4, 30.0, 1e8])
def test_cells_hold_next_to_everything(rate: float) -> None:
    mixture = CountMixture(np.ones((1, 1)), np.array([[rate]]))
    edges, cells = mixture.cells()
    assert len(edges) == len(cells) + 1
    assert (cells > edges[:-1]).all()
    assert (cells < edges[1:]).all()
    assert np.diff(mixture.repeated(len(edges)).cumulative(edges)).sum() == pytest.approx(1, abs=1e-8)


def test_counts_beyond_the_doubles_have_quantiles_and_draws() -> None:
    huge = CountMixture(np.ones((2, 1)), np.array([[1e16], [1e19]]))
    ends = huge.quantiles((0.05, 0.5, 0.95))
    assert np.all(np.diff(ends, axis=1) >= 0)
    np.testing.assert_allclose(ends[:, 1], [1e16, 1e19], rtol=1e-6)
    drawn = huge.sample(np.random.default_rng(0), 100)
    np.testing.assert_allclose(drawn.mean(axis=1), [1e16, 1e19], rtol=1e-6)
