"""What a search has seen: one entry a meaning, the best kept."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from math import inf, isfinite, log2
from typing import NamedTuple, Protocol, final, runtime_checkable

from sagredo.domain.domain import Domain
from sagredo.language.term import Program, Term
from sagredo.objective.objective import Score
from sagredo.problem.problem import Problem

MeaningKey = Callable[[Program], Hashable]
"""Equal for two programs, parameters included, when they mean the same."""


@runtime_checkable
class MeaningProvider(Protocol):
    """A domain that says itself when two programs mean the same.

    Needed where agreeing on the data's rows is not yet meaning the same: the key of a real expression is that
    of its values on the rows and on fresh points.
    """

    def same_meaning(self, problem: Problem) -> MeaningKey:
        """The key of a program's meaning."""


def meaning_key(domain: Domain, problem: Problem) -> MeaningKey:
    """The domain's own key of a meaning, or else the key of the outputs on the rows of the problem."""
    if isinstance(domain, MeaningProvider):
        return domain.same_meaning(problem)
    simulator, semantics = domain.simulator(problem), domain.semantics(problem)
    inputs = problem.input_values

    def key(program: Program) -> Hashable:
        return semantics.key(simulator.run(program, inputs).values)

    return key


@final
@dataclass(frozen=True)
class Meaning:
    """One meaning: its best spelling, how many spellings were seen, and their mass together.

    ``mass_bits`` = -log2 sum over spellings of 2^-L, at most the best spelling's L.
    """

    score: Score
    spellings: int
    mass_bits: float


def total_bits(lengths: Iterable[float]) -> float:
    """-log2 sum_i 2^-L_i, bits, without overflow; inf for none."""
    lengths = list(lengths)
    least = min(lengths, default=inf)
    if not isfinite(least):
        return least
    return least - log2(sum(2.0 ** (least - length) for length in lengths))


class _Ranked(NamedTuple):
    """A score in its rank: fewer bits first, then shorter code, then a fixed order, so that no order of
    arrival matters."""

    description_length_bits: float
    code_bits: float
    text: str
    score: Score


def _rank(score: Score) -> _Ranked:
    return _Ranked(score.description_length_bits, score.code_bits, repr(score.program.term), score)


def _without_score(ranked: _Ranked) -> tuple[float, float, str]:
    return ranked[:3]


@final
class Elites:
    """The meanings seen, bounded in number: of more than twice ``capacity`` the worst are forgotten."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._spellings: dict[Hashable, dict[Term, _Ranked]] = {}
        self._meaning_of: dict[Term, Hashable] = {}
        self._best: dict[Hashable, _Ranked] = {}
        self.limit_bits = inf
        """A program with more bits than this has been forgotten already."""

    def add(self, key: Hashable, score: Score) -> None:
        """Count a scored program under its meaning; of one term with two fits the better counts."""
        term, ranked = score.program.term, _rank(score)
        if term in self._meaning_of:
            old_key = self._meaning_of[term]
            if self._spellings[old_key][term][:3] <= ranked[:3]:
                return
            self._remove(old_key, term)
        self._meaning_of[term] = key
        self._spellings.setdefault(key, {})[term] = ranked
        self._best[key] = min(self._best.get(key, ranked), ranked, key=_without_score)
        if len(self._best) > 2 * self._capacity:
            self._trim()

    def _remove(self, key: Hashable, term: Term) -> None:
        spellings = self._spellings[key]
        del spellings[term], self._meaning_of[term]
        if spellings:
            self._best[key] = min(spellings.values(), key=_without_score)
        else:
            del self._spellings[key], self._best[key]

    def _trim(self) -> None:
        ranked = self._ranked()
        for key, _ in ranked[self._capacity :]:
            del self._best[key]
            for term in self._spellings.pop(key):
                del self._meaning_of[term]
        self.limit_bits = ranked[self._capacity - 1][1].description_length_bits

    def _ranked(self) -> list[tuple[Hashable, _Ranked]]:
        return sorted(self._best.items(), key=lambda item: _without_score(item[1]))

    def scores(self) -> list[Score]:
        """The best spelling of each meaning, best first."""
        return [best.score for _, best in self._ranked()[: self._capacity]]

    def meanings(self) -> tuple[Meaning, ...]:
        """The meanings, best first."""
        return tuple(
            Meaning(
                best.score,
                len(self._spellings[key]),
                total_bits([other.description_length_bits for other in self._spellings[key].values()]),
            )
            for key, best in self._ranked()[: self._capacity]
        )
