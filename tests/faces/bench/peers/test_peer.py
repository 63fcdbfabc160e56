from __future__ import annotations

import json
import stat
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sagredo.domains.expressions.syntax import ExpressionSyntax
from sagredo.faces.bench.laws import Law
from sagredo.faces.bench.peers.peer import Peer, _run, judged, read
from sagredo.faces.bench.recovery import SampledLaw, sample_law
from sagredo.problem.errors import InvalidInput

SYMBOLS = ("mass", "speed")
FORMULA = "mass*speed**2/2"
LAW = Law(
    "energy",
    "y",
    FORMULA,
    ExpressionSyntax(symbols=SYMBOLS).parse(FORMULA),
    tuple((symbol, 1.0, 5.0) for symbol in SYMBOLS),
)
CLEAN = sample_law(LAW, rows=30, noise=0.0, seed=0)
NOISY = sample_law(LAW, rows=30, noise=0.05, seed=0)


def answer(expression: str, sampled: SampledLaw, factor: float = 1.0) -> dict[str, Any]:
    return {"expression": expression, "predictions": (factor * sampled.fresh_responses).tolist()}


def stub(folder: Path, script: str) -> Path:
    """A program that stands in for an interpreter."""
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="ascii")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_exact_predictions_are_exact_even_if_the_text_cannot_be_read() -> None:
    record = judged(CLEAN, answer("a text ?", CLEAN))
    assert record["exact"]
    assert record["right"]
    assert not record["right_form"]
    assert record["unread"]


def test_single_precision_is_polished_on_the_same_rows() -> None:
    assert not judged(CLEAN, answer("?", CLEAN, 1 + 1e-5))["exact"]
    record = judged(CLEAN, answer("((0.499995 * x0) * square(x1)) + 0.000001", CLEAN, 1 + 1e-5))
    assert record["exact"]
    assert record["right_form"]


def test_a_wrong_law_is_not_polished_into_the_right_one() -> None:
    # Its limit of small arguments is the law.
    assert not judged(CLEAN, answer("3.1*sinh(0.4*x0)*tanh(0.4*x1)*sinh(0.3*x1)", CLEAN, 1.1))["exact"]
    record = judged(CLEAN, answer("(0.5 * x0) * square(x1) + 0.1 * sin(x0 * x1)", CLEAN, 1.01))
    assert record["right_form"] is False
    assert not judged(CLEAN, answer("0.7*x0*x1", CLEAN, 1.01))["right"]


def test_with_noise_the_form_counts_and_numbers_are_merged_first() -> None:
    expression = "(-0.012) + 1.31 * (((0.77 * x0) / 1.9) * (((0.97 * x1) ^ 2)))"
    record = judged(NOISY, answer(expression, NOISY, 1.01))
    assert not record["exact"]
    assert record["right_form"]
    assert record["right"]


def test_no_value_on_a_fresh_row_is_not_exact() -> None:
    predictions = CLEAN.fresh_responses.tolist()
    predictions[3] = None
    assert not judged(CLEAN, {"expression": "?", "predictions": predictions})["exact"]


def test_the_variables_get_their_names_back() -> None:
    assert read("x0*x1^2/2", SYMBOLS) == LAW.term


def test_an_unknown_peer_is_refused() -> None:
    with pytest.raises(InvalidInput, match="operon, gplearn, eggp, pysips"):
        Peer("nobody", Path("python")).check()


def test_a_missing_peer_is_said_with_what_to_install(tmp_path: Path) -> None:
    python = stub(tmp_path, "echo \"ModuleNotFoundError: No module named 'gplearn'\" >&2; exit 1")
    with pytest.raises(InvalidInput, match=r"No module named 'gplearn'.*pip install gplearn==0\.4\.3"):
        Peer("gplearn", python).check()
    with pytest.raises(InvalidInput, match="--peer-python"):
        Peer("gplearn", tmp_path / "none").check()


def test_a_peer_is_asked_in_its_own_process(tmp_path: Path) -> None:
    reply = tmp_path / "reply.json"
    reply.write_text(json.dumps(answer("0.5*x0*x1^2", CLEAN)), encoding="ascii")
    asked = tmp_path / "asked.json"
    python = stub(tmp_path, f"cat > {asked}; echo progress; cat {reply}")
    record = Peer("operon", python).measure(CLEAN, 7.0, 3)
    assert record["failure"] is None
    assert record["right"]
    task = json.loads(asked.read_text(encoding="ascii"))
    assert np.array(task["inputs"]).shape == (30, 2)
    assert task["seconds"] == 7.0
    assert task["seed"] == 3


def test_a_peer_that_dies_is_a_record(tmp_path: Path) -> None:
    record = Peer("operon", stub(tmp_path, "cat > /dev/null; echo 'out of luck' >&2; exit 3")).measure(
        CLEAN, 7.0, 3
    )
    assert "out of luck" in record["failure"]
    assert not record["right"]


def test_a_peer_that_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    started = tmp_path / "started"
    ended = tmp_path / "ended"
    script = f"(touch {started}; sleep 3; touch {ended}) & wait"
    with pytest.raises(subprocess.TimeoutExpired):
        _run([str(stub(tmp_path, script))], "", 0.5)
    assert started.exists()
    time.sleep(3.0)
    assert not ended.exists()
