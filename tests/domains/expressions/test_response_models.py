"""Counts through the native core: against the readable reference, and the laws that searches find."""

from __future__ import annotations

from dataclasses import replace
from math import inf, isfinite, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domains.expressions.readable_scores import LINE, A, B, X, draw_program, objective_of, readable_run
from sagredo.domains.expressions.response_models import LOG_ODDS_MAGNITUDE, response_model
from sagredo.domains.expressions.scales import root_mean_square
from sagredo.language.term import Apply, Parameter, Program
from sagredo.objective.counts import Binomial, CountLikelihood, Poisson, log_marginal_likelihood
from sagredo.problem.column import Column
from sagredo.problem.errors import InvalidInput
from sagredo.problem.problem import Problem

SEEDS = st.integers(0, 2**32)
DECAY = Program(Apply("mul", (A, Apply("exp", (Apply("mul", (B, X)),)))), (1.0, -1.0))


def problem_of(x: np.ndarray, y: np.ndarray, noise: str, **options: np.ndarray) -> Problem:
    return Problem((Column("x", "x", x),), Column("y", "y", y.astype(float)), noise=noise, **options)


def draw_problem(rng: np.random.Generator) -> Problem:
    rows = int(rng.integers(4, 20))
    x = rng.uniform(-2, 2, rows)
    weights = rng.integers(1, 3, rows).astype(float) if rng.random() < 0.3 else None
    if rng.random() < 0.5:
        return problem_of(x, rng.poisson(10.0 ** rng.uniform(-1, 3) * np.exp(x)), "poisson", weights=weights)
    trials = rng.integers(1, 20, rows).astype(float)
    successes = rng.binomial(trials.astype(int), 1 / (1 + np.exp(-x)))
    return problem_of(x, successes, "binomial", trials=trials, weights=weights)


def likelihood_of(problem: Problem) -> CountLikelihood:
    responses = np.asarray(problem.responses, dtype=float)
    return Poisson(responses) if problem.trials is None else Binomial(responses, problem.trials)


def reference_bits(problem: Problem, program: Program) -> tuple[float, np.ndarray]:
    """L_rec of a program at its parameters, by the readable reference, and the standard errors."""
    magnitude = root_mean_square(problem.responses) if problem.noise == "poisson" else LOG_ODDS_MAGNITUDE
    run = readable_run(problem, program, magnitude)
    weights = np.ones(problem.row_count) if problem.weights is None else problem.weights
    log_evidence, errors = log_marginal_likelihood(
        likelihood_of(problem), weights, run.values, run.jacobian, run.log_prior
    )
    return -log_evidence / log(2), errors


