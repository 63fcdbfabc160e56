from __future__ import annotations

import json

import numpy as np
import pytest

from sagredo.domains.expressions.domain import Expressions
from sagredo.domains.expressions.sample import sample_problem
from sagredo.faces.bench.parameters import GROUPS, Parameters, parameter_rank
from sagredo.language.term import Apply, Parameter, Program, Term, Variable
from sagredo.problem.column import Column
from sagredo.problem.problem import Problem

SMALL = Parameters(problems=150, seed=3)


def test_ranks_are_of_problems_with_parameters_and_can_be_repeated() -> None:
    records = [SMALL.measure(number) for number in range(150)]
    assert all(record["failure"] is None for record in records)
    assert json.loads(json.dumps(records, allow_nan=False)) == records
    assert SMALL.measure(7) == records[7]
    ranked = [record for record in records if record["group"]]
    assert {record["group"] for record in ranked} <= set(GROUPS)
    assert all(0 <= record["rank"] <= 1 for record in ranked)
    figures = SMALL.summary(records)
    assert figures["bell_or_drawn_ranks_p_value"] > 1e-3
    assert figures["bell_or_drawn_ranks_if_twice_as_sure_p_value"] < 1e-4
    counts = [int(cell) for row in SMALL.table(records).rows for cell in row[1:]]
    assert sum(counts) == len(ranked)
    assert "rank" in SMALL.line(ranked[0])


@pytest.mark.parametrize("chosen", [0, 1])
def test_ranks_of_a_line_are_uniform(chosen: int) -> None:
    # Where 40 rows tell a line's parameters they are nearly normal about the least squares, with known deviations.
    rng = np.random.default_rng(chosen)
    term: Term = Apply("add", (Apply("mul", (Parameter(0), Variable("x"))), Parameter(1)))
    truth, found = Program(term, (1.5, -0.7)), []
    x = np.linspace(-1, 1, 40)
    for _ in range(60):
        responses = np.round(1.5 * x - 0.7 + 0.1 * rng.standard_normal(40), 6)
        problem = Problem((Column("x", "x", x),), Column("y", "y", responses, resolution=1e-6))
        domain = Expressions()
        fitted = domain.objective(problem, domain.language(problem)).score(truth).program
        record = parameter_rank(rng, domain.predictive(problem), fitted, truth, chosen)
        slope, start = np.polyfit(x, responses, 1)
        error = truth.parameters[chosen] - (slope, start)[chosen]
        assert (record["rank"] > 0.5) == (error > 0) or abs(record["rank"] - 0.5) < 0.1
        # Twice as sure is further from the middle.
        assert abs(record["rank_if_twice_as_sure"] - 0.5) >= abs(record["rank"] - 0.5) - 0.02
        found.append(record["rank"])
    assert 0.35 < np.mean(found) < 0.65
    assert 0.2 < np.std(found) < 0.38


def test_problems_are_the_first_draws_of_the_generative_model_with_parameters() -> None:
    rng = np.random.default_rng([3, 0, 10])
    while not (truth := sample_problem(rng, rows=80)[1]).parameters:
        pass
    record = SMALL.measure(0)
    assert record["value"] == truth.parameters[record["parameter"]]
