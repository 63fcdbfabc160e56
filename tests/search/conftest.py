from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sagredo.problem.problem import Problem
from sagredo.search.guide import UniformGuide
from sagredo.search.planner import Effort, Shared

MakeShared = Callable[..., Shared]


@pytest.fixture(scope="session")
def shared_of() -> MakeShared:
    """What the planners of a run on a problem of a domain share."""

    def make(domain: Any, problem: Problem, memory_bytes: int = 2**27) -> Shared:
        language = domain.language(problem)
        objective = domain.objective(problem, language)
        effort = Effort(100_000, memory_bytes)
        return Shared(language, domain.semantics(problem), objective, UniformGuide(), effort)

    return make
