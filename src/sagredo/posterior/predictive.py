"""What the posterior says of new inputs: its laws mixed by their probabilities, and what no one has seen."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, final, runtime_checkable

import numpy as np

from sagredo.domain.domain import Domain
from sagredo.language.term import Program
from sagredo.objective.normal_mixture import NormalMixture
from sagredo.objective.objective import Score
from sagredo.objective.response_mixture import Mixture, ResponseMixture, mixed_responses
from sagredo.posterior.posterior import Posterior, WeightedProgram
from sagredo.problem.errors import InvalidInput
from sagredo.problem.problem import Inputs, Problem

if TYPE_CHECKING:
    from jaxtyping import Bool, Float64

MASS_LEFT_OUT: Final = 1e-4
"""The probability of the laws, least probable first, that predictions do without: an interval of 90% moves by less
than one of 90.01% differs from it."""

LEAST_SHAPE: Final = 0.01
"""A law of a smaller probability is not checked, and enters the mixture as one normal distribution with its mean
and variance: all that is lost is the rest of its shape, times its probability."""

REACH: Final = 0.25
"""The part of an input's range beyond which a law that was not seen is hardly bound by the data: formulas are smooth,
but a quarter of the range is what a polynomial through a few rows takes to turn away."""


@final
@dataclass(frozen=True, eq=False)
class LawPrediction:
    """What one law says of new inputs: its ``value`` there, and a new ``response``, which has noise as well.

    ``fitted`` are the mean responses, of one trial where trials are counted, at the fitted parameters, NaN where there
    is none. ``laplace_share`` is the
    effective share of draws from Laplace's approximation of the parameters, 1 where it is exact and None where
    that was not checked; ``sampled`` says at which rows weighted draws stand in its place (None: at none).
    """

    fitted: Float64[np.ndarray, " rows"]
    value: NormalMixture
    response: ResponseMixture
    laplace_share: float | None = None
    sampled: Bool[np.ndarray, " rows"] | None = None


class Predictive(ABC):
    """The predictive distributions of a domain's laws, given the data of one problem."""

    @abstractmethod
    def law(
        self,
        score: Score,
        inputs: Inputs,
        sigma: Float64[np.ndarray, " rows"] | None = None,
        *,
        checked: bool = True,
    ) -> LawPrediction:
        """p(y | x, law, data), parameters and noise integrated out with the weights of the evidence.

        ``sigma`` are the standard deviations of the new responses where those of the data were given. With
        ``checked`` approximations are checked and replaced where they are poor, which takes longer.
        """

    @abstractmethod
    def linear(
        self, program: Program, inputs: Inputs
    ) -> tuple[Float64[np.ndarray, " rows"], Float64[np.ndarray, "rows parameters"]]:
        """A program's values at new inputs and their derivatives by its parameters; NaN where there is no value."""

    @abstractmethod
    def covariance(self, score: Score) -> Float64[np.ndarray, "parameters parameters"]:
        """That of a law's parameters about the fitted ones, at the likeliest noise."""

    @abstractmethod
    def noise_deviation(self, score: Score) -> float:
        """The standard deviation of a new response about a law of known parameters, at the likeliest noise.

        Raises:
            InvalidInput: it is not the same everywhere.
        """

    @property
    def additive(self) -> bool:
        """Whether a response is the law's value and noise of one deviation: what the choice of queries takes it for."""
        return True

    def unseen(
        self, problem: Problem, inputs: Inputs, value: NormalMixture, response: ResponseMixture
    ) -> tuple[NormalMixture, ResponseMixture]:
        """Value and response under laws that were not seen, given those under the laws seen (:class:`UnseenLaws`)."""
        unseen = UnseenLaws.of(problem).response(inputs, response)
        return unseen, unseen


@runtime_checkable
class PredictiveProvider(Protocol):
    """A domain whose laws have predictive distributions over the real numbers."""

    def predictive(self, problem: Problem) -> Predictive:
        """Those given this problem's data."""


def predictive_of(domain: Domain, problem: Problem) -> Predictive:
    """The domain's own predictive distributions.

    Raises:
        InvalidInput: the domain has none.
    """
    if isinstance(domain, PredictiveProvider):
        return domain.predictive(problem)
    raise InvalidInput(
        f"A domain must implement PredictiveProvider for predictions with intervals. Got {domain.name!r}, which "
        "does not: use the values of the best law."
    )


@final
@dataclass(frozen=True, eq=False)
class PosteriorPrediction:
    """The laws that count, best first, what each says, and the two mixtures of all.

    The weights of ``value`` and ``response`` at a row add up to the probability that there is a value there.
    """

    laws: tuple[WeightedProgram, ...]
    predictions: tuple[LawPrediction, ...]
    value: NormalMixture
    response: ResponseMixture


