"""The contract of a search algorithm: ``init`` and ``step``, with all its state in plain sight."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar, final, runtime_checkable

from sagredo.language.language import Language
from sagredo.language.term import Program
from sagredo.objective.objective import Objective, Score
from sagredo.problem.problem import Problem
from sagredo.simulator.semantics import Semantics

if TYPE_CHECKING:
    import numpy as np

State = TypeVar("State")


class StopReason(Enum):
    """Why a run ended."""

    FOUND = "found"
    """A program fits and no shorter or equally good one is to be expected: found and certain."""
    BUDGET = "budget"
    """The work units or the seconds were spent."""
    EXHAUSTED = "exhausted"
    """Every planner has gone through all it can reach."""
    INTERRUPTED = "interrupted"
    """The user stopped it."""


class PlannerStatus(Enum):
    """Whether a planner can go on."""

    RUNNING = "running"
    EXHAUSTED = "exhausted"


@final
@dataclass(frozen=True)
class Effort:
    """How hard to look: the work units of a run and the memory that its banks may take."""

    work_units: int
    memory_bytes: int
    threads: int = 1


@final
@dataclass
class Shared:
    """What the planners of one run share.

    ``elites`` holds the best score of each meaning, best first, and is written by the driver alone.
    ``bank`` is whatever the planners of the domain share as their store of sub-programs (None until one of
    them makes it).
    """

    language: Language
    semantics: Semantics
    objective: Objective
    guide: Guide
    effort: Effort
    bank: object | None = None
    elites: list[Score] = field(default_factory=list)


@final
@dataclass(frozen=True, eq=False)
class StepResult(Generic[State]):
    """What one step did: the next state, the programs it conjectured, the work units it took.

    ``code_bits_done`` is the planner's frontier: every meaning that can be said in fewer code bits was
    visited and, where it could be the best, conjectured (0: no such claim).
    """

    state: State
    candidates: tuple[Program, ...]
    work_done: int
    status: PlannerStatus
    code_bits_done: float = 0.0


class Planner(ABC, Generic[State]):
    """A search algorithm; it keeps nothing between calls but the state it returns.

    ``step_units`` is the work that one step is given at most: about 0.2 s on a slow machine, so that a run
    can be stopped soon. It is fixed, not measured, so that the same seed gives the same answer on any
    machine.
    """

    name: str
    step_units: int = 10_000
    verbatim: bool = False
    """Whether what it conjectures is the user's own, to be weighed as it is written."""

    @abstractmethod
    def init(self, rng: np.random.Generator, problem: Problem, shared: Shared) -> State:
        """The state before the first step."""

    @abstractmethod
    def step(self, state: State, work_units: int) -> StepResult[State]:
        """Work for about ``work_units`` units (one unit: one candidate column computed or compared)."""

    def finished_with(self, state: State, best: Score) -> bool:
        """Whether nothing is left to be tried with the best program; so it is for planners that edit none.

        A run does not end as found before every planner has finished with what it found.
        """
        return True


class Guide(Protocol):
    """Whom a planner may ask for advice; uniform by default, the world model when trained."""

    def remaining_bits(self, goal: object) -> float:
        """An estimate of the code bits that the sub-goal still needs; 0 is always admissible."""


class StoppingRule(Protocol):
    """Says when a run may stop early."""

    def __call__(self, elites: list[Score], work_done: int) -> bool:
        """True when the best program is certain enough."""


class Recorder(Protocol):
    """Is told what the run does, for progress bars and for experience."""

    def __call__(self, planner: str, elites: list[Score], work_done: int) -> None:
        """Called after each step."""


@runtime_checkable
class PlannerProvider(Protocol):
    """A domain that brings its own planners."""

    def planners(self, problem: Problem) -> tuple[Planner[object], ...]:
        """The planners to run, in a fixed order."""
