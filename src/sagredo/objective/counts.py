"""Likelihoods of counts, and their evidence: the readable reference of the native one, which is checked against it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import inf, isfinite, log, pi, sqrt
from typing import TYPE_CHECKING, Final, final

import numpy as np
from scipy.special import betainc, expit, gammaln, pdtr, xlogy

from sagredo.objective.evidence import singular_values
from sagredo.objective.parameter_posterior import ParameterPosterior

if TYPE_CHECKING:
    from jaxtyping import Float64

COUNT_VARIANCE: Final = 1 / 12
"""Added to a rate where the information of a count is taken: a count is recorded in a bin of width 1, whose variance
this is, and so says no more than such a bin even at a rate of 0."""

STEPS: Final = 65
"""Nodes of the trapezoid rule along a direction: they are a quarter of a standard deviation apart, where the rule is
exact to 10^-30 on a bell and to 1% on the exponential density of a rate at its bound."""

PRIOR_REACH: Final = 8.0
"""Standard deviations that the rule covers to each side: exp(-8^2 / 2) is 10^-14."""

HALF_COUNT: Final = 0.5
"""Added to successes and failures where their logarithms are taken: the bias of the log-odds is then of second order
(Haldane 1956; Anscombe 1956, On estimating binomial response relations)."""

CANCELLED: Final = 1e-12
"""A step along redundant parameters cancels to rounding: of its terms no more is left than this."""


class CountLikelihood(ABC):
    """P(y | f) of counts y that have no noise of a scale of its own: the program's value f says all.

    Values and responses are rows; values that are impossible have probability 0.
    """

    @abstractmethod
    def log_probability(self, values: Float64[np.ndarray, " *shape"]) -> Float64[np.ndarray, " *shape"]:
        """log P of each response, nats."""

    @abstractmethod
    def information(self, values: Float64[np.ndarray, " rows"]) -> Float64[np.ndarray, " rows"]:
        """The Fisher information about f, of no more than a bin of width 1 has."""

    @abstractmethod
    def mean(self, values: Float64[np.ndarray, " rows"]) -> Float64[np.ndarray, " rows"]:
        """E y."""

    @abstractmethod
    def variance(self, values: Float64[np.ndarray, " rows"]) -> Float64[np.ndarray, " rows"]:
        """E (y - E y)^2."""

    @abstractmethod
    def log_probability_at_most(self) -> Float64[np.ndarray, " rows"]:
        """The largest log P of each response over all values: that of the saturated model."""

    @abstractmethod
    def working(self) -> tuple[Float64[np.ndarray, " rows"], Float64[np.ndarray, " rows"]]:
        """What least squares may take for f without knowing a program, and the standard deviation of each."""

    @abstractmethod
    def cumulative(
        self, values: Float64[np.ndarray, " rows"]
    ) -> tuple[Float64[np.ndarray, " rows"], Float64[np.ndarray, " rows"]]:
        """P(Y < y) and P(Y <= y)."""


@final
@dataclass(frozen=True, eq=False)
class Poisson(CountLikelihood):
    """y ~ Poisson(f): the value is the rate, the mean count. A rate of 0 makes counts of 0."""

    counts: Float64[np.ndarray, " rows"]

    def log_probability(self, values: Float64[np.ndarray, " *shape"]) -> Float64[np.ndarray, " *shape"]:
        """y log f - f - log y!."""
        possible = np.maximum(values, 0.0)
        with np.errstate(divide="ignore"):
            logs = xlogy(self.counts, possible) - possible - gammaln(self.counts + 1)
        return np.where(values >= 0, logs, -inf)

    def information(self, values: Float64[np.ndarray, " rows"]) -> Float64[np.ndarray, " rows"]:
        """1 / (f + 1/12)."""
        return 1 / (values + COUNT_VARIANCE)

    def mean(self, values: Float64[np.ndarray, " rows"]) -> Float64[np.ndarray, " rows"]:
        """f."""
        return values

    def variance(self, values: Float64[np.ndarray, " rows"]) -> Float64[np.ndarray, " rows"]:
        """f."""
        return values

    def log_probability_at_most(self) -> Float64[np.ndarray, " rows"]:
        """At f = y."""
        return self.log_probability(self.counts)

    def working(self) -> tuple[Float64[np.ndarray, " rows"], Float64[np.ndarray, " rows"]]:
        """The counts and their roots, at least 1."""
        return self.counts, np.sqrt(np.maximum(self.counts, 1.0))

    def cumulative(
        self, values: Float64[np.ndarray, " rows"]
    ) -> tuple[Float64[np.ndarray, " rows"], Float64[np.ndarray, " rows"]]:
        """By the incomplete gamma function."""
        below = np.where(self.counts > 0, pdtr(np.maximum(self.counts - 1, 0), values), 0.0)
        return below, np.asarray(pdtr(self.counts, values))


@final
@dataclass(frozen=True, eq=False)
class Binomial(CountLikelihood):
    """y ~ Binomial(n, p), log(p / (1 - p)) = f: the value is the log-odds of success, so that any value is possible."""

    successes: Float64[np.ndarray, " rows"]
    trials: Float64[np.ndarray, " rows"]

    def log_probability(self, values: Float64[np.ndarray, " *shape"]) -> Float64[np.ndarray, " *shape"]:
        """log (n over y) + y f - n log(1 + exp f)."""
        ways = (
            gammaln(self.trials + 1) - gammaln(self.successes + 1) - gammaln(self.trials - self.successes + 1)
        )
        result: Float64[np.ndarray, " *shape"] = (
            ways + self.successes * values - self.trials * np.logaddexp(0, values)
        )
        return result

    def information(self, values: Float64[np.ndarray, " rows"]) -> Float64[np.ndarray, " rows"]:
        """n p (1 - p)."""
        return self.variance(values)

    def mean(self, values: Float64[np.ndarray, " rows"]) -> Float64[np.ndarray, " rows"]:
        """n p."""
        return np.asarray(self.trials * expit(values))

    def variance(self, values: Float64[np.ndarray, " rows"]) -> Float64[np.ndarray, " rows"]:
        """n p (1 - p)."""
        return np.asarray(self.trials * expit(values) * expit(-values))

    def log_probability_at_most(self) -> Float64[np.ndarray, " rows"]:
        """At p = y / n."""
        n, y = self.trials, self.successes
        ways = gammaln(n + 1) - gammaln(y + 1) - gammaln(n - y + 1)
        return np.asarray(ways + xlogy(y, y / n) + xlogy(n - y, 1 - y / n))

    def working(self) -> tuple[Float64[np.ndarray, " rows"], Float64[np.ndarray, " rows"]]:
        """log((y + 1/2) / (n - y + 1/2)), and 1 / sqrt(n p (1 - p)) with p = (y + 1/2) / (n + 1)."""
        n, y = self.trials, self.successes
        p = (y + HALF_COUNT) / (n + 2 * HALF_COUNT)
        return np.log((y + HALF_COUNT) / (n - y + HALF_COUNT)), 1 / np.sqrt(n * p * (1 - p))

    def cumulative(
        self, values: Float64[np.ndarray, " rows"]
    ) -> tuple[Float64[np.ndarray, " rows"], Float64[np.ndarray, " rows"]]:
        """By the incomplete beta function: P(Y <= y) = I_(1-p)(n - y, y + 1) for y < n."""
        failure, n = expit(-values), self.trials

        def until(y: Float64[np.ndarray, " rows"]) -> Float64[np.ndarray, " rows"]:
            inside = betainc(np.maximum(n - y, 1), np.maximum(y + 1, 1), failure)
            return np.where(y < 0, 0.0, np.where(y < n, inside, 1.0))

        return until(self.successes - 1), until(self.successes)


def log_marginal_likelihood(
    likelihood: CountLikelihood,
    weights: Float64[np.ndarray, " rows"],
    values: Float64[np.ndarray, " rows"],
    jacobian: Float64[np.ndarray, "rows parameters"],
    log_prior_density: Float64[np.ndarray, " parameters"],
) -> tuple[float, Float64[np.ndarray, " parameters"]]:
    """log integral prod_i P(y_i | f_i(kappa))^(m_i) p(kappa) d kappa, nats, and the parameters' standard errors.

    The arguments are those of :func:`parameter_posterior`; -inf where it is None.
    """
    found = parameter_posterior(likelihood, weights, values, jacobian, log_prior_density)
    if found is None:
        return -inf, np.full(len(log_prior_density), inf)
    return found.log_evidence, found.standard_errors


def parameter_posterior(
    likelihood: CountLikelihood,
    weights: Float64[np.ndarray, " rows"],
    values: Float64[np.ndarray, " rows"],
    jacobian: Float64[np.ndarray, "rows parameters"],
    log_prior_density: Float64[np.ndarray, " parameters"],
) -> ParameterPosterior | None:
    """What counts say of parameters, at one node: there is no scale of the noise.

    ``values`` f_i are those of the best parameters, ``jacobian`` df_i / d kappa_j and ``log_prior_density``
    log p_j(kappa_j) are taken there, ``weights`` are the multiplicities m_i.

    In units 1 / (sqrt(2 pi) p_j) every parameter has the prior N(0, 1) about the best. Along each of the directions
    that diagonalise the information J^T diag(m_i I_i) J the likelihood, at most that at the best, is integrated by the
    trapezoid rule over f + t df/dt: rates near 0 and log-odds that the data let grow make no bell.

    None where a response is impossible.
    """
    at_best = float(weights @ likelihood.log_probability(values))
    if not isfinite(at_best):
        return None
    if not len(log_prior_density):
        return _at_one_node(at_best, np.zeros((0, 0)), np.zeros(0))
    units = np.exp(-log_prior_density) / sqrt(2 * pi)
    information = weights * likelihood.information(values)
    _, singular, right = singular_values(np.sqrt(information)[:, np.newaxis] * jacobian * units)
    deviations = 1 / np.hypot(1, singular)
    gained = 0.0
    for deviation, direction in zip(deviations, right, strict=True):
        t = np.linspace(-PRIOR_REACH, PRIOR_REACH, STEPS)[:, np.newaxis] * deviation
        terms = jacobian * (units * direction)
        shift = terms.sum(axis=1)
        shift[np.abs(shift) < CANCELLED * np.abs(terms).sum(axis=1)] = 0.0
        logs = likelihood.log_probability(values + t * shift) @ weights - at_best
        area = np.exp(np.minimum(logs, 0) - 0.5 * t[:, 0] ** 2).sum() * (t[1, 0] - t[0, 0]) / sqrt(2 * pi)
        gained += min(log(area), 0.0)
    return _at_one_node(at_best + gained, right.T * units[:, np.newaxis], deviations)


def _at_one_node(
    log_evidence: float,
    directions: Float64[np.ndarray, "parameters parameters"],
    deviations: Float64[np.ndarray, " parameters"],
) -> ParameterPosterior:
    return ParameterPosterior(
        np.array([log_evidence]), np.zeros(1), np.ones(1), np.ones(1), directions, deviations[np.newaxis]
    )