@given(SEEDS)
@settings(max_examples=150, deadline=None)
def test_the_native_score_is_that_of_the_reference(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = draw_problem(rng)
    objective = objective_of(problem)
    score = objective.score(draw_program(rng, objective.language))
    assert score.data_bits >= objective.floor_bits - 1e-9
    if isfinite(score.data_bits):
        expected, errors = reference_bits(problem, score.program)
        assert score.data_bits == pytest.approx(expected, abs=1e-3, rel=1e-6)
        assert score.standard_errors == pytest.approx(errors.tolist(), rel=1e-4)
        assert score.noise_scale > 0


@pytest.mark.parametrize("program", [LINE, DECAY], ids=["line", "decay"])
@given(seed=SEEDS)
@settings(max_examples=30, deadline=None)
def test_no_parameters_nearby_are_likelier(program: Program, seed: int) -> None:
    """The fit ends at the mode of the posterior, which is within a small part of its width of the likelihood's."""
    rng = np.random.default_rng(seed)
    x = np.linspace(0, 3, 30)
    counts = rng.poisson(200 * np.exp(-x) + 1)
    fitted = objective_of(problem_of(x, counts, "poisson")).score(program)
    likelihood = Poisson(counts.astype(float))

    def height(parameters: np.ndarray) -> float:
        a, b = parameters
        values = a + b * x if program is LINE else a * np.exp(b * x)
        return float(likelihood.log_probability(values).sum())

    best = np.array(fitted.program.parameters)
    for k in range(2):
        for side in (-0.1, 0.1):
            moved = best.copy()
            moved[k] += side * fitted.standard_errors[k]
            assert height(moved) < height(best) + 1e-2


def test_rates_that_a_line_cannot_have_are_climbed_over() -> None:
    """Least squares leaves the line below 0 in the last rows, where there were no counts."""
    x = np.linspace(0, 1, 12)
    counts = np.array([30, 22, 15, 9, 5, 2, 1, 0, 0, 0, 0, 0])
    score = objective_of(problem_of(x, counts, "poisson")).score(LINE)
    assert isfinite(score.data_bits)
    a, b = score.program.parameters
    assert a > 0 > b
    assert a + b >= -1e-12


def test_what_an_input_separates_stays_finite() -> None:
    x = np.linspace(-1, 1, 20)
    objective = objective_of(problem_of(x, x > 0, "bernoulli"))
    score = objective.score(LINE)
    assert all(abs(value) < 1e3 for value in score.program.parameters)
    assert score.program.parameters[1] > 2
    assert score.description_length_bits < objective.null_bits
    assert objective.score(Program(X)).data_bits < 20


def test_the_null_model_is_the_best_constant() -> None:
    objective = objective_of(problem_of(np.arange(8.0), np.array([3, 5, 4, 2, 6, 4, 3, 5]), "poisson"))
    constant = objective.score(Program(Parameter(0), (1.0,)))
    assert objective.null_bits == pytest.approx(constant.description_length_bits, abs=1e-6)
    # The mode of the posterior: the slope of 32 counts in 8 rows meets that of the Cauchy prior of scale rms(y).
    (rate,) = constant.program.parameters
    assert 32 / rate - 8 == pytest.approx(2 * rate / (140 / 8 + rate**2), abs=1e-4)


def test_a_negative_rate_is_no_value() -> None:
    objective = objective_of(problem_of(np.linspace(-1, 1, 8), np.arange(8), "poisson"))
    assert objective.score(Program(X)).data_bits == inf


@pytest.mark.parametrize(
    ("noise", "y", "options", "what"),
    [
        ("poisson", [1, 2, 2.5], {}, "whole numbers"),
        ("poisson", [1, 2, -1], {}, "whole numbers"),
        ("poisson", [1, 2, 3], {"sigma": np.ones(3)}, "sigma"),
        ("poisson", [1, 2, 3], {"trials": np.ones(3)}, "trials"),
        ("gaussian", [1, 2, 3], {"trials": np.ones(3)}, "trials"),
        ("bernoulli", [0, 1, 2], {}, "trials"),
        ("bernoulli", [0, 1, 1], {"trials": np.ones(3)}, "trials"),
        ("binomial", [0, 3, 2], {"trials": np.array([1.0, 2, 2])}, "3 in 2 trials"),
        ("binomial", [0, 1, 0], {"trials": np.array([1.0, 2, 0])}, "0 in 0 trials"),
        ("cauchy", [1, 2, 3], {}, "student_t"),
    ],
)
def test_what_the_likelihood_cannot_have_is_refused(
    noise: str, y: list[float], options: dict[str, np.ndarray], what: str
) -> None:
    with pytest.raises(InvalidInput, match=what):
        response_model(problem_of(np.arange(3.0), np.array(y), noise, **options))


@given(SEEDS)
@settings(max_examples=20, deadline=None)
def test_residuals_of_the_truth_are_normal(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = np.linspace(0, 1, 400)
    for noise, values, y in (
        ("poisson", 2 + 3 * x, rng.poisson(2 + 3 * x)),
        ("bernoulli", 2 * x - 1, rng.random(400) < 1 / (1 + np.exp(1 - 2 * x))),
    ):
        residuals = response_model(problem_of(x, y, noise)).exchangeable_residuals(values)
        # Five standard errors of the mean and of the variance of 400 normal numbers.
        assert abs(residuals.mean()) < 5 / 20
        assert abs(residuals.var() - 1) < 5 * (2 / 400) ** 0.5


def test_planners_see_log_odds() -> None:
    problem = problem_of(
        np.arange(3.0), np.array([0, 2, 4]), "binomial", trials=np.full(3, 4.0), weights=np.ones(3)
    )
    working = response_model(problem).working_problem()
    assert working.responses == pytest.approx([-log(9), 0.0, log(9)])
    assert working.sigma is not None
    assert working.sigma[1] < working.sigma[0]
    gaussian = replace(problem, noise="gaussian", trials=None)
    assert response_model(gaussian).working_problem() is gaussian