def predict(
    posterior: Posterior,
    predictive: Predictive,
    problem: Problem,
    inputs: Inputs,
    sigma: Float64[np.ndarray, " rows"] | None = None,
    least_laws: int = 1,
) -> PosteriorPrediction:
    """p(y | x, data) = sum_k p_k p_k(y | x) + u p_unseen(y | x): model averaging.

    The p_k are those of the laws that hold 1 - ``MASS_LEFT_OUT`` of the mass visited, and of at least the
    first ``least_laws``, scaled up to 1 - u, with u the unseen mass (:class:`UnseenLaws`). There must be a law.
    """
    laws = posterior.programs[: max(least_laws, laws_that_count(posterior))]
    predictions = tuple(
        predictive.law(law.score, inputs, sigma, checked=law.probability >= LEAST_SHAPE) for law in laws
    )
    unseen = posterior.unseen_mass or 0.0
    seen = sum(law.probability for law in laws)
    # Where all mass is unseen, to the last digit, no law has any.
    weights = [(1.0 - unseen) * law.probability / seen if seen > 0 else 0.0 for law in laws]
    values = [prediction.value for prediction in predictions]
    responses = [prediction.response for prediction in predictions]
    if unseen > 0:
        value, response = predictive.unseen(
            problem, inputs, _mixed(weights, values), _mixed(weights, responses)
        )
        weights, values, responses = [*weights, unseen], [*values, value], [*responses, response]
    return PosteriorPrediction(laws, predictions, _mixed(weights, values), _mixed(weights, responses))


def laws_that_count(posterior: Posterior) -> int:
    """How many laws, the most probable first, hold 1 - ``MASS_LEFT_OUT`` of the mass visited."""
    probabilities = np.array([law.probability for law in posterior.programs])
    cumulative = np.cumsum(probabilities)
    return int(np.searchsorted(cumulative, (1.0 - MASS_LEFT_OUT) * cumulative[-1])) + 1


def _mixed(weights: list[float], parts: list[Mixture]) -> Mixture:
    shaped = [
        part if weight >= LEAST_SHAPE else part.single for weight, part in zip(weights, parts, strict=True)
    ]
    return mixed_responses(weights, shaped)


@final
@dataclass(frozen=True)
class UnseenLaws:
    """What a law that was not seen may say, given what the laws seen do: one normal distribution a row.

    It fits the data about as well, so that where they lie it is about the mean of the laws seen, with their
    deviation s_seen. Beyond, at the distance d from the box that the inputs span, it is free to go where the
    responses are: its variance is s_seen^2 + s_y^2 (1 - exp(-(d / ``REACH``)^2)), that of a Gaussian process with a
    squared-exponential kernel, known at the edge. Where no law seen has a value, it is as the responses are.

    ``mean`` and ``variance`` are those of the responses, ``box`` the least and the greatest value of each input.
    """

    mean: float
    variance: float
    box: Mapping[str, tuple[float, float]]

    @classmethod
    def of(cls, problem: Problem) -> UnseenLaws:
        """Those of this problem's data."""
        responses = np.asarray(problem.responses, dtype=float)
        mean = float(np.average(responses, weights=problem.weights))
        variance = float(np.average((responses - mean) ** 2, weights=problem.weights))
        columns = ((column.symbol, np.asarray(column.values, dtype=float)) for column in problem.inputs)
        return cls(mean, variance, {symbol: (float(x.min()), float(x.max())) for symbol, x in columns})

    def response(self, inputs: Inputs, seen: ResponseMixture) -> NormalMixture:
        """Its response at new inputs, where the laws seen say ``seen``."""
        means, deviations = seen.mean, seen.standard_deviation
        known = np.isfinite(means) & np.isfinite(deviations)
        wider = np.square(deviations) - self.variance * np.expm1(-np.square(self.beyond(inputs) / REACH))
        deviations = np.sqrt(np.where(known, wider, self.variance))
        return NormalMixture(
            np.ones((len(means), 1)),
            np.where(known, means, self.mean)[:, np.newaxis],
            deviations[:, np.newaxis],
        )

    def beyond(self, inputs: Inputs) -> Float64[np.ndarray, " #rows"]:
        """How far each row lies from the box, in units of its sides; a side without length counts as its own place."""
        square: Float64[np.ndarray, " #rows"] = np.zeros(1)
        for symbol, (low, high) in self.box.items():
            new = np.asarray(inputs[symbol], dtype=float)
            outside = np.maximum(np.maximum(low - new, new - high), 0.0)
            square = square + np.square(outside / (high - low if high > low else abs(low) or 1.0))
        return np.asarray(np.sqrt(square), dtype=float)
