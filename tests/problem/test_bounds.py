"""Responses of which only a bound is known, as they stand in tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sagredo.problem.build import problem_from, problem_from_arrays
from sagredo.problem.errors import InvalidInput
from sagredo.problem.extension import extended
from sagredo.problem.numbers import bound_from_text

X = [1.0, 2.0, 3.0, 4.0, 5.0]
TEXTS = ["<0.05", "0.1", "0.25", "> 3", "0.5"]
MARKS = ["<", "", "", ">", ""]
NUMBERS = [0.05, 0.1, 0.25, 3.0, 0.5]
SIDES = [-1.0, 0.0, 0.0, 1.0, 0.0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<0.05", (0.05, -1)),
        (" > 1,200.5 ", (1200.5, 1)),
        ("<=2e-3", (0.002, -1)),
        ("\N{GREATER-THAN OR EQUAL TO}7", (7.0, 1)),
        ("12", (12.0, 0)),
    ],
)
def test_bounds_as_people_write_them(text: str, expected: tuple[float, int]) -> None:
    assert bound_from_text(text) == expected


def test_what_is_no_bound() -> None:
    for text in ("low", "<<1", "1<", "< a"):
        assert bound_from_text(text) is None
    mark = bound_from_text("<")
    assert mark is not None
    assert np.isnan(mark[0])
    assert mark[1] == -1


def csv(path: Path, **columns: list[Any]) -> Path:
    rows = zip(*columns.values(), strict=True)
    path.write_text("\n".join([",".join(columns), *(",".join(map(str, row)) for row in rows)]) + "\n")
    return path


def test_every_spelling_is_one_problem(tmp_path: Path) -> None:
    in_target = {"x": X, "y": TEXTS}
    sources: list[tuple[Any, dict[str, Any]]] = [
        (in_target, {}),
        (csv(tmp_path / "target.csv", **in_target), {}),
        ({"x": X, "y": NUMBERS, "seen": MARKS}, {"censored": "seen"}),
        (csv(tmp_path / "marks.csv", x=X, y=NUMBERS, seen=MARKS), {"censored": "seen"}),
        (csv(tmp_path / "sides.csv", x=X, y=NUMBERS, seen=SIDES), {"censored": "seen"}),
    ]
    for source, options in sources:
        problem = problem_from(source, target="y", **options)
        assert [column.name for column in problem.inputs] == ["x"]
        assert problem.responses.tolist() == NUMBERS
        assert problem.censored is not None
        assert problem.censored.tolist() == SIDES
    arrays = problem_from_arrays(np.array([X]).T, NUMBERS, censored=SIDES)
    assert arrays.censored is not None
    assert arrays.censored.tolist() == SIDES


def test_a_note_says_which_rows_are_bounds() -> None:
    problem = problem_from({"x": X, "y": TEXTS}, target="y")
    assert any("rows 1, 4" in note for note in problem.notes)


def test_a_long_file_keeps_its_bounds(tmp_path: Path) -> None:
    """Bounds that begin after thousands of rows, which are read piece by piece."""
    count = 9000
    texts = [str(row / 8) for row in range(count)]
    texts[5000], texts[8999] = "<625", ">1"
    problem = problem_from(csv(tmp_path / "long.csv", x=list(range(count)), y=texts), target="y")
    assert problem.censored is not None
    assert np.flatnonzero(problem.censored).tolist() == [5000, 8999]
    assert problem.responses.tolist() == [*(row / 8 for row in range(count - 1)), 1.0]


def test_bounds_among_inputs_are_text() -> None:
    problem = problem_from({"x": X, "z": TEXTS, "y": NUMBERS}, target="y")
    assert [column.name for column in problem.inputs] == ["x"]
    with pytest.raises(InvalidInput, match=r"'<0\.05' is not a number"):
        problem_from({"x": X, "z": TEXTS, "y": NUMBERS}, target="y", inputs=["z"])


def test_rows_that_are_left_out_take_their_marks_along() -> None:
    table = {"x": [np.nan, *X[1:]], "y": TEXTS}
    problem = problem_from(table, target="y", missing="drop")
    assert problem.censored is not None
    assert problem.censored.tolist() == SIDES[1:]
    with pytest.raises(InvalidInput, match="put the new rows into the table, and fit it again"):
        extended(problem, {"x": [6.0, 7.0], "y": [0.6, 0.7]})


@pytest.mark.parametrize(
    ("columns", "options", "what"),
    [
        ({"y": NUMBERS, "m": [2, 0, 0, 0, 0]}, {"censored": "m"}, "Got 2 in row 1"),
        ({"y": NUMBERS, "m": ["<", "<", "<", "", ""]}, {"censored": "m"}, "At least 3 responses"),
        ({"y": NUMBERS, "m": ["low", "", "", "", ""]}, {"censored": "m"}, "'low' is not a number"),
        ({"y": ["<", *TEXTS[1:]]}, {}, "missing or NaN values in column 'y', row 1"),
        ({"y": ["low", *TEXTS[1:]]}, {}, "'low' is not a number"),
        ({"y": TEXTS, "m": MARKS}, {"censored": "m"}, "'<0.05' is not a number"),
        ({"y": TEXTS}, {"covariance": np.eye(5)}, "without censored"),
        ({"y": NUMBERS}, {"censored": "y"}, "column of censored must differ"),
    ],
)
def test_what_is_refused(columns: dict[str, Any], options: dict[str, Any], what: str) -> None:
    with pytest.raises(InvalidInput, match=what):
        problem_from({"x": X, **columns}, target="y", inputs=["x"], **options)
