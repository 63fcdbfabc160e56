"""Likelihoods of a recorded response: the probability that a measurement falls in its bin."""

from __future__ import annotations

from abc import ABC, abstractmethod
from math import log, pi
from typing import TYPE_CHECKING, Final, final

import numpy as np
from scipy.special import log_ndtr, ndtr

if TYPE_CHECKING:
    from jaxtyping import Bool, Float64

NARROW_BIN: Final = 0.05
"""Bins narrower than this many scales are integrated by series: its error is below 2e-4 nats a row, and a
difference of distribution functions would begin to lose digits."""

FLAT_TAIL: Final = 1e-4
"""Far out Student's density is flat over a bin that is this part of the residual, to 10^-8, and of a difference of
distribution functions too few digits would be left."""

SCALE_NODES: Final = 16
"""Normal distributions that stand for Student's t: the mixture's distribution function is within 3 * 10^-4 of it."""

FAR: Final = 30.0
"""Standard deviations beyond which normal tails are taken as logarithms: they underflow near 38."""


class Likelihood(ABC):
    """P(y in its bin | f, sigma), for a density of location f and scale sigma.

    A bin of width w around y has the probability F((r + w/2) / sigma) - F((r - w/2) / sigma), where r = y - f
    is the residual and F the distribution function of the standard noise. All arguments broadcast against
    each other; usually residuals and bins are rows and the scale is a column of quadrature nodes.
    """

    @property
    def censoring(self) -> Float64[np.ndarray, " rows"] | None:
        """-1 or +1 for rows of which only a bound is known, else 0 (:class:`.censoring.CensoredGaussian`); None if all
        were measured."""
        return None

    @abstractmethod
    def log_probability(
        self,
        residuals: Float64[np.ndarray, " *shape"],
        bins: Float64[np.ndarray, " *shape"],
        scale: Float64[np.ndarray, " *shape"],
    ) -> Float64[np.ndarray, " *shape"]:
        """log P of each bin, nats; finite far into the tails. Scales must be positive."""

    @abstractmethod
    def information(
        self,
        residuals: Float64[np.ndarray, " *shape"],
        bins: Float64[np.ndarray, " *shape"],
        scale: Float64[np.ndarray, " *shape"],
    ) -> Float64[np.ndarray, " *shape"]:
        """The Fisher information of one recorded response about its location, in 1 / unit^2."""

    @abstractmethod
    def row_weights(
        self, residuals: Float64[np.ndarray, " rows"], scale: Float64[np.ndarray, " *shape"]
    ) -> Float64[np.ndarray, " rows"]:
        """Weights with which least squares, repeated, finds the location of maximum likelihood."""

    @abstractmethod
    def normal_components(
        self,
    ) -> tuple[Float64[np.ndarray, " components"], Float64[np.ndarray, " components"]]:
        """Probabilities and variances of normal distributions whose mixture is the noise of scale 1."""


@final
class Gaussian(Likelihood):
    """Normal noise of standard deviation sigma.

    A recorded value carries the rounding variance w^2 / 12 of its bin on top of sigma^2 (Sheppard's
    correction), which is what its information uses.
    """

    def log_probability(
        self,
        residuals: Float64[np.ndarray, " *shape"],
        bins: Float64[np.ndarray, " *shape"],
        scale: Float64[np.ndarray, " *shape"],
    ) -> Float64[np.ndarray, " *shape"]:
        """log P of each bin, nats.

        With a = r w / (2 sigma^2), a narrow bin has P = phi(r / sigma) (w / sigma) (sinh a / a) (1 - w^2 / 24
        sigma^2), of which log(sinh a / a) = a^2/6 - a^4/180 for a <= 1; beyond, r exceeds 40 sigma and the
        row costs over 800 nats, against which the clipped term is nothing.
        """
        precision = 1.0 / scale
        standard = np.abs(residuals) * precision
        width = bins * precision
        wide = np.broadcast_to(width >= NARROW_BIN, np.broadcast_shapes(width.shape, standard.shape))
        square = np.minimum(0.5 * standard * width, 1.0) ** 2
        logs: Float64[np.ndarray, " *shape"] = np.log(width) - 0.5 * (
            standard * standard + log(2 * pi) + width * width / 12
        )
        logs += square * (1 / 6 - square / 180)
        if wide.any():
            low, high = _edges(standard, width, wide)
            with np.errstate(divide="ignore"):
                inside = np.log(ndtr(-low) - ndtr(-high))
            far = low > FAR
            log_low = log_ndtr(-low[far])
            inside[far] = log_low + np.log(-np.expm1(log_ndtr(-high[far]) - log_low))
            logs[wide] = inside
        return logs

    def information(
        self,
        residuals: Float64[np.ndarray, " *shape"],
        bins: Float64[np.ndarray, " *shape"],
        scale: Float64[np.ndarray, " *shape"],
    ) -> Float64[np.ndarray, " *shape"]:
        """1 / (sigma^2 + w^2 / 12)."""
        result: Float64[np.ndarray, " *shape"] = np.reciprocal(scale * scale + bins * bins / 12)
        return result

    def row_weights(
        self, residuals: Float64[np.ndarray, " rows"], scale: Float64[np.ndarray, " *shape"]
    ) -> Float64[np.ndarray, " rows"]:
        """One for every row: plain least squares."""
        return np.ones_like(residuals)

    def normal_components(
        self,
    ) -> tuple[Float64[np.ndarray, " components"], Float64[np.ndarray, " components"]]:
        """The one that it is."""
        return np.ones(1), np.ones(1)


