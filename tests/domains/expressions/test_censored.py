"""Responses of which only a bound is known, through the native core: against the readable reference, and fits."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from domains.expressions.readable_scores import LINE, draw_program, objective_of, readable_run
from sagredo.domains.expressions.record import noise_prior, record_bins
from sagredo.domains.expressions.response_models import noises_of_responses, response_model
from sagredo.domains.expressions.scales import root_mean_square
from sagredo.faces.induce import induce
from sagredo.language.term import Program
from sagredo.objective.censoring import CensoredGaussian
from sagredo.objective.evidence import Evidence, log_marginal_likelihood
from sagredo.problem.column import Column
from sagredo.problem.errors import InvalidInput
from sagredo.problem.problem import Problem

SEEDS = st.integers(0, 2**32)


def problem_of(x: np.ndarray, y: np.ndarray, sides: np.ndarray, **options: object) -> Problem:
    target = Column("y", "y", y.astype(float))
    return replace(Problem((Column("x", "x", x),), target, censored=sides.astype(float)), **options)


def below(x: np.ndarray, y: np.ndarray, limit: float, **options: object) -> Problem:
    """What an instrument tells that sees nothing below its limit."""
    return problem_of(x, np.maximum(y, limit), np.where(y < limit, -1, 0), **options)


def draw_problem(rng: np.random.Generator) -> Problem:
    rows = int(rng.integers(6, 18))
    x = rng.uniform(-2, 2, rows)
    y = np.exp(x) + rng.normal(0, 10.0 ** rng.uniform(-3, 0), rows)
    sides = rng.choice([-1, 0, 0, 1], rows)
    sides[:3] = 0
    sigma = rng.uniform(0.1, 1, rows) if rng.random() < 0.3 else None
    weights = rng.integers(1, 3, rows).astype(float) if rng.random() < 0.3 else None
    return problem_of(x, y - sides * rng.exponential(0.5, rows), sides, sigma=sigma, weights=weights)


def reference(problem: Problem, program: Program) -> tuple[float, Evidence]:
    """L_rec of a program at its parameters, by the readable reference, bits."""
    magnitude = root_mean_square(problem.responses)
    run = readable_run(problem, program, magnitude)
    recorded = record_bins(problem.responses, 0.0, magnitude)
    bins = np.maximum(recorded, 2 * run.rounding)
    weights = np.ones(len(bins)) if problem.weights is None else problem.weights
    assert problem.censored is not None
    evidence = log_marginal_likelihood(
        CensoredGaussian(problem.censored),
        noise_prior(recorded, problem.responses, None, problem.sigma),
        problem.responses - run.values,
        bins,
        weights,
        run.jacobian,
        run.log_prior,
    )
    widened = (weights * (problem.censored == 0)) @ np.log2(bins / recorded)
    return float(widened) - evidence.log_evidence / log(2), evidence


@given(SEEDS)
@settings(max_examples=150, deadline=None)
def test_the_native_score_is_that_of_the_reference(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = draw_problem(rng)
    objective = objective_of(problem)
    score = objective.score(draw_program(rng, objective.language))
    # Two quadratures that find their own ranges.
    assert score.data_bits >= objective.floor_bits - 1e-3
    if isfinite(score.data_bits):
        expected, evidence = reference(problem, score.program)
        assert score.data_bits == pytest.approx(expected, abs=1e-4, rel=1e-7)
        assert score.standard_errors == pytest.approx(evidence.standard_errors.tolist(), rel=1e-5)


@given(SEEDS)
@settings(max_examples=30, deadline=None)
def test_marks_of_nothing_change_nothing(seed: int) -> None:
    problem = draw_problem(np.random.default_rng(seed))
    measured = replace(problem, censored=np.zeros(problem.row_count))
    marked, plain = objective_of(measured), objective_of(replace(problem, censored=None))
    assert marked.score(LINE) == plain.score(LINE)
    assert marked.floor_bits == plain.floor_bits


@given(SEEDS)
@settings(max_examples=20, deadline=None)
def test_the_fit_is_the_likeliest(seed: int) -> None:
    """Against a direct search over the line's parameters and the noise (Tobin's model)."""
    rng = np.random.default_rng(seed)
    x = np.linspace(0, 4, 40)
    problem = below(x, 1 + 2 * x + rng.normal(0, 0.5, 40), 3.0)
    sides, y = problem.censored, problem.responses
    assert sides is not None
    likelihood = CensoredGaussian(sides)

    def cost(values: np.ndarray) -> float:
        bins = np.full(40, 1e-6)
        return -float(
            likelihood.log_probability(y - values[0] - values[1] * x, bins, np.exp(values[2:])).sum()
        )

    best = minimize(cost, [1.0, 2.0, -1.0], method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-8}).x
    score = objective_of(problem).score(LINE)
    errors = np.array(score.standard_errors)
    # The scale is that of the likeliest node, which is known to half the distance of two of them.
    assert (np.abs(np.array(score.program.parameters) - best[:2]) < 0.25 * errors).all()
    assert score.noise_scale == pytest.approx(np.exp(best[2]), rel=0.25)


def test_bounds_as_measurements_mislead() -> None:
    """A third of the rows under the limit: as measured at the limit they bend the line, as bounds they don't."""
    rng = np.random.default_rng(4)
    x = np.linspace(0, 6, 36)
    problem = below(x, -2 + 1.5 * x + rng.normal(0, 0.3, 36), 1.0)
    score = objective_of(problem).score(LINE)
    assert (
        np.abs(np.subtract(score.program.parameters, (-2.0, 1.5))) < 3 * np.array(score.standard_errors)
    ).all()
    naive = objective_of(replace(problem, censored=None)).score(LINE)
    assert naive.program.parameters[1] < 1.2


def test_a_law_is_found_behind_its_limit() -> None:
    rng = np.random.default_rng(2)
    x = np.linspace(0.2, 4, 40)
    problem = below(x, np.round(x**2 - 3 + rng.normal(0, 0.1, 40), 3), -1.0)
    result = induce(problem, effort="reflex")
    assert result.values({"x": np.array([0.0, 1.0, 3.0])}) == pytest.approx([-3.0, -2.0, 6.0], abs=0.15)
    prediction = result.predict({"x": np.array([0.5])})
    assert prediction.mean == pytest.approx([-2.75], abs=0.15)


@given(SEEDS)
@settings(max_examples=20, deadline=None)
def test_residuals_of_the_truth_are_alike(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = np.linspace(0, 1, 400)
    problem = below(x, 3 * x + rng.normal(0, 0.5, 400), 1.0, sigma=np.full(400, 0.5))
    residuals = response_model(problem).exchangeable_residuals(3 * x)
    assert np.isfinite(residuals).all()
    # Five standard errors of the mean and of the variance of 400 normal numbers.
    assert abs(residuals.mean()) < 5 / 20
    assert abs(residuals.var() - 1) < 5 * (2 / 400) ** 0.5


def test_other_noises_are_refused() -> None:
    problem = below(np.arange(5.0), np.arange(5.0), 2.0)
    for noise in ("student_t", "poisson"):
        with pytest.raises(InvalidInput, match="no bounds"):
            response_model(replace(problem, noise=noise))
    with pytest.raises(InvalidInput, match="without censored"):
        response_model(replace(problem, covariance=np.eye(5)))
    assert noises_of_responses(problem) == ("gaussian",)
