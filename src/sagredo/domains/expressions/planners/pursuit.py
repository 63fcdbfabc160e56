"""Pursuit: undo outer operations of noisy data, and fit sums and products of a few bank entries to what is left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple, final

import numpy as np

from sagredo._native import Library
from sagredo.domains.expressions.planners.bank import COSTS_PER_BIT, RealBank, shared_bank
from sagredo.domains.expressions.planners.dialect import within
from sagredo.domains.expressions.planners.fits import Fit
from sagredo.domains.expressions.planners.goals import GoalQueue, Other, around
from sagredo.domains.expressions.planners.regression import FitRows, Unseen, fit_rows
from sagredo.domains.expressions.planners.shelves import (
    COEFFICIENT_BITS,
    FACTOR_FAMILIES,
    SUMMAND_FAMILIES,
    BankShelf,
    FamilyShelf,
)
from sagredo.domains.expressions.planners.workshop import Workshop
from sagredo.language.term import Program
from sagredo.search.planner import Planner, PlannerStatus, Shared, StepResult

if TYPE_CHECKING:
    from sagredo.objective.objective import Score
    from sagredo.problem.problem import Problem


class Round(NamedTuple):
    """How much of everything one round takes."""

    entries: int
    """Of its large library."""
    arguments: int
    """Of its families."""
    pursued: int
    """Goals that are pursued."""
    scouted: int
    """Goals after them that are scouted."""


ROUNDS: Final = (
    Round(2_000, 60, 200, 0),
    Round(20_000, 400, 200, 4_000),
    Round(20_000, 400, 3_000, 30_000),
    Round(60_000, 400, 20_000, 200_000),
)
"""Each round begins anew with more; after these, each has twice the entries and eight times the goals."""

SUM_LIBRARY: Final = 500
"""Entries out of which sums and products of several terms are made."""

MOST_OTHERS: Final = 10_000
"""Of the cheapest entries, those that may stand in the other place of a binary operation that is undone."""

AHEAD: Final = 3
"""Monomials and pairs are undone as factors at this part of their bits: what is left is often a sum, which pursuit
solves for, but which no product can be fitted to."""

GOALS_A_BATCH: Final = 32
"""Goals that are pursued together, two threads having work for two tiles each."""

KEPT_A_BATCH: Final = 24
"""Programs conjectured: the objective weighs each in full."""

NOISE_FRACTION: Final = 0.1
"""Of the response's size: were the errors taken to be larger, a goal such as its logarithm would lose many rows while
no good program is known yet."""

PARTS_A_UNIT: Final = 30
"""Parts that are screened for one goal in the time of one unit of work, building the programs included."""


@final
@dataclass(frozen=True, eq=False)
class Progress:
    """A round under way: what goals are met with, where they come from, and how many are left."""

    workshop: Workshop
    queue: GoalQueue
    left_to_pursue: int
    left_to_scout: int


@final
@dataclass(frozen=True, eq=False)
class PursuitState:
    """The bank, the data on the rows that are compared, and the round with its progress (None: to be set up)."""

    bank: RealBank
    rows: FitRows
    round: int
    progress: Progress | None
    shared: Shared


@final
class Pursuit(Planner[PursuitState]):
    """Takes goals in the order of the bits around them and pursues each by sums and by products of bank entries.

    A goal g = T^-1(y) inherits the response's errors times dg/dy, so it is screened with weights (dy/dg)^2. What is
    found for all goals is compared by the response that it makes, in one estimate of the description length,
    rows/2 log2(residual) + code bits. The best are conjectured; the objective weighs them in full.
    """

    name = "pursuit"
    step_units = 200_000

    def __init__(self, constants: Mapping[str, float]) -> None:
        self._constants = constants

    def init(self, rng: np.random.Generator, problem: Problem, shared: Shared) -> PursuitState:
        """Before the first round."""
        bank = shared_bank(problem, shared, self._constants)
        return PursuitState(bank, fit_rows(problem), 0, None, shared)

    def step(self, state: PursuitState, work_units: int) -> StepResult[PursuitState]:
        """Go on with the round, or begin the next."""
        if state.progress is None:
            return self._prepare(state, work_units)
        progress = state.progress
        workshop = progress.workshop
        scouting = progress.left_to_pursue == 0
        parts = workshop.parts_a_scouted_goal if scouting else workshop.parts_a_goal
        left = progress.left_to_scout if scouting else progress.left_to_pursue
        batch = min(GOALS_A_BATCH, left, max(1, work_units * PARTS_A_UNIT // parts))
        goals = [goal for _ in range(batch) if (goal := progress.queue.next()) is not None]
        fits = workshop.scout(goals) if scouting else workshop.pursue(goals)
        if scouting:
            progress = replace(progress, left_to_scout=left - len(goals))
        else:
            progress = replace(progress, left_to_pursue=left - len(goals))
        work = 1 + len(goals) * parts // PARTS_A_UNIT
        return self._went_on(state, progress, bool(goals), self._conjectures(state, fits), work)

    def _went_on(
        self, state: PursuitState, progress: Progress, more: bool, programs: tuple[Program, ...], work: int
    ) -> StepResult[PursuitState]:
        """Go on with the round, or end it when its goals are used up or there are no more."""
        if more and progress.left_to_pursue + progress.left_to_scout > 0:
            return StepResult(replace(state, progress=progress), programs, work, PlannerStatus.RUNNING)
        status = PlannerStatus.RUNNING
        if len(progress.workshop.large.library) == len(state.bank) and state.bank.exhausted:
            status = PlannerStatus.EXHAUSTED
        state = replace(state, round=state.round + 1, progress=None)
        return StepResult(state, programs, work, status)

    def _prepare(self, state: PursuitState, work_units: int) -> StepResult[PursuitState]:
        """Grow the bank to the size the round needs, then set up its workshop."""
        bank, rows = state.bank, state.rows
        size, argument_count, pursued, scouted = _round(state.round)
        wanted = min(size + bank.monomial_count, bank.capacity)
        if len(bank) < wanted and (done := bank.grow(min(work_units, 2 * (wanted - len(bank))))):
            return StepResult(state, (), done, PlannerStatus.RUNNING)
        library = Library(bank.native, bank.selection(size), rows.inputs, bank.constant_values)
        large = BankShelf(bank, library, rows.screened.tolist())
        small = large.subset(bank.library(SUM_LIBRARY))
        arguments = large.subset(bank.arguments(argument_count))
        noise_scale = _noise_scale(rows, state.shared.elites)
        unary, binary = bank.operation_bits(1), bank.operation_bits(2)
        workshop = Workshop(
            large,
            small,
            FamilyShelf(bank, arguments, SUMMAND_FAMILIES, logarithmic=False),
            large.logarithms(),
            small.logarithms(),
            FamilyShelf(bank, arguments, FACTOR_FAMILIES, logarithmic=True),
            rows,
            noise_scale,
            Unseen(),
            state.shared.effort.threads,
        )
        queue = GoalQueue(rows.target, noise_scale, unary, binary, _others(large))
        progress = Progress(workshop, queue, pursued, scouted)
        return StepResult(replace(state, progress=progress), (), wanted, PlannerStatus.RUNNING)

    def _conjectures(self, state: PursuitState, fits: list[Fit]) -> tuple[Program, ...]:
        """The programs of the best fits, as far as the language can say them."""
        bank = state.bank
        bits: dict[Program, float] = {}
        for fit in fits:
            for program in fit.programs(bank, state.rows):
                term = around(program.term, fit.regression.goal.steps, bank.term)
                said = within(Program(term, program.parameters), bank.primitives)
                code_bits = state.shared.language.code_bits(said) + COEFFICIENT_BITS * len(said.parameters)
                bits[said] = min(fit.data_bits + code_bits, bits.get(said, np.inf))
        return tuple(sorted(bits, key=lambda program: bits[program])[:KEPT_A_BATCH])


def _others(shelf: BankShelf) -> list[Other]:
    """What binary operations may have in the other place: the cheapest entries and those filed ahead, without zeros.

    Those that were filed ahead of their turn are undone ahead of it, too.
    """
    library, bank = shelf.library, shelf.bank
    ahead = bank.filed_ahead
    entries = [library.entry(place) for place in range(len(library))]
    places = [place for place, entry in enumerate(entries) if place < MOST_OTHERS or entry in ahead]
    others = []
    for place, column in zip(places, shelf.columns(places), strict=True):
        entry = entries[place]
        if np.all(column != 0):
            bits = bank.native.cost(entry) / COSTS_PER_BIT
            others.append(Other(bits, bits / AHEAD if entry in ahead else bits, entry, column))
    return others


def _noise_scale(rows: FitRows, elites: list[Score]) -> float:
    """How large the errors of the response are taken to be: as what the best program leaves, or a part of it all."""
    size = float(np.sqrt(np.mean(np.square(rows.target))))
    return min([NOISE_FRACTION * size, *(score.residual_rms for score in elites[:1])])


def _round(number: int) -> Round:
    if number < len(ROUNDS):
        return ROUNDS[number]
    entries, arguments, pursued, scouted = ROUNDS[-1]
    further = number - len(ROUNDS) + 1
    return Round(entries * 2**further, arguments, pursued * 8**further, scouted * 8**further)
