"""The driver: one loop that runs every planner, weighs what they conjecture and keeps the best."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil, inf, isfinite
from time import monotonic
from typing import TYPE_CHECKING, Any, final

from sagredo.domain.domain import Domain
from sagredo.language.language import Language
from sagredo.language.term import Program, parameter_count, size
from sagredo.objective.objective import Score
from sagredo.problem.problem import Problem
from sagredo.search.backward import Backward
from sagredo.search.bottom_up import BottomUp
from sagredo.search.elites import Elites, Meaning, MeaningKey, meaning_key, meaning_of
from sagredo.search.guide import UniformGuide
from sagredo.search.planner import (
    Effort,
    Guide,
    Planner,
    PlannerProvider,
    PlannerStatus,
    Recorder,
    Shared,
    StoppingRule,
    StopReason,
)
from sagredo.search.portfolio import Portfolio
from sagredo.search.stopping import Certainty
from sagredo.search.unseen import unseen_bits
from sagredo.search.visited import Visited

if TYPE_CHECKING:
    import numpy as np

ELITE_COUNT = 1000
"""The meanings a run remembers."""

VISITED_MEMORY = 1 / 16
"""The part of a run's memory for the digests of what was weighed: a million programs at two GiB."""

NEGLIGIBLE_BITS = 32.0
"""A program whose message is so much longer than the best one's has no part in any probability that is
shown."""

SCORED_TOGETHER = 64
"""The most programs that are scored between two looks at the clock and at the best: enough work for a few
threads, in about a hundredth of a second. The shortest is scored alone, then twice as many each time."""

SCORED_ROWS = 2**18
"""The most rows of programs between two looks at the clock, so that many rows do not outlast the budget: 64
programs on 4,096 rows."""

LEAST_TOGETHER = 4
"""The programs that are scored between two looks at the clock however many rows there are: work for a few
threads."""

LEAST_UNITS = 300_000
"""However little time there is, so much work is done until there is a first program: a second or so."""

FIRST_STEP_FRACTION = 1 / 16
"""A planner's first step is this part of its largest one, and each step doubles, so that an easy law is
found at once."""

FIT_EVALUATIONS = 30
"""Work charged for fitting one parameter, in evaluations of the program: a few tens of iterations."""

REFIT_EVALUATIONS = 3
"""The same for a fit that begins where one to a sample of the rows ended."""

FIT_ROWS = 256
"""Up to so many rows a fit takes much the same time."""


@final
@dataclass(frozen=True)
class SearchResult:
    """What a search found; ``meanings`` come best first.

    ``unseen_bits`` is -log2 of the mass that may lie unseen near the best meaning (inf: none is known of).
    """

    meanings: tuple[Meaning, ...]
    stop_reason: StopReason
    seconds: float
    work_units: int
    null_bits: float
    unseen_bits: float = inf

    @property
    def scores(self) -> tuple[Score, ...]:
        """The best spelling of each meaning, best first."""
        return tuple(meaning.score for meaning in self.meanings)


