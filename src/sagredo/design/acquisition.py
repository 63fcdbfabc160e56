"""Ways to say what a query is worth: information gain, and the classical rules it is compared with."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, final

import numpy as np

from sagredo.design.information_gain import About, expected_information_gain, prediction_information_gain
from sagredo.problem.errors import InvalidInput

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.design.candidates import QuerySpace
    from sagredo.design.predictions import Predictor

TARGETS: Final = 16
"""Points, spread over the space, at which predictions matter where the user names none."""


class Acquisition(ABC):
    """What a query is worth; it keeps nothing between calls but the state that ``init`` returns."""

    name: ClassVar[str]
    fills_space: ClassVar[bool] = False
    """Whether what a query is worth has no unit, so that it can neither be divided by a cost nor added up."""

    def init(self, rng: np.random.Generator, space: QuerySpace, planned: int) -> Any:
        """The state for choosing ``planned`` queries of the space."""
        return None

    def proposals(self, state: Any, asked: int) -> Float64[np.ndarray, "points inputs"] | None:
        """Candidates of its own, when ``asked`` queries were chosen already."""
        return None

    @abstractmethod
    def score(
        self,
        rng: np.random.Generator,
        state: Any,
        asked: int,
        points: Float64[np.ndarray, "points inputs"],
        predictor: Predictor,
    ) -> Float64[np.ndarray, " points"]:
        """What each query is worth; the largest is chosen."""


@final
@dataclass(frozen=True)
class ExpectedInformationGain(Acquisition):
    """The nats that a response is expected to tell about the law, the law with its parameters, or predictions."""

    about: About = "program"
    name = "information_gain"

    def __post_init__(self) -> None:
        if self.about not in ("program", "joint", "prediction"):
            raise InvalidInput(
                f"What to ask about must be program, joint or prediction. Got {self.about!r} instead."
            )

    def init(self, rng: np.random.Generator, space: QuerySpace, planned: int) -> Any:
        """The targets and the seed of the draws, so that queries are compared under the same hypotheses."""
        return space.fill(rng, TARGETS), int(rng.integers(2**32))

    def score(
        self,
        rng: np.random.Generator,
        state: Any,
        asked: int,
        points: Float64[np.ndarray, "points inputs"],
        predictor: Predictor,
    ) -> Float64[np.ndarray, " points"]:
        """Nats."""
        if self.about == "prediction":
            targets, seed = state
            return prediction_information_gain(predictor.draws(np.random.default_rng(seed), points, targets))
        return expected_information_gain(predictor.predictions(points), about=self.about)


@final
@dataclass(frozen=True)
class QueryByCommittee(Acquisition):
    """The variance of the laws' means, sum_k p_k (m_k - m)^2 (Seung et al. 1992), in squares of the target's unit."""

    name = "query_by_committee"

    def score(
        self,
        rng: np.random.Generator,
        state: Any,
        asked: int,
        points: Float64[np.ndarray, "points inputs"],
        predictor: Predictor,
    ) -> Float64[np.ndarray, " points"]:
        """The variance between laws."""
        told = predictor.predictions(points)
        means = np.array([law.mean for law in told.laws]).reshape(len(told.laws), len(points))
        shares = told.probabilities[:, np.newaxis] * np.isfinite(means)
        total = np.maximum(shares.sum(axis=0), np.finfo(float).tiny)
        means = np.nan_to_num(means)
        centre = np.sum(shares * means, axis=0) / total
        return np.asarray(np.sum(shares * (means - centre) ** 2, axis=0) / total, dtype=float)


@final
@dataclass(frozen=True)
class TOptimal(Acquisition):
    """The squared distance of the best law from the others in deviations, sum_k p_k (m_1 - m_k)^2 / (2 s_k^2).

    The rule of Atkinson & Fedorov (1975), averaged over rivals by their probability; s_k has the noise and the
    parameters of the rival.
    """

    name = "t_optimal"

    def score(
        self,
        rng: np.random.Generator,
        state: Any,
        asked: int,
        points: Float64[np.ndarray, "points inputs"],
        predictor: Predictor,
    ) -> Float64[np.ndarray, " points"]:
        """Nats by which a response is expected to speak against the rivals, were the best law true."""
        told = predictor.predictions(points)
        worth = np.zeros(len(points))
        if not len(told.laws):
            return worth
        best = int(np.argmax(told.probabilities))
        own = told.laws[best].mean
        for k, (probability, law) in enumerate(zip(told.probabilities, told.laws, strict=True)):
            if k != best:
                apart = np.nan_to_num((own - law.mean) / law.standard_deviation)
                worth += 0.5 * probability * apart**2
        return worth


@final
@dataclass(frozen=True)
class DOptimal(Acquisition):
    """The information about the best law's parameters, log det(I + J C J^T / sigma^2) / 2 of one more row."""

    name = "d_optimal"

    def score(
        self,
        rng: np.random.Generator,
        state: Any,
        asked: int,
        points: Float64[np.ndarray, "points inputs"],
        predictor: Predictor,
    ) -> Float64[np.ndarray, " points"]:
        """Nats: for one response the determinant is (predictive deviation / noise)^2."""
        told = predictor.predictions(points)
        if not len(told.laws):
            return np.zeros(len(points))
        best = int(np.argmax(told.probabilities))
        law, noise = told.laws[best], told.noise_deviations[best]
        return np.asarray(np.sum(law.weights * np.log(law.deviations / noise), axis=1), dtype=float)


