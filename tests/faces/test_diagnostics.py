"""What a reader is told of redundant parameters."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sagredo.faces.cli import main
from sagredo.faces.model_file import load_model
from sagredo.faces.wording import diagnosis_text


@pytest.mark.parametrize("form", ["a*b*x", "a*x"])
def test_a_redundant_parameter_of_a_form_is_said(tmp_path, capsys, form):
    x = np.linspace(1, 3, 8)
    y = np.round(1.3 * x + 0.05 * np.random.default_rng(0).standard_normal(8), 2)
    data, model, document = tmp_path / "d.csv", tmp_path / "m.json", tmp_path / "f.json"
    data.write_text("x,y\n" + "".join(f"{a},{b}\n" for a, b in zip(x, y, strict=True)))
    options = ["--form", form, "--effort", "reflex", "--diagnose", "--json", document, "--save", model]
    assert main(["fit", str(data), "--target", "y", *map(str, options)]) == 0
    said = capsys.readouterr().out
    diagnosis = json.loads(document.read_text())["programs"][0]["diagnosis"]
    redundant = form == "a*b*x"
    assert diagnosis["redundant"] == redundant
    assert diagnosis["entangled"] == (["a", "b"] if redundant else [])
    assert ("redundant parameter" in said) == redundant
    loaded = load_model(model)
    (again,) = loaded.diagnostics(1)
    assert again.learning_coefficient == diagnosis["learning_coefficient"]
    assert diagnosis_text(loaded, loaded.best.score, again) in said
