"""Pursuit: undo outer operations of noisy data, and fit sums and products of a few bank entries to what is left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from sagredo._native import Library, pursue
from sagredo.domains.expressions.planners.bank import (
    COSTS_PER_BIT,
    RealBank,
    representative_rows,
    shared_bank,
)
from sagredo.domains.expressions.planners.dialect import within
from sagredo.domains.expressions.planners.goals import Goal, GoalQueue, Other, around
from sagredo.domains.expressions.planners.regression import Part, product_programs, sum_programs
from sagredo.language.term import Program
from sagredo.search.planner import Planner, PlannerStatus, Shared, StepResult

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.language.language import Language
    from sagredo.problem.problem import Problem

ROUNDS: Final = ((2_000, 200), (20_000, 3_000), (60_000, 20_000))
"""Each round begins anew with a larger library: (its entries, the goals it may take). After these, every round has
twice the entries and eight times the goals."""

MOST_ROWS: Final = 64
"""Rows that goals are compared on: at a tenth of noise two sums that differ by as much are told apart by 32 bits;
the objective has all rows."""

SUM_LIBRARY: Final = 500
"""Entries out of which sums and products of several terms are made."""

SUM_TERMS: Final = 4
PRODUCT_TERMS: Final = 3
BEAM: Final = 8
"""Terms and sums carried on: each term takes as many screenings of the library as there are sums."""

MOST_OTHERS: Final = 10_000
"""Entries that may stand in the other place of a binary operation that is undone."""

GOALS_A_BATCH: Final = 64
"""Goals that are pursued together, two threads having work for two tiles each."""

COEFFICIENT_BITS: Final = 12.0
"""What a fitted coefficient costs about: its node, and half a log2(rows) for its value."""

FITS_A_BATCH: Final = 24
KEPT_A_BATCH: Final = 12
"""Fits made programs, and programs conjectured: the objective weighs each in full."""

PAIRS_A_UNIT: Final = 20
"""Entries that are screened for one goal in the time of one unit of work."""


@final
@dataclass(frozen=True, eq=False)
class Workshop:
    """What the goals of one round are pursued with: libraries of entries, their logarithms, and the spans."""

    large: Any
    large_logarithms: Any
    small: Any
    small_logarithms: Any
    queue: GoalQueue
    goals_left: int


@final
@dataclass(frozen=True, eq=False)
class PursuitState:
    """The bank, the data on the rows that are compared, and the round with its workshop (None: to be set up)."""

    bank: RealBank
    rows: PursuitRows
    round: int
    workshop: Workshop | None
    language: Language
    threads: int


@final
@dataclass(frozen=True, eq=False)
class PursuitRows:
    """The data on the rows that goals are compared on.

    ``weights`` are multiplicity / sigma^2. ``span`` is that of products: a constant and the logarithms of the
    inputs ``usable``, which have no zero.
    """

    inputs: Float64[np.ndarray, "inputs rows"]
    target: Float64[np.ndarray, " rows"]
    weights: Float64[np.ndarray, " rows"]
    usable: tuple[int, ...]
    span: Float64[np.ndarray, "dimension rows"]


def pursuit_rows(problem: Problem) -> PursuitRows:
    """Choose representative rows."""
    responses = np.asarray(problem.responses, dtype=float)
    chosen = representative_rows(responses, MOST_ROWS)
    inputs = np.array([column.values[chosen] for column in problem.inputs], dtype=float)
    weights = np.ones(len(responses)) if problem.weights is None else np.asarray(problem.weights, dtype=float)
    if problem.sigma is not None:
        weights = weights / np.square(problem.sigma / np.mean(problem.sigma))
    usable = tuple(k for k, column in enumerate(inputs) if np.all(column != 0) and np.ptp(np.abs(column)) > 0)
    span = np.vstack([np.ones((1, len(chosen))), *(np.log(np.abs(inputs[k]))[None] for k in usable)])
    return PursuitRows(inputs, np.ascontiguousarray(responses[chosen]), weights[chosen], usable, span)


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
        return PursuitState(bank, pursuit_rows(problem), 0, None, shared.language, shared.effort.threads)

    def step(self, state: PursuitState, work_units: int) -> StepResult[PursuitState]:
        """Go on with the round, or begin the next."""
        if state.workshop is None:
            return self._prepare(state, work_units)
        workshop = state.workshop
        pairs_a_goal = 2 * len(workshop.large) + SUM_LIBRARY * BEAM * (SUM_TERMS + PRODUCT_TERMS)
        batch = min(GOALS_A_BATCH, workshop.goals_left, max(1, work_units * PAIRS_A_UNIT // pairs_a_goal))
        goals = [goal for _ in range(batch) if (goal := workshop.queue.next()) is not None]
        work = 1 + len(goals) * pairs_a_goal // PAIRS_A_UNIT
        programs = self._conjectures(state, workshop, goals) if goals else ()
        left = workshop.goals_left - len(goals)
        if left > 0 and goals:
            state = replace(state, workshop=replace(workshop, goals_left=left))
            return StepResult(state, programs, work, PlannerStatus.RUNNING)
        status = PlannerStatus.RUNNING
        if len(workshop.large) == len(state.bank) and state.bank.exhausted:
            status = PlannerStatus.EXHAUSTED
        state = replace(state, round=state.round + 1, workshop=None)
        return StepResult(state, programs, work, status)

    def _prepare(self, state: PursuitState, work_units: int) -> StepResult[PursuitState]:
        """Grow the bank to the size the round needs, then set up its workshop."""
        bank, rows = state.bank, state.rows
        size, goals = _round(state.round)
        wanted = min(size + bank.monomial_count, bank.capacity)
        if len(bank) < wanted and (done := bank.grow(min(work_units, 2 * (wanted - len(bank))))):
            return StepResult(state, (), done, PlannerStatus.RUNNING)
        large = Library(bank.native, bank.selection(size), rows.inputs, bank.constant_values)
        small = large.subset(bank.library(SUM_LIBRARY))
        unary, binary = bank.operation_bits(1), bank.operation_bits(2)
        queue = GoalQueue(rows.target, unary, binary, _others(bank, large))
        workshop = Workshop(large, large.logarithms(), small, small.logarithms(), queue, goals)
        return StepResult(replace(state, workshop=workshop), (), wanted, PlannerStatus.RUNNING)

    def _conjectures(self, state: PursuitState, workshop: Workshop, goals: list[Goal]) -> tuple[Program, ...]:
        """The programs of the best fits of some goals, as far as the language can say them."""
        rows, bank = state.rows, state.bank
        sums = [_fit_of_sum(goal, rows) for goal in goals]
        products = [_fit_of_product(goal, rows) for goal in goals]
        found = [
            *_pursued(state, goals, sums, workshop.large, 1),
            *_pursued(state, goals, sums, workshop.small, SUM_TERMS),
            *_pursued(state, goals, products, workshop.large_logarithms, 1),
            *_pursued(state, goals, products, workshop.small_logarithms, PRODUCT_TERMS),
        ]
        bits: dict[Program, float] = {}
        for fit in sorted(found, key=lambda fit: fit.bits)[:FITS_A_BATCH]:
            for program in fit.programs(bank, rows):
                said = within(
                    Program(around(program.term, fit.goal.steps, bank.term), program.parameters),
                    bank.primitives,
                )
                code_bits = state.language.code_bits(said) + COEFFICIENT_BITS * len(said.parameters)
                bits[said] = min(fit.data_bits + code_bits, bits.get(said, np.inf))
        return tuple(sorted(bits, key=lambda program: bits[program])[:KEPT_A_BATCH])


@final
@dataclass(frozen=True, eq=False)
class Regression:
    """What is fitted for a goal: values with their weights beside a span."""

    values: Float64[np.ndarray, " rows"]
    weights: Float64[np.ndarray, " rows"]
    span: Float64[np.ndarray, "dimension rows"]
    logarithmic: bool


def _fit_of_sum(goal: Goal, rows: PursuitRows) -> Regression:
    return Regression(
        np.nan_to_num(goal.values), rows.weights * goal.weights, np.ones((1, len(rows.target))), False
    )


def _fit_of_product(goal: Goal, rows: PursuitRows) -> Regression:
    """log|g| has the weights g^2 (dy/dg)^2."""
    weights = rows.weights * goal.weights * np.square(np.nan_to_num(goal.values))
    with np.errstate(divide="ignore"):
        values = np.nan_to_num(np.log(np.abs(goal.values)), neginf=0.0)
    return Regression(values, weights, rows.span, True)


@final
@dataclass(frozen=True, eq=False)
class Fit:
    """A goal's fit by parts, with its estimated bits: all of them, and those of the data."""

    bits: float
    data_bits: float
    goal: Goal
    regression: Regression
    parts: tuple[Part, ...]

    def programs(self, bank: RealBank, rows: PursuitRows) -> Iterator[Program]:
        """What the goal may be."""
        values, weights = self.regression.values, self.regression.weights
        if self.regression.logarithmic:
            return product_programs(bank, self.parts, rows, values, weights)
        return sum_programs(bank, self.parts, values, weights)


