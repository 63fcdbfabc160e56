from __future__ import annotations

from dataclasses import replace
from math import log
from typing import Any

import numpy as np
import pytest

from sagredo.domains.expressions.domain import Expressions
from sagredo.groups.domain import Grouped, group_problems
from sagredo.groups.shared_evidence import shared_parameters
from sagredo.groups.sharing import Sharing
from sagredo.language.term import Program
from sagredo.objective.objective import Score
from sagredo.problem.build import problem_from
from sagredo.problem.column import Column
from sagredo.problem.problem import Problem

FAR = 1e6
"""More bits than any law of these tests is behind the best."""


def lines(rng: np.random.Generator, laws: list[tuple[float, float]], rows: int, **options: Any) -> Problem:
    """Groups of rows about lines of their own: intercept and slope."""
    table: dict[str, list[Any]] = {"x": [], "lab": [], "y": []}
    for k, (intercept, slope) in enumerate(laws):
        x = rng.uniform(1, 4, rows).round(2)
        table["x"] += x.tolist()
        table["lab"] += [k] * rows
        table["y"] += (intercept + slope * x + rng.normal(0, 0.1, rows)).round(3).tolist()
    return problem_from(table, target="y", group="lab", **options)


def separate_score(problem: Problem, text: str) -> Score:
    domain = Grouped(Expressions())
    language = domain.language(problem)
    return domain.objective(problem, language).score(Program(language.syntax.parse(text)))


def shared_score(problem: Problem, text: str) -> Score:
    return Sharing(Expressions(), problem).best_of(separate_score(problem, text), FAR)


def test_everything_shared_with_known_errors_is_the_fit_to_all_rows() -> None:
    problem = lines(np.random.default_rng(0), [(1.0, 2.0)] * 3, 8, sigma=0.1)
    score = shared_score(problem, "p0 + p1*x")
    assert score.shared == (0, 1)
    whole, domain = replace(problem, groups=None), Expressions()
    pooled = domain.objective(whole, domain.language(whole)).score(score.program)
    assert score.data_bits == pytest.approx(pooled.data_bits, abs=0.05)
    assert score.program.parameters == pytest.approx(pooled.program.parameters, rel=1e-3)
    assert score.standard_errors == pytest.approx(pooled.standard_errors, rel=0.02)


def test_a_shared_parameter_is_integrated_out_once() -> None:
    """Against a sum over a grid of the slope, each group's own likelihood integrated at each."""
    problem = lines(np.random.default_rng(1), [(0.0, 2.0), (0.0, 2.0)], 7)
    score = shared_score(problem, "p0*x")
    assert score.shared == (0,)
    slope, error = score.program.parameters[0], score.standard_errors[0]
    grid = np.linspace(slope - 12 * error, slope + 12 * error, 121)
    domain = Expressions()
    logs = np.zeros(len(grid))
    for part in group_problems(problem):
        for k, value in enumerate(grid):
            held = Column("a", "a", np.full(part.row_count, value))
            wider = replace(part, inputs=(*part.inputs, held))
            language = domain.language(wider)
            program = Program(language.syntax.parse("a*x"))
            logs[k] -= domain.objective(wider, language).score(program).data_bits * log(2)
    whole = replace(problem, groups=None)
    scale = np.sqrt(np.mean(whole.responses**2)) / np.sqrt(np.mean(whole.inputs[0].values ** 2))
    logs -= np.log(np.pi * scale * (1 + (grid / scale) ** 2))
    integral = np.logaddexp.reduce(logs) + np.log(grid[1] - grid[0])
    assert score.data_bits == pytest.approx(-integral / log(2), abs=0.3)


@pytest.mark.parametrize(
    ("laws", "shared"),
    [
        ([(1.0, 2.0), (3.0, 2.0), (-2.0, 2.0)], (1,)),
        ([(1.0, 2.0), (1.0, -1.0), (1.0, 0.5)], (0,)),
        ([(1.0, 2.0), (3.0, -1.0), (-2.0, 0.5)], ()),
    ],
)
def test_what_is_the_same_in_all_groups_is_recognised(laws: Any, shared: tuple[int, ...]) -> None:
    problem = lines(np.random.default_rng(2), laws, 8)
    before, score = separate_score(problem, "p0 + p1*x"), shared_score(problem, "p0 + p1*x")
    assert score.shared == shared
    assert score.description_length_bits <= before.description_length_bits
    for k, (part, (intercept, slope)) in enumerate(zip(score.parts, laws, strict=True)):
        truth = np.array([intercept, slope])
        assert np.all(np.abs(part.program.parameters - truth) < 4 * np.array(part.standard_errors))
        for index in shared:
            assert part.program.parameters[index] == score.program.parameters[index]
            assert part.standard_errors[index] < before.parts[k].standard_errors[index]


def test_sharing_does_not_depend_on_the_order_of_groups() -> None:
    problem = lines(np.random.default_rng(3), [(1.0, 2.0), (3.0, 2.0)], 8)
    assert problem.groups is not None
    names = {"0": "9", "1": "8"}
    renamed = replace(problem.groups, labels=tuple(names[label] for label in problem.groups.labels))
    one, other = (
        shared_score(problem, "p0 + p1*x"),
        shared_score(replace(problem, groups=renamed), "p0 + p1*x"),
    )
    assert one.shared == other.shared == (1,)
    assert one.description_length_bits == pytest.approx(other.description_length_bits, abs=1e-3)
    assert one.parts[0].program.parameters == pytest.approx(other.parts[1].program.parameters, rel=1e-4)


def test_a_group_that_says_nothing_of_a_parameter_does_not_forbid_to_share_it() -> None:
    problem = lines(np.random.default_rng(4), [(1.0, 2.0), (1.0, 2.0), (1.0, 2.0)], 8)
    values = problem.inputs[0].values.copy()
    values[-8:] = 0.0  # in the last group the slope has no effect
    blind = replace(problem, inputs=(replace(problem.inputs[0], values=values),))
    responses = problem.responses.copy()
    responses[-8:] = 1.0 + np.array([0.1, -0.1, 0.05, -0.05, 0.02, 0.0, -0.02, 0.1])
    blind = replace(blind, target=replace(blind.target, values=responses))
    assert 1 in shared_score(blind, "p0 + p1*x").shared


def test_groups_that_disagree_have_no_shared_value_worth_its_bits() -> None:
    problem = lines(np.random.default_rng(5), [(0.0, 2.0), (0.0, -2.0)], 8)
    score = separate_score(problem, "p0*x")
    groups = Sharing(Expressions(), problem).groups_of(score)
    assert groups is not None
    found = shared_parameters(groups, [0], lambda values: np.full(len(values), -2.0))
    assert found is None or found.log_factor < -10
