from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagredo.problem.build import input_values_from, problem_from, problem_from_arrays
from sagredo.problem.errors import InvalidInput
from sagredo.problem.extension import extended
from sagredo.problem.groups import Groups, group_problem, label_of

TABLE = {
    "x": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
    "lab": ["Pisa", "Padua", "Pisa", "Padua", "Pisa", "Padua"],
    "y": [1.0, 2.0, 4.0, 3.0, 5.0, 7.0],
}


def test_the_column_of_groups_is_no_input() -> None:
    problem = problem_from(TABLE, target="y", group="lab")
    assert [column.name for column in problem.inputs] == ["x"]
    assert problem.groups is not None
    assert problem.groups.names == ("Padua", "Pisa")
    part = group_problem(problem, "Pisa")
    assert part.groups is None
    assert part.responses.tolist() == [1.0, 4.0, 5.0]


@given(st.permutations(range(6)))
def test_the_order_of_rows_does_not_matter(order: list[int]) -> None:
    groups = Groups("lab", tuple(TABLE["lab"])).take(np.array(order))
    assert groups.names == ("Padua", "Pisa")
    rows = {name: sorted(order[k] for k in np.flatnonzero(groups.rows_of(name))) for name in groups.names}
    assert rows == {"Padua": [1, 3, 5], "Pisa": [0, 2, 4]}


def test_numbers_and_their_texts_name_the_same_groups() -> None:
    assert (
        label_of(1) == label_of(1.0) == label_of("1") == label_of(" 1.0 ") == label_of(np.float64(1)) == "1"
    )
    assert label_of("3.50") == label_of(3.5) == label_of(np.float64(3.5)) == "3.5"
    assert label_of(True) == label_of(np.True_) == label_of("True") == "True"
    assert [label_of(value) for value in (None, "", float("nan"), "NA")] == [None] * 4
    assert Groups("star", ("10", "9", "b", "a")).names == ("9", "10", "a", "b")


def test_a_file_and_arrays_make_the_same_problem(tmp_path) -> None:
    path = tmp_path / "data.csv"
    lines = [f"{x},{lab},{y}" for x, lab, y in zip(TABLE["x"], TABLE["lab"], TABLE["y"], strict=True)]
    path.write_text("\n".join(["x,lab [name],y", *lines]))
    of_file = problem_from(path, target="y", group="lab")
    of_arrays = problem_from_arrays({"x": TABLE["x"]}, TABLE["y"], groups=TABLE["lab"])
    assert of_file.groups is not None
    assert of_arrays.groups is not None
    assert of_file.groups.labels == of_arrays.groups.labels == tuple(TABLE["lab"])
    assert of_file.groups.column == "lab"
    assert input_values_from(path, {"x": "x"}, group="lab")["lab"].tolist() == TABLE["lab"]


def test_more_rows_come_with_their_groups() -> None:
    problem = problem_from(TABLE, target="y", group="lab")
    longer = extended(problem, {"x": [7.0], "lab": ["Pisa"], "y": [8.0]})
    assert longer.groups is not None
    assert longer.groups.labels == (*TABLE["lab"], "Pisa")
    with pytest.raises(InvalidInput, match="at least 3 rows"):
        extended(problem, {"x": [7.0], "lab": ["Venice"], "y": [8.0]})


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({}, {"group": "labs"}, "did you mean 'lab'"),
        ({}, {"group": "y"}, "target and the column of groups must differ"),
        (
            {"lab": [1, 2, 1, 2, 1, 2]},
            {"group": "lab", "inputs": ["x", "lab"]},
            "must not be among the inputs",
        ),
        ({"lab": list("abcdef")}, {"group": "lab"}, "at least 3 rows"),
        ({"lab": ["a", "a", "a", "b", "b", None]}, {"group": "lab"}, "row 6"),
    ],
)
def test_groups_that_make_no_problem_are_refused(change, options, message) -> None:
    with pytest.raises(InvalidInput, match=message):
        problem_from(TABLE | change, target="y", **options)


def test_rows_without_a_group_can_be_dropped() -> None:
    table = TABLE | {"lab": ["a", "a", "a", None, "a", "a"]}
    problem = problem_from(table, target="y", group="lab", missing="drop")
    assert problem.row_count == 5
    assert problem.groups is not None
    assert problem.groups.labels == ("a",) * 5