def _pursued(
    state: PursuitState, goals: list[Goal], regressions: list[Regression], library: Any, terms: int
) -> Iterator[Fit]:
    """The best fits by up to so many entries of the library."""
    found = pursue(
        library,
        np.array([regression.values for regression in regressions]),
        np.array([regression.weights for regression in regressions]),
        np.array([goal.bits for goal in goals]),
        regressions[0].span,
        terms,
        1 if terms == 1 else BEAM,
        1 / COSTS_PER_BIT,
        COEFFICIENT_BITS,
        FITS_A_BATCH,
        state.threads,
    )
    for bits, k, places in found:
        parts = tuple(Part(library.entry(place), np.array(library.column(place))) for place in places)
        code = sum(state.bank.native.cost(part.entry) / COSTS_PER_BIT + COEFFICIENT_BITS for part in parts)
        yield Fit(bits, bits - goals[k].bits - code, goals[k], regressions[k], parts)


def _others(bank: RealBank, library: Any) -> list[Other]:
    """What binary operations may have in the other place: the cheapest entries that have no zero."""
    others = []
    for place in range(min(len(library), MOST_OTHERS)):
        entry, column = library.entry(place), np.array(library.column(place))
        if np.all(column != 0):
            others.append(Other(bank.native.cost(entry) / COSTS_PER_BIT, entry, column))
    return others


def _round(number: int) -> tuple[int, int]:
    if number < len(ROUNDS):
        return ROUNDS[number]
    entries, goals = ROUNDS[-1]
    further = number - len(ROUNDS) + 1
    return entries * 2**further, goals * 8**further
