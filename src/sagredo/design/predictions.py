"""What the laws still in the running say of candidate queries: all that an acquisition looks at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, final

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Float64, Int64

    from sagredo.objective.normal_mixture import NormalMixture

    Rows = Int64[np.ndarray, " rows"] | slice

MASS_TOLERANCE: Final = 1e-6
"""How far probabilities may add up to something other than one: the rounding of a few thousand sums."""


@final
@dataclass(frozen=True, eq=False)
class LawPredictions:
    """The predictive distributions of the laws at some candidate queries.

    ``laws[k]`` has a row for each candidate: p(y | query, law k, data), parameters integrated out;
    ``noise_deviations[k]`` is, component by component, the part of its deviations that no knowledge of the
    parameters would remove. ``unseen_mass`` is the probability of the laws that no search has met, and ``broad``
    what those say: with the probabilities it adds up to one.

    Raises:
        ValueError: shapes differ, or the probabilities are no distribution, or unseen mass has no predictive.
    """

    probabilities: Float64[np.ndarray, " laws"]
    laws: tuple[NormalMixture, ...]
    noise_deviations: tuple[Float64[np.ndarray, "candidates components"], ...]
    unseen_mass: float = 0.0
    broad: NormalMixture | None = None

    def __post_init__(self) -> None:
        if not len(self.probabilities) == len(self.laws) == len(self.noise_deviations):
            raise ValueError(
                "There must be a probability, a predictive and noise deviations for each law. Got "
                f"{len(self.probabilities)}, {len(self.laws)} and {len(self.noise_deviations)} instead."
            )
        shapes = [law.weights.shape for law in self.laws]
        if [noise.shape for noise in self.noise_deviations] != shapes or len(
            {rows for rows, _ in shapes}
        ) > 1:
            raise ValueError("Predictives and noise deviations must have one row for each candidate.")
        total = float(np.sum(self.probabilities)) + self.unseen_mass
        if np.any(self.probabilities < 0) or self.unseen_mass < 0 or abs(total - 1) > MASS_TOLERANCE:
            raise ValueError(f"Probabilities and unseen mass must add up to 1. Got {total:g} instead.")
        if self.unseen_mass > 0 and self.broad is None:
            raise ValueError("Laws not seen must have a predictive where they have a probability.")

    @property
    def candidate_count(self) -> int:
        """The number of queries."""
        whole = self.components
        return whole[0][1].row_count if whole else 0

    @property
    def components(self) -> list[tuple[float, NormalMixture]]:
        """The laws that have a probability, and the broad one: (probability, predictive)."""
        pairs = [(float(p), law) for p, law in zip(self.probabilities, self.laws, strict=True) if p > 0]
        if self.broad is not None and self.unseen_mass > 0:
            pairs.append((self.unseen_mass, self.broad))
        return pairs

    def take(self, rows: Rows) -> LawPredictions:
        """The same laws at some of the candidates."""
        return LawPredictions(
            self.probabilities,
            tuple(_rows(law, rows) for law in self.laws),
            tuple(noise[rows] for noise in self.noise_deviations),
            self.unseen_mass,
            None if self.broad is None else _rows(self.broad, rows),
        )


@final
@dataclass(frozen=True, eq=False)
class JointDraws:
    """Weighted draws of hypotheses (law and parameters), each with its outputs at candidates and at targets.

    ``weights`` add up to one; ``noise_deviations`` are the noise of each draw. Targets are the points at which
    predictions matter.
    """

    weights: Float64[np.ndarray, " draws"]
    at_candidates: Float64[np.ndarray, "candidates draws"]
    at_targets: Float64[np.ndarray, "targets draws"]
    noise_deviations: Float64[np.ndarray, " draws"]


class Predictor(Protocol):
    """Whoever can say what the laws predict, now and after further responses."""

    def predictions(self, points: Float64[np.ndarray, "points inputs"]) -> LawPredictions:
        """The predictives of the laws at some queries."""

    def draws(
        self,
        rng: np.random.Generator,
        points: Float64[np.ndarray, "points inputs"],
        targets: Float64[np.ndarray, "targets inputs"],
    ) -> JointDraws:
        """Draws of laws with parameters; the same generator gives the same hypotheses at any points."""

    def conditioned(self, point: Float64[np.ndarray, " inputs"], response: float) -> Predictor:
        """What would be predicted after this response, without a new search."""


def _rows(mixture: NormalMixture, rows: Rows) -> NormalMixture:
    return type(mixture)(mixture.weights[rows], mixture.means[rows], mixture.deviations[rows])
