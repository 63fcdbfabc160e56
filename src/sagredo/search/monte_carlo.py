"""The planner of sequential Monte Carlo: populations of programs, annealed from the prior to the posterior."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Final, final

from sagredo.language.grammar import Grammar
from sagredo.language.language import Language
from sagredo.language.term import Program
from sagredo.search.bottom_up import grammar_of
from sagredo.search.chain import WEIGHED_BYTES, Scorer
from sagredo.search.driver import NEGLIGIBLE_BITS
from sagredo.search.moves import (
    EditSpace,
    Move,
    Nest,
    Regenerate,
    SwapArguments,
    SwapPrimitive,
)
from sagredo.search.planner import Planner, PlannerStatus, Shared, StepResult
from sagredo.search.population import Population, Schedule

if TYPE_CHECKING:
    import numpy as np

    from sagredo.problem.problem import Problem

MOVES: Final[tuple[Move, ...]] = (Regenerate(), SwapPrimitive(), SwapArguments(), Nest())
"""The moves that need nothing but the grammar."""

SCORES_MEMORY: Final = 1 / 32
"""The part of a run's memory in which the scores of visited programs are kept."""

RECALLED: Final = 32
"""The best programs of the run whose sub-terms a new population may recall."""


@final
@dataclass
class MonteCarloState:
    """The population at work."""

    rng: np.random.Generator
    shared: Shared
    space: EditSpace
    scorer: Scorer
    population: Population
    shortest_bits: float = inf


@final
class MonteCarlo(Planner[MonteCarloState]):
    """Sequential Monte Carlo with Metropolis-Hastings moves over programs (Del Moral 2006; Guimera 2020).

    One population after another is annealed from the prior to the posterior. What they visit that is not negligible
    beside the best program is conjectured. From the second on, the sub-terms of the best programs of the run, whoever
    found them, are among what a population may propose; they are fixed when it begins, so that they do not bias its
    evidence estimate. ``grammar`` gives the grammar from which sub-terms are drawn (default: the language's prior).
    """

    name = "monte_carlo"

    def __init__(
        self,
        schedule: Schedule | None = None,
        grammar: Callable[[Language], Grammar] = grammar_of,
    ) -> None:
        self._schedule = schedule or Schedule()
        self._grammar = grammar

    def init(self, rng: np.random.Generator, problem: Problem, shared: Shared) -> MonteCarloState:
        """The state with a population still to be drawn.

        Raises:
            TypeError: the language's prior is not a grammar.
        """
        space = EditSpace(self._grammar(shared.language))
        capacity = int(SCORES_MEMORY * shared.effort.memory_bytes) // WEIGHED_BYTES
        scorer = Scorer(
            shared.objective, rows=problem.row_count, capacity=capacity, threads=shared.effort.threads
        )
        return MonteCarloState(rng, shared, space, scorer, self._population(rng, shared, space, scorer))

    def _population(
        self, rng: np.random.Generator, shared: Shared, space: EditSpace, scorer: Scorer
    ) -> Population:
        best = [score.program.term for score in shared.elites[:RECALLED]]
        return Population(rng, shared.language.prior, space, MOVES, scorer, self._schedule, best)

    def step(self, state: MonteCarloState, work_units: int) -> StepResult[MonteCarloState]:
        """Advance the population; when it has arrived begin another."""
        before = state.scorer.work_units
        blocks = 0
        while state.scorer.work_units + blocks - before < work_units:
            state.population.advance()
            blocks += 1
            if state.population.done:
                state.population = self._population(state.rng, state.shared, state.space, state.scorer)
        work = state.scorer.work_units + blocks - before
        return StepResult(state, _conjectures(state), work, PlannerStatus.RUNNING)


def _conjectures(state: MonteCarloState) -> tuple[Program, ...]:
    """The programs weighed since the last step that are not negligible beside the best known, best first."""
    fresh = sorted(state.scorer.fresh, key=lambda score: score.description_length_bits)
    state.scorer.fresh = []
    known = [*fresh[:1], *state.shared.elites[:1]]
    state.shortest_bits = min([state.shortest_bits, *(score.description_length_bits for score in known)])
    limit = state.shortest_bits + NEGLIGIBLE_BITS
    return tuple(score.program for score in fresh if score.description_length_bits <= limit)
