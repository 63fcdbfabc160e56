"""Curves of recovery against rows and noise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sagredo.faces.bench.app import app
from sagredo.faces.bench.journal import Journal
from sagredo.faces.bench.recovery_curve import NOISES, ROWS, RecoveryCurve, by_point, grid
from sagredo.faces.bench.recovery_figures import beats_constant, beats_rivals

EQUATIONS = """Filename,Number,Output,Formula,# variables,v1_name,v1_low,v1_high,v2_name,v2_low,v2_high
first,1,y,a*b,2,a,1,5,b,1,5
second,2,y,a/b,2,a,1,5,b,1,5
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "feynman").mkdir()
    (tmp_path / "feynman" / "FeynmanEquations.csv").write_text(EQUATIONS)
    return tmp_path


def a_record(**changes: Any) -> dict[str, Any]:
    record = {
        "name": "law",
        "rows": 10,
        "noise": 0.1,
        "exact": False,
        "right_form": True,
        "right": True,
        "failure": None,
        "seconds": 2.0,
        "truth_bits": 90.0,
        "null_bits": 100.0,
        "truth_beats_rivals_by_bits": 3.0,
    }
    return record | changes


def test_a_grid_is_that_of_its_curve_unless_its_points_are_named() -> None:
    assert {rows for _, rows in grid("rows", (), ())} == set(ROWS)
    assert grid("noise", (), ()) == tuple((noise, 100) for noise in NOISES)
    assert grid("noise", (7, 9), (0.5,)) == ((0.5, 7), (0.5, 9))


def test_both_curves_go_into_one_journal_and_share_their_points(data: Path) -> None:
    journal = data / "curve.jsonl"
    common = ["--data", str(data), "--effort", "reflex", "--only", "first", "--journal", str(journal)]
    rows = ["curve", "rows", "--rows", "8", "--rows", "12", "--noise", "0", *common]
    noise = ["curve", "noise", "--rows", "12", "--noise", "0", "--noise", "0.01", *common]
    for arguments in (rows, noise):
        answer = CliRunner().invoke(app, arguments, catch_exceptions=False)
        assert answer.exit_code == 0
    written = Journal.load(journal)
    assert list(written.records) == [
        "first rows 8 noise 0.0 seed 0",
        "first rows 12 noise 0.0 seed 0",
        "first rows 12 noise 0.01 seed 0",
    ]
    for record in written.records.values():
        assert record["failure"] is None
        assert record["right"]
        assert beats_rivals(record)
        assert beats_constant(record)
    table = CliRunner().invoke(app, ["table", str(journal)], catch_exceptions=False).output
    assert sum(line.startswith("|") for line in table.splitlines()) == 2 + 3


def test_every_equation_is_looked_for_at_every_point(data: Path) -> None:
    curve = RecoveryCurve(
        data=data,
        points=grid("rows", (3, 5, 7), (0.0, 0.1)),
        budget_seconds=1.0,
        effort="reflex",
        seed=4,
        seeds=2,
    )
    assert len(curve.tasks()) == 3 * 2 * 2 * 2


def test_the_table_counts_what_came_back_and_what_could_have() -> None:
    missed = {"right": False, "right_form": False}
    records = [
        a_record(rows=20),
        a_record(),
        a_record(**missed, truth_beats_rivals_by_bits=-2.0),
        a_record(**missed, truth_bits=101.0, truth_beats_rivals_by_bits=-1.0),
        {key: value for key, value in a_record(**missed, failure="none").items() if "_bits" not in key},
    ]
    assert list(by_point(records)) == [(0.1, 10), (0.1, 20)]
    few, many = RecoveryCurve.table(records).rows
    assert few[:4] == ("0.1", "10", "0", "1")
    assert few[4].startswith("1 of 4 (")
    assert few[5:] == ("1 of 4", "2 of 4", "2.0")
    assert many[4].startswith("1 of 1 (")
    assert RecoveryCurve.summary(records) == {"points": 2, "laws": 1, "failures": 1}
