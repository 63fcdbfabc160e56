from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagredo.domains.expressions.sample import sample_problem
from sagredo.faces.bench.calibration import Calibration, form_judge
from sagredo.faces.bench.reliability import reliability
from sagredo.faces.induce import induce
from sagredo.language.term import Apply, Program, Variable

SMALL = Calibration(problems=3, rows=20, budget_seconds=20.0, effort="reflex", seed=5)


def test_a_draw_is_searched_and_judged_and_can_be_repeated() -> None:
    tasks = SMALL.tasks()
    assert list(tasks) == ["draw 0", "draw 1", "draw 2"]
    record = tasks["draw 1"]()
    assert record["failure"] is None
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    again = SMALL.measure(1)
    assert {**again, "seconds": 0} == {**record, "seconds": 0}
    # The truth is among the programs that a claim is made about.
    assert record["regret_bits"] == pytest.approx(
        record["description_length_bits"] - record["truth_bits"], abs=1e-9
    )
    assert len(SMALL.table([record]).rows) == 1
    assert "draw 1" in SMALL.line(record)


@pytest.mark.parametrize("seed", range(8))
def test_the_truth_has_the_right_form_and_another_law_does_not(seed: int) -> None:
    problem, truth = sample_problem(np.random.default_rng(seed), rows=20)
    result = induce(problem, effort="reflex", budget_seconds=0.5)
    judge = form_judge(np.random.default_rng(seed + 1), problem, truth, result)
    noisy = Program(truth.term, tuple(1.01 * value for value in truth.parameters))
    assert judge.is_right(Program(truth.term, truth.parameters))
    assert judge.is_right(noisy)
    other = Apply("sin", (Apply("exp", (Apply("cos", (Variable(problem.inputs[0].symbol),)),)),))
    assert not judge.is_right(Program(other))


RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "probability": st.none() | st.floats(0, 1),
            "right": st.booleans(),
            "regret_bits": st.floats(-50, 50),
        }
    )
)


@given(RECORDS)
def test_every_answer_is_in_the_group_of_its_probability(records: list[dict[str, Any]]) -> None:
    records = [record | {"right_form": record["right"], "failure": None} for record in records]
    groups = reliability(records)
    claimed = [record for record in records if record["probability"] is not None]
    assert sum(group.count for group in groups) == len(claimed)
    assert sum(group.right for group in groups) == sum(record["right"] for record in claimed)
    for group in groups:
        assert group.low - 1e-12 <= group.mean_probability <= group.high + 1e-12
        assert group.right + group.shorter <= group.count


def test_the_summary_tells_right_from_shorter_and_wrong() -> None:
    record = {
        "name": "draw 0",
        "probability": 0.99,
        "right": False,
        "right_form": False,
        "regret_bits": 3.0,
        "failure": None,
        "seconds": 1.0,
    }
    right = {"right": True, "right_form": True, "regret_bits": 0.0}
    records = [record, record | right, record | {"regret_bits": -2.0}, record | {"probability": 0.42}]
    figures = Calibration.summary(records)
    assert figures["right"].startswith("1 of 4 ")
    assert figures["right_when_probability_is_at_least_0.95"].startswith("1 of 3 ")
    either = figures["right_or_shorter_than_the_truth_when_probability_is_at_least_0.95"]
    assert either.startswith("2 of 3 ")
    assert figures["right_when_probability_is_0.4_to_0.5"].startswith("0 of 1 ")
    assert [row[1] for row in Calibration.table(records).rows] == ["wrong", "right", "shorter", "wrong"]
