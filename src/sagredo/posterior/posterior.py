"""The posterior: programs weighted by 2^-L."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from sagredo.objective.objective import Score


@final
@dataclass(frozen=True)
class WeightedProgram:
    """One meaning: its best spelling, the posterior probability of all its spellings together."""

    score: Score
    probability: float
    spellings: int = 1


@final
@dataclass(frozen=True)
class Posterior:
    """p(phi | D) proportional to 2^-L over everything visited, best first.

    Probabilities are divided by the mass visited plus that not visited; ``unseen_mass`` is the latter as a
    fraction, as far as it is known (None: nothing is known of it, and the probabilities are among the
    visited).
    """

    programs: tuple[WeightedProgram, ...]
    unseen_mass: float | None
    null_bits: float
