from __future__ import annotations

from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import minimize, minimize_scalar

from sagredo.objective.counts import Binomial, CountLikelihood, Poisson, log_marginal_likelihood

BITS = 1 / log(2)
SEEDS = st.integers(0, 2**32)


def draw(rng: np.random.Generator, kind: str, rows: int) -> tuple[CountLikelihood, np.ndarray]:
    """Responses, and values that are possible for them."""
    if kind == "poisson":
        rates = 10.0 ** rng.uniform(-1, 3, rows)
        return Poisson(rng.poisson(rates).astype(float)), rates
    trials = rng.integers(1, 30, rows).astype(float)
    values = rng.normal(0, 2, rows)
    return Binomial(rng.binomial(trials.astype(int), 1 / (1 + np.exp(-values))).astype(float), trials), values


@pytest.mark.parametrize("kind", ["poisson", "binomial"])
@given(seed=SEEDS)
@settings(max_examples=50, deadline=None)
def test_probabilities_belong_together(kind: str, seed: int) -> None:
    likelihood, values = draw(np.random.default_rng(seed), kind, 6)
    assert (likelihood.log_probability(values) <= likelihood.log_probability_at_most() + 1e-9).all()
    below, until = likelihood.cumulative(values)
    assert np.log(np.maximum(until - below, 1e-300)) == pytest.approx(
        likelihood.log_probability(values), abs=1e-6, rel=1e-3
    )


def test_probabilities_and_moments_are_those_of_scipy() -> None:
    counts, rates = np.array([0.0, 3.0, 250.0]), np.array([0.5, 4.0, 240.0])
    poisson = Poisson(counts)
    assert poisson.log_probability(rates) == pytest.approx(stats.poisson.logpmf(counts, rates))
    assert poisson.variance(rates) == pytest.approx(stats.poisson.var(rates))
    trials, values = np.array([1.0, 7.0, 40.0]), np.array([-1.0, 0.3, 2.0])
    chance = 1 / (1 + np.exp(-values))
    binomial = Binomial(np.array([0.0, 7.0, 30.0]), trials)
    assert binomial.log_probability(values) == pytest.approx(
        stats.binom.logpmf(binomial.successes, trials, chance)
    )
    assert binomial.mean(values) == pytest.approx(stats.binom.mean(trials, chance))
    assert binomial.variance(values) == pytest.approx(stats.binom.var(trials, chance))


def test_an_impossible_rate_has_no_probability() -> None:
    poisson = Poisson(np.array([0.0, 2.0, 1.0]))
    assert poisson.log_probability(np.array([0.0, 0.0, -1.0])).tolist() == [0.0, -np.inf, -np.inf]


def log_cauchy(values: np.ndarray, scale: float) -> np.ndarray:
    return -np.log(np.pi * scale * (1 + (values / scale) ** 2))


@pytest.mark.parametrize("mean", [0.3, 3.0, 300.0])
@pytest.mark.parametrize("rows", [3, 12, 60])
@pytest.mark.parametrize("kind", ["poisson", "binomial"])
def test_one_parameter_agrees_with_quadrature(kind: str, rows: int, mean: float) -> None:
    rng = np.random.default_rng(rows)
    x = rng.uniform(0.5, 2, rows)
    likelihood: CountLikelihood
    if kind == "poisson":
        likelihood = Poisson(np.maximum(rng.poisson(mean * x), np.arange(rows) == 0).astype(float))
        grid = np.geomspace(1e-4 * mean, 100 * mean, 20001)
    else:
        trials = np.full(rows, np.ceil(mean))
        likelihood = Binomial(rng.binomial(int(np.ceil(mean)), 1 / (1 + np.exp(-x))).astype(float), trials)
        grid = np.sort(np.concatenate([1 + np.linspace(-4, 4, 20001), np.linspace(-200, 200, 20001)]))
    scale, weights = 2.5, np.ones(rows)
    heights = likelihood.log_probability(grid[:, np.newaxis] * x).sum(axis=1) + log_cauchy(grid, scale)
    best = grid[np.argmax(heights) : np.argmax(heights) + 1]
    found, _ = log_marginal_likelihood(
        likelihood, weights, best * x, x[:, np.newaxis], log_cauchy(best, scale)
    )
    expected = heights.max() + log(np.trapezoid(np.exp(heights - heights.max()), grid))
    # The prior is taken to be normal about the best, where it is none: of three rows that say little, half a bit.
    assert found == pytest.approx(expected, abs=(0.5 if rows == 3 else 0.25) / BITS)


def test_two_parameters_agree_with_quadrature() -> None:
    rng = np.random.default_rng(0)
    x, scale = np.linspace(0, 1, 30), 20.0
    likelihood = Poisson(rng.poisson(3 + 20 * x).astype(float))
    jacobian = np.stack([np.ones(30), x], axis=1)

    def height(parameters: np.ndarray) -> float:
        logs = likelihood.log_probability(jacobian @ parameters).sum() + log_cauchy(parameters, scale).sum()
        return float(logs)

    best = minimize(lambda parameters: -height(parameters), [3.0, 20.0], method="Nelder-Mead").x
    found, errors = log_marginal_likelihood(
        likelihood, np.ones(30), jacobian @ best, jacobian, log_cauchy(best, scale)
    )
    first, second = (np.linspace(b - 8 * e, b + 8 * e, 201) for b, e in zip(best, errors, strict=True))
    grid = np.stack(np.meshgrid(first, second, indexing="ij"), axis=-1)
    logs = likelihood.log_probability(grid @ jacobian.T).sum(axis=-1) + log_cauchy(grid, scale).sum(axis=-1)
    area = np.trapezoid(np.trapezoid(np.exp(logs - logs.max()), second, axis=1), first)
    assert found == pytest.approx(logs.max() + log(area), abs=0.1 / BITS)


def test_a_rate_at_its_bound_is_no_free_lunch() -> None:
    """All counts 0 but where the law says so: the background's integral is that of an exponential density."""
    counts = np.array([40.0, 15.0, 5.0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    signal = np.array([40.0, 15.0, 5.0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    likelihood, scale = Poisson(counts), 5.0
    found, _ = log_marginal_likelihood(
        likelihood, np.ones(12), signal, np.ones((12, 1)), log_cauchy(np.zeros(1), scale)
    )
    grid = np.linspace(0, 3, 20001)
    logs = likelihood.log_probability(signal + grid[:, np.newaxis]).sum(axis=1) + log_cauchy(grid, scale)
    expected = logs.max() + log(np.trapezoid(np.exp(logs - logs.max()), grid))
    assert found == pytest.approx(expected, abs=0.3 / BITS)


@given(SEEDS)
@settings(max_examples=50, deadline=None)
def test_neither_the_order_of_rows_nor_their_multiplicity_matters(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.uniform(1, 2, 10)
    counts = rng.poisson(5 * x).astype(float)
    density = np.array([-2.0])
    best = minimize_scalar(
        lambda a: -Poisson(counts).log_probability(a * x).sum(), bounds=(0.1, 50), method="bounded"
    ).x

    def evidence(chosen: np.ndarray, weights: np.ndarray) -> float:
        likelihood = Poisson(counts[chosen])
        return log_marginal_likelihood(
            likelihood, weights, best * x[chosen], x[chosen][:, np.newaxis], density
        )[0]

    every = np.arange(10)
    expected = evidence(every, np.full(10, 2.0))
    assert evidence(rng.permutation(10), np.full(10, 2.0)) == pytest.approx(expected, abs=1e-9)
    assert evidence(np.concatenate([every, every]), np.ones(20)) == pytest.approx(expected, abs=1e-9)
