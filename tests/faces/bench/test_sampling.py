from __future__ import annotations

import json
from math import exp, log
from typing import Any

import numpy as np
import pytest

from sagredo.faces.bench.sampling import Sampling, enumerated
from sagredo.language.term import Program, Variable
from sagredo.objective.objective import Score

SMALL = Sampling(problems=2, rows=6, particles=100, sweeps=6, final_sweeps=20, seed=3)


def test_a_draw_is_sampled_and_compared_and_can_be_repeated() -> None:
    assert list(SMALL.tasks()) == ["draw 0", "draw 1"]
    record = SMALL.tasks()["draw 0"]()
    assert record["failure"] is None
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert {**SMALL.measure(0), "seconds": 0} == {**record, "seconds": 0}
    # Few particles: near the truth all the same.
    assert abs(record["evidence_error"]) < 1.0
    assert record["total_variation"] < 0.5
    assert len(SMALL.table([record]).rows[0]) == len(SMALL.table([record]).headers)
    assert "draw 0" in SMALL.line(record)


def test_enumeration_is_the_rule_of_bayes() -> None:
    class Known:
        def score_batch(self, programs: list[Program]) -> list[Score]:
            return [Score(program, 1.0 + k, 3.0 - k) for k, program in enumerate(programs)]

    log_mass, log_evidence, probabilities = enumerated(Known(), [Variable("x"), Variable("y")])  # type: ignore[arg-type]
    # Priors 1/2 and 1/4, given that it is one of them 2/3 and 1/3; likelihoods 1/8 and 1/4.
    assert exp(log_mass) == pytest.approx(1 / 2 / 8 + 1 / 4 / 4)
    assert exp(log_evidence) == pytest.approx(2 / 3 / 8 + 1 / 3 / 4)
    np.testing.assert_allclose(probabilities, [1 / 2, 1 / 2])


def test_the_summary_counts_what_meets_the_bars() -> None:
    def record(error: float | None, variation: float) -> dict[str, Any]:
        return {
            "name": "draw",
            "failure": None,
            "evidence_error": error,
            "visited_error": -0.01,
            "total_variation": variation,
            "seconds": 1.0,
        }

    records = [record(-0.05, 0.04), record(log(2), 0.01), record(None, 0.5)]
    figures = Sampling.summary([*records, {"name": "draw", "failure": "lost"}])
    assert figures["log_evidence_within_0.1_nats"] == "1 of 3"
    assert figures["total_variation_at_most_0.05"] == "2 of 3"
    assert figures["failures"] == 1
    assert figures["median_evidence_error_nats"] == pytest.approx(log(2))
    assert figures["largest_evidence_error_nats"] is None
    assert figures["largest_part_of_the_evidence_not_visited"] == pytest.approx(1 - exp(-0.01))
