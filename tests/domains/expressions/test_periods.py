"""Parameters inside of sines and cosines: the right one of many minima is found from any problem's data."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domains.expressions.readable_scores import objective_of
from sagredo.domains.expressions.domain import Expressions
from sagredo.language.term import Apply, Literal, Parameter, Program, Term, Variable
from sagredo.objective.objective import Score
from sagredo.problem.build import problem_from_arrays
from sagredo.problem.problem import Problem

A, B, C = Parameter(0), Parameter(1), Parameter(2)
X, Z = Variable("x"), Variable("z")


def times(left: Term, right: Term) -> Term:
    return Apply("mul", (left, right))


def plus(left: Term, right: Term) -> Term:
    return Apply("add", (left, right))


def sampled(seed: int, rows: int, noise: float, law: str) -> tuple[Problem, float]:
    """A problem of waves of a third to 12 periods over the range of x, and the root mean square of its noise."""
    rng = np.random.default_rng(seed)
    x, z = rng.uniform(0.0, 3.0, (2, rows))
    frequency, phase = rng.uniform(0.7, 25.0) * rng.choice([-1.0, 1.0]), rng.uniform(-3.0, 3.0)
    responses = {
        "wave": 2.0 * np.sin(frequency * x + phase),
        "moved": np.sin(frequency * x + z),
        "damped": 2.0 * np.exp(-0.5 * x) * np.cos(frequency * x),
    }[law]
    errors = noise * float(np.std(responses)) * rng.standard_normal(rows)
    problem = problem_from_arrays(np.array([x, z]).T, responses + errors, input_names=["x", "z"])
    return problem, float(np.sqrt(np.mean(np.square(errors))))


LAWS = {
    "wave": times(A, Apply("sin", (plus(times(B, X), C),))),
    "moved": Apply("sin", (plus(times(A, X), Z),)),
    "damped": times(times(A, Apply("exp", (times(B, X),))), Apply("cos", (times(C, X),))),
}


def score(problem: Problem, term: Term, *start: float) -> Score:
    return objective_of(problem).score(Program(term, start))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 100_000), rows=st.integers(40, 80), law=st.sampled_from(sorted(LAWS)))
def test_a_wave_is_found_without_a_start(seed: int, rows: int, law: str) -> None:
    problem, _ = sampled(seed, rows, 0.0, law)
    assert score(problem, LAWS[law]).noise_scale == 0.0
    noisy, left_by_the_truth = sampled(seed, rows, 0.1, law)
    assert score(noisy, LAWS[law]).residual_rms <= 1.0001 * left_by_the_truth


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 100_000), frequency=st.floats(0.5, 25.0), sign=st.sampled_from([-1.0, 1.0]))
def test_in_much_noise_no_more_is_left_than_by_a_descent_from_the_truth(
    seed: int, frequency: float, sign: float
) -> None:
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1.0, 2.0, 60)
    responses = np.sin(frequency * x) + 0.3 * rng.standard_normal(60)
    problem = problem_from_arrays(x[:, np.newaxis], sign * responses, input_names=["x"])
    term = times(A, Apply("sin", (times(B, X),)))
    assert score(problem, term).residual_rms <= score(problem, term, 1.0, frequency).residual_rms * 1.0001


def test_a_start_that_was_given_is_kept() -> None:
    x = np.linspace(0.0, 6.0, 40)
    problem = problem_from_arrays(
        x[:, np.newaxis], np.sin(11.0 * x) + 0.5 * np.sin(4.0 * x), input_names=["x"]
    )
    term = times(A, Apply("sin", (times(B, X),)))
    assert score(problem, term).program.parameters == pytest.approx((1.0, 11.0), rel=0.1)
    assert score(problem, term, 1.0, 4.0).program.parameters == pytest.approx((0.5, 4.0), rel=0.1)


def test_a_bounded_parameter_stays_in_its_bounds() -> None:
    x = np.linspace(0.0, 3.0, 40)
    problem = problem_from_arrays(x[:, np.newaxis], np.sin(11.0 * x), input_names=["x"])
    domain = Expressions(form="sin(b*x)", bounds={"b": (0.0, 2.0)})
    form = domain.parsed_form(problem)
    assert form is not None
    fitted = domain.objective(problem, domain.language(problem)).score(Program(form.term))
    assert 0.0 <= fitted.program.parameters[0] <= 2.0


def test_arguments_without_a_value_or_without_a_slope_are_passed_over() -> None:
    x = np.linspace(0.0, 3.0, 12)
    problem = problem_from_arrays(x[:, np.newaxis], np.cos(x), input_names=["x"])
    nothing = plus(times(A, Apply("sub", (X, X))), X)
    assert score(problem, Apply("cos", (nothing,))).noise_scale == 0.0
    undefined = Apply("sin", (times(A, Apply("log", (Apply("sub", (X, Literal(Fraction(9)))),))),))
    assert score(problem, undefined).data_bits == float("inf")
