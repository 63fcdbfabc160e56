from __future__ import annotations

import re
from pathlib import Path

import pytest

import sagredo


@pytest.mark.parametrize("name", sagredo.__all__)
def test_every_public_name_is_loaded_and_typed(name):
    assert getattr(sagredo, name).__name__ == name
    stub = Path(sagredo.__file__).with_suffix(".pyi").read_text()
    assert re.search(rf"import {name} as {name}$", stub, re.MULTILINE)


def test_other_names_are_refused():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = sagredo.nothing
    assert {"__version__", *sagredo.__all__} <= set(dir(sagredo))
    assert re.match(r"\d+\.\d+", sagredo.__version__)
