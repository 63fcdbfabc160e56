"""Pursuit: undo outer operations of noisy data, and fit sums and products of a few bank entries to what is left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, final

import numpy as np

from sagredo._native import Library
from sagredo.domains.expressions.planners.bank import COSTS_PER_BIT, RealBank, shared_bank
from sagredo.domains.expressions.planners.dialect import within
from sagredo.domains.expressions.planners.fits import (
    FitRows,
    Regression,
    Unseen,
    carried_on,
    distinct,
    fit_rows,
    pursue_parts,
    refined,
    regression_of_sum,
    regressions_of_product,
)
from sagredo.domains.expressions.planners.goals import Goal, GoalQueue, Other, around
from sagredo.domains.expressions.planners.shelves import (
    COEFFICIENT_BITS,
    FACTOR_FAMILIES,
    SUMMAND_FAMILIES,
    BankShelf,
    FamilyShelf,
    Shelf,
)
from sagredo.language.term import Program
from sagredo.search.planner import Planner, PlannerStatus, Shared, StepResult

if TYPE_CHECKING:
    from sagredo.objective.objective import Score
    from sagredo.problem.problem import Problem

ROUNDS: Final = ((2_000, 60, 200), (20_000, 400, 3_000), (60_000, 400, 20_000))
"""Each round begins anew with more: (entries of its library, arguments of its families, goals it may take). After
these, every round has twice the entries and eight times the goals."""

SUM_LIBRARY: Final = 500
"""Entries out of which sums and products of several terms are made."""

SUM_TERMS: Final = 4
PRODUCT_TERMS: Final = 3
BEAM: Final = 8
"""Terms and sums carried on: each term takes as many screenings of the library as there are sums."""

PROMISING: Final = 6
PROMISING_TERMS: Final = 3
PROMISING_BEAM: Final = 4
"""The goals of a batch that one entry fits best are pursued by sums out of the large library, too."""

MOST_OTHERS: Final = 10_000
"""Of the cheapest entries, those that may stand in the other place of a binary operation that is undone."""

CARRIED_ON: Final = 3
CARRIED_ON_BEAM: Final = 3
"""So many of a batch's best sums, and of its products, are carried on by one part more from every shelf."""

AHEAD: Final = 3
"""Monomials and pairs are undone as factors at this part of their bits: what is left is often a sum, which pursuit
solves for, but which no product can be fitted to."""

GOALS_A_BATCH: Final = 32
"""Goals that are pursued together, two threads having work for two tiles each."""

FITS_CONJECTURED: Final = 48
KEPT_A_BATCH: Final = 24
"""Fits made programs, and programs conjectured: the objective weighs each in full."""

NOISE_FRACTION: Final = 0.1
"""Of the response's size: were the errors taken to be larger, a goal such as its logarithm would lose many rows while
no good program is known yet."""

PAIRS_A_UNIT: Final = 30
"""Parts that are screened for one goal in the time of one unit of work, building the programs included."""


@final
@dataclass(frozen=True, eq=False)
class Workshop:
    """What the goals of one round are pursued with: entries and families for sums, and the same for products."""

    large: BankShelf
    small: BankShelf
    summands: FamilyShelf
    large_factors: BankShelf
    small_factors: BankShelf
    factors: FamilyShelf
    queue: GoalQueue
    noise_scale: float
    unseen: Unseen
    goals_left: int

    @property
    def pairs_a_goal(self) -> int:
        """How many parts are screened for one goal."""
        families = len(self.summands.library) + len(self.factors.library)
        return (
            3 * len(self.large.library)
            + families
            + len(self.small.library) * BEAM * (SUM_TERMS + PRODUCT_TERMS)
        )


@final
@dataclass(frozen=True, eq=False)
class PursuitState:
    """The bank, the data on the rows that are compared, and the round with its workshop (None: to be set up)."""

    bank: RealBank
    rows: FitRows
    round: int
    workshop: Workshop | None
    shared: Shared


