from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from sagredo.domains.expressions.syntax import ExpressionSyntax
from sagredo.faces.bench import recovery_figures
from sagredo.faces.bench.laws import Law
from sagredo.faces.bench.recovery import recover, sample_law

SYMBOLS = ("a", "b")
FORMULA = "a*b"
LAW = Law(
    "product",
    "y",
    FORMULA,
    ExpressionSyntax(symbols=SYMBOLS).parse(FORMULA),
    tuple((symbol, 1.0, 5.0) for symbol in SYMBOLS),
)


def test_rows_do_not_depend_on_the_noise_and_fewer_are_the_first_of_more() -> None:
    few = sample_law(LAW, rows=20, noise=0.0, seed=3)
    many = sample_law(LAW, rows=50, noise=0.1, seed=3)
    for symbol in SYMBOLS:
        assert np.array_equal(few.problem.input_values[symbol], many.problem.input_values[symbol][:20])
    assert np.array_equal(few.fresh_responses, many.fresh_responses)
    assert np.array_equal(few.fresh_measurements, few.fresh_responses)


def test_the_noise_is_a_fraction_of_the_root_mean_square() -> None:
    clean = sample_law(LAW, rows=2000, noise=0.0, seed=3)
    noisy = sample_law(LAW, rows=2000, noise=0.1, seed=3)
    spread = 0.1 * np.sqrt(np.mean(clean.problem.responses**2))
    assert np.std(noisy.problem.responses - clean.problem.responses) == pytest.approx(spread, rel=0.05)
    assert np.std(noisy.fresh_measurements - noisy.fresh_responses) == pytest.approx(spread, rel=0.05)


@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_an_easy_law_comes_back(noise: float) -> None:
    record = recover(LAW, rows=40, noise=noise, seed=1, budget_seconds=30.0, effort="reflex")
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert record["failure"] is None
    assert record["right"]
    assert record["right_form"]
    assert record["exact"] or noise > 0
    assert record["regret_bits"] < 1.0
    assert record["truth_beats_rivals_by_bits"] > 0.0
    assert record["log_score_gap_nats"] == pytest.approx(0.0, abs=0.1)


def test_what_fails_is_a_record() -> None:
    record = recover(LAW, rows=40, noise=0.0, seed=1, budget_seconds=-1.0, effort="reflex")
    assert "budget" in record["failure"]
    assert not record["right"]


def a_record(**changes: Any) -> dict[str, Any]:
    record = {
        "name": "law",
        "seed": 0,
        "noise": 0.1,
        "exact": False,
        "right_form": True,
        "right": True,
        "failure": None,
        "seconds": 2.0,
        "stop_reason": "found",
        "relative_error": 0.1,
        "expression": "a*b",
        "probability": 0.99,
        "regret_bits": 0.0,
        "log_score_gap_nats": -0.1,
        "truth_beats_rivals_by_bits": 9.0,
        "peak_memory_bytes": 3 * 2**29,
    }
    return record | changes


def test_the_summary_counts() -> None:
    missed = {"right_form": False, "right": False}
    records = [
        a_record(),
        a_record(probability=0.5, regret_bits=0.9),
        a_record(**missed, regret_bits=-3.0, truth_beats_rivals_by_bits=-3.0, seconds=5.0),
        a_record(**missed, regret_bits=40.0, truth_beats_rivals_by_bits=12.0, log_score_gap_nats=None),
        {
            key: value
            for key, value in a_record(**missed, failure="no program found").items()
            if key
            in ("name", "seed", "noise", "exact", "right_form", "right", "failure", "seconds", "stop_reason")
        },
    ]
    figures = recovery_figures.summary(records)
    assert figures["exact"] == "0 of 5"
    assert figures["right_form"] == "2 of 5"
    assert figures["failures"] == 1
    assert figures["regret_at_most_0_bits"] == "2 of 5"
    assert figures["regret_at_most_1_bit"] == "3 of 5"
    assert figures["another_form_in_fewer_bits_than_the_law"] == "1 of 5"
    assert figures["right_when_probability_is_at_least_0.95"].startswith("1 of 3 (")
    shorter = figures["right_or_shorter_than_the_law_when_probability_is_at_least_0.95"]
    assert shorter.startswith("2 of 3 (")
    clear = figures["right_form_where_the_law_beats_every_rival_by_5_bits"]
    assert clear.startswith("2 of 3 (")
    assert figures["longest_seconds"] == 5.0
    assert figures["peak_memory_gib"] == 1.5
    assert figures["median_held_out_log_score_gap_nats"] == -0.1
    assert figures["answers_without_a_value_on_some_fresh_row"] == 1
    assert len(recovery_figures.table(records).rows) == 5
    assert all("law" in recovery_figures.line(record) for record in records)