@final
class StudentT(Likelihood):
    """Student's t with 4 degrees of freedom, scale sigma: the robust alternative.

    Four is the smallest number of degrees for which the fit's influence curve falls off and the variance
    exists, and its distribution function is algebraic: with x = t / sqrt(4 + t^2), F = 1/2 + (3 x - x^3) /
    4 (Lange, Little and Taylor 1989, Robust statistical modeling using the t distribution, fix nu = 4 for
    small samples).
    """

    DEGREES: Final = 4.0

    def log_probability(
        self,
        residuals: Float64[np.ndarray, " *shape"],
        bins: Float64[np.ndarray, " *shape"],
        scale: Float64[np.ndarray, " *shape"],
    ) -> Float64[np.ndarray, " *shape"]:
        """log P of each bin, nats: by the density and its second derivative where the bin is narrow.

        The standard density is (3/8) (1 + t^2/4)^(-5/2), whose f''/f is (15 t^2/8 - 5/4) / (1 + t^2/4)^2.
        """
        precision = 1.0 / scale
        standard = np.abs(residuals) * precision
        width = bins * precision
        wide = (width >= NARROW_BIN) & (width >= FLAT_TAIL * standard)
        base = 1.0 + 0.25 * standard * standard
        curvature = (7.5 * (base - 1.0) - 1.25) / (base * base)
        logs: Float64[np.ndarray, " *shape"] = np.log(width) + log(3 / 8) - 2.5 * np.log(base)
        logs += np.log1p(np.where(wide, 0.0, width * width) / 24 * curvature)
        if wide.any():
            low, high = _edges(standard, width, wide)
            logs[wide] = np.log(self._survival(low) - self._survival(high))
        return logs

    def information(
        self,
        residuals: Float64[np.ndarray, " *shape"],
        bins: Float64[np.ndarray, " *shape"],
        scale: Float64[np.ndarray, " *shape"],
    ) -> Float64[np.ndarray, " *shape"]:
        """1 / (sigma^2 (nu + 3) / (nu + 1) + w^2 / 12)."""
        factor = (self.DEGREES + 3) / (self.DEGREES + 1)
        result: Float64[np.ndarray, " *shape"] = np.reciprocal(factor * scale * scale + bins * bins / 12)
        return result

    def row_weights(
        self, residuals: Float64[np.ndarray, " rows"], scale: Float64[np.ndarray, " *shape"]
    ) -> Float64[np.ndarray, " rows"]:
        """(nu + 1) / (nu + (r / sigma)^2): the weights of expectation-maximisation."""
        standard = residuals / scale
        result: Float64[np.ndarray, " *shape"] = (self.DEGREES + 1) / (self.DEGREES + standard * standard)
        return result

    def normal_components(
        self,
    ) -> tuple[Float64[np.ndarray, " components"], Float64[np.ndarray, " components"]]:
        """t = z / sqrt(g / 2), z standard normal and g ~ Gamma(2): a variance of 2 / g.

        E h(2 / g) = integral h(2 / g) g e^-g dg by the rule of Gauss and Laguerre with weights u_c g_c, which
        is exact for the total 1 and for the variance 2.
        """
        nodes, rule = np.polynomial.laguerre.laggauss(SCALE_NODES)
        return rule * nodes, 2.0 / nodes

    @staticmethod
    def _survival(t: Float64[np.ndarray, " *shape"]) -> Float64[np.ndarray, " *shape"]:
        """1 - F(t) = (1 - x)^2 (2 + x) / 4, with 1 - x free of cancellation for large t."""
        root = np.sqrt(4.0 + t * t)
        x = t / root
        gap = np.where(t > 0, 4.0 / (root * (root + np.abs(t))), 1.0 - x)
        result: Float64[np.ndarray, " *shape"] = gap * gap * (2.0 + x) / 4
        return result


def _edges(
    standard: Float64[np.ndarray, " *shape"],
    width: Float64[np.ndarray, " *shape"],
    chosen: Bool[np.ndarray, " *shape"],
) -> tuple[Float64[np.ndarray, " chosen"], Float64[np.ndarray, " chosen"]]:
    """The edges of the chosen bins, in scales from the location, on the side of the residual."""
    half = np.broadcast_to(0.5 * width, chosen.shape)[chosen]
    centre = np.broadcast_to(standard, chosen.shape)[chosen]
    return centre - half, centre + half