@final
class Pursuit(Planner[PursuitState]):
    """Takes goals in the order of the bits around them and pursues each by sums and by products of bank entries.

    A goal g = T^-1(y) inherits the response's errors times dg/dy, so it is fitted with weights (dy/dg)^2: residuals
    then count in units of the response, and all fits of all goals compare by one estimate of their description
    length, rows/2 log2(residual) + code bits. The best are conjectured; the objective weighs them in full.
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
        if state.workshop is None:
            return self._prepare(state, work_units)
        workshop = state.workshop
        affordable = max(1, work_units * PAIRS_A_UNIT // workshop.pairs_a_goal)
        batch = min(GOALS_A_BATCH, workshop.goals_left, affordable)
        goals = [goal for _ in range(batch) if (goal := workshop.queue.next()) is not None]
        work = 1 + len(goals) * workshop.pairs_a_goal // PAIRS_A_UNIT
        programs = self._conjectures(state, workshop, goals) if goals else ()
        left = workshop.goals_left - len(goals)
        if left > 0 and goals:
            state = replace(state, workshop=replace(workshop, goals_left=left))
            return StepResult(state, programs, work, PlannerStatus.RUNNING)
        status = PlannerStatus.RUNNING
        if len(workshop.large.library) == len(state.bank) and state.bank.exhausted:
            status = PlannerStatus.EXHAUSTED
        state = replace(state, round=state.round + 1, workshop=None)
        return StepResult(state, programs, work, status)

    def _prepare(self, state: PursuitState, work_units: int) -> StepResult[PursuitState]:
        """Grow the bank to the size the round needs, then set up its workshop."""
        bank, rows = state.bank, state.rows
        size, argument_count, goals = _round(state.round)
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
            GoalQueue(rows.target, noise_scale, unary, binary, _others(large)),
            noise_scale,
            Unseen(),
            goals,
        )
        return StepResult(replace(state, workshop=workshop), (), wanted, PlannerStatus.RUNNING)

    def _conjectures(self, state: PursuitState, workshop: Workshop, goals: list[Goal]) -> tuple[Program, ...]:
        """The programs of the best fits of some goals, as far as the language can say them."""
        rows, bank, threads = state.rows, state.bank, state.shared.effort.threads
        sums = [regression_of_sum(goal, rows) for goal in goals]
        products: list[Regression] = []
        for goal in goals:
            first, *others = regressions_of_product(goal, rows, workshop.noise_scale)
            # Undoing a product of powers changes nothing about what products can be fitted.
            if workshop.unseen(first):
                products += [first, *others]
        singles = pursue_parts(workshop.large, sums, rows, 1, BEAM, threads)
        promising = [sums[k] for k in singles.promising[:PROMISING]]
        found = [
            singles,
            pursue_parts(workshop.large, promising, rows, PROMISING_TERMS, PROMISING_BEAM, threads),
            pursue_parts(workshop.small, sums, rows, SUM_TERMS, BEAM, threads),
            pursue_parts(workshop.summands, sums, rows, 1, BEAM, threads),
            pursue_parts(workshop.large_factors, products, rows, 1, BEAM, threads),
            pursue_parts(workshop.small_factors, products, rows, PRODUCT_TERMS, BEAM, threads),
            pursue_parts(workshop.factors, products, rows, 1, BEAM, threads),
            # A product with an exponential is linear in its exponent.
            pursue_parts(workshop.large, products, rows, 1, BEAM, threads),
        ]
        fits = distinct([fit for pursued in found for fit in pursued.fits])
        shelves: dict[bool, tuple[Shelf, ...]] = {
            False: (workshop.large, workshop.summands),
            True: (workshop.large_factors, workshop.factors, workshop.large),
        }
        for logarithmic, own in shelves.items():
            alike = (fit for fit in fits if fit.regression.logarithmic is logarithmic)
            shorter = [fit for fit in alike if len(fit.parts) < SUM_TERMS]
            for fit in shorter[:CARRIED_ON]:
                fits += carried_on(fit, own, rows, CARRIED_ON_BEAM, threads)
        fits = distinct(refined(fit, rows) for fit in distinct(fits)[: 2 * FITS_CONJECTURED])
        bits: dict[Program, float] = {}
        for fit in fits[:FITS_CONJECTURED]:
            for program in fit.programs(bank, rows):
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


def _round(number: int) -> tuple[int, int, int]:
    if number < len(ROUNDS):
        return ROUNDS[number]
    entries, arguments, goals = ROUNDS[-1]
    further = number - len(ROUNDS) + 1
    return entries * 2**further, arguments, goals * 8**further
