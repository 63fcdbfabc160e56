"""Pursuit: undo outer operations of noisy data, and fit sums and products of a few bank entries to what is left."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, final

import numpy as np

from sagredo._native import AHEAD
from sagredo.domains.expressions.planners.bank import COSTS_PER_BIT, RealBank, shared_bank
from sagredo.domains.expressions.planners.dialect import within
from sagredo.domains.expressions.planners.fits import Explanation, best_of, bits_of_responses
from sagredo.domains.expressions.planners.goals import Goal, GoalQueue, Other, RestQueue, around
from sagredo.domains.expressions.planners.regression import FitRows, fit_rows
from sagredo.domains.expressions.planners.shelves import COEFFICIENT_BITS, BankShelf
from sagredo.domains.expressions.planners.workshop import set_up
from sagredo.domains.expressions.simulator import NativeSimulator
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
    studied: int
    """The first of them, which are studied then."""
    matched: int
    """Goals that are met by one entry as it is, or times a factor."""
    scouted: int
    """Goals after those pursued that are scouted by sums."""
    rests: int
    """Goals less one entry that are scouted by products."""


ROUNDS: Final = (
    Round(2_000, 60, 200, 8, 1_000, 0, 6_000),
    Round(20_000, 400, 200, 2, 4_000, 4_000, 6_000),
    Round(20_000, 400, 3_000, 4, 20_000, 30_000, 10_000),
    Round(60_000, 400, 20_000, 8, 40_000, 200_000, 20_000),
)
"""Each round begins anew with more; after these, each has twice the entries and eight times the goals."""

GOALS_WITH_RESTS: Final = 16
"""The first goals, whose rests are scouted: those by one operation."""

MOST_OTHERS: Final = 10_000
"""Of the cheapest entries, those that may stand in the other place of a binary operation that is undone."""

GOALS_A_BATCH: Final = 32
"""Goals that are pursued together, two threads having work for two tiles each."""

SCOUTED_A_BATCH: Final = 128
"""Goals that are scouted together: of so many, few are worth a closer look."""

SCOUTED_BITS_A_ROW: Final = 0.5
"""Fits of scouted goals that are so much longer than the best program are left as they are: at a tenth of noise, a fit
gains up to so much when it is made linear where it lies."""

KEPT_PURSUED: Final = 24
KEPT_SCOUTED: Final = 8
"""Programs conjectured of a batch of goals: the objective weighs each in full."""

NOISE_FRACTION: Final = 0.1
"""Of the response's size: were the errors taken to be larger, a goal such as its logarithm would lose many rows while
no good program is known yet."""

PARTS_A_UNIT: Final = 10
"""Parts that are screened for one goal in the time of one unit of backward search, a microsecond or two, building the
programs included: what one planner spends is worth what another does, or it is in the other's way."""


class GoalSource(Protocol):
    """Goals, one by one."""

    def next(self) -> Goal | None:
        """The next goal; None when there are no more."""


class Phase(NamedTuple):
    """A part of a round: so many goals of a source are met in one way, some at a time."""

    source: GoalSource
    left: int
    meet: Callable[[Sequence[Goal]], Sequence[Explanation]]
    parts_a_goal: int
    """Parts that are screened for a goal, or that could be in the time that it takes."""
    at_once: int
    kept: int
    """Programs conjectured each time: the objective weighs each in full."""
    margin_bits_a_row: float = inf
    """Fits that are so much longer than the best program are not worth a closer look."""


class Track(NamedTuple):
    """Phases of a round that follow one another.

    Of several tracks the one with the least ``virtual_time`` is next, which is its work over its weight (stride
    scheduling): what takes long must not keep the others waiting, since a law is often met by the first goals of
    another phase. One that joins later begins at the least of the others.
    """

    phases: tuple[Phase, ...]
    virtual_time: float
    weight: int


@final
@dataclass(frozen=True, eq=False)
class PursuitState:
    """The bank, the data on the rows that are compared, the next round, and the tracks ahead of those set up."""

    bank: RealBank
    rows: FitRows
    round: int
    tracks: tuple[Track, ...]
    shared: Shared


