from __future__ import annotations

import json

import pytest

from sagredo.faces.result_json import fit_document, fits_document

NUMBER = (int, float)
NUMBER_OR_NULL = (int, float, type(None))
COLUMN = {"column": str, "symbol": str, "unit": (str, type(None))}
PROGRAM = {
    "expression": str,
    "template": str,
    "latex": (str, type(None)),
    "probability": NUMBER,
    "description_length_bits": NUMBER,
    "code_bits": NUMBER,
    "data_bits": NUMBER,
    "parameters": [{"name": str, "value": NUMBER, "std": NUMBER_OR_NULL}],
    "noise_scale": NUMBER_OR_NULL,
    "train_rmse": NUMBER_OR_NULL,
    "spellings": int,
    "groups": (list, type(None)),
}
FIT = {
    "schema": int,
    "sagredo": str,
    "problem": {
        "inputs": [COLUMN],
        "target": COLUMN,
        "rows": int,
        "noise": str,
        "noise_bits": (dict, type(None)),
        "has_sigma": bool,
        "has_weights": bool,
        "has_trials": bool,
        "has_covariance": bool,
        "has_censored": bool,
        "group": (dict, type(None)),
        "quantity": str,
        "notes": [str],
    },
    "seed": int,
    "stop_reason": str,
    "seconds": NUMBER,
    "work_units": int,
    "programs": [PROGRAM],
    "unseen_mass": NUMBER_OR_NULL,
    "null_bits": NUMBER,
}


def check(value, shape, where="fit"):
    """The documented schema, member by member: nothing missing, nothing undocumented."""
    if isinstance(shape, dict):
        assert isinstance(value, dict), where
        assert value.keys() == shape.keys(), where
        for name, inner in shape.items():
            check(value[name], inner, f"{where}.{name}")
    elif isinstance(shape, list):
        assert isinstance(value, list), where
        for k, item in enumerate(value):
            check(item, shape[0], f"{where}[{k}]")
    else:
        assert isinstance(value, shape), where


@pytest.mark.parametrize("fixture", ["line", "plane"])
def test_the_document_has_the_documented_shape(fixture, request):
    result = request.getfixturevalue(fixture)
    document = json.loads(json.dumps(fit_document(result), allow_nan=False))
    check(document, FIT)
    assert document["schema"] == 1
    assert document["stop_reason"] in {"found", "budget", "exhausted", "interrupted"}
    programs = document["programs"]
    assert programs
    for program in programs:
        assert program["description_length_bits"] == pytest.approx(
            program["code_bits"] + program["data_bits"]
        )
        assert all(parameter["name"] in program["template"] for parameter in program["parameters"])
    probabilities = [program["probability"] for program in programs]
    assert probabilities == sorted(probabilities, reverse=True)
    assert sum(probabilities) + (document["unseen_mass"] or 0) == pytest.approx(1)


def test_several_targets_are_a_list(line, plane):
    document = fits_document([line, plane])
    assert document["schema"] == 1
    for fit in document["fits"]:
        check(fit, FIT)
