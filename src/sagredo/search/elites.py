"""What a search has seen: one entry a meaning, the best kept."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from math import inf, isfinite, log2
from typing import NamedTuple, Protocol, final, runtime_checkable

from sagredo.domain.domain import Domain
from sagredo.language.term import Program, Term
from sagredo.objective.objective import Score
from sagredo.problem.problem import Problem

SPELLINGS_KEPT = 16
"""Spellings of one meaning that are remembered one by one: the best is shown, the others add their mass."""

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


def meaning_of(key: MeaningKey, score: Score) -> Hashable:
    """The key of a scored program; with parameters of its own in each group, those of what it says in each."""
    return tuple(key(part.program) for part in score.parts) if score.parts else key(score.program)


@final
@dataclass(frozen=True)
class Meaning:
    """One meaning: its best spelling, how many spellings were seen, and their mass together.

    ``mass_bits`` = -log2 sum over spellings of 2^-L, at most the best spelling's L.
    """

    score: Score
    spellings: int
    mass_bits: float

    def with_score(self, score: Score) -> Meaning:
        """The meaning with another score; the spellings keep their shares of its mass."""
        spelling_bits = self.score.description_length_bits - self.mass_bits
        return Meaning(score, self.spellings, score.description_length_bits - spelling_bits)


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
@dataclass
class _Spellings:
    """The spellings of one meaning: the best of them, and the number and mass of the others."""

    kept: dict[Term, _Ranked] = field(default_factory=dict)
    others: int = 0
    others_bits: float = inf

    @property
    def best(self) -> _Ranked:
        return min(self.kept.values(), key=_without_score)

    def worst(self) -> Term:
        return max(self.kept, key=lambda term: _without_score(self.kept[term]))

    def merge(self, term: Term) -> None:
        """Keep no more of a spelling than its mass."""
        self.others += 1
        self.others_bits = total_bits([self.others_bits, self.kept.pop(term).description_length_bits])


@final
class Elites:
    """The meanings seen, bounded in number: of more than twice ``capacity`` the worst are forgotten.

    Of a meaning the best ``SPELLINGS_KEPT`` spellings are kept; of the others only their number and mass
    remain, so that one of those that comes back, fitted anew, is counted again.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._spellings: dict[Hashable, _Spellings] = {}
        self._meaning_of: dict[Term, Hashable] = {}
        self._best: dict[Hashable, _Ranked] = {}
        self.limit_bits = inf
        """A program with more bits than this has been forgotten already."""

    def add(self, key: Hashable, score: Score) -> None:
        """Count a scored program under its meaning; of one term with two fits the better counts."""
        term, ranked = score.program.term, _rank(score)
        if term in self._meaning_of:
            old_key = self._meaning_of[term]
            if self._spellings[old_key].kept[term][:3] <= ranked[:3]:
                return
            self._remove(old_key, term)
        self._meaning_of[term] = key
        spellings = self._spellings.setdefault(key, _Spellings())
        spellings.kept[term] = ranked
        self._best[key] = min(self._best.get(key, ranked), ranked, key=_without_score)
        if len(spellings.kept) > SPELLINGS_KEPT:
            worst = spellings.worst()
            spellings.merge(worst)
            del self._meaning_of[worst]
        if len(self._best) > 2 * self._capacity:
            self._trim()

    def _remove(self, key: Hashable, term: Term) -> None:
        spellings = self._spellings[key]
        del spellings.kept[term], self._meaning_of[term]
        if spellings.kept:
            self._best[key] = spellings.best
        else:
            del self._spellings[key], self._best[key]

    def _trim(self) -> None:
        ranked = self._ranked()
        for key, _ in ranked[self._capacity :]:
            del self._best[key]
            for term in self._spellings.pop(key).kept:
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
            _meaning(best.score, self._spellings[key]) for key, best in self._ranked()[: self._capacity]
        )


def _meaning(score: Score, spellings: _Spellings) -> Meaning:
    lengths = [other.description_length_bits for other in spellings.kept.values()]
    return Meaning(score, len(lengths) + spellings.others, total_bits([*lengths, spellings.others_bits]))
