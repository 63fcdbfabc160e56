"""The evidence of the leading laws by sampling, where the approximation that a search weighs by is poor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from typing import Final, Protocol, runtime_checkable

from sagredo.domain.domain import Domain
from sagredo.objective.objective import Score
from sagredo.problem.problem import Problem
from sagredo.search.driver import SearchResult
from sagredo.search.elites import Meaning, total_bits
from sagredo.search.planner import StopReason

LEAST_PROBABILITY: Final = 0.01
"""Laws less probable than that are left as they are: so are they in predictions."""

MOST_LAWS: Final = 4
"""Laws that are looked at, the most probable first: annealing one takes a second or two."""

SampledDataBits = Callable[[Score], float | None]
"""L_rec of a program by sampling, bits; None where the approximation stands, or nothing better is known."""


@runtime_checkable
class SampledEvidenceProvider(Protocol):
    """A domain that can integrate parameters out by sampling, under the prior and likelihood of its objective."""

    def sampled_data_bits(self, problem: Problem) -> SampledDataBits:
        """The better integrals for this problem."""


def with_sampled_evidence(domain: Domain, problem: Problem, found: SearchResult) -> SearchResult:
    """What a search found, the leading laws weighed by sampling where their evidence was approximated poorly.

    Nothing is done for a single leading law, which is compared with nothing, or after Ctrl-C. Ctrl-C meanwhile
    leaves all laws as the search weighed them.
    """
    leading = _leading(found)
    interrupted = found.stop_reason is StopReason.INTERRUPTED
    if interrupted or len(leading) < 2 or not isinstance(domain, SampledEvidenceProvider):
        return found
    try:
        sampled = domain.sampled_data_bits(problem)
        bits = [sampled(meaning.score) for meaning in leading]
    except KeyboardInterrupt:
        return replace(found, stop_reason=StopReason.INTERRUPTED)
    weighed = [_reweighed(meaning, better) for meaning, better in zip(leading, bits, strict=True)]
    others = [meaning for meaning in found.meanings if meaning not in leading]
    meanings = sorted([*weighed, *others], key=lambda meaning: meaning.score.description_length_bits)
    return replace(found, meanings=tuple(meanings))


def _leading(found: SearchResult) -> tuple[Meaning, ...]:
    total = total_bits(meaning.mass_bits for meaning in found.meanings)
    probable = (
        meaning for meaning in found.meanings if 2.0 ** (total - meaning.mass_bits) >= LEAST_PROBABILITY
    )
    return tuple(islice(probable, MOST_LAWS))


def _reweighed(meaning: Meaning, data_bits: float | None) -> Meaning:
    """The meaning with another L_rec; its spellings keep their shares."""
    if data_bits is None:
        return meaning
    return meaning.with_score(replace(meaning.score, data_bits=data_bits))
