"""Annealed evidence against quadrature over the prior's own distribution function, and draws against bounds."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
from scipy.stats import norm

from sagredo.domains.expressions.domain import Expressions
from sagredo.domains.expressions.predictive import RealPredictive
from sagredo.language.term import Program
from sagredo.objective.objective import Score
from sagredo.problem.build import problem_from
from sagredo.problem.problem import Problem

X = np.linspace(0.4, 2.0, 8)
SIGMA = 0.3
RESOLUTION = 0.01


def measured(truth: np.ndarray, seed: int = 0) -> Problem:
    noise = SIGMA * np.random.default_rng(seed).standard_normal(len(X))
    y = np.round(truth + noise, 2)
    return problem_from({"x": X, "y": y}, target="y", sigma=SIGMA)


def scored(problem: Problem, domain: Expressions, text: str, start: tuple[float, ...]) -> Score:
    language = domain.language(problem)
    return domain.objective(problem, language).score(Program(language.syntax.parse(text), start))


def annealed_log_evidence(predictive: RealPredictive, score: Score) -> float:
    drawn = predictive.annealed(score.program)
    assert drawn is not None
    return drawn.log_evidence


def log_likelihoods(problem: Problem, values: np.ndarray) -> np.ndarray:
    """log of the probability that every response falls in its bin, for each draw of values."""
    residuals, half = np.asarray(problem.responses) - values, RESOLUTION / 2
    inside = norm.cdf((residuals + half) / SIGMA) - norm.cdf((residuals - half) / SIGMA)
    return np.asarray(np.log(inside + 1e-300).sum(axis=-1))


def log_mean_likelihood(problem: Problem, values: np.ndarray) -> float:
    logs = log_likelihoods(problem, values)
    return float(np.logaddexp.reduce(logs.ravel()) - log(logs.size))


def cauchy_grid(points: int, low: float = -np.inf, high: float = np.inf) -> np.ndarray:
    """Midpoints of equal probability of Cauchy(0, 1) given that it lies within the bounds."""
    ends = np.arctan(low), np.arctan(high)
    return np.tan(ends[0] + (np.arange(points) + 0.5) / points * (ends[1] - ends[0]))


def magnitudes(problem: Problem) -> tuple[float, float]:
    return float(np.sqrt(np.mean(X**2))), float(np.sqrt(np.mean(np.square(problem.responses))))


def test_a_redundant_parameter() -> None:
    """a * b * x: both have the scale sqrt(|y| / |x|)."""
    problem, domain = measured(1.3 * X), Expressions(form="a*b*x")
    rms_x, rms_y = magnitudes(problem)
    grid = np.sqrt(rms_y / rms_x) * cauchy_grid(1500)
    slopes = np.multiply.outer(grid, grid).ravel()
    # The likelihood depends on the product alone.
    edges = np.linspace(0.0, 3.0, 3001)
    share, _ = np.histogram(slopes, edges)
    middles = 0.5 * (edges[1:] + edges[:-1])
    logs = log_likelihoods(problem, middles[:, np.newaxis] * X)
    expected = np.log(np.sum(np.exp(logs) * share / slopes.size))
    score = scored(problem, domain, "a*b*x", (1.0, 1.0))
    predictive = domain.predictive(problem)
    assert annealed_log_evidence(predictive, score) == pytest.approx(expected, abs=0.1)
    # Laplace's method is poor here, and is replaced for the law's weight and for its predictions alike.
    bits = domain.sampled_data_bits(problem)(score)
    assert bits == pytest.approx(-expected / log(2), abs=0.1 / log(2))
    assert abs(score.data_bits + expected / log(2)) > 0.2
    found = predictive.law(score, {"x": np.array([3.0])})
    assert found.sampled is not None
    assert found.sampled.all()


def test_a_bounded_parameter_that_would_be_beyond_its_bounds() -> None:
    problem, domain = measured(0.05 * X), Expressions(form="A*x", bounds={"A": (0.2, 0.5)})
    rms_x, rms_y = magnitudes(problem)
    scale = rms_y / rms_x
    slopes = scale * cauchy_grid(20_000, 0.2 / scale, 0.5 / scale)
    score = scored(problem, domain, "A*x", (0.3,))
    expected = log_mean_likelihood(problem, slopes[:, np.newaxis] * X)
    predictive = domain.predictive(problem)
    assert annealed_log_evidence(predictive, score) == pytest.approx(expected, abs=0.1)
    drawn = predictive.annealed(score.program)
    assert drawn is not None
    assert drawn.parameters.min() >= 0.2
    assert drawn.parameters.max() <= 0.5


def test_two_modes_and_many() -> None:
    for text, truth, formula, scale_of in (
        ("p0*p0*x", 1.3 * X, lambda k: k * k * X, lambda x, y: np.sqrt(y / x)),
        ("sin(p0*x)", np.sin(3 * X), lambda k: np.sin(k * X), lambda x, y: 1 / x),
    ):
        problem, domain = measured(truth), Expressions()
        scale = scale_of(*magnitudes(problem))
        values = formula(scale * cauchy_grid(50_000)[:, np.newaxis])
        score = scored(problem, domain, text, (1.1 if "sin" not in text else 3.0,))
        found = annealed_log_evidence(domain.predictive(problem), score)
        assert found == pytest.approx(log_mean_likelihood(problem, values), abs=0.1)


def test_a_scale_that_depends_on_another_parameter() -> None:
    """a * exp(b * x): b has the scale 1 / |x|, a then |y| / |exp(b x)|."""
    problem, domain = measured(2.0 * np.exp(-0.8 * X)), Expressions()
    rms_x, rms_y = magnitudes(problem)
    rates = cauchy_grid(600) / rms_x
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        grown = np.exp(rates[:, np.newaxis] * X)
        shapes = grown / np.sqrt(np.mean(grown**2, axis=1, keepdims=True))
    shapes = np.where(
        np.isfinite(shapes), shapes, 0.0
    )  # Rates of a hundred and more: no likelihood either way.
    values = rms_y * cauchy_grid(600)[:, np.newaxis, np.newaxis] * shapes
    score = scored(problem, domain, "p0*exp(p1*x)", (2.0, -0.8))
    found = annealed_log_evidence(domain.predictive(problem), score)
    assert found == pytest.approx(log_mean_likelihood(problem, values), abs=0.1)


def test_annealing_and_laplace_agree_where_both_are_good() -> None:
    rng = np.random.default_rng(4)
    x = np.linspace(0, 4, 12)
    problem = problem_from({"x": x, "y": np.round(2 + x + 0.2 * rng.standard_normal(12), 3)}, target="y")
    domain = Expressions()
    score = scored(problem, domain, "p0 + p1*x", (1.0, 1.0))
    predictive = domain.predictive(problem)
    drawn = predictive.draws(score.program)
    assert drawn is not None
    assert predictive.sampled_data_bits(score) is None
    laplace = -log(2) * score.data_bits
    assert drawn.log_evidence == pytest.approx(laplace, abs=0.02)
    # log sigma is a coordinate here: its prior is normalised as in the evidence.
    assert annealed_log_evidence(predictive, score) == pytest.approx(laplace, abs=0.1)
