from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sagredo.faces.bench.journal import Journal

SCRIPT = Path(__file__).parents[3] / "docs" / "make_benchmark_pictures.py"
RECOVERED = {(10, 0.0): 4, (20, 0.0): 7, (40, 0.0): 8, (40, 0.1): 6, (40, 0.3): 2}
"""Of ten laws, by rows and noise."""


def journal(path: Path, command: str, recovered: dict[tuple[int, float], int], laws: int = 10) -> Path:
    """A journal with so many laws at each of some rows and noises, of which some came back."""
    written = Journal.resume(path, command, {}, {})
    for (rows, noise), right in recovered.items():
        for number in range(laws):
            is_right = number < right
            record = {
                "rows": rows,
                "noise": noise,
                "right": is_right,
                "right_form": is_right,
                "probability": (number + 0.5) / 10,
                "regret_bits": 0.0 if is_right else 2.0,
                "truth_beats_rivals_by_bits": 1.0,
                "truth_bits": 4.0,
                "null_bits": 9.0,
            }
            written.append(f"{number} rows {rows} noise {noise}", record)
    return path


@pytest.fixture
def journals(tmp_path: Path) -> list[Path]:
    return [
        journal(tmp_path / "curve.jsonl", "recovery_curve", RECOVERED),
        journal(tmp_path / "feynman.jsonl", "feynman", {(40, 0.0): 8}),
        journal(tmp_path / "calibration.jsonl", "calibration", {(40, 0.0): 5}),
    ]


def draw(folder: Path, journals: list[Path]) -> list[str]:
    subprocess.run([sys.executable, SCRIPT, "-o", folder, *journals], check=True, capture_output=True)
    return sorted(path.name for path in folder.iterdir())


def test_pictures_are_drawn_alike_each_time_and_without_points_that_lack_laws(
    tmp_path: Path, journals: list[Path]
) -> None:
    first = draw(tmp_path / "first", journals)
    assert first == ["recovery-noise.svg", "recovery-rows.svg", "reliability.svg"]
    journal(journals[0], "recovery_curve", {(100, 0.0): 3}, laws=4)
    draw(tmp_path / "second", journals)
    for name in first:
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()


def test_what_has_no_data_is_not_drawn(tmp_path: Path, journals: list[Path]) -> None:
    assert draw(tmp_path / "pictures", journals[2:]) == ["reliability.svg"]
