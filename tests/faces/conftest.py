from __future__ import annotations

import numpy as np
import pytest

from sagredo.faces.induce import induce
from sagredo.problem.build import problem_from

TABLE = """time,height [m],who is there
0,10.0,1
1,14.1,2
2,18.2,4
3,22.1,3
4,25.9,6
5,30.2,5
6,33.8,8
7,38.1,7
"""


@pytest.fixture
def table(tmp_path):
    """A noisy line in a file, with a third column."""
    path = tmp_path / "data.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def line():
    """The result of a small search on a noisy line with one input."""
    rng = np.random.default_rng(5)
    x = np.round(np.linspace(0.5, 8, 24), 2)
    y = np.round(3.0 + 2.5 * x + rng.normal(0, 0.2, len(x)), 2)
    return induce(problem_from({"x": x, "y": y}, target="y"), effort="reflex", seed=1)


@pytest.fixture(scope="session")
def plane():
    """The result of a small search with two inputs, one of whose names is no identifier."""
    rng = np.random.default_rng(6)
    a, b = rng.uniform(1, 4, (2, 30)).round(3)
    return induce(
        problem_from({"a": a, "<b> & µ": b, "y": (a * b).round(3)}, target="y"), effort="reflex", seed=1
    )