@final
class Pursuit(Planner[PursuitState]):
    """Takes goals in the order of the bits around them and pursues each by sums and by products of bank entries.

    A goal g = T^-1(y) inherits the response's errors times dg/dy, so it is screened with weights (dy/dg)^2. What is
    found for all goals is compared by the response that it makes, in one estimate of the description length,
    rows/2 log2(residual) + code bits. The best are conjectured; the objective weighs them in full.
    """

    name = "pursuit"
    step_units = 500_000

    def __init__(self, constants: Mapping[str, float], rounds: Sequence[Round] = ROUNDS) -> None:
        self._constants = constants
        self._rounds = tuple(rounds)

    def without(self, phase: str) -> Pursuit:
        """The same planner, its rounds without one phase (pursued, studied, matched, scouted or rests)."""
        return Pursuit(self._constants, [plan._replace(**{phase: 0}) for plan in self._rounds])

    def init(self, rng: np.random.Generator, problem: Problem, shared: Shared) -> PursuitState:
        """Before the first round."""
        bank = shared_bank(problem, shared, self._constants)
        return PursuitState(bank, fit_rows(problem), 0, (), shared)

    def step(self, state: PursuitState, work_units: int) -> StepResult[PursuitState]:
        """Go on with the round, or begin the next; wait while an exact law stands, which only shorter code can beat."""
        if any(score.noise_scale == 0.0 for score in state.shared.elites[:1]):
            return StepResult(state, (), 0, PlannerStatus.RUNNING)
        # The longest tracks, one of each round, go on beside the next round.
        if len(state.tracks) <= state.round and not self._had_all(state):
            return self._prepare(state, work_units)
        track = min(state.tracks, key=lambda track: track.virtual_time)
        phase, *later = track.phases
        batch = min(phase.at_once, phase.left, max(1, work_units * PARTS_A_UNIT // phase.parts_a_goal))
        goals = [goal for _ in range(batch) if (goal := phase.source.next()) is not None]
        work = 1 + len(goals) * phase.parts_a_goal // PARTS_A_UNIT
        fits = phase.meet(goals)
        if phase.margin_bits_a_row < inf:
            limit = self._bits_of_best(state) + phase.margin_bits_a_row * state.rows.count
            fits = [fit for fit in fits if fit.bits <= limit]
        programs = self._conjectures(state, best_of(fits, state.rows, 2 * phase.kept), phase.kept)
        left = phase.left - batch if len(goals) == batch else 0
        phases = (phase._replace(left=left), *later) if left else tuple(later)
        done = track._replace(phases=phases, virtual_time=track.virtual_time + work / track.weight)
        ahead = (done if one is track else one for one in state.tracks)
        state = replace(state, tracks=tuple(one for one in ahead if one.phases))
        exhausted = not state.tracks and self._had_all(state)
        status = PlannerStatus.EXHAUSTED if exhausted else PlannerStatus.RUNNING
        return StepResult(state, programs, work, status)

    def _round(self, number: int) -> Round:
        if number < len(self._rounds):
            return self._rounds[number]
        entries, arguments, *goals = self._rounds[-1]
        further = number - len(self._rounds) + 1
        return Round(entries * 2**further, arguments, *(count * 8**further for count in goals))

    def _had_all(self, state: PursuitState) -> bool:
        """Whether the round before had all that the bank can ever have."""
        return (
            state.round > 0
            and state.bank.exhausted
            and self._round(state.round - 1).entries >= len(state.bank)
        )

    def _prepare(self, state: PursuitState, work_units: int) -> StepResult[PursuitState]:
        """Grow the bank to the size the round needs, then set up its workshop."""
        bank, rows = state.bank, state.rows
        plan = self._round(state.round)
        wanted = min(plan.entries + bank.monomial_count, bank.capacity)
        if len(bank) < wanted and (done := bank.grow(min(work_units, 2 * (wanted - len(bank))))):
            return StepResult(state, (), done, PlannerStatus.RUNNING)
        workshop = set_up(
            bank,
            rows,
            plan.entries,
            plan.arguments,
            _noise_scale(rows, state.shared.elites),
            state.shared.effort.threads,
        )
        unary, binary = bank.operation_bits(1), bank.operation_bits(2)
        others = _others(workshop.large, bank.undone_ahead)

        def goals() -> GoalQueue:
            return GoalQueue(rows.target, workshop.noise_scale, unary, binary, others, state.shared.guide)

        queue, first = goals(), goals()
        rests = RestQueue(
            [goal for _ in range(GOALS_WITH_RESTS) if (goal := first.next()) is not None],
            _others(workshop.small, bank.filed_ahead),
            binary.get("add", inf),
        )
        plans = (
            (_scouting(goals(), plan.matched, workshop.match, workshop.parts_a_matched_goal),),
            (
                Phase(
                    queue, plan.pursued, workshop.pursue, workshop.parts_a_goal, GOALS_A_BATCH, KEPT_PURSUED
                ),
                _scouting(queue, plan.scouted, workshop.scout, workshop.parts_a_scouted_goal),
            ),
            (Phase(goals(), plan.studied, workshop.study, workshop.parts_a_studied_goal, 1, KEPT_PURSUED),),
            (_scouting(rests, plan.rests, workshop.scout_products, workshop.parts_a_rest),),
        )
        now = min((track.virtual_time for track in state.tracks), default=0.0)
        tracks = [Track(tuple(phase for phase in phases if phase.left), now, 1) for phases in plans]
        fresh = [track for track in tracks if track.phases]
        # Each track that is left of the rounds before goes on as fast as all of this one together.
        left = (track._replace(weight=len(fresh)) for track in state.tracks)
        state = replace(state, tracks=(*left, *fresh), round=state.round + 1)
        return StepResult(state, (), wanted, PlannerStatus.RUNNING)

    def _bits_of_best(self, state: PursuitState) -> float:
        """The bits of the best program as those of fits are counted; inf while there is none."""
        for score in state.shared.elites[:1]:
            inputs = dict(zip(state.bank.symbols, state.rows.inputs, strict=True))
            values = NativeSimulator(self._constants).run(score.program, inputs).values
            response = np.broadcast_to(values, (1, len(state.rows.target)))
            code_bits = score.code_bits + COEFFICIENT_BITS * len(score.program.parameters)
            return code_bits + float(bits_of_responses(state.rows, response)[0])
        return inf

    def _conjectures(
        self, state: PursuitState, fits: Sequence[Explanation], most: int
    ) -> tuple[Program, ...]:
        """The programs of the best fits, as far as the language can say them."""
        bank = state.bank
        bits: dict[Program, float] = {}
        for fit in fits:
            for program in fit.programs(bank, state.rows):
                term = around(program.term, fit.goal.steps, bank.term)
                said = within(Program(term, program.parameters), bank.primitives)
                code_bits = state.shared.language.code_bits(said) + COEFFICIENT_BITS * len(said.parameters)
                bits[said] = min(fit.data_bits + code_bits, bits.get(said, inf))
        return tuple(sorted(bits, key=lambda program: bits[program])[:most])


def _scouting(
    source: GoalSource, left: int, meet: Callable[[Sequence[Goal]], Sequence[Explanation]], parts_a_goal: int
) -> Phase:
    """A phase of many goals that are met by little."""
    return Phase(source, left, meet, parts_a_goal, SCOUTED_A_BATCH, KEPT_SCOUTED, SCOUTED_BITS_A_ROW)


def _others(shelf: BankShelf, ahead: Set[int]) -> list[Other]:
    """What binary operations may have in the other place: the cheapest entries and those ``ahead``, without zeros.

    Those ahead of their turn count a part of their bits, as in backward search: what is left is often a sum, which
    pursuit solves for, but which no product can be fitted to.
    """
    library, bank = shelf.library, shelf.bank
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
