"""Programs that the user gave to start from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from sagredo.language.term import Program
from sagredo.search.planner import Planner, PlannerStatus, Shared, StepResult

if TYPE_CHECKING:
    import numpy as np

    from sagredo.problem.problem import Problem


@final
@dataclass(frozen=True)
class GivenPrograms(Planner[None]):
    """Conjectures the programs it was given, once."""

    programs: tuple[Program, ...]
    verbatim = True
    name = "given"

    def init(self, rng: np.random.Generator, problem: Problem, shared: Shared) -> None:
        """There is no state."""

    def step(self, state: None, work_units: int) -> StepResult[None]:
        """All of them at once."""
        return StepResult(None, self.programs, 1, PlannerStatus.EXHAUSTED)
