from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sagredo.problem.build import problem_from, problem_from_arrays
from sagredo.problem.covariance import read_covariance
from sagredo.problem.errors import InvalidInput
from sagredo.problem.extension import extended

TABLE: dict[str, Any] = {"x": [1.0, 2.0, 3.0, 4.0], "y": [2.0, 4.1, 5.9, 8.3], "m": [1, 1, 1, 1]}
COVARIANCE = 0.04 * np.eye(4) + 0.01


def test_a_file_an_array_and_lists_are_one() -> None:
    expected = problem_from(TABLE, target="y", covariance=COVARIANCE).covariance
    assert expected is not None
    assert expected.tolist() == COVARIANCE.tolist()
    assert read_covariance(COVARIANCE.tolist(), 4).tolist() == COVARIANCE.tolist()


def test_a_file_has_no_header(tmp_path: Path) -> None:
    path = tmp_path / "covariance.csv"
    np.savetxt(path, COVARIANCE, delimiter=",", fmt="%.17g")
    problem = problem_from(TABLE, target="y", inputs=["x"], covariance=path)
    assert problem.covariance is not None
    assert problem.covariance == pytest.approx(COVARIANCE, rel=1e-15)
    path.write_text("a,b,c,d\n" + path.read_text())
    assert read_covariance(path, 4) == pytest.approx(COVARIANCE)
    path.write_text(path.read_text() + "u,v,w,x\n")
    with pytest.raises(InvalidInput, match="numbers without a header"):
        read_covariance(path, 5)


def test_rows_are_left_out_with_their_covariance() -> None:
    covariance = COVARIANCE + np.diag([0.0, 1.0, 2.0, 3.0])
    table = TABLE | {"x": [1.0, np.nan, 3.0, 4.0]}
    problem = problem_from(table, target="y", missing="drop", covariance=covariance)
    kept = [0, 2, 3]
    assert problem.covariance is not None
    assert problem.covariance.tolist() == covariance[np.ix_(kept, kept)].tolist()
    part = problem.take(np.array([2, 0])).covariance
    assert part is not None
    assert part.tolist() == covariance[np.ix_([3, 0], [3, 0])].tolist()


def changed(i: int, j: int, value: float) -> np.ndarray:
    matrix = COVARIANCE.copy()
    matrix[i, j] = value
    return matrix


@pytest.mark.parametrize(
    ("covariance", "what"),
    [
        (COVARIANCE[:3], "4 rows of the data. Got 3 rows"),
        (COVARIANCE[:3, :3], "4 rows of the data. Got 3 rows and 3 columns"),
        (changed(1, 2, 0.02), "symmetric. Got 0.02 in row 2, column 3"),
        (changed(1, 1, 0.0), "positive. Got 0 in row 2"),
        (changed(0, 3, np.nan), "finite. Got nan in row 1, column 4"),
        (np.full((4, 4), 2.0), "positive definite"),
        (np.eye(4) - 0.5, "positive definite. Got -2 as the least eigenvalue"),
    ],
)
def test_what_is_no_covariance_is_refused(covariance: np.ndarray, what: str) -> None:
    with pytest.raises(InvalidInput, match=what):
        problem_from(TABLE, target="y", covariance=covariance)


@pytest.mark.parametrize("other", [{"sigma": 0.1}, {"weights": "m"}, {"trials": "m"}])
def test_a_covariance_stands_alone(other: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=f"without {next(iter(other))}"):
        problem_from(TABLE, target="y", inputs=["x"], covariance=COVARIANCE, **other)


def test_new_rows_of_unknown_covariance_are_refused() -> None:
    problem = problem_from_arrays(np.array([TABLE["x"]]).T, TABLE["y"], covariance=COVARIANCE)
    assert problem.covariance is not None
    with pytest.raises(InvalidInput, match="fit all rows anew"):
        extended(problem, {"x0": [5.0], "y": [10.0]})
