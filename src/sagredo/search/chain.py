"""Metropolis-Hastings over programs, many chains at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf, isfinite, log
from typing import TYPE_CHECKING, Final, NamedTuple, final

import numpy as np

from sagredo.language.term import Program, Term
from sagredo.search.driver import FIT_EVALUATIONS, fit_units
from sagredo.search.moves import EditSpace, Move, Proposal, propose

if TYPE_CHECKING:
    from sagredo.objective.objective import Objective, Score

WEIGHED_BYTES: Final = 2000
"""What a weighed program takes in memory: a tree of a dozen nodes of 100 bytes, and its place in a dictionary."""

NATS: Final = log(2.0)
"""Nats in a bit."""


class Weighed(NamedTuple):
    """A term with log p(term) and log p(D | term), in nats."""

    term: Term
    log_prior: float
    log_likelihood: float

    @property
    def log_joint(self) -> float:
        """log p(term, D), in nats: -L log 2."""
        return self.log_prior + self.log_likelihood


@final
class Scorer:
    """Weighs terms with an objective, each once as long as it is remembered.

    Two generations of at most ``capacity / 2`` terms are remembered; when the younger is full the elder is forgotten.
    ``work_units`` counts what was computed on so many ``rows`` as the driver does; ``fresh`` collects new scores for
    who takes them.
    ``log_mass`` = log sum p(phi, D) over what was computed, in nats: as long as nothing was forgotten, and so counted
    twice, a lower bound of the log evidence.
    """

    def __init__(self, objective: Objective, *, rows: int, capacity: int, threads: int = 1) -> None:
        self._objective = objective
        self._rows = rows
        self._threads = threads
        self._capacity = max(1, capacity // 2)
        self._younger: dict[Term, Weighed] = {}
        self._elder: dict[Term, Weighed] = {}
        self.work_units = 0
        self.log_mass = -inf
        self.fresh: list[Score] = []

    def weigh(self, terms: Sequence[Term]) -> list[Weighed]:
        """The terms with their prior and likelihood, in order; parameters are fitted from their default starts."""
        found = {term: known for term in terms if (known := self._remembered(term)) is not None}
        missing = [term for term in dict.fromkeys(terms) if term not in found]
        scores = self._objective.score_batch([Program(term) for term in missing], threads=self._threads)
        for term, score in zip(missing, scores, strict=True):
            found[term] = Weighed(term, -score.code_bits * NATS, -score.data_bits * NATS)
            self.work_units += fit_units(Program(term), self._rows, FIT_EVALUATIONS)
            if isfinite(score.description_length_bits):
                self.fresh.append(score)
                self.log_mass = float(np.logaddexp(self.log_mass, found[term].log_joint))
        for term in missing:
            if len(self._younger) >= self._capacity:
                self._younger, self._elder = {}, self._younger
            self._younger[term] = found[term]
        return [found[term] for term in terms]

    def _remembered(self, term: Term) -> Weighed | None:
        known = self._younger.get(term)
        return self._elder.get(term) if known is None else known


@final
@dataclass
class Tally:
    """How often each move was tried and how often what it proposed was accepted."""

    tried: dict[str, int] = field(default_factory=dict)
    accepted: dict[str, int] = field(default_factory=dict)

    def count(self, move: Move, *, accepted: bool) -> None:
        """One more try."""
        self.tried[move.name] = self.tried.get(move.name, 0) + 1
        self.accepted[move.name] = self.accepted.get(move.name, 0) + accepted

    @property
    def rates(self) -> dict[str, float]:
        """The accepted part of the tries, by move."""
        return {name: self.accepted[name] / tried for name, tried in self.tried.items()}


def sweep(
    rng: np.random.Generator,
    space: EditSpace,
    moves: Sequence[Move],
    scorer: Scorer,
    chains: Sequence[Weighed],
    inverse_temperature: float,
    tally: Tally,
) -> list[Weighed]:
    """One Metropolis-Hastings step of each chain, for the target p(phi) p(D | phi)^beta.

    Each chain draws one of the moves uniformly; all proposals are weighed together. Random numbers are drawn in the
    order of the chains, so that nothing depends on the threads of the objective.
    """
    drawn: list[tuple[Move, Proposal | None]] = []
    for chain in chains:
        move = moves[int(rng.integers(len(moves)))]
        drawn.append((move, propose(rng, space, move, chain.term)))
    thresholds = np.log(1.0 - rng.random(len(chains)))
    weighed = iter(scorer.weigh([proposal.term for _, proposal in drawn if proposal is not None]))
    after = []
    for chain, (move, proposal), threshold in zip(chains, drawn, thresholds, strict=True):
        new = next(weighed) if proposal is not None else chain
        log_ratio = -inf if proposal is None else proposal.log_ratio
        accepted = bool(threshold < _log_acceptance(chain, new, log_ratio, inverse_temperature))
        tally.count(move, accepted=accepted)
        after.append(new if accepted else chain)
    return after


def _log_acceptance(old: Weighed, new: Weighed, log_ratio: float, inverse_temperature: float) -> float:
    """log of the Metropolis-Hastings ratio; a program without prior or likelihood is never accepted."""
    if new.log_joint == -inf:
        return -inf
    gain = new.log_likelihood - old.log_likelihood
    return new.log_prior - old.log_prior + inverse_temperature * gain + log_ratio
