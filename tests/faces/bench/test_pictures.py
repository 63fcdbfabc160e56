from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sagredo.faces.bench.journal import Journal

SCRIPT = Path(__file__).parents[3] / "docs" / "make_benchmark_pictures.py"


def journal(path: Path, command: str, options: dict[str, Any], right: int) -> Path:
    """Ten records, of which so many are right."""
    written = Journal.resume(path, command, options, {})
    for number in range(10):
        is_right = number < right
        written.append(
            str(number),
            {
                "right": is_right,
                "right_form": is_right,
                "probability": (number + 0.5) / 10,
                "regret_bits": 0.0 if is_right else 2.0,
                "truth_beats_rivals_by_bits": 1.0,
            },
        )
    return path


@pytest.fixture
def journals(tmp_path: Path) -> list[Path]:
    runs = [(10, 0.0, 4), (40, 0.0, 8), (40, 0.1, 6)]
    return [
        journal(tmp_path / f"{rows}-{noise}.jsonl", "feynman", {"rows": rows, "noise": noise}, right)
        for rows, noise, right in runs
    ]


def draw(folder: Path, journals: list[Path]) -> list[str]:
    subprocess.run([sys.executable, SCRIPT, "-o", folder, *journals], check=True, capture_output=True)
    return sorted(path.name for path in folder.iterdir())


def test_the_curves_and_the_diagram_are_drawn_alike_each_time(tmp_path: Path, journals: list[Path]) -> None:
    first = draw(tmp_path / "first", journals)
    assert first == ["recovery-noise.svg", "recovery-rows.svg", "reliability.svg"]
    draw(tmp_path / "second", journals)
    for name in first:
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()


def test_what_has_no_data_is_not_drawn(tmp_path: Path) -> None:
    calibration = journal(tmp_path / "calibration.jsonl", "calibration", {}, 5)
    assert draw(tmp_path / "pictures", [calibration]) == ["reliability.svg"]
