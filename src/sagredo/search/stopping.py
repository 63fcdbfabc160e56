"""When a law is found and certain."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import log2
from typing import final

from sagredo.language.term import Program
from sagredo.objective.objective import Score
from sagredo.search.elites import total_bits
from sagredo.search.planner import Effort
from sagredo.search.unseen import UnseenBits

MARGIN_BITS = 10.0
"""Odds of a thousand to one against the data compressing this much by chance."""

CLAIM_PROBABILITY = 0.95
"""A law that is called certain has at least this probability."""

RESPELLING_BITS = 0.01
"""The data's bits of two programs that say the same differ by rounding alone."""

EXACT_PATIENCE = 1 / 256
NOISY_PATIENCE = 1 / 8
"""The part of the run's work that must pass without a better law, for an exact fit and for a noisy one.
An exact fit can only be beaten by shorter code, which is looked for first; a noisy one also by a better
fit."""


@final
@dataclass
class Certainty:
    """True when the best program is a law by three tests together.

    1. *It is no accident.* It is ``MARGIN_BITS`` shorter than the null model. Under the null model the
       probability that any program at all compresses the data by m bits is at most 2^-m, since 2^-L sums to
       at most 1 (no-hypercompression inequality; Grünwald 2007, equation 3.5).
    2. *It has stood.* Since its law became the best at work w0, at least max(w0, patience *
       effort.work_units) further units were spent in vain: the search has doubled since.
    3. *It has no rival.* Its mass 2^-L is at least ``CLAIM_PROBABILITY`` of that of all meanings visited and
       of the laws near it that no one has visited, whose mass is large where its residuals look like a law's.

    One object serves one run.
    """

    null_bits: float
    effort: Effort
    unseen_bits: UnseenBits
    _best: Score | None = field(default=None, init=False)
    _best_since: int = field(default=0, init=False)
    _unseen: tuple[Program, float] | None = field(default=None, init=False)

    def __call__(self, elites: list[Score], work_done: int) -> bool:
        """Whether the best of ``elites`` (best first) is certain after ``work_done`` units."""
        if not elites:
            return False
        best = elites[0]
        if self._best is None or not _says_the_same(best, self._best):
            self._best_since = work_done
        self._best = best
        if best.description_length_bits + MARGIN_BITS > self.null_bits:
            return False
        patience = EXACT_PATIENCE if best.noise_scale == 0.0 else NOISY_PATIENCE
        further = max(self._best_since, patience * self.effort.work_units)
        return work_done - self._best_since >= further and self._has_no_rival(elites)

    def _has_no_rival(self, elites: list[Score]) -> bool:
        best = elites[0]
        others = total_bits(other.description_length_bits for other in elites[1:])
        if not _outweighs(best, others):
            return False
        if self._unseen is None or best.program != self._unseen[0]:
            self._unseen = best.program, self.unseen_bits(best)
        return _outweighs(best, total_bits((others, self._unseen[1])))


def _says_the_same(one: Score, other: Score) -> bool:
    """Whether a program is the other in another spelling."""
    return one.program == other.program or abs(one.data_bits - other.data_bits) <= RESPELLING_BITS


def _outweighs(best: Score, others_bits: float) -> bool:
    """Whether 2^-L is at least ``CLAIM_PROBABILITY`` of it and the others' mass together."""
    odds = CLAIM_PROBABILITY / (1.0 - CLAIM_PROBABILITY)
    return others_bits - best.description_length_bits >= log2(odds)
