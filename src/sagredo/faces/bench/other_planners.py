"""The domain of real expressions with other planners than its own."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, final

from sagredo.domain.domain import Domain
from sagredo.domains.expressions.domain import Expressions

if TYPE_CHECKING:
    import numpy as np

    from sagredo.language.language import Language
    from sagredo.language.term import Program
    from sagredo.objective.objective import Objective
    from sagredo.problem.problem import Problem
    from sagredo.search.planner import Planner
    from sagredo.simulator.semantics import Semantics
    from sagredo.simulator.simulator import Simulator

    Planners = tuple[Planner[Any], ...]


@final
@dataclass(frozen=True)
class OtherPlanners(Domain):
    """Real expressions, searched by what ``choose`` makes of their planners; all else is the same."""

    choose: Callable[[Planners], Planners]
    whole: Expressions = field(default_factory=Expressions)

    name = "expressions"

    def planners(self, problem: Problem) -> Planners:
        """Those chosen."""
        return self.choose(self.whole.planners(problem))

    def language(self, problem: Problem) -> Language:
        """That of the whole domain."""
        return self.whole.language(problem)

    def semantics(self, problem: Problem) -> Semantics:
        """That of the whole domain."""
        return self.whole.semantics(problem)

    def simulator(self, problem: Problem) -> Simulator:
        """That of the whole domain."""
        return self.whole.simulator(problem)

    def objective(self, problem: Problem, language: Language) -> Objective:
        """That of the whole domain."""
        return self.whole.objective(problem, language)

    def sample_problem(self, rng: np.random.Generator) -> tuple[Problem, Program]:
        """That of the whole domain."""
        return self.whole.sample_problem(rng)

    def same_meaning(self, problem: Problem) -> Callable[[Program], Hashable]:
        """That of the whole domain."""
        return self.whole.same_meaning(problem)
