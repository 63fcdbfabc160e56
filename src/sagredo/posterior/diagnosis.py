"""Whether a law has parameters that no data could tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, final, runtime_checkable

from sagredo.problem.errors import InvalidInput

if TYPE_CHECKING:
    import numpy as np

    from sagredo.domain.domain import Domain
    from sagredo.objective.objective import Score
    from sagredo.problem.problem import Problem

LEAST_DEFICIT: Final = 0.25
"""A redundant parameter lowers the learning coefficient by 1/2; half of that is clearly below a regular law's."""


@final
@dataclass(frozen=True)
class LawDiagnosis:
    """The local learning coefficient lambda of a law at its fitted parameters.

    A law of d parameters that data can tell one by one has lambda = d / 2; one with redundant parameters less (Watanabe
    2013). It is NaN where no draw of the prior has a value on every row.
    ``entangled`` are the indices of the parameters with a part in a direction in which the outputs on the rows
    do not change.
    """

    parameter_count: int
    learning_coefficient: float
    entangled: tuple[int, ...] = ()

    @property
    def redundant(self) -> bool:
        """Whether the coefficient is clearly below that of a regular law."""
        return self.learning_coefficient < self.parameter_count / 2 - LEAST_DEFICIT


@runtime_checkable
class DiagnosisProvider(Protocol):
    """A domain that can estimate learning coefficients of its laws."""

    def diagnose(self, rng: np.random.Generator, problem: Problem, score: Score) -> LawDiagnosis:
        """That of one law, given the inputs of this problem."""


def diagnose(rng: np.random.Generator, domain: Domain, problem: Problem, score: Score) -> LawDiagnosis:
    """The domain's own diagnosis of a law.

    Raises:
        InvalidInput: the domain has none.
    """
    if isinstance(domain, DiagnosisProvider):
        return domain.diagnose(rng, problem, score)
    raise InvalidInput(
        f"A domain must implement DiagnosisProvider for its laws to be diagnosed. Got {domain.name!r}, which does "
        "not: leave --diagnose out."
    )
