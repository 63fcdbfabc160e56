"""What each likelihood makes of a problem's responses: one class for each, behind one interface."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import replace
from math import log, nan
from typing import TYPE_CHECKING, Final, final

import numpy as np
from scipy.special import ndtr, ndtri

from sagredo._native import Responses, log_marginal_likelihood
from sagredo.domains.expressions.record import recorded
from sagredo.domains.expressions.scales import root_mean_square
from sagredo.objective.counts import Binomial, CountLikelihood, Poisson
from sagredo.objective.likelihood import Gaussian
from sagredo.objective.noise import GivenNoise, LogUniformNoise
from sagredo.objective.whitening import Whitening
from sagredo.problem.covariance import check_alone
from sagredo.problem.errors import InvalidInput

if TYPE_CHECKING:
    from jaxtyping import Float64, Int64

    from sagredo.problem.problem import Problem

LOG_ODDS_MAGNITUDE: Final = 2.5
"""How large log-odds are taken to be: the scale of the Cauchy prior of Gelman, Jakulin, Pittau & Su 2008, A weakly
informative default prior distribution for logistic and other regression models."""

RESIDUAL_SEED: Final = 20
"""Of the places that counts get inside their steps, and bounds beyond them; any will do, if it is always the same."""

CERTAIN: Final = 1e-12
"""Probabilities nearer than this to 0 or 1 count as so much: normal scores stay finite."""


class ResponseModel(ABC):
    """The responses of a problem under one likelihood."""

    magnitude: float
    """How large the values of a law are taken to be where the scales of its parameters' priors are set."""

    null_start: float
    """Where the fit of the best constant law begins."""

    @abstractmethod
    def native(self, rows: Int64[np.ndarray, " chosen"]) -> Responses:
        """Some of the rows, as the native core takes them."""

    @property
    @abstractmethod
    def floor_bits(self) -> float:
        """A lower bound of L_rec over all programs, bits."""

    @abstractmethod
    def working_problem(self) -> Problem:
        """The problem of least squares that planners solve: a law of it is worth weighing as a law of this one."""

    @abstractmethod
    def exchangeable_residuals(self, values: Float64[np.ndarray, " rows"]) -> Float64[np.ndarray, " rows"]:
        """What is left beside a law's values, such that under that law all rows are distributed alike."""


@final
class RecordedResponses(ResponseModel):
    """Real responses in bins, with additive noise of a scale that is given or unknown."""

    def __init__(self, problem: Problem, *, heavy_tails: bool) -> None:
        _refuse(problem.trials is not None, problem, "no trials", "trials")
        _refuse(problem.covariance is not None, problem, "no covariance", "covariance")
        _refuse(heavy_tails and problem.censored is not None, problem, "no bounds", "censored")
        self._problem = problem
        self._heavy_tails = heavy_tails
        self._sides = np.zeros(0) if problem.censored is None else _reals(problem.censored)
        self._places = _places(problem)
        self._record = record = recorded(problem)
        self.magnitude = record.target_magnitude
        self.null_start = float(np.average(record.responses, weights=record.weights))
        noise = record.noise
        self._extent = (noise.lower, noise.upper) if isinstance(noise, LogUniformNoise) else (nan, nan)
        self._sigma = noise.sigma if isinstance(noise, GivenNoise) else np.zeros(0)

    def native(self, rows: Int64[np.ndarray, " chosen"]) -> Responses:
        """Some of the rows, as the native core takes them."""
        return Responses.recorded(
            self._record.responses[rows],
            self._record.bins[rows],
            self._record.weights[rows],
            self._heavy_tails,
            *self._extent,
            self._sigma[rows] if len(self._sigma) else self._sigma,
            self._sides[rows] if len(self._sides) else self._sides,
        )

    @property
    def floor_bits(self) -> float:
        """L_rec of a program that meets every response exactly, and all bounds by far."""
        measured = self._sides == 0 if len(self._sides) else np.ones(len(self._record.responses), dtype=bool)
        rows = int(measured.sum())
        log_evidence, _, _ = log_marginal_likelihood(
            self._heavy_tails,
            *self._extent,
            self._sigma[measured] if len(self._sigma) else self._sigma,
            np.zeros(rows),
            self._record.bins[measured],
            self._record.weights[measured],
            np.zeros((0, rows)),
            np.zeros(0),
        )
        return -log_evidence / log(2)

    def working_problem(self) -> Problem:
        """The problem itself, a bound counting for nothing where rows are weighed."""
        if self._problem.censored is None:
            return self._problem
        return replace(self._problem, weights=self._record.weights * (self._sides == 0), censored=None)

    def exchangeable_residuals(self, values: Float64[np.ndarray, " rows"]) -> Float64[np.ndarray, " rows"]:
        """(y - f) / sigma, as far as sigma differs between rows; of bounds, drawn from the noise beyond them."""
        residuals: Float64[np.ndarray, " rows"] = self._record.responses - values
        if self._problem.sigma is not None:
            residuals = residuals / self._problem.sigma
        if self._problem.censored is None:
            return residuals
        bound = self._sides != 0
        scale = float(np.sqrt(np.mean(np.square(residuals[~bound])))) if self._problem.sigma is None else 1.0
        scale = max(scale, float(np.finfo(float).tiny))
        beyond = np.clip(self._places * ndtr(-self._sides * residuals / scale), CERTAIN, 1 - CERTAIN)
        return np.where(bound, -self._sides * scale * ndtri(beyond), residuals)


