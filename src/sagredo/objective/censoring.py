"""Responses of which only a bound is known: below what the instrument sees, or beyond its range."""

from __future__ import annotations

from dataclasses import dataclass
from math import log, pi
from typing import TYPE_CHECKING, Final, final

import numpy as np
from scipy.special import log_ndtr

from sagredo.objective.likelihood import Gaussian, Likelihood

if TYPE_CHECKING:
    from jaxtyping import Bool, Float64

FAR: Final = 100.0
"""Standard deviations beyond which the information of a tail is 1 to within 10^-4."""


@final
@dataclass(frozen=True, eq=False)
class CensoredGaussian(Likelihood):
    """Normal noise, some of whose responses are bounds (Tobin 1958, Estimation of relationships for limited dependent
    variables).

    ``sides`` is -1 on rows whose response is less than what was recorded, +1 where it is more, and 0 where it was
    measured. With t = -side (y - f) / sigma a bound has P = Phi(t), whose hazard is h = phi(t) / Phi(t) and whose
    information, -d^2 log P / df^2, is h (h + t) / sigma^2. Rows are the last axis of all arguments.
    """

    sides: Float64[np.ndarray, " rows"]

    @property
    def censoring(self) -> Float64[np.ndarray, " rows"]:
        """The sides."""
        return self.sides

    @property
    def bounds(self) -> Bool[np.ndarray, " rows"]:
        """The rows that were not measured."""
        return np.asarray(self.sides != 0)

    def log_probability(
        self,
        residuals: Float64[np.ndarray, " *shape"],
        bins: Float64[np.ndarray, " *shape"],
        scale: Float64[np.ndarray, " *shape"],
    ) -> Float64[np.ndarray, " *shape"]:
        """log P of each bin, or of each tail, nats."""
        measured = Gaussian().log_probability(residuals, bins, scale)
        return np.where(self.bounds, log_ndtr(-self.sides * residuals / scale), measured)

    def information(
        self,
        residuals: Float64[np.ndarray, " *shape"],
        bins: Float64[np.ndarray, " *shape"],
        scale: Float64[np.ndarray, " *shape"],
    ) -> Float64[np.ndarray, " *shape"]:
        """1 / (sigma^2 + w^2 / 12), or h (h + t) / sigma^2."""
        t = -self.sides * residuals / scale
        hazard = np.exp(-0.5 * (np.square(t) + log(2 * pi)) - log_ndtr(t))
        tail = np.where(t < -FAR, 1.0, hazard * (hazard + t))
        return np.where(self.bounds, tail / np.square(scale), Gaussian().information(residuals, bins, scale))

    def row_weights(
        self, residuals: Float64[np.ndarray, " rows"], scale: Float64[np.ndarray, " *shape"]
    ) -> Float64[np.ndarray, " rows"]:
        """One for every row."""
        return np.ones_like(residuals)

    def normal_components(
        self,
    ) -> tuple[Float64[np.ndarray, " components"], Float64[np.ndarray, " components"]]:
        """Of the noise itself: the one that it is."""
        return Gaussian().normal_components()
