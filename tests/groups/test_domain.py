from __future__ import annotations

from math import log2
from typing import Any

import numpy as np
import pytest

from sagredo.domain.domain import Domain
from sagredo.domains.expressions.domain import Expressions
from sagredo.faces.induce import induce
from sagredo.groups.domain import Grouped
from sagredo.language.term import Program
from sagredo.problem.build import problem_from
from sagredo.problem.groups import Groups, group_problem
from sagredo.problem.problem import Problem
from sagredo.search.driver import search
from sagredo.search.elites import total_bits
from sagredo.search.planner import Effort
from sagredo.search.unseen import unseen_bits

EFFORT = Effort(200_000, 2**28, threads=1)
FEW = Expressions(operators=("add", "sub", "mul", "div", "exp", "sqrt", "square"))


def decays(
    rng: np.random.Generator, rows: int, sigma: float, laws: dict[str, tuple[float, float]]
) -> Problem:
    table: dict[str, list[Any]] = {"t": [], "lab": [], "y": []}
    for lab, (amplitude, rate) in laws.items():
        t = np.linspace(0.2, 4, rows).round(2)
        noise = rng.normal(0, sigma, rows)
        table["t"] += t.tolist()
        table["lab"] += [lab] * rows
        table["y"] += (amplitude * np.exp(-rate * t) + noise).round(4).tolist()
    return problem_from(table, target="y", group="lab")


def test_groups_together_tell_the_law_that_none_tells_alone() -> None:
    """The bits by which a decay is ahead of its best rival, in each group and in all."""
    laws = {"A": (2.37, 0.73), "B": (4.83, 0.37), "C": (3.31, 0.56)}
    problem = decays(np.random.default_rng(5), 6, 0.08, laws)
    language = FEW.language(problem)
    rivals = ("p0 + p1*t", "p0/(p1 + t)", "p0 + p1*sqrt(t)", "p0 + p1/t")
    programs = [Program(language.syntax.parse(text)) for text in ("p0*exp(p1*t)", *rivals)]

    def ahead(domain: Domain, data: Problem) -> float:
        law, *others = domain.objective(data, language).score_batch(programs)
        return min(other.description_length_bits for other in others) - law.description_length_bits

    together = ahead(Grouped(FEW), problem)
    alone = [ahead(FEW, group_problem(problem, name)) for name in laws]
    assert max(alone) < log2(19) < together  # 95% against the best rival


def test_the_search_ends_the_same_whatever_the_order_of_groups() -> None:
    problem = decays(np.random.default_rng(5), 6, 0.01, {"A": (2.0, 0.7), "B": (5.0, 0.3)})
    turned = problem.take(np.arange(problem.row_count)[::-1].reshape(2, -1)[:, ::-1].ravel())
    assert turned.groups is not None
    assert turned.groups.labels != problem.groups.labels  # type: ignore[union-attr]  # it has groups
    one, other = (induce(data, domain=FEW, effort=EFFORT) for data in (problem, turned))
    assert one.expression == other.expression
    assert one.best.score == other.best.score


def test_numbers_that_are_exact_in_one_group_do_not_hide_the_law_of_all() -> None:
    x = np.tile(np.linspace(1, 3, 6).round(2), 3)
    factors = np.repeat([2.0, 3.0, 7.0], 6)
    table = {"x": x, "lab": np.repeat(["A", "B", "C"], 6), "y": (factors * x).round(2)}
    result = induce(problem_from(table, target="y", group="lab"), domain=FEW, effort=EFFORT)
    assert result.values({"x": np.full(3, 10.0)}, groups=["A", "B", "C"]) == pytest.approx([20.0, 30.0, 70.0])


def test_a_form_is_kept_as_the_user_wrote_it() -> None:
    problem = decays(np.random.default_rng(6), 8, 0.001, {"A": (2.0, 0.7), "B": (5.0, 0.3)})
    result = induce(problem, domain=Expressions(form="sqrt(A)*exp(-2*k*t)"), effort=EFFORT)
    assert result.expression == "sqrt(A)*exp(-2*k*t)"
    amplitudes = [part.program.parameters[0] for part in result.best.score.parts]
    assert amplitudes == pytest.approx([4.0, 25.0], rel=0.01)


def test_a_domain_of_another_kind_comes_in_groups_too(sums: Any) -> None:
    rng = np.random.default_rng(7)
    values = rng.integers(7, size=(12, 2))
    problem = sums.problem(values, (values[:, 0] + 2 * values[:, 1]) % 7)
    grouped = Problem(problem.inputs, problem.target, groups=Groups("half", ("a", "b") * 6))
    found = search(np.random.default_rng(0), Grouped(sums), grouped, effort=Effort(20_000, 2**24))
    assert found.scores[0].noise_scale == 0.0
    inputs = problem.input_values
    assert (
        sums.simulator(problem).run(found.scores[0].program, inputs).values.tolist()
        == problem.responses.tolist()
    )


def test_unseen_laws_matter_in_one_group_or_in_all() -> None:
    problem = decays(np.random.default_rng(8), 12, 0.05, {"A": (2.0, 0.7), "B": (5.0, 0.3)})
    domain = Grouped(FEW)
    language = domain.language(problem)
    score = domain.objective(problem, language).score(Program(language.syntax.parse("p0 + p1*t")))
    gains = [
        part.description_length_bits - unseen_bits(FEW, group_problem(problem, name))(part)
        for name, part in zip("AB", score.parts, strict=True)
    ]
    unseen = unseen_bits(domain, problem)(score)
    mass = 2.0 ** sum(gains) + np.mean(2.0 ** np.array(gains))
    assert unseen == pytest.approx(score.description_length_bits - np.log2(mass))
    assert unseen <= total_bits([score.description_length_bits - sum(gains)])