@final
class CorrelatedResponses(ResponseModel):
    """Real responses in bins, with normal errors of a known covariance."""

    def __init__(self, problem: Problem, covariance: Float64[np.ndarray, "rows rows"]) -> None:
        _refuse(problem.trials is not None, problem, "no trials", "trials")
        check_alone(covariance, sigma=problem.sigma, weights=problem.weights, censored=problem.censored)
        self._problem = problem
        self._record = record = recorded(problem)
        self._whitening = Whitening(covariance)
        self.magnitude = record.target_magnitude
        self.null_start = float(np.mean(record.responses))
        wide = np.flatnonzero(record.bins > self._whitening.deviations_left)
        if len(wide):
            left = self._whitening.deviations_left[wide[0]]
            raise InvalidInput(
                "Responses with a covariance must be recorded more finely than what the other rows leave open of each "
                f"error. Got the resolution {record.bins[wide[0]]:.3g} and {left:.3g} left open in row {wide[0] + 1}: "
                "record more digits, or add the variance resolution^2 / 12 of the rounding to the diagonal."
            )

    def native(self, rows: Int64[np.ndarray, " chosen"]) -> Responses:
        """Some of the rows, as the native core takes them."""
        record, part = self._record, Whitening(self._whitening.covariance[np.ix_(rows, rows)])
        return Responses.correlated(record.responses[rows], record.bins[rows], part.factor)

    @property
    def floor_bits(self) -> float:
        """L_rec of a program that meets every response exactly."""
        bins = self._whitening.bins(self._record.bins)
        return -float(Gaussian().log_probability(np.zeros(len(bins)), bins, np.ones(1)).sum()) / log(2)

    def working_problem(self) -> Problem:
        """The problem of independent errors with the same variances."""
        return replace(self._problem, sigma=self._whitening.standard_deviations, covariance=None)

    def exchangeable_residuals(self, values: Float64[np.ndarray, " rows"]) -> Float64[np.ndarray, " rows"]:
        """C^(-1/2) (y - f)."""
        return self._whitening.even(self._record.responses - values)


class CountResponses(ResponseModel):
    """Counts: the law says all of their distribution."""

    def __init__(self, problem: Problem, likelihood: CountLikelihood) -> None:
        _refuse(problem.sigma is not None, problem, "no standard deviations sigma", "sigma")
        _refuse(problem.covariance is not None, problem, "no covariance", "covariance")
        _refuse(problem.censored is not None, problem, "no bounds", "censored")
        self._problem = problem
        self.likelihood = likelihood
        self.weights = _weights(problem)
        self._places = _places(problem)

    @property
    def floor_bits(self) -> float:
        """-log2 P under the saturated model, in which every row has the value that suits it best."""
        return -float(self.weights @ self.likelihood.log_probability_at_most()) / log(2)

    @property
    def usual_trials(self) -> int | None:
        """How many trials a new response is to count the successes of; None where there are no trials."""
        return None

    def working_problem(self) -> Problem:
        """The working responses with their standard deviations."""
        responses, sigma = self.likelihood.working()
        target = replace(self._problem.target, values=responses)
        return replace(self._problem, target=target, sigma=sigma, trials=None, noise="gaussian")

    def exchangeable_residuals(self, values: Float64[np.ndarray, " rows"]) -> Float64[np.ndarray, " rows"]:
        """Randomised quantile residuals (Dunn & Smyth 1996): standard normal under the law."""
        below, until = self.likelihood.cumulative(values)
        uniform = below + self._places * (until - below)
        return np.asarray(ndtri(np.clip(uniform, CERTAIN, 1 - CERTAIN)), dtype=float)


@final
class PoissonResponses(CountResponses):
    """Counts, each of the rate that the law gives."""

    def __init__(self, problem: Problem) -> None:
        _refuse(problem.trials is not None, problem, "no trials", "trials")
        self._counts = _whole(problem, "responses", _reals(problem.responses))
        super().__init__(problem, Poisson(self._counts))
        target = problem.target
        self.magnitude = target.scale if target.scale is not None else root_mean_square(self._counts)
        self.null_start = float(self.weights @ self._counts / self.weights.sum())

    def native(self, rows: Int64[np.ndarray, " chosen"]) -> Responses:
        """Some of the rows, as the native core takes them."""
        return Responses.poisson(self._counts[rows], self.weights[rows])


