"""What is known of the noise before the data: its scale given, or log-uniform between two bounds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import log, sqrt
from typing import TYPE_CHECKING, Final, final

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Float64

NODES: Final = 36
"""Quadrature nodes on log sigma; their spacing around the mode is then at most 0.55 of the integrand's
width for up to 10^6 rows, where the trapezoid rule on a bell is exact to 10^-6."""

BIN_FRACTION: Final = 0.1
"""The smallest noise worth telling apart from none is this fraction of a bin: at a tenth, a centred response
falls in its bin with a probability that differs from 1 by less than 10^-6."""


class Noise(ABC):
    """The prior of the noise's scale sigma."""

    @property
    @abstractmethod
    def unit(self) -> Float64[np.ndarray, " #rows"]:
        """What residuals and scales are told in, so that their squares stay within the range of doubles."""

    @abstractmethod
    def nodes(
        self, mode: float, weight: float, floor: float
    ) -> tuple[Float64[np.ndarray, " nodes"], Float64[np.ndarray, " nodes"]]:
        """Scales and log weights with sum_q exp(log_weight_q) F(sigma_q) = integral F(sigma) p(sigma) d
        sigma.

        ``mode`` is where the integrand is expected to peak and ``weight`` the number of responses, which
        says how sharply; scales under ``floor`` are known to contribute nothing. All are in units of
        :attr:`unit`.
        """


@final
@dataclass(frozen=True, eq=False)
class GivenNoise(Noise):
    """Known standard deviations, one a row."""

    sigma: Float64[np.ndarray, " rows"]

    @property
    def unit(self) -> Float64[np.ndarray, " rows"]:
        """The given standard deviations."""
        return self.sigma

    def nodes(
        self, mode: float, weight: float, floor: float
    ) -> tuple[Float64[np.ndarray, " 1"], Float64[np.ndarray, " 1"]]:
        """One node: once the given standard deviations."""
        return np.ones(1), np.zeros(1)


@final
@dataclass(frozen=True)
class LogUniformNoise(Noise):
    """One unknown scale for all rows, log sigma uniform on [log lower, log upper]."""

    lower: float
    upper: float

    @property
    def unit(self) -> Float64[np.ndarray, " 1"]:
        """The least scale."""
        return np.full(1, self.lower)

    def nodes(
        self, mode: float, weight: float, floor: float
    ) -> tuple[Float64[np.ndarray, " nodes"], Float64[np.ndarray, " nodes"]]:
        """Trapezoid rule on t, log sigma = log mode + h sinh t: dense at the mode, sparse far from it.

        The likelihood of n residuals is a bell in log sigma of width h = 1 / sqrt(2 n).
        """
        high = log(self.upper / self.lower)
        centre = min(max(log(mode), 0.0), high)
        width = 1 / sqrt(2 * max(weight, 1.0))
        # A mode beyond the upper bound moves to it, and the floor with it: the integrand only falls off
        # faster there.
        lowest = max(centre - log(mode / floor), 0.0) if floor > 0 else 0.0
        start = np.arcsinh((lowest - centre) / width)
        end = np.arcsinh((high - centre) / width)
        t, step = np.linspace(start, end, NODES, retstep=True)
        trapezoid = np.full(NODES, float(step))
        trapezoid[[0, -1]] *= 0.5
        sigma = np.exp(np.clip(centre + width * np.sinh(t), 0.0, high))
        log_weights = np.log(trapezoid * width * np.cosh(t) / high)
        return sigma, log_weights
