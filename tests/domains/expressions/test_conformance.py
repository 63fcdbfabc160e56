"""The domain of real expressions keeps the contracts that every plug-in keeps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sagredo.domains.expressions.domain import Expressions
from sagredo.search.planner import Planner
from sagredo.testing import conformance

DOMAIN = Expressions()
PROBLEM, _ = DOMAIN.sample_problem(np.random.default_rng(3))


@pytest.mark.parametrize("seed", range(4))
def test_the_domain_conforms(seed: int) -> None:
    conformance.check_domain(DOMAIN, np.random.default_rng(seed))


@pytest.mark.parametrize("planner", DOMAIN.planners(PROBLEM), ids=lambda planner: planner.name)
def test_planners_conform(planner: Planner[Any]) -> None:
    conformance.check_planner(planner, DOMAIN, PROBLEM, seed=1)