@final
class BinomialResponses(CountResponses):
    """Successes in trials, of the log-odds that the law gives; one trial a row where none are given."""

    def __init__(self, problem: Problem) -> None:
        successes = _whole(problem, "responses", _reals(problem.responses))
        trials = np.ones(len(successes)) if problem.trials is None else _reals(problem.trials)
        trials = _whole(problem, "trials", trials)
        wrong = np.flatnonzero((successes > trials) | (trials < 1))
        if len(wrong):
            raise InvalidInput(
                f"The responses of {problem.noise} noise must be successes in at least one trial, of which there must "
                f"not be fewer. Got {successes[wrong[0]]:g} in {trials[wrong[0]]:g} trials: name the column of trials "
                "with trials= (--trials)."
            )
        self._successes, self._trials = successes, trials
        super().__init__(problem, Binomial(successes, trials))
        self.magnitude = LOG_ODDS_MAGNITUDE
        share = float(self.weights @ successes / (self.weights @ trials))
        self.null_start = log(share / (1 - share)) if 0 < share < 1 else 0.0

    def native(self, rows: Int64[np.ndarray, " chosen"]) -> Responses:
        """Some of the rows, as the native core takes them."""
        return Responses.binomial(self._successes[rows], self._trials[rows], self.weights[rows])

    @property
    def usual_trials(self) -> int:
        """Those of the median row."""
        return int(np.median(self._trials))


def _bernoulli(problem: Problem) -> ResponseModel:
    _refuse(problem.trials is not None, problem, "one trial a row, and no column of trials", "trials")
    return BinomialResponses(problem)


def _gaussian(problem: Problem) -> ResponseModel:
    if problem.covariance is None:
        return RecordedResponses(problem, heavy_tails=False)
    return CorrelatedResponses(problem, problem.covariance)


MODELS: Final[Mapping[str, Callable[[Problem], ResponseModel]]] = {
    "gaussian": _gaussian,
    "student_t": lambda problem: RecordedResponses(problem, heavy_tails=True),
    "poisson": PoissonResponses,
    "bernoulli": _bernoulli,
    "binomial": BinomialResponses,
}
"""The likelihoods by the name that a problem gives its noise."""


def response_model(problem: Problem) -> ResponseModel:
    """The likelihood that the problem names, for its responses.

    Raises:
        InvalidInput: no likelihood has this name, or the responses cannot be its.
    """
    if problem.noise not in MODELS:
        raise InvalidInput(
            f"The noise of real responses must be one of {', '.join(MODELS)}. Got {problem.noise!r} instead."
        )
    return MODELS[problem.noise](problem)


def noises_of_responses(problem: Problem) -> tuple[str, ...]:
    """The likelihoods that the responses may have, of those that need no other column: normal noise first.

    Counts of events are Poisson's as well; what is recorded with its own errors is no count. Errors of a covariance are
    normal, and so are those of responses of which some are bounds.
    """
    if problem.covariance is not None or problem.censored is not None:
        return ("gaussian",)
    responses = _reals(problem.responses)
    counts = problem.sigma is None and bool(np.all((responses >= 0) & (responses == np.rint(responses))))
    return ("gaussian", "student_t", "poisson") if counts else ("gaussian", "student_t")


def _places(problem: Problem) -> Float64[np.ndarray, " rows"]:
    """Fixed once, so that a law has the same residuals whenever it is asked for."""
    return np.random.default_rng(RESIDUAL_SEED).random(problem.row_count)


def _reals(values: object) -> Float64[np.ndarray, " rows"]:
    return np.ascontiguousarray(values, dtype=float)


def _weights(problem: Problem) -> Float64[np.ndarray, " rows"]:
    return np.ones(problem.row_count) if problem.weights is None else _reals(problem.weights)


def _refuse(wrong: bool, problem: Problem, what: str, option: str) -> None:
    if wrong:
        raise InvalidInput(
            f"Responses of {problem.noise} noise must have {what}. Got some: leave {option} out, or name another noise."
        )


def _whole(problem: Problem, what: str, values: Float64[np.ndarray, " rows"]) -> Float64[np.ndarray, " rows"]:
    wrong = values[(values < 0) | (values != np.rint(values))]
    if len(wrong):
        raise InvalidInput(
            f"The {what} of {problem.noise} noise must be whole numbers of at least 0. Got {wrong[0]:g} instead: "
            "name another noise, or correct them."
        )
    return values
