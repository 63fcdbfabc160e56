"""Filling in a form: the user's template, its holes taken from the bank, its parameters fitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Final, final

from sagredo.domains.expressions.forms import Form, fill
from sagredo.domains.expressions.planners.bank import RealBank, shared_bank
from sagredo.language.term import Hole, Term, variables
from sagredo.search.planner import Planner, PlannerStatus, Shared, StepResult

if TYPE_CHECKING:
    import numpy as np

    from sagredo.problem.problem import Problem

FILLED_A_STEP: Final = 64
"""Forms filled a step; each is fitted by the objective, which takes some tenths of a millisecond."""

FIT_UNITS: Final = 100
"""Work charged for a filled form beside what the objective charges."""


@final
@dataclass(frozen=True, eq=False)
class FillingState:
    """The form, the bank, and how many of its entries have been tried in the holes."""

    form: Form
    bank: RealBank
    tried: int


@final
class FormFilling(Planner[FillingState]):
    """Puts the bank's entries into the holes of a form, in order of cost; a form without holes is just fitted.

    With several holes all combinations of the entries tried so far with each new one are made.
    """

    verbatim = True
    name = "form"
    step_units = 20_000

    def __init__(self, form: Form, constants: Mapping[str, float]) -> None:
        self._form = form
        self._constants = constants

    def init(self, rng: np.random.Generator, problem: Problem, shared: Shared) -> FillingState:
        """Nothing tried yet."""
        return FillingState(self._form, shared_bank(problem, shared, self._constants), 0)

    def step(self, state: FillingState, work_units: int) -> StepResult[FillingState]:
        """Fill the holes with the next entries."""
        holes = state.form.holes
        if not holes:
            return StepResult(state, (fill(state.form, {}),), 1, PlannerStatus.EXHAUSTED)
        work = 0
        while len(state.bank) < state.tried + FILLED_A_STEP and (done := state.bank.grow(FILLED_A_STEP)):
            work += done
        last = min(len(state.bank), state.tried + FILLED_A_STEP)
        programs = [
            fill(state.form, dict(zip(holes, terms, strict=True)))
            for entry in range(state.tried, last)
            for terms in self._combinations(state, holes, entry)
        ]
        status = PlannerStatus.EXHAUSTED if last == state.tried else PlannerStatus.RUNNING
        work += FIT_UNITS * len(programs)
        return StepResult(replace(state, tried=last), tuple(programs), work, status)

    @staticmethod
    def _combinations(state: FillingState, holes: tuple[Hole, ...], newest: int) -> list[tuple[Term, ...]]:
        """Fillings whose newest entry is ``newest``, over the variables that each hole allows."""
        newest_term = state.bank.term(newest)
        if len(holes) == 1:
            choices: list[tuple[Term, ...]] = [(newest_term,)]
        else:
            earlier = [state.bank.term(entry) for entry in range(min(newest, FILLED_A_STEP))]
            choices = [
                (*rest[:place], newest_term, *rest[place:])
                for place in range(len(holes))
                for rest in product(earlier, repeat=len(holes) - 1)
            ]
        return [
            terms
            for terms in choices
            if all(
                not hole.symbols or set(variables(term)) <= set(hole.symbols)
                for hole, term in zip(holes, terms, strict=True)
            )
        ]
