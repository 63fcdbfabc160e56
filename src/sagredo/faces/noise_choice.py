"""Which likelihood suits the data: the laws found under one are weighed under each, and the shortest message wins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite, log2
from typing import Final, Protocol, final, runtime_checkable

from sagredo.domain.domain import Domain
from sagredo.problem.errors import InvalidInput
from sagredo.problem.problem import Problem
from sagredo.search.driver import SearchResult
from sagredo.search.unseen import unseen_bits

AUTO: Final = "auto"
"""The name of the noise that is to be chosen."""

WEIGHED: Final = 200
"""Laws of the search that are weighed under every likelihood. They come in the order of their bits under the first, so
that one from further back would have to gain by the change what all before it do not; a search weighs thousands."""


@runtime_checkable
class NoiseProvider(Protocol):
    """A domain that can say which likelihoods the responses of a problem may have."""

    def noises(self, problem: Problem) -> tuple[str, ...]:
        """The names of those to choose from; the search is done under the first."""


@final
@dataclass(frozen=True, eq=False)
class NoiseChoice:
    """The chosen likelihood, with what the search found weighed under it.

    ``bits`` has the least L, over the laws weighed, under each likelihood; naming one of n takes log2 n bits, which are
    in L_code.
    """

    problem: Problem
    found: SearchResult
    bits: dict[str, float]


def noises_of(domain: Domain, problem: Problem) -> tuple[str, ...]:
    """The likelihoods to choose from, the one to search under first.

    Raises:
        InvalidInput: the domain has no choice of likelihoods.
    """
    if not isinstance(domain, NoiseProvider):
        raise InvalidInput(
            f"The noise {AUTO!r} must be of a domain that has several. Got the domain {domain.name!r}: name the noise."
        )
    return domain.noises(problem)


def choose_noise(
    domain: Domain, problem: Problem, noises: Sequence[str], found: SearchResult, threads: int
) -> NoiseChoice:
    """Weigh the best laws of a search under each likelihood and keep that of the shortest message."""
    name_bits = log2(len(noises))
    weighed = {
        noise: _weighed_under(domain, replace(problem, noise=noise), found, name_bits, threads)
        for noise in noises
    }
    bits = {
        noise: min((meaning.score.description_length_bits for meaning in result.meanings), default=inf)
        for noise, result in weighed.items()
    }
    best = min(noises, key=lambda noise: bits[noise])
    return NoiseChoice(replace(problem, noise=best), weighed[best], bits)


def _weighed_under(
    domain: Domain, problem: Problem, found: SearchResult, name_bits: float, threads: int
) -> SearchResult:
    """What the search found, under another likelihood; spellings keep their shares of a meaning's mass."""
    objective = domain.objective(problem, domain.language(problem))
    meanings = found.meanings[:WEIGHED]
    scores = objective.score_batch([meaning.score.program for meaning in meanings], threads=threads)
    moved = [
        meaning.with_score(replace(score, code_bits=score.code_bits + name_bits))
        for meaning, score in zip(meanings, scores, strict=True)
        if isfinite(score.description_length_bits)
    ]
    moved.sort(key=lambda meaning: meaning.score.description_length_bits)
    unseen = unseen_bits(domain, problem)(moved[0].score) if moved else inf
    null_bits = objective.null_bits + name_bits
    return replace(found, meanings=tuple(moved), null_bits=null_bits, unseen_bits=unseen)
