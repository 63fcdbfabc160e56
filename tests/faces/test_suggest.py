"""Suggestions from a fitted model, in Python and on the command line."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sagredo.design.candidates import Pool
from sagredo.domains.expressions.conditions import condition, quantity
from sagredo.faces.cli import main
from sagredo.faces.model_file import save_model
from sagredo.faces.suggest import box_of, suggest
from sagredo.problem.errors import InvalidInput


def run(capsys, *arguments):
    """The command line in this process: exit code, standard output, standard error."""
    code = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_suggestions_lie_in_the_box_and_repeat_for_a_seed(plane) -> None:
    box = box_of(plane, {"a": (1.0, 9.0)})
    first, again = (suggest(plane, box, about="joint", seed=4) for _ in range(2))
    assert first == again
    inputs = first[0].inputs
    assert set(inputs) == {"a", "<b> & µ"}
    assert 1 <= inputs["a"] <= 9
    assert first[0].predictions[0] == pytest.approx(inputs["a"] * inputs["<b> & µ"], rel=1e-2)
    assert first[0].gain > 0


def test_a_batch_from_a_pool_is_of_the_pool(line) -> None:
    pool = Pool(("x",), np.array([[0.0], [5.0], [40.0]]))
    batch = suggest(line, pool, about="joint", count=2)
    assert len(batch) == 2
    assert {suggestion.inputs["x"] for suggestion in batch} <= {0.0, 5.0, 40.0}
    assert batch[0].inputs["x"] == 40.0


def test_the_command_prints_and_writes_the_suggestions(line, tmp_path, capsys) -> None:
    model, out = tmp_path / "model.json", tmp_path / "next.json"
    save_model(line, model)
    code, text, err = run(
        capsys, "suggest", model, "--bounds", "x=0:40", "--where", "x < 20", "--cost", "1 + x", "--json", out
    )  # fmt: skip
    assert code == 0, err
    assert "law 1: " in text
    document = json.loads(out.read_text())
    query = document["queries"][0]
    assert 0 <= query["inputs"]["x"] < 20
    assert query["gain_per_cost"] == pytest.approx(query["gain"] / (1 + query["inputs"]["x"]))
    assert len(query["predictions"]) == len(document["laws"])


def test_a_grid_leaves_only_its_points(line, tmp_path, capsys) -> None:
    model, out = tmp_path / "model.json", tmp_path / "next.json"
    save_model(line, model)
    code, _, err = run(capsys, "suggest", model, "--bounds", "x=0:40", "--grid", "3", "--json", out)
    assert code == 0, err
    assert json.loads(out.read_text())["queries"][0]["inputs"]["x"] in (0.0, 20.0, 40.0)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--bounds", "q=0:1"), "Bounds must be of inputs"),
        (("--bounds", "x=0:"), "two finite numbers"),
        (("--about", "life"), "program, joint or prediction"),
        (("--acquisition", "luck"), "must be one of information_gain"),
        (("--where", "x"), "must compare two expressions"),
        (("--where", "x < __import__('os')"), "must be an expression"),
        (("--where", "x > 1000"), "rules out all"),
        (("--cost", "x - 5"), "positive number"),
        (("--grid", "2000000"), "at most 1,000,000 in all"),
        (("--grid", "3", "--pool", "none.csv"), "must not go together"),
    ],
)
def test_impossible_options_are_said_in_a_sentence(line, tmp_path, capsys, options, sentence) -> None:
    model = tmp_path / "model.json"
    save_model(line, model)
    code, _, err = run(capsys, "suggest", model, *options)
    assert code == 2
    assert sentence in err


def test_conditions_and_quantities_are_read_not_run() -> None:
    values = {"x": np.array([-1.0, 1.0, 4.0]), "z": np.array([0.0, 1.0, 1.0])}
    assert quantity("sqrt(x) + z", ["x", "z"])(values) == pytest.approx([np.nan, 2, 3], nan_ok=True)
    assert condition("sqrt(x) <= z", ["x", "z"])(values).tolist() == [False, True, False]
    assert condition("x > z", ["x", "z"])(values).tolist() == [False, False, True]
    for text in ("x", "x < z < 1", "", "x == z"):
        with pytest.raises(InvalidInput):
            condition(text, ["x", "z"])


def test_the_demonstration_finds_the_hidden_law_the_same_way_each_time(capsys) -> None:
    code, text, err = run(capsys, "demo", "active", "--law", "3*x + 1", "--measurements", "5")
    assert code == 0, err
    assert text.count("->") == 5
    assert "The hidden law was y = 3*x + 1" in text
    assert "expected" in text