def search(
    rng: np.random.Generator,
    domain: Domain,
    problem: Problem,
    *,
    effort: Effort,
    budget_seconds: float | None = None,
    stopping_rule: StoppingRule | None = None,
    recorder: Recorder | None = None,
    language: Language | None = None,
    guide: Guide | None = None,
    planners: Sequence[Planner[Any]] | None = None,
    start: Iterable[Program] = (),
) -> SearchResult:
    """Look for the program with the shortest description of the problem.

    Planners take turns as the portfolio says. What they conjecture is scored by the domain's objective and
    merged by meaning. The answer depends on ``rng``, ``effort`` and the problem alone, not on the machine or
    the number of threads, unless the clock ends the run: ``budget_seconds`` is a ceiling, looked at between
    steps; however short, it lets ``LEAST_UNITS`` be done unless a program is found before. Ctrl-C ends the run with
    the best so far.

    ``stopping_rule`` defaults to :class:`~sagredo.search.stopping.Certainty`, ``language`` to the domain's
    own, ``planners`` to the domain's own or else to the generic bottom-up and backward search. ``start`` are
    programs to weigh before the search begins.

    Raises:
        ValueError: ``effort.work_units`` or ``budget_seconds`` is not positive.
    """
    if effort.work_units <= 0 or (budget_seconds is not None and not budget_seconds > 0):
        raise ValueError(
            "A search must be given a positive number of work units, and of seconds if any. "
            f"Got {effort.work_units} units and {budget_seconds} seconds instead."
        )
    started = monotonic()
    deadline = inf if budget_seconds is None else started + budget_seconds
    language = domain.language(problem) if language is None else language
    objective = domain.objective(problem, language)
    null_bits = objective.null_bits
    shared = Shared(
        language, domain.semantics(problem), objective, UniformGuide() if guide is None else guide, effort
    )
    if planners is None:
        planners = planners_of(domain, problem)
    unseen = unseen_bits(domain, problem)
    rule = Certainty(null_bits, effort, unseen) if stopping_rule is None else stopping_rule
    run = _Run(shared, meaning_key(domain, problem), null_bits, deadline, problem.row_count)
    try:
        run.weigh(start)
        reason = _loop(rng, problem, tuple(planners), run, rule, recorder)
    except KeyboardInterrupt:
        reason = StopReason.INTERRUPTED
    meanings = run.elites.meanings()
    unseen_near_best = unseen(meanings[0].score) if meanings else inf
    return SearchResult(meanings, reason, monotonic() - started, run.work_units, null_bits, unseen_near_best)


def planners_of(domain: Domain, problem: Problem) -> Sequence[Planner[Any]]:
    """The domain's own planners, or else the generic ones."""
    if isinstance(domain, PlannerProvider):
        return domain.planners(problem)
    return BottomUp(), Backward()


def fit_units(program: Program, rows: int, evaluations: int) -> int:
    """Units of work that fitting and weighing the program takes, with so many evaluations a parameter."""
    return ceil(rows / FIT_ROWS) * size(program.term) * (1 + evaluations * parameter_count(program.term))


