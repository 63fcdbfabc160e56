"""Errors of a known covariance through the native core: against the readable reference, and in a search."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domains.expressions.readable_scores import LINE, A, B, X, draw_program, objective_of, readable_run
from sagredo.domains.expressions.domain import Expressions
from sagredo.domains.expressions.record import record_bins
from sagredo.domains.expressions.response_models import noises_of_responses, response_model
from sagredo.domains.expressions.scales import root_mean_square
from sagredo.faces.induce import induce
from sagredo.language.term import Apply, Program
from sagredo.objective.evidence import Evidence, log_marginal_likelihood
from sagredo.objective.likelihood import Gaussian
from sagredo.objective.noise import GivenNoise
from sagredo.objective.whitening import Whitening
from sagredo.problem.column import Column
from sagredo.problem.errors import InvalidInput
from sagredo.problem.problem import Problem

SEEDS = st.integers(0, 2**32)


def problem_of(x: np.ndarray, y: np.ndarray, covariance: np.ndarray, resolution: float = 0.0) -> Problem:
    target = Column("y", "y", y.astype(float), resolution=resolution)
    return Problem((Column("x", "x", x),), target, covariance=covariance)


def draw_problem(rng: np.random.Generator) -> Problem:
    rows = int(rng.integers(3, 15))
    x, shared = rng.uniform(-2, 2, rows), rng.normal(0, 1, (rows, 2))
    covariance = rng.uniform(0.01, 1) * (shared @ shared.T + np.diag(rng.uniform(0.3, 1, rows)))
    y = np.exp(x) + rng.multivariate_normal(np.zeros(rows), covariance)
    return problem_of(x, y, covariance, float(10.0 ** rng.uniform(-9, -2)))


def reference(problem: Problem, program: Program) -> tuple[float, Evidence]:
    """L_rec of a program at its parameters, by the readable reference, bits."""
    magnitude = root_mean_square(problem.responses)
    run = readable_run(problem, program, magnitude)
    recorded = record_bins(problem.responses, problem.target.resolution, magnitude)
    bins = np.maximum(recorded, 2 * run.rounding)
    assert problem.covariance is not None
    whitening, ones = Whitening(problem.covariance), np.ones(len(bins))
    evidence = log_marginal_likelihood(
        Gaussian(),
        GivenNoise(ones),
        whitening.whitened(problem.responses - run.values),
        whitening.bins(bins),
        ones,
        whitening.whitened(run.jacobian),
        run.log_prior,
    )
    return float(np.log2(bins / recorded).sum()) - evidence.log_evidence / log(2), evidence


@given(SEEDS)
@settings(max_examples=100, deadline=None)
def test_the_native_score_is_that_of_the_reference(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = draw_problem(rng)
    objective = objective_of(problem)
    score = objective.score(draw_program(rng, objective.language))
    assert score.data_bits >= objective.floor_bits - 1e-9
    if isfinite(score.data_bits):
        expected, evidence = reference(problem, score.program)
        assert score.data_bits == pytest.approx(expected, abs=1e-4, rel=1e-7)
        assert score.standard_errors == pytest.approx(evidence.standard_errors.tolist(), rel=1e-5)


@given(SEEDS)
@settings(max_examples=30, deadline=None)
def test_variances_alone_are_given_deviations(seed: int) -> None:
    problem = draw_problem(np.random.default_rng(seed))
    assert problem.covariance is not None
    alone = replace(problem, covariance=np.diag(np.diag(problem.covariance)))
    sigma = np.sqrt(np.diag(problem.covariance))
    independent, given = objective_of(alone), objective_of(replace(problem, covariance=None, sigma=sigma))
    assert independent.floor_bits == pytest.approx(given.floor_bits, abs=1e-9)
    for program in (Program(Apply("exp", (X,))), Program(X)):
        assert independent.score(program).data_bits == pytest.approx(given.score(program).data_bits, abs=1e-9)
    # The climb ends at the posterior's mode, least squares at the likelihood's, which is less likely: by little where
    # the rows tell more than the prior.
    first, second = independent.score(LINE), given.score(LINE)
    assert first.data_bits <= second.data_bits + 1e-3
    if problem.row_count >= 8:
        assert first.data_bits == pytest.approx(second.data_bits, abs=1.0)
        assert np.abs(np.subtract(first.program.parameters, second.program.parameters)) == pytest.approx(
            0, abs=max(second.standard_errors)
        )


@given(SEEDS)
@settings(max_examples=30, deadline=None)
def test_the_fit_is_that_of_generalised_least_squares(seed: int) -> None:
    """Aitken 1936: (J^T C^-1 J)^-1 J^T C^-1 y, to a small part of the standard errors where the data tell much."""
    rng = np.random.default_rng(seed)
    rows = 30
    x, shared = np.linspace(0, 10, rows), rng.normal(0, 1, (rows, 2))
    covariance = 0.01 * (shared @ shared.T + np.eye(rows))
    y = 3 + 2 * x + rng.multivariate_normal(np.zeros(rows), covariance)
    score = objective_of(problem_of(x, y, covariance)).score(LINE)
    design, precision = np.column_stack([np.ones(rows), x]), np.linalg.inv(covariance)
    inverse = np.linalg.inv(design.T @ precision @ design)
    expected, errors = inverse @ design.T @ precision @ y, np.sqrt(np.diag(inverse))
    assert (np.abs(score.program.parameters - expected) < 0.1 * errors).all()
    assert score.standard_errors == pytest.approx(errors.tolist(), rel=0.01)


@given(SEEDS)
@settings(max_examples=20, deadline=None)
def test_residuals_of_the_truth_are_independent(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = 200
    x, shared = np.linspace(0, 1, rows), rng.normal(0, 1, (rows, 2))
    covariance = shared @ shared.T + np.eye(rows)
    y = 3 * x + rng.multivariate_normal(np.zeros(rows), covariance)
    residuals = response_model(problem_of(x, y, covariance)).exchangeable_residuals(3 * x)
    # Five standard errors of the mean and of the variance of 200 normal numbers.
    assert abs(residuals.mean()) < 5 / rows**0.5
    assert abs(residuals.var() - 1) < 5 * (2 / rows) ** 0.5


def test_coarse_records_and_other_noises_are_refused() -> None:
    x, covariance = np.arange(4.0), 0.04 * np.eye(4) + 0.01
    with pytest.raises(InvalidInput, match="recorded more finely"):
        response_model(problem_of(x, x, covariance, resolution=0.5))
    for noise in ("student_t", "poisson"):
        with pytest.raises(InvalidInput, match="no covariance"):
            response_model(replace(problem_of(x, x, covariance), noise=noise))
    assert noises_of_responses(problem_of(x, x, covariance)) == ("gaussian",)


def test_predictions_have_the_parameters_of_generalised_least_squares() -> None:
    rng = np.random.default_rng(3)
    x, own = np.linspace(0, 5, 24), 0.1
    covariance = own**2 * (np.eye(24) + np.ones((24, 24)))
    y = 3 + 2 * x + rng.multivariate_normal(np.zeros(24), covariance)
    problem = problem_of(x, y, covariance)
    predictive, score = Expressions().predictive(problem), objective_of(problem).score(LINE)
    design, precision = np.column_stack([np.ones(24), x]), np.linalg.inv(covariance)
    assert predictive.covariance(score) == pytest.approx(
        np.linalg.inv(design.T @ precision @ design), rel=0.01
    )
    said = predictive.law(score, {"x": np.array([2.5])})
    # Half of the variance is shared by all rows: no number of them makes the intercept surer than that.
    assert said.value.standard_deviation == pytest.approx([own * (1 + 1 / 24) ** 0.5], rel=0.02)
    assert said.response.standard_deviation == pytest.approx([own * (3 + 1 / 24) ** 0.5], rel=0.02)


def test_a_shared_error_is_no_law() -> None:
    """It grows with x in all rows alike: taken for independent errors it is a term of the law, and known it is none."""
    rng = np.random.default_rng(3)
    x = np.linspace(1, 5, 24)
    own, shared = 0.02, 0.5 * x
    covariance = own**2 * np.eye(24) + np.outer(shared, shared)
    y = np.round(2 * x**2 + 1.5 * shared + rng.normal(0, own, 24), 4)
    problem = problem_of(x, y, covariance, 1e-4)
    square, term = Apply("square", (X,)), Apply("mul", (B, X))
    law, longer = (Apply("add", (square, square)), Apply("add", (Apply("mul", (A, square)), term)))

    def bits_of_the_term(problem: Problem) -> float:
        objective = objective_of(problem)
        first, second = (objective.score(program) for program in (Program(law), Program(longer, (1.0, 1.0))))
        return second.description_length_bits - first.description_length_bits

    assert bits_of_the_term(problem) > 10
    assert bits_of_the_term(replace(problem, covariance=None, sigma=np.full(24, own))) < -100
    result = induce(problem, effort="reflex")
    assert result.values({"x": np.array([2.0, 6.0])}) == pytest.approx([8.0, 72.0])
