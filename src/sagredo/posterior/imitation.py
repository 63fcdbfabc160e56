"""Imitation with abstention: act as all policies in the running agree on, and otherwise ask the demonstrator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import TYPE_CHECKING, Final, final

import numpy as np

from sagredo.objective.objective import Score
from sagredo.posterior.merge import weigh
from sagredo.posterior.top_set import top_set
from sagredo.search.elites import Meaning

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.language.term import Program
    from sagredo.posterior.posterior import Posterior

POWERS: Final = tuple(np.geomspace(0.01, 1.0, 60)[:-1].tolist())
"""The powers s in (0, 1) of which the bound takes the best: it changes by a tenth at most between two of them."""


@final
@dataclass(frozen=True, eq=False)
class Policies:
    """Programs that give the probability of every action in every context, one spelling for each behaviour.

    ``code_bits`` are -log2 of the priors, all spellings together.
    """

    programs: tuple[Program, ...]
    code_bits: Float64[np.ndarray, " policies"]
    probabilities: Float64[np.ndarray, "policies contexts actions"]

    @cached_property
    def index(self) -> dict[Program, int]:
        """The number of each program."""
        return {program: number for number, program in enumerate(self.programs)}


@final
class Imitator:
    """Fully general online imitation learning (Cohen, Hutter and Nanda 2022, JMLR 23), over finitely many policies.

    The policies in the running are the top set of the posterior, {n : w_n >= alpha sum_{m <= n} w_m}. An action has
    the least of their probabilities, so that no action is likelier than under a demonstrator who is among them; with
    the probability that is left over the demonstrator is asked, who then acts, and of these actions alone is learned.
    """

    def __init__(self, policies: Policies, alpha: float) -> None:
        self._policies = policies
        self._alpha = alpha
        self._data_bits = np.zeros(len(policies.programs))
        self._members: Sequence[int] | None = None

    @property
    def posterior(self) -> Posterior:
        """The policies weighted by 2^-L, L = L_code + the bits of the actions that were asked for."""
        described = zip(
            self._policies.programs, self._policies.code_bits.tolist(), self._data_bits.tolist(), strict=True
        )
        meanings = [
            Meaning(Score(program, code_bits, data_bits), 1, code_bits + data_bits)
            for program, code_bits, data_bits in described
            if data_bits < inf
        ]
        return weigh(meanings, null_bits=inf)

    @property
    def members(self) -> Sequence[int]:
        """The numbers of the policies in the running, the most probable first."""
        if self._members is None:
            laws = top_set(self.posterior.programs, self._alpha)
            self._members = [self._policies.index[law.score.program] for law in laws]
        return self._members

    def action_probabilities(self, context: int) -> Float64[np.ndarray, " actions"]:
        """min_n p_n(action | context) over the members; one minus their sum is the probability of asking."""
        least = self._policies.probabilities[self.members, context].min(axis=0)
        return np.asarray(least, dtype=float)

    def told(self, context: int, action: int) -> None:
        """Learn from what the demonstrator did when asked."""
        with np.errstate(divide="ignore"):
            self._data_bits -= np.log2(self._policies.probabilities[:, context, action])
        self._members = None


def query_bound(policies: Policies, truth: int, alpha: float) -> float:
    """An upper bound of the expected number of queries, however long the imitation lasts.

    With r_n = w_n / w_truth and s in (0, 1), E[r_n^s] never grows, and at a query in a context where n and the truth
    differ it shrinks by r_n^s (1 - C_n), C_n = sum_a p_n(a)^s p_truth(a)^(1 - s). A member has r_n >= alpha: it weighs
    at least alpha times the truth if the truth is before it, and no less than the truth otherwise. A query needs a
    member that differs from the truth. So, with C_n the largest of the contexts where they differ, the
    expectation is at most sum_n r_n(0)^s alpha^-s / (1 - C_n); the best of the ``POWERS`` s is taken. It counts
    every policy as if it were alone, which makes it loose.
    """
    table = policies.probabilities
    own = table[truth]
    differs = (table != own).any(axis=2)
    rivals = differs.any(axis=1)
    log_ratio = (policies.code_bits[truth] - policies.code_bits[rivals]) * np.log(2)
    bounds = []
    for power in POWERS:
        overlap = np.sum(table[rivals] ** power * own ** (1 - power), axis=2)
        largest = np.where(differs[rivals], overlap, 0.0).max(axis=1)
        bounds.append(float(np.sum(np.exp(power * (log_ratio - np.log(alpha))) / (1 - largest))))
    return min(bounds)
