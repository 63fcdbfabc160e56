from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagredo import _native
from sagredo.domains.expressions.encoding import encode
from sagredo.domains.expressions.fitting import StudentNoise, fit
from sagredo.language.term import Apply, Parameter, Program, Term, Variable

X = Variable("x")
DECAY: Term = Apply(
    "add", (Apply("mul", (Parameter(0), Apply("exp", (Apply("mul", (Parameter(1), X)),)))), Parameter(2))
)
GRID = np.linspace(0.1, 3.0, 30)


def run(program: Program, y: np.ndarray, **options):
    return fit(program, GRID[None], y, symbols=("x",), constants={}, **options)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.5, 5), st.floats(-2, -0.3), st.floats(-3, 3))
def test_exact_data_give_back_their_parameters(a, b, c):
    found = run(Program(DECAY, (1.0, -1.0, 0.0)), a * np.exp(b * GRID) + c)
    assert found.converged
    np.testing.assert_allclose(found.parameters, (a, b, c), rtol=1e-9, atol=1e-9)


def test_linear_fit_agrees_with_the_normal_equations():
    rng = np.random.default_rng(3)
    y = 2 * GRID - 1 + rng.standard_normal(30)
    weights, sigma = rng.uniform(0.5, 2, 30), rng.uniform(0.5, 2, 30)
    line = Apply("add", (Apply("mul", (Parameter(0), X)), Parameter(1)))
    found = run(Program(line, (0.0, 0.0)), y, weights=weights, sigma=sigma)
    design = np.column_stack((GRID, np.ones(30)))
    gram = np.linalg.inv(design.T @ (design * (weights / sigma**2)[:, None]))
    np.testing.assert_allclose(found.covariance_unscaled, gram, rtol=1e-10)
    np.testing.assert_allclose(found.parameters, gram @ design.T @ (weights / sigma**2 * y), rtol=1e-10)


def test_bounds_hold_and_the_best_corner_is_found():
    found = run(
        Program(DECAY, (1.0, -0.5, 0.0)),
        3 * np.exp(-2 * GRID),
        bounds=[(0, np.inf), (-1, 0), (-np.inf, np.inf)],
    )
    assert found.parameters[1] == pytest.approx(-1)


def test_student_noise_ignores_an_outlier():
    y = 2 * np.exp(-GRID) + 0.01 * np.random.default_rng(5).standard_normal(30)
    y[7] += 5
    robust = run(Program(DECAY, (1.0, -0.8, 0.0)), y, noise=StudentNoise(3.0, 0.01))
    np.testing.assert_allclose(robust.parameters, (2, -1, 0), atol=0.1)


def test_other_starts_do_not_make_a_fit_worse_and_follow_the_seed():
    wave = Apply("sin", (Apply("mul", (Parameter(0), X)),))
    y = np.sin(7.3 * GRID)
    one = run(Program(wave, (1.0,)), y)
    many = run(Program(wave, (1.0,)), y, starts=60, rng_seed=2)
    assert many.residual_sum_of_squares < one.residual_sum_of_squares
    assert many.parameters == run(Program(wave, (1.0,)), y, starts=60, rng_seed=2).parameters


def test_a_program_without_values_is_undefined():
    bad = Apply("log", (Apply("neg", (Apply("add", (Apply("square", (Parameter(0),)), X)),)),))
    found = run(Program(bad, (1.0,)), GRID)
    assert found.reason == "undefined"
    assert not found.converged


@settings(max_examples=30, deadline=None)
@given(st.floats(0.2, 3), st.floats(-2, 2), st.floats(-2, 2))
def test_jacobians_agree_in_both_modes_and_with_differences(a, b, c):
    term = Apply("tanh", (Apply("div", (DECAY, Apply("cosh", (Apply("sub", (X, Parameter(1))),)))),))
    code = encode(term, ("x",), {})
    at = np.array([a, b, c])
    offsets = np.array([0, len(code.instructions)], np.int64)
    reverse, by_node = _native.jacobians(code.instructions, code.constants, at, GRID[None])
    forward = _native.forward_jacobian(code.instructions, code.constants, at, GRID[None])
    np.testing.assert_allclose(reverse, forward, rtol=1e-10, atol=1e-14)
    assert (by_node[-1] == 1).all()
    for k in range(3):
        step = 1e-5 * np.eye(3)[k]
        up, down = (
            _native.evaluate(code.instructions, offsets, code.constants, at + sign * step, GRID[None])[0]
            for sign in (1, -1)
        )
        np.testing.assert_allclose(reverse[k], (up - down) / 2e-5, rtol=1e-5, atol=1e-6)


def test_a_batch_does_not_depend_on_the_threads():
    code = encode(DECAY, ("x",), {})
    count, length = 40, len(code.instructions)
    rng = np.random.default_rng(0)
    arguments = (
        np.tile(code.instructions, (count, 1)),
        np.arange(count + 1, dtype=np.int64) * length,
        code.constants,
        np.arange(count + 1, dtype=np.int64) * 3,
        rng.uniform(-1, 1, 3 * count),
        GRID[None].copy(),
        2 * np.exp(-GRID),
        np.ones(30),
        np.ones(30),
        50,
    )
    one, two = _native.fit_batch(*arguments, 1), _native.fit_batch(*arguments, 2)
    np.testing.assert_array_equal(one[0], two[0])
    np.testing.assert_array_equal(one[1], two[1])


@pytest.mark.parametrize("rows", [[[99, 0]], [[-1, 0]], [[0, 1]], [[3, 0]], []])
def test_bad_code_is_refused(rows):
    code = np.array(rows, np.int32).reshape(-1, 2)
    with pytest.raises(ValueError, match="must"):
        _native.evaluate(code, np.array([0, len(code)], np.int64), np.zeros(0), np.zeros(0), GRID[None])
