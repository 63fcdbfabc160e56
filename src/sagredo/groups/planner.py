"""Planners that look at the rows of one group and conjecture laws for all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Generic, TypeVar, final

from sagredo.groups.conjectures import for_all_groups
from sagredo.groups.objective import GroupedObjective
from sagredo.objective.objective import Score
from sagredo.problem.groups import group_problem
from sagredo.problem.problem import Problem
from sagredo.search.planner import Planner, Shared, StepResult

if TYPE_CHECKING:
    import numpy as np

    from sagredo.language.term import Program

State = TypeVar("State")


@final
@dataclass(frozen=True)
class ViewState(Generic[State]):
    """The state of the planner that looks, and what it shares with others that look at the same group."""

    inner: State
    all_groups: Shared
    own_group: Shared


@final
class OneGroup(Planner[ViewState[State]], Generic[State]):
    """A planner that works as if the rows of one group, by ``position`` among the names, were all there are.

    What it sees as the elites are those of all groups with the parameters that they have in its own. Its conjectures
    are told for all groups (:func:`for_all_groups`), unless they are the user's own. ``views`` groups share the memory
    of the run; ``value_of`` evaluates a program without variables. Its frontier claims nothing of the others.
    """

    def __init__(
        self, inner: Planner[State], position: int, views: int, value_of: Callable[[Program], float]
    ) -> None:
        self._inner, self._position, self._views = inner, position, views
        self._value_of = value_of
        self.name = inner.name
        self.step_units = inner.step_units

    def init(self, rng: np.random.Generator, problem: Problem, shared: Shared) -> ViewState[State]:
        """The inner planner's first state on the group's rows."""
        if problem.groups is None or not isinstance(shared.objective, GroupedObjective):
            raise ValueError(
                "A planner of one group must be given a problem with groups and their objective."
            )
        part = group_problem(problem, problem.groups.names[self._position])
        own = self._own(shared, shared.objective)
        return ViewState(self._inner.init(rng, part, own), shared, own)

    def step(self, state: ViewState[State], work_units: int) -> StepResult[ViewState[State]]:
        """One step of the inner planner."""
        state.own_group.elites[:] = [score.parts[self._position] for score in state.all_groups.elites]
        result = self._inner.step(state.inner, work_units)
        candidates = result.candidates
        if not self._inner.verbatim:
            told = (for_all_groups(program, self._value_of) for program in candidates)
            candidates = tuple(dict.fromkeys(chain.from_iterable(told)))
        return StepResult(replace(state, inner=result.state), candidates, result.work_done, result.status)

    def finished_with(self, state: ViewState[State], best: Score) -> bool:
        """Whether the inner planner has finished with the best program as it is in its group."""
        return self._inner.finished_with(state.inner, best.parts[self._position])

    def _own(self, shared: Shared, objective: GroupedObjective) -> Shared:
        """What the planners of this group share, made by the first of them and kept in the place of the bank."""
        if shared.bank is None:
            shared.bank = {}
        if not isinstance(shared.bank, dict):
            raise TypeError(f"The groups' shares must be kept in the place of the bank. Got {shared.bank!r}.")
        if self._position not in shared.bank:
            effort = replace(shared.effort, memory_bytes=shared.effort.memory_bytes // self._views)
            shared.bank[self._position] = Shared(
                shared.language, shared.semantics, objective.parts[self._position], shared.guide, effort
            )
        own = shared.bank[self._position]
        assert isinstance(own, Shared)
        return own
