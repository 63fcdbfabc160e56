from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sagredo.problem.build import input_values_from, problem_from, problem_from_arrays, problems_from
from sagredo.problem.errors import InvalidInput

TABLE: dict[str, Any] = {
    "time [s]": [1.0, 2.0, 3.0, 4.0],
    "height (m)": [0.5, 2.0, 4.5, 8.0],
    "speed": [1.0, 2.0, 3.0, 5.0],
    "error [m]": [0.1, 0.1, 0.2, 0.2],
    "count": [1, 2, 0, 1],
    "place": ["Pisa", "Pisa", "Padua", "Padua"],
}


def with_column(**columns: Any) -> dict[str, Any]:
    return TABLE | columns


def test_roles_units_and_notes() -> None:
    problem = problem_from(TABLE, target="height", sigma="error", weights="count")
    assert [column.name for column in problem.inputs] == ["time", "speed"]
    assert [str(column.unit) for column in (*problem.inputs, problem.target)] == ["s", "None", "m"]
    assert problem.weights is not None
    assert problem.weights.tolist() == [1, 2, 1]  # the row of weight 0 is no row
    assert problem.sigma is not None
    assert problem.sigma.tolist() == [0.1, 0.1, 0.2]
    assert any("place" in note for note in problem.notes)


def test_a_column_answers_to_its_whole_header() -> None:
    assert problem_from(TABLE, target="height (m)", inputs=["time [s]"]).target.name == "height"


def test_several_targets_share_their_inputs() -> None:
    first, second = problems_from(TABLE, targets=["height", "speed"], inputs=["time"], sigma=0.5)
    assert (first.target.name, second.target.name) == ("height", "speed")
    assert first.inputs[0].values.tolist() == second.inputs[0].values.tolist()
    assert first.sigma is not None
    assert first.sigma.tolist() == [0.5] * 4
    height, speed = problems_from(TABLE, targets=["height", "speed"])
    assert {"height", "speed"}.isdisjoint(column.name for column in (*height.inputs, *speed.inputs))


def test_rows_with_missing_values_are_dropped_on_request() -> None:
    table = with_column(speed=[1.0, np.nan, 3.0, 5.0])
    problem = problem_from(table, target="height", missing="drop")
    assert problem.target.values.tolist() == [0.5, 4.5, 8.0]
    assert any("row 2" in note for note in problem.notes)
    assert problem_from(table, target="height", inputs=["time"]).row_count == 4  # the column isn't in use


def test_brackets_that_tell_columns_apart_stay_in_the_names() -> None:
    table = {"x [0]": [1, 2, 3], "x [1]": [1, 2, 3], "y [arb. units]": [1, 2, 4]}
    problem = problem_from(table, target="y")
    assert [column.symbol for column in problem.inputs] == ["x_0", "x_1"]
    assert problem.target.unit is None
    assert any("arb. units" in note for note in problem.notes)


@pytest.mark.parametrize(
    ("table", "options", "sentence"),
    [
        (TABLE, {}, "A target must be named"),
        (TABLE, {"target": "hieght"}, "did you mean 'height'"),
        (TABLE, {"target": "height", "inputs": ["height"]}, "must not be among the inputs"),
        (TABLE, {"target": "height", "inputs": ["time", "time"]}, "more than once"),
        (TABLE, {"target": "height", "inputs": []}, "must have an input"),
        (TABLE, {"target": "height", "inputs": ["place"]}, "row 1, column 'place': 'Pisa' is not a number"),
        (TABLE, {"target": "height", "sigma": -1.0}, "must be positive"),
        (TABLE, {"target": "height", "sigma": "height"}, "must differ"),
        (TABLE, {"target": "height", "units": {"time": "m"}}, "one unit"),
        (TABLE, {"target": "height", "units": {"speed": "furlongs!"}}, "known units"),
        (TABLE, {"target": "height", "units": {"colour": "m"}}, "column must be"),
        (TABLE, {"target": "height", "missing": "guess"}, "'refuse' or 'drop'"),
        (
            {"x [s]": [1, 2, 3], "y [m]": [1, 2, 4], "s [s]": [1, 1, 1]},
            {"target": "y", "sigma": "s"},
            "unit of the",
        ),
        (with_column(speed=[1, np.nan, 3, None]), {"target": "height"}, "rows 2, 4"),
        (
            with_column(speed=[1, np.inf, 3, 4]),
            {"target": "height"},
            "infinite value in column 'speed', row 2",
        ),
        (with_column(bad=[1, 0, -1, 4]), {"target": "height", "sigma": "bad"}, "Got 0 in rows 2, 3"),
        (with_column(bad=[1, 0, -1, 4]), {"target": "height", "weights": "bad"}, "Got -1 in row 3"),
        (with_column(bad=[0, 0, 0, 0]), {"target": "height", "weights": "bad"}, "zeros alone"),
        (with_column(bad=[7, 7, 7, 7]), {"target": "bad"}, "must vary"),
        ({"x": [1, 2], "y": [1, 2]}, {"target": "y"}, "at least 3 rows. Got 2"),
        ({"x": [], "y": []}, {"target": "y"}, "at least 3 rows. Got 0"),
    ],
)
def test_bad_problems_get_a_sentence(table: Any, options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        problem_from(table, **options)


def test_arrays() -> None:
    problem = problem_from_arrays(np.arange(8.0).reshape(4, 2), [1, 2, 4, 8], sigma=0.5, weights=[1, 1, 2, 1])
    assert [column.symbol for column in problem.inputs] == ["x0", "x1"]
    assert problem.target.symbol == "y"
    named = problem_from_arrays({"y": np.arange(4.0)}, [1, 2, 4, 8], sigma=[1, 2, 3, 4])
    assert [column.name for column in (*named.inputs, named.target)] == ["y", "y_"]
    with pytest.raises(InvalidInput, match="one value for each of 4 rows"):
        problem_from_arrays(np.zeros((4, 1)), [1, 2, 3])


def test_the_inputs_of_a_fitted_program(tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text("height (m),time [s]\n1,2.5\n3,4\n")
    assert input_values_from(tmp_path / "new.csv", {"time": "time"})["time"].tolist() == [2.5, 4.0]
    with pytest.raises(InvalidInput, match="speed"):
        input_values_from(tmp_path / "new.csv", {"speed": "speed"})


def test_importing_it_is_light() -> None:
    heavy = "{'narwhals', 'pandas', 'polars', 'pyarrow', 'pint', 'sklearn', 'scipy', 'sympy'}"
    code = f"import sys, sagredo.problem.build; assert not {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
