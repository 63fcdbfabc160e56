"""The domain of real expressions keeps the contracts that every plug-in keeps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sagredo.domains.expressions.domain import Expressions
from sagredo.search.driver import search
from sagredo.search.planner import Effort, Planner
from sagredo.testing import conformance

DOMAIN = Expressions()
PROBLEM, _ = DOMAIN.sample_problem(np.random.default_rng(3))


@pytest.mark.parametrize("seed", range(4))
def test_the_domain_conforms(seed: int) -> None:
    conformance.check_domain(DOMAIN, np.random.default_rng(seed))


@pytest.mark.parametrize(
    "domain",
    [
        Expressions(constants={"g": 9.81}),
        Expressions(operators=("add", "mul", "sinh", "arcsin", "pow", "min", "abs", "cbrt")),
        Expressions(forbidden_nestings=("sin(exp)",), maximum_size=7),
    ],
    ids=["constants", "operators", "restrictions"],
)
def test_the_languages_that_a_user_chooses_conform(domain: Expressions) -> None:
    rng = np.random.default_rng(0)
    language, simulator = domain.language(PROBLEM), domain.simulator(PROBLEM)
    conformance.check_prior(language.prior, rng)
    conformance.check_syntax(language, rng)
    conformance.check_simulator(simulator, PROBLEM, language, rng)
    conformance.check_semantics(domain.semantics(PROBLEM), simulator, PROBLEM, language, rng)


@pytest.mark.parametrize(
    "planner", Expressions(monte_carlo=True).planners(PROBLEM), ids=lambda planner: planner.name
)
def test_planners_conform(planner: Planner[Any]) -> None:
    conformance.check_planner(planner, DOMAIN, PROBLEM, seed=1, work_units=100_000)


@pytest.mark.parametrize("seed", range(3))
def test_no_answer_depends_on_the_threads(seed: int) -> None:
    problem, _ = DOMAIN.sample_problem(np.random.default_rng(seed))
    first, second = (
        search(np.random.default_rng(0), DOMAIN, problem, effort=Effort(200_000, 2**27, threads))
        for threads in (1, 2)
    )
    assert first.meanings == second.meanings
    assert (first.stop_reason, first.work_units) == (second.stop_reason, second.work_units)
