"""Backward search: undo the outermost operations of the target, and meet the bank in the middle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, final

from sagredo._native import Backward
from sagredo.domains.expressions.planners.bank import COSTS_PER_BIT, RealBank, shared_bank
from sagredo.domains.expressions.planners.dialect import within
from sagredo.domains.expressions.planners.solutions import Hit, program_of
from sagredo.language.term import Program
from sagredo.search.planner import Planner, PlannerStatus, Shared, StepResult

if TYPE_CHECKING:
    import numpy as np

    from sagredo.language.language import Language
    from sagredo.problem.problem import Problem

ROUNDS: Final = (
    (2_000, 20_000, 500, 500_000),
    (30_000, 100_000, 2_000, 3_000_000),
    (200_000, 300_000, 3_000, 30_000_000),
)
"""Each round begins anew with a larger bank: (entries it needs besides monomials, goals it remembers, entries of
the library of sums, work units it may take). Most laws are met in the first, in which pairs and denominators are undone
as factors ahead of their turn; a larger library takes too long for so many goals. After these, every round has ten
times the entries, the goals and the work."""

PAIR_BITS: Final = 20
"""Sums of two are looked for once a goal's turn is this many bits past: what two leaves and their coefficients cost
at least."""

GOAL_BYTES: Final = 600
"""Of a goal: its column of up to 48 rows, its node, its hash slot and its tasks in the queue."""

BUILT_A_STEP: Final = 300
KEPT_A_STEP: Final = 24
"""Hits built and conjectured a step, cheapest first: one law is met in hundreds of dresses, and the objective weighs
each that is conjectured."""

PARAMETER_BITS: Final = 20
"""What a fitted coefficient is taken to cost beside its node when hits are ranked; the objective knows better."""


@final
@dataclass(frozen=True, eq=False)
class BackwardState:
    """The round, its native search (None: the bank is too small yet) and the work it has done."""

    bank: RealBank
    round: int
    search: Any
    round_work: int
    goal_capacity: int
    language: Language
    threads: int


@final
class NativeBackward(Planner[BackwardState]):
    """Uniform-cost search over goals, each looked up in the bank up to affine maps and products of powers.

    A goal is the target with some outer operations undone. A match means that the program exists: the steps done
    again around a bank entry. Rounds with ever larger banks keep easy laws fast.
    """

    name = "backward"
    step_units = 100_000

    def __init__(self, constants: Mapping[str, float]) -> None:
        self._constants = constants

    def init(self, rng: np.random.Generator, problem: Problem, shared: Shared) -> BackwardState:
        """Before the first round."""
        bank = shared_bank(problem, shared, self._constants)
        goals = max(1, shared.effort.memory_bytes // 4 // GOAL_BYTES)
        return BackwardState(bank, 0, None, 0, goals, shared.language, shared.effort.threads)

    def step(self, state: BackwardState, work_units: int) -> StepResult[BackwardState]:
        """Go on with the round, or begin the next."""
        entries, goals, library, round_units = _round(state.round)
        if state.search is None:
            return self._prepare(state, entries, goals, library, work_units)
        done, hits = state.search.step(min(work_units, round_units), state.threads, BUILT_A_STEP)
        state = replace(state, round_work=state.round_work + done)
        programs = _programs(hits, state)
        over = done == 0 or state.search.exhausted or state.round_work >= round_units
        if over and len(state.bank) < entries + state.bank.monomial_count:
            # The bank had nothing more to give to this round, and has nothing for a next one.
            return StepResult(state, programs, done, PlannerStatus.EXHAUSTED)
        if over:
            state = replace(state, round=state.round + 1, search=None, round_work=0)
        return StepResult(state, programs, done, PlannerStatus.RUNNING)

    def _prepare(
        self, state: BackwardState, entries: int, goals: int, library: int, work_units: int
    ) -> StepResult[BackwardState]:
        """Grow the bank to the size the round needs, then begin the round."""
        bank = state.bank
        wanted = min(entries + bank.monomial_count, bank.capacity)
        if len(bank) < wanted:
            # Half of all candidates are new meanings, or more.
            done = bank.grow(min(work_units, 2 * (wanted - len(bank))))
            if done:
                return StepResult(state, (), done, PlannerStatus.RUNNING)
        search = Backward(
            bank.native,
            bank.columns,
            bank.target,
            wanted,
            min(goals, state.goal_capacity),
            PAIR_BITS * COSTS_PER_BIT,
            bank.library(library),
            bank.factors if state.round == 0 else [],
        )
        return StepResult(replace(state, search=search), (), len(bank), PlannerStatus.RUNNING)


def _round(number: int) -> tuple[int, int, int, int]:
    if number < len(ROUNDS):
        return ROUNDS[number]
    entries, goals, library, work = ROUNDS[-1]
    factor = 10 ** (number - len(ROUNDS) + 1)
    return entries * factor, goals * factor, library, work * factor


def _programs(hits: list[Hit], state: BackwardState) -> tuple[Program, ...]:
    """The programs of the cheapest hits."""
    built = (program_of(hit, state.bank, state.search.monomials) for hit in hits)
    programs = dict.fromkeys(
        within(program, state.bank.primitives) for program in built if program is not None
    )

    def bits(program: Program) -> float:
        return state.language.code_bits(program) + PARAMETER_BITS * len(program.parameters)

    return tuple(sorted(programs, key=bits)[:KEPT_A_STEP])
