from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sagredo.domains.expressions.domain import Expressions
from sagredo.domains.expressions.planners.pursuit import Pursuit
from sagredo.domains.expressions.syntax import ExpressionSyntax
from sagredo.faces.bench.ablation import PHASES, WHOLE, Ablation, without
from sagredo.faces.bench.laws import Law
from sagredo.faces.bench.recovery import sample_law
from sagredo.faces.induce import effort_of
from sagredo.problem.problem import Problem
from sagredo.search.guide import UniformGuide
from sagredo.search.planner import Shared

LAW = Law(
    "sum", "y", "a + b", ExpressionSyntax(symbols=("a", "b")).parse("a + b"), (("a", 1, 5), ("b", 1, 5))
)
PROBLEM = sample_law(LAW, rows=20, noise=0.0, seed=0).problem
PLANNERS = [planner.name for planner in Expressions().planners(PROBLEM)]
BENCHMARK = Ablation(data=Path("nowhere"), rows=20, noise=0.0, budget_seconds=20.0, effort="reflex", seed=0)


def shared_of(problem: Problem) -> Shared:
    domain = Expressions()
    language = domain.language(problem)
    objective = domain.objective(problem, language)
    return Shared(language, domain.semantics(problem), objective, UniformGuide(), effort_of("reflex"))


@pytest.mark.parametrize("left_out", PLANNERS)
def test_one_planner_is_left_out_and_the_others_stay(left_out: str) -> None:
    names = [planner.name for planner in without(left_out, Expressions().planners(PROBLEM))]
    assert names == [name for name in PLANNERS if name != left_out]


@pytest.mark.parametrize("left_out", PHASES)
def test_one_phase_is_left_out_of_every_round(left_out: str) -> None:
    planners = without(left_out, Expressions().planners(PROBLEM))
    assert [planner.name for planner in planners] == PLANNERS
    (pursuit,) = (planner for planner in planners if isinstance(planner, Pursuit))
    shared = shared_of(PROBLEM)
    state = pursuit.init(np.random.default_rng(0), PROBLEM, shared)
    while not state.tracks:
        state = pursuit.step(state, pursuit.step_units).state
    met = [getattr(phase.meet, "__name__", "") for track in state.tracks for phase in track.phases]
    names = {"matches": "match", "study": "study", "rests": "scout_products", "scouting": "scout"}
    assert names.pop(left_out) not in met
    # The first round scouts nothing.
    assert {*names.values(), "scout"} <= {*met, "scout"}
    assert "pursue" in met


def test_sequential_monte_carlo_takes_part_where_it_is_asked_for() -> None:
    with_chains = replace(BENCHMARK, monte_carlo=True)
    names = [planner.name for planner in with_chains.whole.planners(PROBLEM)]
    assert names == [*PLANNERS, "monte_carlo"]
    assert with_chains.options() == BENCHMARK.options() | {"monte_carlo": True}
    record = with_chains.measure(LAW, None)
    assert record["failure"] is None
    assert record["right"]


@pytest.mark.parametrize("left_out", [None, PLANNERS[0], "rests"])
def test_an_equation_is_searched_with_and_without(left_out: str | None) -> None:
    record = BENCHMARK.measure(LAW, left_out)
    assert record["failure"] is None
    assert record["planners"] == (WHOLE if left_out is None else f"without {left_out}")
    assert record["right"]
    assert record["planners"] in BENCHMARK.line(record)


def test_each_set_of_planners_is_compared_equation_by_equation() -> None:
    def record(name: str, planners: str, right: bool, seconds: float) -> dict:
        return {
            "name": name,
            "planners": planners,
            "right": right,
            "regret_bits": 0.0 if right else 50.0,
            "seconds": seconds,
            "failure": None,
        }

    records = [record(name, WHOLE, True, 2.0) for name in "abcd"]
    records += [record(name, "without luck", name == "a", 6.0) for name in "abcd"]
    assert Ablation.summary(records)["right_with_all_planners"] == "4 of 4"
    whole, without = Ablation.table(records).rows
    assert whole[:4] == (WHOLE, "4 of 4", "4 of 4", "2.00")
    assert without[:4] == ("without luck", "1 of 4", "1 of 4", "6.00")
    assert without[4].startswith("-0.750 (")
    assert without[5] == "3.00 (median)"
