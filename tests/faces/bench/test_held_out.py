from __future__ import annotations

from math import inf, log, pi

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagredo.faces.bench.held_out import log_score
from sagredo.language.term import Apply, Parameter, Program, Variable
from sagredo.objective.objective import Score
from sagredo.problem.build import problem_from_arrays

RNG = np.random.default_rng(4)
X = RNG.uniform(1.0, 3.0, 400)
LINE = Apply("mul", (Parameter(0), Variable("x")))


def score_of(term, *parameters: float, sigma: float) -> Score:
    return Score(Program(term, parameters), 0.0, 0.0, noise_scale=sigma)


@given(sigma=st.floats(1e-3, 1e3), factor=st.floats(-10, 10))
def test_it_is_the_mean_log_density_of_the_normal_distribution(sigma: float, factor: float) -> None:
    y = 2.0 * X + sigma * RNG.standard_normal(len(X))
    problem = problem_from_arrays({"x": X}, y, target="y")
    expected = np.mean(-0.5 * log(2 * pi * sigma**2) - (y - factor * X) ** 2 / (2 * sigma**2))
    assert log_score(score_of(LINE, factor, sigma=sigma), problem, {"x": X}, y) == pytest.approx(expected)


def test_an_exact_program_has_the_density_of_the_bins() -> None:
    y = 2.0 * X
    problem = problem_from_arrays({"x": X}, y, target="y")
    exact = log_score(score_of(LINE, 2.0, sigma=0.0), problem, {"x": X}, y)
    near = log_score(score_of(LINE, 2.0 + 1e-9, sigma=0.0), problem, {"x": X}, y)
    assert 20 < exact < 40
    assert near < exact - 1


def test_no_value_on_a_fresh_row_is_an_infinite_loss() -> None:
    problem = problem_from_arrays({"x": X}, X, target="y")
    logarithm = score_of(Apply("log", (Variable("x"),)), sigma=1.0)
    assert log_score(logarithm, problem, {"x": X - 2.0}, X) == -inf
