"""Predictions of counts, against quadrature and the model's own draws."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit

from sagredo.domains.expressions.count_predictive import CountPredictive
from sagredo.domains.expressions.domain import Expressions
from sagredo.faces.induce import induce
from sagredo.language.term import Program
from sagredo.objective.objective import Score
from sagredo.posterior.top_set import agreement
from sagredo.problem.build import problem_from
from sagredo.problem.errors import InvalidInput
from sagredo.problem.problem import Problem

LEVELS = (0.05, 0.5, 0.95)


def fitted(problem: Problem, text: str, start: tuple[float, ...]) -> tuple[CountPredictive, Score]:
    domain = Expressions()
    language = domain.language(problem)
    predictive = domain.predictive(problem)
    assert isinstance(predictive, CountPredictive)
    return predictive, domain.objective(problem, language).score(Program(language.syntax.parse(text), start))


def counts_of(rows: int, size: float) -> Problem:
    rng = np.random.default_rng(3)
    x = np.linspace(0.2, 2, rows)
    return problem_from({"x": x, "y": rng.poisson(size * np.exp(-x))}, target="y", noise="poisson")


@pytest.mark.parametrize(("rows", "size"), [(6, 4.0), (20, 10.0), (30, 300.0)])
def test_a_rate_agrees_with_quadrature(rows: int, size: float) -> None:
    problem = counts_of(rows, size)
    predictive, score = fitted(problem, "p0*exp(-x)", (1.0,))
    at = np.array([0.1, 1.0, 3.0])
    found = predictive.law(score, {"x": at}).response
    best, error = score.program.parameters[0], score.standard_errors[0]
    grid = np.linspace(max(best - 10 * error, 1e-6), best + 10 * error, 4001)
    rates = grid[:, np.newaxis] * np.exp(-problem.inputs[0].values)
    logs = stats.poisson.logpmf(problem.responses, rates).sum(axis=1)
    logs += predictive.log_prior_density(score.program, grid[:, np.newaxis])[:, 0]
    mass = np.exp(logs - logs.max())
    mass /= mass.sum()
    for row, x in enumerate(at):
        for quantile in found.quantiles(LEVELS)[row]:
            assert quantile == np.rint(quantile)
            expected = float(mass @ stats.poisson.cdf(quantile, grid * np.exp(-x)))
            assert found.row(row).cumulative(np.array([quantile]))[0] == pytest.approx(expected, abs=0.02)
        assert found.mean[row] == pytest.approx(mass @ grid * np.exp(-x), rel=0.05)


def test_intervals_cover_what_they_say() -> None:
    """Draws of parameter, data and a new count: the share in the 90% interval, at least that for steps of counts."""
    rng = np.random.default_rng(0)
    x, inside, below, total = np.linspace(0.2, 2, 8), 0, 0, 150
    for _ in range(total):
        log_odds = rng.uniform(0.5, 2.5)
        successes = rng.binomial(12, expit(log_odds - x))
        if np.all(successes == successes[0]):
            continue
        problem = problem_from(
            {"x": x, "y": successes, "n": np.full(8, 12)}, target="y", trials="n", noise="binomial"
        )
        predictive, score = fitted(problem, "p0 - x", (1.0,))
        response = predictive.law(score, {"x": np.array([1.0])}).response
        low, high = response.quantiles((0.05, 0.95))[0]
        new = rng.binomial(12, expit(log_odds - 1.0))
        inside += low <= new <= high
        # A uniform place inside the step makes the distribution function uniform.
        steps = response.repeated(2).cumulative(np.array([new - 1.0, float(new)]))
        below += steps[0] + rng.random() * (steps[1] - steps[0]) < 0.5
    assert inside > 0.9 * total - 3 * (0.9 * 0.1 * total) ** 0.5
    assert abs(below - total / 2) < 4 * (total / 4) ** 0.5


def test_the_value_is_that_of_the_law_and_the_mean_that_of_a_trial() -> None:
    x = np.linspace(-3, 3, 40)
    y = (np.random.default_rng(1).random(40) < expit(2 * x)).astype(float)
    problem = problem_from({"x": x, "y": y}, target="y", noise="bernoulli")
    predictive, score = fitted(problem, "p0*x", (1.0,))
    slope = score.program.parameters[0]
    found = predictive.law(score, {"x": np.array([0.5, np.nan])})
    assert found.fitted[0] == pytest.approx(expit(0.5 * slope))
    assert found.value.mean[0] == pytest.approx(0.5 * slope, rel=0.2)
    assert found.response.mean[0] == pytest.approx(expit(0.5 * slope), abs=0.03)
    assert np.isnan(found.response.mean[1])
    assert set(found.response.quantiles(LEVELS)[0]) <= {0.0, 1.0}
    assert not predictive.additive
    for refused in (
        lambda: predictive.law(score, {"x": x}, np.ones(40)),
        lambda: predictive.noise_deviation(score),
    ):
        with pytest.raises(InvalidInput):
            refused()


def test_laws_agree_as_far_as_their_counts_do() -> None:
    problem = counts_of(20, 10.0)
    predictive, one = fitted(problem, "p0*exp(-x)", (1.0,))
    _, other = fitted(problem, "p0 + p1*x", (10.0, -3.0))
    members = [predictive.law(score, {"x": np.array([1.0, 6.0])}).response for score in (one, other)]
    found = agreement(members)
    counts = np.arange(200.0)
    shared = [
        float(np.exp([m.row(row).repeated(200).log_density(counts) for m in members]).min(axis=0).sum())
        for row in range(2)
    ]
    assert found == pytest.approx(shared, abs=1e-6)
    assert agreement(members[:1]) == pytest.approx([1.0, 1.0], abs=1e-6)


def test_a_search_of_counts_predicts_counts() -> None:
    result = induce(counts_of(24, 200.0), effort="reflex")
    prediction = result.predict({"x": np.array([0.5, 1.5, 12.0])}, abstain=True)
    assert (prediction.quantiles == np.rint(prediction.quantiles)).all()
    assert prediction.mean[:2] == pytest.approx(200 * np.exp([-0.5, -1.5]), rel=0.15)
    low, _, high = prediction.quantiles[0]
    # Hardly wider than the count's own 90%: parameters are known to a few percent.
    assert 2 * 1.4 * (200 * np.exp(-0.5)) ** 0.5 < high - low < 2 * 2.2 * (200 * np.exp(-0.5)) ** 0.5
    assert prediction.abstention is not None
    assert prediction.abstention.answered[0]
    assert result.sample(np.random.default_rng(0), {"x": np.array([1.0])}, 5).shape == (1, 5)
