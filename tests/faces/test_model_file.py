from __future__ import annotations

import json
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sagredo.domains.expressions.domain import Expressions
from sagredo.faces.induce import induce
from sagredo.faces.model_file import load_model, save_model
from sagredo.faces.result_json import fit_document
from sagredo.problem.build import problem_from
from sagredo.problem.errors import InvalidInput


@pytest.mark.parametrize("fixture", ["line", "plane"])
def test_what_is_saved_is_loaded(fixture, request, tmp_path):
    result = request.getfixturevalue(fixture)
    path = tmp_path / "model.json"
    save_model(result, path)
    loaded = load_model(path)
    assert fit_document(loaded) == fit_document(result)
    assert [w.score.program for w in loaded.posterior.programs] == [
        w.score.program for w in result.posterior.programs
    ]
    np.testing.assert_array_equal(
        loaded.values(loaded.problem.input_values), result.values(result.problem.input_values)
    )
    np.testing.assert_array_equal(loaded.problem.responses, result.problem.responses)


def test_options_units_and_errors_come_back(tmp_path):
    x = np.linspace(1, 5, 12)
    problem = problem_from(
        {"x [m]": x, "y": 9.5 * x + 0.5, "s": np.full(12, 0.1)}, target="y", sigma="s", reserved=["g"]
    )
    domain = Expressions(operators=("add", "mul"), constants={"g": 9.5}, maximum_size=9)
    save_model(induce(problem, domain=domain, effort="reflex"), tmp_path / "m.json")
    loaded = load_model(tmp_path / "m.json")
    assert loaded.domain == domain
    assert loaded.problem.inputs[0].unit == problem.inputs[0].unit
    np.testing.assert_array_equal(loaded.problem.sigma, problem.sigma)


def test_a_covariance_comes_back(tmp_path):
    x = np.linspace(1, 5, 8)
    covariance = 0.01 * (np.eye(8) + np.outer(x, x))
    problem = problem_from({"x": x, "y": 2 * x}, target="y", covariance=covariance)
    result = induce(problem, domain=Expressions(operators=("add",), maximum_size=3), effort="reflex")
    save_model(result, tmp_path / "m.json")
    np.testing.assert_array_equal(load_model(tmp_path / "m.json").problem.covariance, covariance)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not JSON"),
        ("[1, 2]", "not the document of one fit"),
        ('{"schema": 1}', "not the document of one fit"),
        ('{"schema": 99, "programs": []}', "schema is 99"),
        ('{"schema": 1, "programs": []}', "holds no data"),
        ("[" * 100_000, "not JSON"),
        ("\x00", "not JSON"),
    ],
)
def test_foreign_files_are_refused(tmp_path, text, why):
    path = tmp_path / "m.json"
    path.write_text(text)
    with pytest.raises(InvalidInput, match=f"must be one that sagredo wrote.*{why}"):
        load_model(path)


def test_missing_and_binary_files_are_refused(tmp_path):
    with pytest.raises(InvalidInput, match="No such file"):
        load_model(tmp_path / "none.json")
    (tmp_path / "m.json").write_bytes(bytes(range(256)))
    with pytest.raises(InvalidInput, match="not JSON"):
        load_model(tmp_path / "m.json")


LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
JUNK = LEAVES | st.lists(LEAVES, max_size=3) | st.dictionaries(st.text(max_size=5), LEAVES, max_size=3)


def paths(value, prefix=()):
    """Every place in a JSON document."""
    yield prefix
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from paths(inner, (*prefix, key))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.integers(min_value=0), JUNK)
def test_a_damaged_member_is_refused_or_harmless(line, tmp_path, number, junk):
    path = tmp_path / "m.json"
    save_model(line, path)
    document = json.loads(path.read_text())
    document["programs"] = document["programs"][:2]
    places = [place for place in paths(document) if place]
    *outer, last = places[number % len(places)]
    container = document
    for key in outer:
        container = container[key]
    container[last] = junk
    path.write_text(json.dumps(document))
    # Any other exception fails the test.
    with suppress(InvalidInput):
        load_model(path)


def test_code_in_a_template_is_never_run(line, tmp_path):
    path = tmp_path / "m.json"
    save_model(line, path)
    document = json.loads(path.read_text())
    document["programs"][0]["template"] = f"__import__('os').mkdir('{tmp_path}/made')"
    path.write_text(json.dumps(document))
    with pytest.raises(InvalidInput):
        load_model(path)
    assert not (tmp_path / "made").exists()


def test_open_intervals_come_back(tmp_path):
    x = np.arange(1.0, 8.0)
    domain = Expressions(form="A*x + B", bounds={"A": (-np.inf, 1.5), "B": (0.0, np.inf)})
    found = induce(problem_from({"x": x, "y": 2 * x}, target="y"), domain=domain, effort="reflex")
    save_model(found, tmp_path / "model.json")
    again = load_model(tmp_path / "model.json")
    assert again.domain == domain
    assert again.expression == found.expression


def test_a_program_beside_a_form_comes_back(tmp_path):
    x = np.arange(1.0, 8.0)
    domain = Expressions(form="A*x + B", initial_programs=("p0*x", "B + x"))
    found = induce(problem_from({"x": x, "y": 2 * x}, target="y"), domain=domain, effort="reflex")
    save_model(found, tmp_path / "model.json")
    again = load_model(tmp_path / "model.json")
    assert [law.score.program for law in again.posterior.programs] == [
        law.score.program for law in found.posterior.programs
    ]
