"""Spelling: say the best programs in fewer bits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, final

from sagredo.domains.expressions.planners.bank import RealBank, shared_bank
from sagredo.domains.expressions.planners.dialect import within
from sagredo.domains.expressions.planners.speller import spell
from sagredo.language.term import Term
from sagredo.search.driver import NEGLIGIBLE_BITS
from sagredo.search.planner import Planner, PlannerStatus, Shared, StepResult

if TYPE_CHECKING:
    import numpy as np

    from sagredo.objective.objective import Score
    from sagredo.problem.problem import Problem

FRONT: Final = 8
"""So many of the best programs are spelled anew."""

GROWN: Final = 4
"""When the bank has so many times more entries, it may know a shorter way: the best programs are spelled once more."""

SPELLING_UNITS: Final = 50_000
"""Work charged for one program: some hundred look-ups and some thousand divisions in two take some 50 milliseconds."""


@final
@dataclass(frozen=True, eq=False)
class SpellingState:
    """The bank, and the terms that have been spelled anew since it had so many entries."""

    bank: RealBank
    shared: Shared
    entries: int
    done: frozenset[Term]


@final
class Spelling(Planner[SpellingState]):
    """Finds the shortest spelling of the best programs that regrouping and the bank know.

    Every product is taken apart into powers of factors, every sum into signed terms. A group of them has a value on
    the rows, and the bank's entry of that value is the shortest way to say it; dynamic programming over all groups
    puts the shortest spelling of the whole together, -log2 p being additive over a term's nodes.
    """

    name = "spelling"
    step_units = SPELLING_UNITS

    def __init__(self, constants: Mapping[str, float]) -> None:
        self._constants = constants

    def init(self, rng: np.random.Generator, problem: Problem, shared: Shared) -> SpellingState:
        """Nothing spelled yet."""
        bank = shared_bank(problem, shared, self._constants)
        return SpellingState(bank, shared, len(bank), frozenset())

    def step(self, state: SpellingState, work_units: int) -> StepResult[SpellingState]:
        """Spell the best elite that was not spelled yet, or not since the bank has grown."""
        if len(state.bank) >= GROWN * state.entries:
            state = replace(state, entries=len(state.bank), done=frozenset())
        elites = state.shared.elites[:FRONT]
        limit = elites[0].description_length_bits + NEGLIGIBLE_BITS if elites else 0.0
        fresh = [
            score.program
            for score in elites
            if score.description_length_bits <= limit and score.program.term not in state.done
        ]
        if not fresh:
            return StepResult(state, (), 0, PlannerStatus.RUNNING)
        program = fresh[0]
        shorter = spell(program, state.bank, self._constants)
        said = within(shorter, state.bank.primitives)
        next_state = replace(state, done=state.done | {program.term, said.term})
        programs = () if said.term == program.term else (said,)
        return StepResult(next_state, programs, SPELLING_UNITS, PlannerStatus.RUNNING)

    def finished_with(self, state: SpellingState, best: Score) -> bool:
        """Whether the best program was spelled anew."""
        return best.program.term in state.done
