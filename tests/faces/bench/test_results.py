from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sagredo.faces.bench import machine
from sagredo.faces.bench.app import app
from sagredo.faces.bench.benchmark import Table, finite
from sagredo.faces.bench.journal import Journal
from sagredo.faces.bench.nist import Nist
from sagredo.faces.bench.results import write_results
from sagredo.faces.induce import available_cores
from sagredo.problem.errors import InvalidInput

RECORDS = {
    f"{name} start {start}": {
        "name": name,
        "start": start,
        "parameter_digits": digits,
        "standard_deviation_digits": 5.0,
        "failure": None,
        "seconds": 0.01,
    }
    for name, start, digits in [("A", 1, 7.0), ("A", 2, 6.0), ("B", 1, 9.0), ("B", 2, 5.9)]
}


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    session = {"commit": "0123abc", "machine": machine.machine()}
    journal = Journal.resume(tmp_path / "bench.jsonl", "nist", {"tolerance": 6}, session)
    for key, record in RECORDS.items():
        journal.append(key, record)
    return journal


def test_the_results_name_commit_machine_options_and_figures(journal: Journal) -> None:
    table, document = write_results(Nist, journal)
    content = json.loads(document.read_text())
    assert content["options"] == {"tolerance": 6}
    assert content["sessions"][0]["commit"] == "0123abc"
    assert content["sessions"][0]["machine"]["cores"] == available_cores()
    assert content["summary"] == {
        "data_sets_solved_from_both_starts": "1 of 2",
        "runs_solved": "3 of 4",
    }
    assert content["records"] == RECORDS
    text = table.read_text()
    assert "0123abc" in text
    assert "data sets solved from both starts: 1 of 2" in text
    assert sum(line.startswith("|") for line in text.splitlines()) == 2 + len(RECORDS)


def test_the_table_command_joins_the_shards(journal: Journal, tmp_path: Path) -> None:
    session = {"commit": "4567def", "machine": machine.machine()}
    other = Journal.resume(tmp_path / "other.jsonl", "nist", {"tolerance": 6}, session)
    other.append("C start 1", {**RECORDS["A start 1"], "name": "C"})
    answer = CliRunner().invoke(app, ["table", str(journal.path), str(other.path)], catch_exceptions=False)
    assert answer.exit_code == 0
    assert "2 of 3" in answer.output
    assert "0123abc" in answer.output
    assert "4567def" in answer.output


def test_shards_of_different_runs_are_not_joined(journal: Journal, tmp_path: Path) -> None:
    session = {"commit": None, "machine": machine.machine()}
    other = Journal.resume(tmp_path / "other.jsonl", "nist", {"tolerance": 7}, session)
    with pytest.raises(InvalidInput, match="tolerance=6"):
        CliRunner().invoke(app, ["table", str(journal.path), str(other.path)], catch_exceptions=False)


@pytest.mark.parametrize("command", ["feynman", "nist", "empirical"])
def test_missing_data_is_said_before_a_journal_is_begun(command: str, tmp_path: Path) -> None:
    path = tmp_path / "bench.jsonl"
    for folder in (tmp_path / "nowhere", tmp_path):
        arguments = [command, "--data", str(folder), "--journal", str(path)]
        with pytest.raises(InvalidInput, match="--data"):
            CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert not path.exists()


def test_a_mistake_is_one_sentence_and_exit_code_2(tmp_path: Path) -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "sagredo.faces.bench", "table", str(tmp_path / "none.jsonl")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 2
    assert "must exist" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_cell_cannot_break_the_table() -> None:
    lines = Table(("a", "b"), (("x|y", "two\nlines"),)).markdown().splitlines()
    assert lines == ["| a | b |", "| --- | --- |", "| x\\|y | two lines |"]


def test_what_json_cannot_hold_is_left_out() -> None:
    assert [finite(value) for value in (1.5, float("nan"), float("inf"), -float("inf"), None)] == [
        1.5,
        None,
        None,
        None,
        None,
    ]


def test_a_commit_is_a_full_hash_with_a_mark_for_changes() -> None:
    found = machine.commit()
    assert found is None or re.fullmatch(r"[0-9a-f]{40}\+?", found)
