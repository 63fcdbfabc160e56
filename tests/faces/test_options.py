from __future__ import annotations

import pytest

from sagredo.faces.cli import options
from sagredo.problem.errors import InvalidInput


def test_lists_and_pairs():
    assert options.names(None) is None
    assert options.names(" a, b c ,") == ["a", "b c"]
    assert options.assignments("--unit", ["v=m/s", "x=y=kg"]) == {"v": "m/s", "x=y": "kg"}
    assert options.numbers("--start", ["b1=500,b2=0.001", "b3=-1e3"]) == {"b1": 500, "b2": 0.001, "b3": -1000}
    assert options.intervals("--bound", ["a=0:10,b=:1", "c=-2:"]) == {
        "a": (0, 10),
        "b": (float("-inf"), 1),
        "c": (-2, float("inf")),
    }
    assert options.number_or_name("0.5") == 0.5
    assert options.number_or_name("error") == "error"


@pytest.mark.parametrize("text", ["v", "=1", "v=", "", "  =  "])
def test_malformed_pairs(text):
    with pytest.raises(InvalidInput, match="must be written NAME=VALUE"):
        options.assignments("--unit", [text])


@pytest.mark.parametrize("text", ["g=x", "g=nan", "g=inf", "g=1e999"])
def test_numbers_must_be_finite(text):
    with pytest.raises(InvalidInput, match="--constant g must be a finite number"):
        options.numbers("--constant", [text])


def test_names_once_and_intervals_in_order():
    with pytest.raises(InvalidInput, match="twice"):
        options.numbers("--start", ["a=1", "a=2"])
    with pytest.raises(InvalidInput, match="NAME=LOW:HIGH"):
        options.intervals("--bound", ["a=1"])
    with pytest.raises(InvalidInput, match="LOW below HIGH"):
        options.intervals("--bound", ["a=2:1"])
