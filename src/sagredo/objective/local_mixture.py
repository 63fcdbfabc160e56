"""Importance sampling about draws of a distribution of any shape, with a proposal that follows them locally."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log, pi
from typing import TYPE_CHECKING, Final, final

import numpy as np
from scipy.special import gammaln

from sagredo.objective.annealing import effective_sample_size

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.objective.tempering import Draws, Logs

CENTRES: Final = 64
"""Parts of the proposal: along a curved set each spans a sixty-fourth of it, which is nearly straight."""

NEIGHBOURS: Final = 32
"""Draws about a centre whose spread is that of its part: enough for the covariance of a few parameters."""

DEGREES: Final = 4.0
"""Degrees of freedom of the parts, t distributions: their tails are heavier than those of a bell."""

PRIOR_SHARE: Final = 0.1
"""The share of the proposal that is the prior itself, so that no weight exceeds ten times the likelihood
(defensive mixture, Hesterberg 1995)."""

DRAWS: Final = 8192
"""Draws: where a twentieth of them counts, the log evidence errs by 0.05 nats."""

RIDGE: Final = 1e-12
"""Added to the variances, relative to them and to those of all draws: equal draws have a spread, and rounding makes no
covariance indefinite."""


@final
@dataclass(frozen=True, eq=False)
class ImportanceDraws:
    """Draws with log weights p(kappa) L(kappa) / q(kappa), nats, under the proposal q."""

    parameters: Draws
    log_weights: Logs

    @property
    def log_evidence(self) -> float:
        """log of the mean weight, an unbiased estimate of the evidence."""
        return float(np.logaddexp.reduce(self.log_weights)) - log(len(self.log_weights))

    @property
    def effective_share(self) -> float:
        """The effective number of draws over their number."""
        return effective_sample_size(self.log_weights) / len(self.log_weights)


def importance_draws(
    rng: np.random.Generator,
    about: Draws,
    prior_draws: Draws,
    log_prior: Callable[[Draws], Logs],
    log_likelihood: Callable[[Draws], Logs],
) -> ImportanceDraws:
    """Draws from a mixture of t distributions about some of the draws ``about``, and of the prior, weighted.

    Each part has the covariance of its centre's nearest neighbours, in units of the quartiles' distance
    (local importance sampling, Givens & Raftery 1996). ``log_prior`` must be normalised; ``prior_draws`` are from it.
    """
    mixture = _LocalMixture.about(rng, about)
    from_prior = prior_draws[: round(PRIOR_SHARE * DRAWS)]
    share = len(from_prior) / DRAWS
    drawn = np.concatenate([mixture.draw(rng, DRAWS - len(from_prior)), from_prior])
    priors = log_prior(drawn)
    proposal = np.logaddexp(log(share) + priors, log(1.0 - share) + mixture.log_density(drawn))
    with np.errstate(invalid="ignore"):
        weights = priors + log_likelihood(drawn) - proposal
    return ImportanceDraws(drawn, np.where(np.isnan(weights), -np.inf, weights))


@final
@dataclass(frozen=True, eq=False)
class _LocalMixture:
    """Equally weighted t distributions, each with a Cholesky factor of its scale."""

    centres: Float64[np.ndarray, "centres parameters"]
    factors: Float64[np.ndarray, "centres parameters parameters"]

    @classmethod
    def about(cls, rng: np.random.Generator, draws: Draws) -> _LocalMixture:
        centres = draws[rng.choice(len(draws), CENTRES, replace=False)]
        low, high = np.quantile(draws, [0.25, 0.75], axis=0)
        unit = np.where(high > low, high - low, 1.0)
        factors = []
        for centre in centres:
            apart = (draws - centre) / unit
            nearest = np.argpartition(np.square(apart).sum(axis=1), NEIGHBOURS)[:NEIGHBOURS]
            covariance = apart[nearest].T @ apart[nearest] / NEIGHBOURS
            covariance += RIDGE * np.diag(1.0 + np.diag(covariance))
            factors.append(unit[:, np.newaxis] * np.linalg.cholesky(covariance))
        return cls(centres, np.array(factors))

    def draw(self, rng: np.random.Generator, count: int) -> Draws:
        chosen = rng.integers(len(self.centres), size=count)
        normal = rng.standard_normal((count, self.centres.shape[1]))
        mixing = np.sqrt(rng.chisquare(DEGREES, size=count) / DEGREES)
        steps: Draws = np.einsum("nij,nj->ni", self.factors[chosen], normal) / mixing[:, np.newaxis]
        drawn: Draws = self.centres[chosen] + steps
        return drawn

    def log_density(self, draws: Draws) -> Logs:
        dimension = draws.shape[1]
        peak = (
            gammaln(0.5 * (DEGREES + dimension))
            - gammaln(0.5 * DEGREES)
            - 0.5 * dimension * log(DEGREES * pi)
        )
        logs = np.full(len(draws), -np.inf)
        for centre, factor in zip(self.centres, self.factors, strict=True):
            with np.errstate(over="ignore", invalid="ignore"):
                squares = np.square(np.linalg.solve(factor, (draws - centre).T)).sum(axis=0)
            # A draw so far away that no double holds its distance has no density.
            tails = np.log1p(np.where(np.isnan(squares), np.inf, squares) / DEGREES)
            volume = float(np.linalg.slogdet(factor)[1])
            logs = np.logaddexp(logs, peak - volume - 0.5 * (DEGREES + dimension) * tails)
        return np.asarray(logs - log(len(self.centres)), dtype=float)
