"""A hidden law that is measured one row at a time, as a strategy asks, until it is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from sagredo.design.acquisition import Acquisition, acquisition_named
from sagredo.design.candidates import Box
from sagredo.design.law_predictions import LawPredictor
from sagredo.design.planning import Designer
from sagredo.domains.expressions.domain import Expressions
from sagredo.faces.bench.exactness import FRESH_ROWS
from sagredo.faces.bench.recovery import SampledLaw, sample_law
from sagredo.faces.bench.spellings import shortest_spelling
from sagredo.faces.rendering import program_text
from sagredo.language.term import Program
from sagredo.posterior.merge import posterior_of_search
from sagredo.posterior.posterior import Posterior, WeightedProgram
from sagredo.problem.build import LEAST_ROWS, problem_from_arrays
from sagredo.search.driver import SearchResult, search
from sagredo.search.planner import Effort, StopReason

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.domains.expressions.objective import RealObjective
    from sagredo.faces.bench.laws import Law
    from sagredo.language.term import Term
    from sagredo.posterior.predictive import Predictive
    from sagredo.problem.problem import Problem

SURE: Final = 0.95
"""The probability of the true law at which no more is measured."""

KEPT_PROGRAMS: Final = 200
"""Programs of the last search that are weighed again on each new row; the others are more than a thousand times less
probable than the best by then."""

ROWS_GROWTH: Final = 1.25
"""A search is made again when there are so many times the rows of the last one: a dozen searches from 7 rows to 100."""

SURPRISE_DEVIATIONS: Final = 2.5
"""A response further than this from the best law calls for a search at once: one in eighty is, of a true law."""

LEAST_JUDGED: Final = 0.01
"""Laws of a smaller probability are not judged: all of them together seldom decide."""

MEMORY_BYTES: Final = 2**30
"""Memory of a search."""


@final
@dataclass(frozen=True)
class Strategy:
    """A way to choose queries; an oracle knows the true law."""

    acquisition: str
    knows_the_law: bool = False

    def rule(self) -> Acquisition:
        """How queries are chosen."""
        return acquisition_named(self.acquisition, "program")


@final
@dataclass
class MeasuredLaw:
    """One law and the rows measured so far, with the posterior over what the searches met.

    The k-th row has the same noise whoever asks for it, and the first rows fill the space alike, until there are
    enough to search. The programs known are weighed again on each row. A search of ``work_units``, which starts from
    them, is made when the rows have grown by ``ROWS_GROWTH`` since the last one, when a response is further than
    ``SURPRISE_DEVIATIONS`` from the best law, or when there is none. The oracle's searches start from the true law.
    """

    law: Law
    strategy: Strategy
    noise: float
    work_units: int
    most: int
    seed: int
    points: list[Float64[np.ndarray, " inputs"]] = field(default_factory=list)
    responses: list[float] = field(default_factory=list)
    searches: int = 0
    _known: tuple[Program, ...] = ()
    _rows_searched: int = 0
    _posterior: Posterior | None = None
    _verdicts: dict[Term, bool] = field(default_factory=dict)

    def run(self) -> dict[str, Any]:
        """Measure until the law is sure, or as often as is allowed: the measurements, and what was found."""
        while len(self.responses) < self.most:
            self._measure(self._next_point())
            if len(self.responses) < self._least_rows:
                continue
            self._learn()
            if self.probability_of_the_law(SURE) >= SURE:
                break
        probability = self.probability_of_the_law(0.0)
        best = self._posterior.programs[0].score.program if self._posterior and self._known else None
        return {
            "measurements": len(self.responses),
            "sure": probability >= SURE,
            "probability": probability,
            "unseen_mass": self._posterior.unseen_mass if self._posterior else None,
            "searches": self.searches,
            "expression": None if best is None else self._text(best),
        }

    @cached_property
    def sampled(self) -> SampledLaw:
        """Other rows of the law, for the judge of forms."""
        return sample_law(self.law, rows=FRESH_ROWS, noise=0.0, seed=self.seed)

    @cached_property
    def _spread(self) -> float:
        """The deviation of the noise."""
        return self.noise * float(np.sqrt(np.mean(np.asarray(self.sampled.problem.responses) ** 2)))

    @cached_property
    def _errors(self) -> Float64[np.ndarray, " most"]:
        rng = np.random.default_rng([self.seed, *self.law.name.encode()])
        return np.asarray(self._spread * rng.standard_normal(self.most), dtype=float)

    @cached_property
    def _box(self) -> Box:
        """Where the law can be measured."""
        sides = {symbol: (low, high) for symbol, low, high in self.law.ranges}
        return Box.of(sides, lambda inputs: np.isfinite(self.law.evaluate(_contiguous(inputs))))

    @cached_property
    def _least_rows(self) -> int:
        return LEAST_ROWS + len(self.law.ranges)

    @cached_property
    def _plan(self) -> tuple[Acquisition, Any]:
        """The rule with its state."""
        rule = self.strategy.rule()
        return rule, rule.init(np.random.default_rng(self.seed), self._box, self.most - self._least_rows)

    def _next_point(self) -> Float64[np.ndarray, " inputs"]:
        asked = len(self.responses)
        if asked < self._least_rows:
            first = self._box.fill(np.random.default_rng(self.seed), self._least_rows)
            return np.asarray(first[asked], dtype=float)
        rule, state = self._plan
        designer = Designer(self._box, rule, state)
        rng = np.random.default_rng([self.seed, asked])
        return designer.choose(rng, self._predictor(), asked=asked - self._least_rows, count=1)[0].point

    def _predictor(self) -> LawPredictor:
        assert self._posterior is not None
        posterior = self._posterior
        if self.strategy.knows_the_law:
            truth = self._objective.score(self._truth)
            rivals = tuple(
                replace(law, probability=law.probability / 2)
                for law in posterior.programs
                if law.score.program.term != truth.program.term
            )
            posterior = replace(posterior, programs=(WeightedProgram(truth, 0.5), *rivals))
        return LawPredictor.of(posterior, self._predictive, self._problem)

    def _measure(self, point: Float64[np.ndarray, " inputs"]) -> None:
        exact = self.law.evaluate({symbol: point[k : k + 1] for k, symbol in enumerate(self.law.symbols)})[0]
        self.points.append(point)
        self.responses.append(float(exact + self._errors[len(self.responses)]))
        self.__dict__.pop("_problem", None)
        self.__dict__.pop("_predictive", None)

    @cached_property
    def _problem(self) -> Problem:
        columns = dict(zip(self.law.symbols, np.array(self.points).T.copy(), strict=True))
        return problem_from_arrays(columns, np.array(self.responses), target=self.law.target)

    @cached_property
    def _predictive(self) -> Predictive:
        return Expressions().predictive(self._problem)

    @property
    def _objective(self) -> RealObjective:
        domain = Expressions()
        return domain.objective(self._problem, domain.language(self._problem))

    @cached_property
    def _truth(self) -> Program:
        """The law as the oracle knows it."""
        return shortest_spelling(self.law.term, self._objective, self.law.positive_symbols).program

    def _learn(self) -> None:
        """Weigh the programs known again, and search if it is time to."""
        if self._known:
            self._weigh(self._search(planners=()))
        due = len(self.responses) >= ROWS_GROWTH * self._rows_searched
        if due or not self._known or self._surprising():
            self._weigh(self._search(planners=None))
            self.searches += 1
            self._rows_searched = len(self.responses)

    def _search(self, planners: tuple[()] | None) -> SearchResult:
        """What the planners (None: the domain's own) find from the programs known."""
        truth = (self._truth,) if self.strategy.knows_the_law else ()
        found = search(
            np.random.default_rng(self.seed),
            Expressions(),
            self._problem,
            effort=Effort(self.work_units, MEMORY_BYTES, 1),
            start=(*self._known, *truth),
            planners=planners,
        )
        if found.stop_reason is StopReason.INTERRUPTED:
            raise KeyboardInterrupt
        return found

    def _weigh(self, found: SearchResult) -> None:
        self._posterior = posterior_of_search(found, self._objective.floor_bits)
        self._known = tuple(law.score.program for law in self._posterior.programs[:KEPT_PROGRAMS])

    def _surprising(self) -> bool:
        """Whether the last response is far from what the best law says."""
        assert self._posterior is not None
        best = self._posterior.programs[0].score
        last = dict(zip(self.law.symbols, self.points[-1][:, np.newaxis], strict=True))
        apart = self.responses[-1] - self._predictive.linear(best.program, last)[0][0]
        return not abs(apart) <= SURPRISE_DEVIATIONS * self._predictive.noise_deviation(best)

    def probability_of_the_law(self, least: float) -> float:
        """The probability of the programs of the law's form; no more of them are judged once it can't be ``least``."""
        laws = [] if self._posterior is None else list(self._posterior.programs)
        possible = sum(law.probability for law in laws)
        right = 0.0
        for law in laws:
            if possible < least or law.probability < LEAST_JUDGED:
                break
            if self._is_right(law.score.program):
                right += law.probability
            else:
                possible -= law.probability
        return right

    def _is_right(self, program: Program) -> bool:
        if program.term not in self._verdicts:
            self._verdicts[program.term] = self.sampled.judge_of_form.is_right(program)
        return self._verdicts[program.term]

    def _text(self, program: Program) -> str:
        return program_text(Expressions().language(self._problem), program)


def _contiguous(inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {symbol: np.ascontiguousarray(values) for symbol, values in inputs.items()}
