from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sagredo.domains.expressions.domain import Expressions
from sagredo.groups.domain import Grouped, group_problems
from sagredo.groups.objective import SHARING_BITS, GroupedObjective
from sagredo.language.term import Program
from sagredo.problem.build import problem_from
from sagredo.problem.problem import Problem

LAWS = ("p0*x", "p0 + p1*x", "p0*exp(p1*x)", "x", "log(x - 2)")


def problem_of(rng: np.random.Generator, slopes: dict[str, float], rows: int = 6) -> Problem:
    table: dict[str, list[Any]] = {"x": [], "lab": [], "y": []}
    for lab, slope in slopes.items():
        x = rng.uniform(0.5, 3, rows).round(2)
        table["x"] += x.tolist()
        table["lab"] += [lab] * rows
        table["y"] += (1.0 + slope * x + rng.normal(0, 0.1, rows)).round(2).tolist()
    return problem_from(table, target="y", group="lab")


def objective_of(problem: Problem) -> GroupedObjective:
    domain = Grouped(Expressions())
    return domain.objective(problem, domain.language(problem))


def programs_of(problem: Problem) -> list[Program]:
    syntax = Expressions().syntax(problem)
    return [Program(syntax.parse(text)) for text in LAWS]


def test_one_group_has_the_ordinary_score() -> None:
    problem = problem_of(np.random.default_rng(0), {"A": 1.5})
    domain = Expressions()
    (alone,) = group_problems(problem)
    ordinary = domain.objective(alone, domain.language(alone))
    grouped = objective_of(problem)
    assert grouped.null_bits == ordinary.null_bits
    assert grouped.floor_bits == ordinary.floor_bits
    for program in programs_of(problem):
        mine, its = grouped.score(program), ordinary.score(program)
        assert mine.description_length_bits == its.description_length_bits
        assert mine.program == its.program
        assert mine.noise_scale == pytest.approx(its.noise_scale)
        assert mine.residual_rms == pytest.approx(its.residual_rms)


def test_the_form_is_told_once_and_the_data_of_every_group() -> None:
    problem = problem_of(np.random.default_rng(1), {"A": 1.5, "B": -2.0, "C": 0.3})
    domain, parts = Expressions(), group_problems(problem)
    language = domain.language(problem)
    objectives = [domain.objective(part, language) for part in parts]
    grouped = objective_of(problem)
    for program in programs_of(problem)[:4]:
        score = grouped.score(program)
        alone = [objective.score(program) for objective in objectives]
        assert score.code_bits == language.code_bits(program) + SHARING_BITS * len(score.program.parameters)
        assert score.data_bits == pytest.approx(sum(part.data_bits for part in alone))
        assert score.parts == tuple(alone)
        squares = [part.residual_rms**2 for part in alone]
        assert score.residual_rms == pytest.approx(np.sqrt(np.mean(squares)))
    nulls = [objective.null_bits - objective.null_code_bits for objective in objectives]
    assert grouped.null_bits == pytest.approx(objectives[0].null_code_bits + SHARING_BITS + sum(nulls))


def test_a_program_without_a_value_in_one_group_has_none() -> None:
    problem = problem_of(np.random.default_rng(2), {"A": 1.5, "B": -2.0})
    assert objective_of(problem).score(programs_of(problem)[4]).data_bits == np.inf


def test_the_order_of_rows_and_groups_does_not_matter() -> None:
    rng = np.random.default_rng(3)
    problem = problem_of(rng, {"B": 1.5, "A": -2.0})
    shuffled = problem.take(rng.permutation(problem.row_count))
    for program in programs_of(problem)[:4]:
        score, other = objective_of(problem).score(program), objective_of(shuffled).score(program)
        assert score.description_length_bits == pytest.approx(other.description_length_bits, abs=1e-6)
        for part, its in zip(score.parts, other.parts, strict=True):
            assert part.program.parameters == pytest.approx(its.program.parameters, rel=1e-6)
