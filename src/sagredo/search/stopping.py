"""When a law is found and certain."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import log2
from typing import final

from sagredo.language.term import Program
from sagredo.objective.objective import Score
from sagredo.search.planner import Effort
from sagredo.search.unseen import UnseenBits

MARGIN_BITS = 10.0
"""Odds of a thousand to one: against the data compressing this much by chance, and against any other
meaning."""

CLAIM_PROBABILITY = 0.95
"""What may lie unseen near a law that is called certain has at most the rest."""

EXACT_PATIENCE = 1 / 256
NOISY_PATIENCE = 1 / 4
"""The part of the run's work that must pass without a better program, for an exact fit and for a noisy one.
An exact fit can only be beaten by shorter code, which is looked for first; a noisy one also by a better
fit."""


@final
@dataclass
class Certainty:
    """True when the best program is a law by four tests together.

    1. *It is no accident.* It is ``MARGIN_BITS`` shorter than the null model. Under the null model the
       probability that any program at all compresses the data by m bits is at most 2^-m, since 2^-L sums to
       at most 1 (no-hypercompression inequality; Grünwald 2007, equation 3.5).
    2. *It has no rival.* It is ``MARGIN_BITS`` shorter than every other meaning that was visited.
    3. *It has stood.* Since it became the best at work w0, at least max(w0, patience * effort.work_units)
       further units were spent in vain: the search has doubled since.
    4. *It leaves nothing over.* Its mass is at least ``CLAIM_PROBABILITY`` of its own together with that of
       the laws near it that no one has visited, which is large where its residuals look like a law's.

    One object serves one run.
    """

    null_bits: float
    effort: Effort
    unseen_bits: UnseenBits
    _best: Score | None = field(default=None, init=False)
    _best_since: int = field(default=0, init=False)
    _examined: tuple[Program, bool] | None = field(default=None, init=False)

    def __call__(self, elites: list[Score], work_done: int) -> bool:
        """Whether the best of ``elites`` (best first) is certain after ``work_done`` units."""
        if not elites:
            return False
        best = elites[0]
        if self._best is None or best.program.term != self._best.program.term:
            self._best, self._best_since = best, work_done
        shortest_rival = min([self.null_bits, *(score.description_length_bits for score in elites[1:2])])
        if best.description_length_bits + MARGIN_BITS > shortest_rival:
            return False
        patience = EXACT_PATIENCE if best.noise_scale == 0.0 else NOISY_PATIENCE
        further = max(self._best_since, patience * self.effort.work_units)
        return work_done - self._best_since >= further and self._leaves_nothing_over(best)

    def _leaves_nothing_over(self, best: Score) -> bool:
        """The fourth test, made once for each program that passes the others."""
        if self._examined is None or best.program != self._examined[0]:
            margin = self.unseen_bits(best) - best.description_length_bits
            odds = CLAIM_PROBABILITY / (1.0 - CLAIM_PROBABILITY)
            self._examined = best.program, margin >= log2(odds)
        return self._examined[1]
