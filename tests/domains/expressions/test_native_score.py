"""The native score against its readable reference, and what no program may do to it."""

from __future__ import annotations

from dataclasses import replace
from math import inf, isfinite, log

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domains.expressions.readable_scores import readable_run, values_needed
from sagredo.domains.expressions.objective import RealObjective
from sagredo.domains.expressions.primitives import default_primitives
from sagredo.domains.expressions.prior import expression_grammar
from sagredo.domains.expressions.record import noise_prior, record_bins
from sagredo.domains.expressions.sample import sample_problem
from sagredo.domains.expressions.scales import root_mean_square
from sagredo.domains.expressions.syntax import ExpressionSyntax
from sagredo.language.language import Language
from sagredo.language.term import Parameter, Program, Variable
from sagredo.objective.evidence import Evidence, log_marginal_likelihood
from sagredo.objective.likelihood import Gaussian, StudentT
from sagredo.problem.column import REAL
from sagredo.problem.problem import Problem

SEEDS = st.integers(0, 2**32)
LIKELIHOODS = {"gaussian": Gaussian(), "student_t": StudentT()}


def draw_problem(rng: np.random.Generator) -> Problem:
    problem, _ = sample_problem(rng, rows=int(rng.integers(2, 20)), inputs=int(rng.integers(1, 3)))
    rows = problem.row_count
    noise = "gaussian" if rng.random() < 0.7 else "student_t"
    sigma = rng.uniform(0.1, 1, rows) * problem.target.scale if rng.random() < 0.2 else None
    weights = rng.integers(1, 3, rows).astype(float) if rng.random() < 0.3 else None
    return Problem(problem.inputs, problem.target, sigma, weights, noise)


def language_of(problem: Problem) -> Language:
    symbols, primitives = tuple(column.symbol for column in problem.inputs), default_primitives()
    grammar = expression_grammar(symbols, primitives)
    return Language(primitives, dict.fromkeys(symbols, REAL), REAL, grammar, ExpressionSyntax(symbols))


def draw_program(rng: np.random.Generator, language: Language, decades: float) -> Program:
    term = language.prior.sample(rng)
    count = values_needed(term)
    sizes = 10.0 ** rng.uniform(-decades, decades, count) * rng.choice([-1, 1], count)
    return Program(term, tuple(sizes.tolist()))


def reference(problem: Problem, program: Program) -> tuple[float, Evidence]:
    """L_rec of a program at its parameters, by the readable reference, bits."""
    target = problem.target
    magnitude = target.scale or root_mean_square(target.values)
    run = readable_run(problem, program, magnitude)
    recorded = record_bins(target.values, target.resolution, magnitude)
    bins = np.maximum(recorded, 2 * run.rounding)
    weights = np.ones(len(bins)) if problem.weights is None else problem.weights
    evidence = log_marginal_likelihood(
        LIKELIHOODS[problem.noise],
        noise_prior(recorded, target.values, target.scale, problem.sigma),
        target.values - run.values,
        bins,
        weights,
        run.jacobian,
        run.log_prior,
    )
    return float(weights @ np.log2(bins / recorded)) - evidence.log_evidence / log(2), evidence


@given(SEEDS)
@example(559_682)  # 1/sin(pi) with outliers: bins that are the last digit of the residual.
@settings(max_examples=150, deadline=None)
def test_the_native_score_is_that_of_the_reference(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = draw_problem(rng)
    language = language_of(problem)
    score = RealObjective(problem, language).score(draw_program(rng, language, 1))
    if isfinite(score.data_bits):
        expected, evidence = reference(problem, score.program)
        # Two quadratures that find their own ranges: they agree to a ten-thousandth of a bit.
        assert score.data_bits == pytest.approx(expected, abs=1e-4, rel=1e-7)
        assert score.standard_errors == pytest.approx(evidence.standard_errors.tolist(), rel=1e-6)
        assert score.noise_scale in (0.0, pytest.approx(evidence.noise_scale))


@given(SEEDS)
@settings(max_examples=100, deadline=None)
def test_no_program_raises_or_costs_less_than_the_floor(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = draw_problem(rng)
    language = language_of(problem)
    objective = RealObjective(problem, language)
    programs = [draw_program(rng, language, decades) for decades in (1, 10, 150, 308)]
    alone = [objective.score(program) for program in programs]
    assert all(score.data_bits >= objective.floor_bits - 1e-9 for score in alone)
    assert objective.score_batch(programs, threads=3) == alone


def test_a_batch_may_be_empty_or_speak_another_language() -> None:
    problem = draw_problem(np.random.default_rng(0))
    objective = RealObjective(problem, language_of(problem))
    assert objective.score_batch([]) == []
    foreign, constant = objective.score_batch([Program(Variable("nowhere")), Program(Parameter(0))])
    assert foreign.data_bits == inf
    assert constant.description_length_bits == pytest.approx(objective.null_bits, rel=1e-6)


@given(SEEDS)
@settings(max_examples=40, deadline=None)
def test_of_many_rows_the_score_is_that_of_the_reference(seed: int) -> None:
    """Rows are summed by the widths of their bins, left out or given up where they tell nothing."""
    rng = np.random.default_rng(seed)
    problem, program = sample_problem(rng, rows=1500, inputs=2)
    law = readable_run(problem, program, 1.0).values
    wide = float(np.median(np.abs(law))) * 10.0 ** rng.uniform(-15, 0)
    drawn = law + rng.choice([0.0, 0.3]) * wide * rng.standard_normal(len(law))
    target = replace(problem.target, values=drawn, resolution=wide * rng.choice([0.0, 1.0]), scale=None)
    sigma = wide * 10.0 ** rng.uniform(-1, 16, len(law)) if rng.random() < 0.3 else None
    recorded = Problem(problem.inputs, target, sigma)
    score = RealObjective(recorded, language_of(recorded)).score(program)
    expected, _ = reference(recorded, score.program)
    assert isfinite(score.data_bits) == isfinite(expected)
    if isfinite(expected):
        assert score.data_bits == pytest.approx(expected, abs=5e-3, rel=1e-6)
