"""What may lie just out of sight of a search: laws near the best program that it has not visited."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Protocol, runtime_checkable

from sagredo.domain.domain import Domain
from sagredo.objective.objective import Score
from sagredo.problem.problem import Problem

UnseenBits = Callable[[Score], float]
"""-log2 of the mass of the laws that look like a program and something more; inf where there is none.

On the scale of description lengths: -log2 sum 2^-L over programs near the scored one that were not visited.
"""


@runtime_checkable
class UnseenLawProvider(Protocol):
    """A domain that can say how much mass may lie unseen near a program that leaves residuals.

    Needed where a program may be the best one visited and yet leave an error that is no noise: what is left of
    a real law by a shorter one that comes near it is still a function of the inputs.
    """

    def unseen_bits(self, problem: Problem) -> UnseenBits:
        """The estimate for this problem."""


def unseen_bits(domain: Domain, problem: Problem) -> UnseenBits:
    """The domain's own estimate, or else that nothing is known to be out of sight."""
    if isinstance(domain, UnseenLawProvider):
        return domain.unseen_bits(problem)
    return lambda _: inf
