from __future__ import annotations

import subprocess
import sys

import pytest

from sagredo.faces.bench.benchmark import guarded
from sagredo.faces.bench.journal import Record


def test_what_is_measured_joins_the_record() -> None:
    record = guarded({"name": "a", "right": False}, lambda: {"right": True})
    assert record == {"name": "a", "right": True, "failure": None}


def test_a_measurement_may_say_itself_that_it_failed() -> None:
    assert guarded({}, lambda: {"failure": "nothing found"}) == {"failure": "nothing found"}


def test_a_failure_says_what_a_child_process_said_of_it() -> None:
    def measurement() -> Record:
        child = [sys.executable, "-c", "raise SystemExit('no such planet')"]
        return {"output": subprocess.run(child, check=True, capture_output=True, text=True).stdout}

    record = guarded({"name": "a"}, measurement)
    assert record["name"] == "a"
    assert record["failure"].startswith("CalledProcessError: ")
    assert "no such planet" in record["failure"]
    assert "in measurement" in record["traceback"]


def test_an_interruption_gets_through() -> None:
    def measurement() -> Record:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        guarded({}, measurement)