@final
@dataclass(frozen=True)
class RandomQuery(Acquisition):
    """Every query is worth a random number: a uniform choice."""

    name = "random"
    fills_space = True

    def score(
        self,
        rng: np.random.Generator,
        state: Any,
        asked: int,
        points: Float64[np.ndarray, "points inputs"],
        predictor: Predictor,
    ) -> Float64[np.ndarray, " points"]:
        """Uniform in [0, 1)."""
        return rng.random(len(points))


@final
@dataclass(frozen=True)
class LatinHypercube(Acquisition):
    """A Latin hypercube of all planned queries, one after the other (McKay et al. 1979)."""

    name = "latin_hypercube"
    fills_space = True

    def init(self, rng: np.random.Generator, space: QuerySpace, planned: int) -> Any:
        """The plan in the box about the space, and the box's extent."""
        from scipy.stats import qmc

        plan = qmc.LatinHypercube(len(space.names), seed=rng).random(max(planned, 1))
        return space.ends[0] + plan * space.extent, np.where(space.extent > 0, space.extent, 1.0)

    def proposals(self, state: Any, asked: int) -> Float64[np.ndarray, "points inputs"] | None:
        """The planned query; after the last one the plan begins anew."""
        plan, _ = state
        return np.asarray(plan[asked % len(plan)][np.newaxis], dtype=float)

    def score(
        self,
        rng: np.random.Generator,
        state: Any,
        asked: int,
        points: Float64[np.ndarray, "points inputs"],
        predictor: Predictor,
    ) -> Float64[np.ndarray, " points"]:
        """The nearness to the planned query: minus the squared distance in extents."""
        plan, extent = state
        return -np.asarray(np.sum(((points - plan[asked % len(plan)]) / extent) ** 2, axis=1), dtype=float)


ACQUISITIONS: Final = {
    kind.name: kind
    for kind in (ExpectedInformationGain, QueryByCommittee, TOptimal, DOptimal, RandomQuery, LatinHypercube)
}
"""The acquisitions by name."""


def acquisition_named(name: str, about: About) -> Acquisition:
    """The acquisition of this name.

    Raises:
        InvalidInput: there is none, or nothing of the kind can be asked about.
    """
    if name not in ACQUISITIONS:
        raise InvalidInput(f"The acquisition must be one of {', '.join(ACQUISITIONS)}. Got {name!r} instead.")
    kind, gain = ACQUISITIONS[name], ExpectedInformationGain(about)  # No rule hides a mistaken ``about``.
    return gain if kind is ExpectedInformationGain else kind()
