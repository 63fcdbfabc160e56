from __future__ import annotations

from math import cos, exp, log, sin, sqrt

import numpy as np
import pytest

from sagredo.domains.expressions.domain import Expressions
from sagredo.faces.bench.classic_laws import CLASSIC_PROBLEMS
from sagredo.faces.bench.nguyen import Nguyen
from sagredo.faces.bench.recovery import sample_law
from sagredo.faces.bench.spellings import spellings
from sagredo.problem.errors import InvalidInput

PUBLISHED = {
    "Nguyen-1": lambda x: x**3 + x**2 + x,
    "Nguyen-2": lambda x: sum(x**k for k in range(1, 5)),
    "Nguyen-3": lambda x: sum(x**k for k in range(1, 6)),
    "Nguyen-4": lambda x: sum(x**k for k in range(1, 7)),
    "Nguyen-5": lambda x: sin(x * x) * cos(x) - 1,
    "Nguyen-6": lambda x: sin(x) + sin(x + x * x),
    "Nguyen-7": lambda x: log((x + 1) * (x * x + 1)),
    "Nguyen-8": lambda x: sqrt(x),
    "Nguyen-9": lambda x, y: sin(x) + sin(y * y),
    "Nguyen-10": lambda x, y: 2 * sin(x) * cos(y),
    "Nguyen-11": lambda x, y: exp(y * log(x)),
    "Nguyen-12": lambda x, y: x**4 - x**3 + y * y / 2 - y,
    "Jin-1": lambda x, y: 2.5 * x**4 - 1.3 * x**3 + 0.5 * y**2 - 1.7 * y,
    "Jin-2": lambda x, y: 8 * x**2 + 8 * y**3 - 15,
    "Jin-3": lambda x, y: 0.2 * x**3 + 0.5 * y**3 - 1.2 * y - 0.5 * x,
    "Jin-4": lambda x, y: 1.5 * exp(x) + 5 * cos(y),
    "Jin-5": lambda x, y: 6 * sin(x) * cos(y),
    "Jin-6": lambda x, y: 1.35 * x * y + 5.5 * sin((x - 1) * (y - 1)),
}
BY_NAME = {problem.law.name: problem for problem in CLASSIC_PROBLEMS}


def test_all_eighteen_are_there() -> None:
    assert list(BY_NAME) == list(PUBLISHED)


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_parsed_formula_is_the_published_one(name: str) -> None:
    law = BY_NAME[name].law
    inputs, responses = law.sample(np.random.default_rng(0), 50)
    assert np.allclose(responses, [PUBLISHED[name](*row) for row in zip(*inputs.values(), strict=True)])
    low, high = min(map(np.min, inputs.values())), max(map(np.max, inputs.values()))
    assert law.ranges[0][1] <= low < high <= law.ranges[0][2]


@pytest.mark.parametrize("name", PUBLISHED)
def test_its_spellings_mean_the_same_also_where_inputs_are_negative(name: str) -> None:
    law = BY_NAME[name].law
    sampled = sample_law(law, rows=BY_NAME[name].rows, noise=0.0, seed=0)
    simulator = Expressions().simulator(sampled.problem)
    for spelling in spellings(law.term, law.positive_symbols):
        outcome = simulator.run(spelling, sampled.fresh_inputs)
        assert np.allclose(outcome.values, sampled.fresh_responses, rtol=1e-9, atol=1e-9)


def searched(rows: int | None, name: str) -> Nguyen:
    return Nguyen(rows=rows, noise=0.0, budget_seconds=10.0, effort="reflex", seed=0, seeds=1, only=(name,))


def test_the_rows_are_the_published_ones_unless_others_are_asked_for() -> None:
    published = searched(None, "Nguyen-8")
    assert published.measure(BY_NAME["Nguyen-8"], 0)["rows"] == 20
    asked = searched(31, "Nguyen-8")
    record = asked.measure(BY_NAME["Nguyen-8"], 0)
    assert record["rows"] == 31
    assert record["exact"]


def test_an_unknown_problem_is_refused() -> None:
    with pytest.raises(InvalidInput, match="Nguyen-13"):
        searched(None, "Nguyen-13").tasks()