@final
@dataclass
class _Run:
    """What one run has weighed so far."""

    shared: Shared
    key: MeaningKey
    null_bits: float
    deadline: float
    row_count: int
    elites: Elites = field(default_factory=lambda: Elites(ELITE_COUNT))
    visited: Visited = field(init=False)
    work_units: int = 0
    code_bits_done: float = 0.0

    def __post_init__(self) -> None:
        self.visited = Visited(int(VISITED_MEMORY * self.shared.effort.memory_bytes))

    @property
    def scored_together(self) -> int:
        """The most programs that are scored between two looks at the clock."""
        return min(SCORED_TOGETHER, max(LEAST_TOGETHER, SCORED_ROWS // self.row_count))

    @property
    def shortest_bits(self) -> float:
        """The bits of the best program so far; inf while there is none."""
        return min((score.description_length_bits for score in self.shared.elites[:1]), default=inf)

    @property
    def over(self) -> bool:
        """Whether the time is up, and there was enough of it to find anything at all."""
        tried = isfinite(self.shortest_bits) or self.work_units >= LEAST_UNITS
        return tried and monotonic() >= self.deadline

    @property
    def best_bits(self) -> float:
        """The shortest message so far, that of the null model included."""
        return min(self.null_bits, self.shortest_bits)

    def weigh(self, candidates: Iterable[Program]) -> int:
        """Score the candidates that are new and may matter; the work this took, in units."""
        work = 0
        objective = self.shared.objective
        best, shortest = next(iter(self.shared.elites), None), self.shortest_bits
        queue = self._by_code(candidates)
        first, last = 0, 1
        while first < len(queue):
            limit = min(shortest + NEGLIGIBLE_BITS, self.elites.limit_bits) - objective.floor_bits
            batch = [program for bits, program in queue[first:last] if bits <= limit]
            if not batch or self.over:
                break
            self.visited.update(batch)
            scores, units = self._scores(batch, best)
            work += units
            for score in scores:
                if isfinite(score.description_length_bits):
                    self.elites.add(meaning_of(self.key, score), score)
                    if score.description_length_bits < shortest:
                        best, shortest = score, score.description_length_bits
            first, last = last, last + min(last, self.scored_together)
        self.shared.elites[:] = self.elites.scores()
        self.work_units += work
        return work

    def _scores(self, programs: Sequence[Program], best: Score | None) -> tuple[list[Score], int]:
        """The scores of the programs that may come near the best one; the work this took, in units."""
        objective, threads = self.shared.objective, self.shared.effort.threads
        evaluations, work = FIT_EVALUATIONS, 0
        if best is not None and objective.sampled_rows:
            work = sum(fit_units(program, objective.sampled_rows, evaluations) for program in programs)
            limit_bits = best.description_length_bits + NEGLIGIBLE_BITS
            programs = objective.contenders(programs, best.program, limit_bits, threads=threads)
            evaluations = REFIT_EVALUATIONS
        rows = ceil(self.row_count / objective.fits_a_program)
        work += objective.fits_a_program * sum(fit_units(program, rows, evaluations) for program in programs)
        return objective.score_batch(programs, threads=threads), work

    def _by_code(self, candidates: Iterable[Program]) -> list[tuple[float, Program]]:
        """The candidates that were not weighed yet with their code bits, the shortest code first."""
        code_bits = self.shared.language.code_bits
        fresh = dict.fromkeys(program for program in candidates if program not in self.visited)
        priced = [(code_bits(program), program) for program in fresh]
        return sorted((pair for pair in priced if isfinite(pair[0])), key=lambda pair: pair[0])

    @property
    def proven(self) -> bool:
        """Whether no program beyond the frontier can be shorter than the best one: L >= L_code + floor."""
        return self.shortest_bits <= self.code_bits_done + self.shared.objective.floor_bits


def _loop(
    rng: np.random.Generator,
    problem: Problem,
    planners: tuple[Planner[Any], ...],
    run: _Run,
    rule: StoppingRule,
    recorder: Recorder | None,
) -> StopReason:
    """Step the planners until there is a reason to stop."""
    effort = run.shared.effort
    portfolio = Portfolio(len(planners))
    generators = rng.spawn(len(planners))
    states = [
        planner.init(generator, problem, run.shared)
        for planner, generator in zip(planners, generators, strict=True)
    ]
    steps = [0] * len(planners)
    certain = False
    while (k := _unfinished(planners, states, run) if certain else portfolio.next()) is not None:
        if run.work_units >= effort.work_units or run.over:
            return StopReason.BUDGET
        planner = planners[k]
        quantum = min(_step_units(planner, steps[k]), effort.work_units - run.work_units)
        steps[k] += 1
        before = run.best_bits
        result = planner.step(states[k], quantum)
        states[k] = result.state
        run.code_bits_done = max(run.code_bits_done, result.code_bits_done)
        run.work_units += result.work_done
        work = result.work_done + run.weigh(result.candidates)
        running = result.status is PlannerStatus.RUNNING
        portfolio.book(k, quantum, work, before - run.best_bits, running=running)
        if recorder is not None:
            recorder(planner.name, run.shared.elites, run.work_units)
        if run.proven:
            return StopReason.FOUND if run.best_bits < run.null_bits else StopReason.EXHAUSTED
        certain = rule(run.shared.elites, run.work_units)
    return StopReason.FOUND if certain else StopReason.EXHAUSTED


def _unfinished(planners: tuple[Planner[Any], ...], states: list[Any], run: _Run) -> int | None:
    """The first planner that has something left to try with the best program; None when there is none."""
    pending = (
        k
        for best in run.shared.elites[:1]
        for k, (planner, state) in enumerate(zip(planners, states, strict=True))
        if not planner.finished_with(state, best)
    )
    return next(pending, None)


def _step_units(planner: Planner[Any], steps: int) -> int:
    """The work of a planner's next step: doubling from the first to the largest."""
    first = max(1, int(planner.step_units * FIRST_STEP_FRACTION))
    return min(first << min(steps, 64), planner.step_units)
