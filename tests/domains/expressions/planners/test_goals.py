"""Goals: what is left of the target when outer operations are undone, and how far its errors reach."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagredo.domains.expressions.planners.goals import (
    UNDONE,
    Goal,
    GoalQueue,
    Other,
    RestQueue,
    Step,
    around,
    forward,
    rest_of,
)
from sagredo.domains.expressions.simulator import NativeSimulator
from sagredo.language.term import Program, Variable
from sagredo.search.guide import UniformGuide


@given(st.sampled_from(sorted(UNDONE)), st.floats(0.05, 0.95))
def test_an_inverse_undoes_its_operation_and_has_its_derivative(name: str, share: float) -> None:
    inverse = UNDONE[name]
    low, high = max(inverse.low, -2.0), min(inverse.high, 2.0)
    y = np.array([low + share * (high - low)])
    if name in ("inv", "cube"):
        y = np.abs(y) + 0.1
    (again,) = np.atleast_1d(
        NativeSimulator()
        .run(Program(around(Variable("g"), _steps(name), lambda _: Variable("g"))), {"g": inverse.of(y)})
        .values
    )
    assert again == pytest.approx(y[0], rel=1e-9, abs=1e-12)
    step = 1e-6
    slope = (inverse.of(y + step) - inverse.of(y - step)) / (2 * step)
    assert inverse.derivative(y)[0] == pytest.approx(slope[0], rel=1e-4)


def _steps(name: str) -> tuple[Step, ...]:
    return (Step(name, 0, -1),)


class Guide:
    """Thinks that goals whose first step is ``liked`` need nothing more, and all others much."""

    def __init__(self, liked: str) -> None:
        self._liked = liked

    def remaining_bits(self, goal: object) -> float:
        assert isinstance(goal, Goal)
        return 0.0 if not goal.steps or goal.steps[0].operation == self._liked else 8.0


def test_a_guide_brings_forward_the_goals_that_need_least() -> None:
    target = np.random.default_rng(5).uniform(0.2, 0.8, 10)
    unary = {"exp": 5.0, "sqrt": 5.0, "cube": 6.0}
    plain = GoalQueue(target, 0.0, unary, {}, [], UniformGuide())
    guided = GoalQueue(target, 0.0, unary, {}, [], Guide("cube"))
    first = [
        [goal.steps[:1] for _ in range(4) if (goal := queue.next()) is not None] for queue in (plain, guided)
    ]
    assert [step.operation for steps in first[0] for step in steps] == ["exp", "sqrt", "cube"]
    assert [step.operation for steps in first[1] for step in steps] == ["cube", "cube", "cube"]


def test_off_its_domain_an_operation_has_the_value_at_the_edge() -> None:
    past = np.array([-0.1, 0.5, 1.1])
    for name, wanted in (("sqrt", np.sqrt([0, 0.5, 1.1])), ("arcsin", np.arcsin([-0.1, 0.5, 1.0]))):
        with np.errstate(divide="ignore"):
            response, _ = forward(_steps(name), past)
        np.testing.assert_allclose(response, wanted)


def test_rests_come_in_order_of_bits_and_make_up_the_goal() -> None:
    rng = np.random.default_rng(6)
    goals = [Goal((), rng.uniform(1.0, 2.0, 5), np.ones(5), bits, bits) for bits in (0.0, 4.0)]
    others = [Other(bits, bits, int(bits), rng.uniform(-3.0, 3.0, 5)) for bits in (2.0, 3.0, 7.0)]
    queue = RestQueue(goals, others, 3.5)
    rests = []
    while (rest := queue.next()) is not None:
        rests.append(rest)
        whole, _ = forward(rest.steps, rest.values)
        assert any(np.allclose(whole, goal.values) for goal in goals)
    assert [rest.bits for rest in rests] == [5.5, 6.5, 9.5, 10.5, 10.5, 14.5]


def test_goals_come_in_order_of_bits_and_lead_back_to_the_target() -> None:
    rng = np.random.default_rng(5)
    inputs = {"x": rng.uniform(1.0, 2.0, 10), "z": rng.uniform(1.0, 2.0, 10)}
    target = rng.uniform(0.2, 0.8, 10)
    others = [Other(3.0, 3.0, 0, inputs["x"]), Other(3.5, 3.5, 1, inputs["z"])]
    binary = {"add": 4.0, "sub": 4.0, "mul": 4.0, "div": 4.0}
    queue = GoalQueue(target, 0.0, dict.fromkeys(UNDONE, 5.0), binary, others, UniformGuide())
    goals = [goal for _ in range(200) if (goal := queue.next()) is not None]
    assert [goal.bits for goal in goals] == sorted(goal.bits for goal in goals)
    variables = [Variable("x"), Variable("z")]
    epsilon = 1e-7
    for goal in goals:
        good = np.isfinite(goal.values)
        program = Program(around(Variable("g"), goal.steps, lambda entry: variables[entry]))
        run = NativeSimulator().run
        values = run(program, {**inputs, "g": goal.values}).values
        np.testing.assert_allclose(np.asarray(values)[good], target[good], rtol=1e-6, atol=1e-9)
        moved = np.asarray(run(program, {**inputs, "g": goal.values + epsilon * goal.slopes}).values)
        np.testing.assert_allclose((moved - values)[good] / epsilon, 1.0, rtol=1e-2)
        response, slopes = forward(goal.steps, goal.values)
        np.testing.assert_allclose(response[good], target[good], rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose((slopes * goal.slopes)[good], 1.0, rtol=1e-6)


@pytest.mark.parametrize("name", ["log", "exp", "square", "inv", "arctan"])
def test_an_operation_is_what_its_inverse_undoes(name: str) -> None:
    inverse, y = UNDONE[name], np.array([0.3, 0.7])
    np.testing.assert_allclose(inverse.operation(inverse.of(y)), y, rtol=1e-12)


def test_errors_reach_as_far_as_the_inverse_takes_them() -> None:
    target, noise_scale = np.array([5.0, 1.0, 0.3, 0.05, -0.05] + [4.0] * 15), 0.1
    queue = GoalQueue(target, noise_scale, {"exp": 5.0}, {}, [], UniformGuide())
    queue.next()
    goal = queue.next()
    assert goal is not None
    # log 0.3 may be anything between log 0.2 and log 0.4; log 0.05 may not exist.
    chord = (np.log(0.3) - np.log(0.2)) / noise_scale
    np.testing.assert_allclose(goal.slopes[2], chord, rtol=1e-12)
    assert np.all(np.isnan(goal.slopes[3:5]))
    assert np.all(goal.weights[3:5] == 0)
    # Where the noise is small beside the value it is the derivative.
    np.testing.assert_allclose(goal.slopes[0], 1 / 5.0, rtol=0.02)


@given(st.floats(-3, 3))
def test_what_is_left_of_a_goal_is_positive_and_leads_back_to_it(shift: float) -> None:
    target = np.linspace(1.0, 2.0, 11)
    goal = Goal((), target, np.ones(11), 0.0, 0.0)
    rest = rest_of(goal, 0, target**2 + shift, 7.0)
    assert np.median(rest.values) >= 0
    response, slopes = forward(rest.steps, rest.values)
    np.testing.assert_allclose(response, target, rtol=1e-12)
    np.testing.assert_allclose(slopes * rest.slopes, 1.0)
    assert rest.bits == 7.0
