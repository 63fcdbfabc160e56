"""Weighted draws of a program's parameters, for where Laplace's method is poor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log, pi
from typing import TYPE_CHECKING, Final, final

import numpy as np

from sagredo.objective.normal_mixture import NormalMixture

if TYPE_CHECKING:
    from jaxtyping import Float64, Int64

    from sagredo.objective.parameter_posterior import NewNoise, ParameterPosterior

DRAWS: Final = 512
"""Draws of a law: a power of two, as Sobol's points want; means come to a twentieth of a deviation even if drawn at
random and worth only 400."""

DEGREES: Final = 4.0
"""Degrees of freedom of the proposal: its tails fall as |kappa|^-5, so that those of a skew posterior are met."""

LogJoint = Callable[
    ["Float64[np.ndarray, 'draws parameters']", "Int64[np.ndarray, ' draws']"],
    "Float64[np.ndarray, ' draws']",
]
"""log of prior times likelihood, nats, of parameters at numbered nodes of the noise's quadrature; up to a constant."""


@final
@dataclass(frozen=True, eq=False)
class ParameterDraws:
    """Draws (kappa_s, sigma_s) with weights under the posterior, and a uniform number each to draw the noise by.

    ``effective_share`` is that of the weights, (sum w)^2 / (n sum w^2). ``laplace_share`` is the same for draws
    from Laplace's approximation, estimated from these: 1 where it is exact. ``log_evidence`` is log of the integral
    of the joint density that the draws are of, nats.
    """

    parameters: Float64[np.ndarray, "draws parameters"]
    scales: Float64[np.ndarray, " draws"]
    weights: Float64[np.ndarray, " draws"]
    uniform: Float64[np.ndarray, " draws"]
    laplace_share: float
    log_evidence: float

    @property
    def effective_share(self) -> float:
        """The effective number of draws over their number."""
        return float(1.0 / (len(self.weights) * np.sum(np.square(self.weights))))

    def predict(
        self, values: Float64[np.ndarray, "draws rows"], noise: NewNoise | None = None
    ) -> NormalMixture:
        """What new inputs give, where the draws have ``values``: one component each.

        Without ``noise`` it is the program's own value; with it a new response, each draw with one of the noise's
        normal components. A draw stands for the draws around it as well, so that its deviation is at least that
        of the values among which it is: without, exact data would make a comb of the mixture. A draw without a
        value at a row has no weight there.
        """
        variances = np.array([self._neighbourhood(of_row) for of_row in values.T])
        if noise is not None:
            chosen = np.searchsorted(np.cumsum(noise.portions), self.uniform * noise.portions.sum())
            chosen = np.minimum(chosen, len(noise.portions) - 1)
            square = np.square(noise.unit[:, np.newaxis] * self.scales)
            rounding = np.square(noise.bins)[:, np.newaxis] / 12
            variances = variances + square * noise.variances[chosen] + rounding
        sound = np.isfinite(values.T) & np.isfinite(variances)
        return NormalMixture(np.where(sound, self.weights, 0.0), values.T, np.sqrt(variances))

    def _neighbourhood(self, values: Float64[np.ndarray, " draws"]) -> Float64[np.ndarray, " draws"]:
        """The variance of a uniform distribution over the values near each draw's own, in probability.

        It reaches as far to both sides as the nearer of the two ends, so that a skew distribution keeps within
        its bounds; the first and the last draw have one side alone.
        """
        found = np.zeros(len(values))
        used = np.flatnonzero(np.isfinite(values) & (self.weights > 0))
        if not len(used):
            return found
        used = used[np.argsort(values[used], kind="stable")]
        own, cumulative = values[used], np.cumsum(self.weights[used])
        middles = cumulative - 0.5 * self.weights[used]
        window = 0.5 * cumulative[-1] / np.sqrt(self.effective_share * len(self.weights))
        below = own - np.interp(middles - window, middles, own)
        above = np.interp(middles + window, middles, own) - own
        half = np.where((below > 0) & (above > 0), np.minimum(below, above), np.maximum(below, above))
        found[used] = np.square(half) / 3
        return found


def draw_parameters(
    posterior: ParameterPosterior, best: Float64[np.ndarray, " parameters"], log_joint: LogJoint
) -> ParameterDraws | None:
    """Self-normalised importance sampling (Owen 2013, Monte Carlo theory, methods and examples, chapter 9).

    A node q of the noise is drawn with its share, and then kappa = best + D diag(deviations_q) u, with u from a
    multivariate t distribution: Laplace's approximation with heavier tails. The numbers behind are the points
    of Sobol's sequence, so that the same posterior gives the same draws. The evidence is the mean of the joint density
    over that of the proposal. None where every weight vanishes.
    """
    from scipy.special import chdtri, gammaln, ndtri
    from scipy.stats.qmc import Sobol

    count = len(best)
    points = Sobol(count + 3, scramble=False).random(DRAWS) + 0.5 / DRAWS
    shares = posterior.shares
    nodes = np.minimum(np.searchsorted(np.cumsum(shares), points[:, 0]), len(shares) - 1)
    mixing = chdtri(DEGREES, points[:, 1]) / DEGREES
    standard = ndtri(points[:, 3:]) / np.sqrt(mixing)[:, np.newaxis]
    parameters = best + (posterior.deviations[nodes] * standard) @ posterior.directions.T
    square = np.sum(np.square(standard), axis=1)
    heavier = -0.5 * (DEGREES + count) * np.log1p(square / DEGREES)
    with np.errstate(all="ignore"):
        spread = np.log(shares[nodes]) - np.log(posterior.deviations[nodes]).sum(axis=1)
        logs = log_joint(parameters, nodes) - spread
        logs = np.where(np.isfinite(logs), logs, -np.inf)
        weights = _normalised(logs - heavier)
        if weights is None:
            return None
        laplace = _normalised(-0.5 * square - heavier)
        assert laplace is not None  # The weights of a bell about its own centre do not all vanish.
        share = 1.0 / float(np.sum(np.square(weights[weights > 0]) / laplace[weights > 0]))
    volume = float(np.linalg.slogdet(posterior.directions)[1]) if count else 0.0
    peak = gammaln(0.5 * (DEGREES + count)) - gammaln(0.5 * DEGREES) - 0.5 * count * log(DEGREES * pi)
    log_evidence = float(np.logaddexp.reduce(logs - heavier)) - log(DRAWS) + volume - float(peak)
    return ParameterDraws(parameters, posterior.scales[nodes], weights, points[:, 2], share, log_evidence)


def _normalised(logs: Float64[np.ndarray, " draws"]) -> Float64[np.ndarray, " draws"] | None:
    """Weights that add up to one; None where all vanish."""
    top = logs.max()
    if not np.isfinite(top):
        return None
    weights = np.exp(logs - top)
    return np.asarray(weights / weights.sum(), dtype=float)
