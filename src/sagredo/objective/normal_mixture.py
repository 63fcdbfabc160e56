"""What is known of new responses: at every row a mixture of normal distributions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self, final

import numpy as np
from scipy.special import ndtr, ndtri

from sagredo.objective.response_mixture import ResponseMixture, mixed_responses, stacked

if TYPE_CHECKING:
    from jaxtyping import Bool, Float64, Int64

BISECTIONS: Final = 64
"""Halvings of the bracket of a quantile: what is left of it is below the rounding of its ends."""

INTERVALS: Final = 256
"""Cells of a row: in the middle of a normal density each is 0.07 deviations wide, for an error of an integral of
10^-4."""

REACH: Final = 40.0
"""Deviations on either side that they cover: of any distribution at most 1/40^2 lies beyond (Chebyshev), and of
noise on a few rows less than 10^-4."""


@final
@dataclass(frozen=True, eq=False)
class NormalMixture(ResponseMixture):
    """p(y_i) = sum_c weights[i, c] N(y_i; means[i, c], deviations[i, c]^2), one distribution a row.

    A law with parameters kappa and noise sigma contributes one component for each node of the quadrature
    over sigma; laws are mixed by their probabilities. The weights of a row add up to the probability that
    there is a response at all: what is missing from one is the mass of laws without a value there. Moments,
    quantiles and draws are given that there is one, and NaN where that is impossible. A deviation of 0 is a
    response that is known exactly.

    Raises:
        ValueError: the three arrays differ in shape, or a weight or deviation is negative or no number.
    """

    weights: Float64[np.ndarray, "rows components"]
    means: Float64[np.ndarray, "rows components"]
    deviations: Float64[np.ndarray, "rows components"]

    def __post_init__(self) -> None:
        if self.weights.ndim != 2 or not self.weights.shape == self.means.shape == self.deviations.shape:
            raise ValueError(
                "Weights, means and deviations must be arrays of one shape (rows, components). "
                f"Got {self.weights.shape}, {self.means.shape} and {self.deviations.shape} instead."
            )
        used = self.weights > 0
        sound = bool(np.all(self.weights >= 0) and np.isfinite(self.means[used]).all())
        if not (sound and bool(np.all(self.deviations[used] >= 0))):
            raise ValueError("Weights and deviations must be numbers of at least 0, and means finite.")

    @property
    def row_count(self) -> int:
        """The number of distributions."""
        return len(self.weights)

    def row(self, index: int) -> NormalMixture:
        """The distribution of one row."""
        return NormalMixture(
            *(part[index : index + 1] for part in (self.weights, self.means, self.deviations))
        )

    def rows(self, indices: Int64[np.ndarray, " some"]) -> NormalMixture:
        """The distributions of some rows."""
        return NormalMixture(*(part[indices] for part in (self.weights, self.means, self.deviations)))

    def followed_by(self, others: Sequence[Self]) -> NormalMixture:
        """These distributions, then the others'."""
        parts: list[NormalMixture] = [self, *others]
        arrays = ((part.weights, part.means, part.deviations) for part in parts)
        return NormalMixture(*(stacked(columns) for columns in zip(*arrays, strict=True)))

    def repeated(self, count: int) -> NormalMixture:
        """Every distribution so many times over, for as many responses."""
        return NormalMixture(
            *(np.repeat(part, count, axis=0) for part in (self.weights, self.means, self.deviations))
        )

    @property
    def defined(self) -> Float64[np.ndarray, " rows"]:
        """The probability that there is a response."""
        return np.asarray(self.weights.sum(axis=1), dtype=float)

    @property
    def mean(self) -> Float64[np.ndarray, " rows"]:
        """E[y]."""
        used, shares = self._shares()
        return _nan_where_empty(np.sum(shares * np.where(used, self.means, 0.0), axis=1), used)

    @property
    def standard_deviation(self) -> Float64[np.ndarray, " rows"]:
        """sqrt(E[(y - E[y])^2]): that within components and that between them."""
        used, shares = self._shares()
        apart = np.where(used, self.means, 0.0) - np.nan_to_num(self.mean)[:, np.newaxis]
        within = np.where(used, self.deviations, 0.0)
        return _nan_where_empty(np.sqrt(np.sum(shares * (apart**2 + within**2), axis=1)), used)

    @property
    def single(self) -> NormalMixture:
        """One component a row with the same mean, variance and probability of a response."""
        mean, deviation = np.nan_to_num(self.mean), np.nan_to_num(self.standard_deviation)
        return NormalMixture(self.defined[:, np.newaxis], mean[:, np.newaxis], deviation[:, np.newaxis])

    def cumulative(self, responses: Float64[np.ndarray, " rows"]) -> Float64[np.ndarray, " rows"]:
        """P(y <= response), row by row."""
        used, shares = self._shares()
        below = ndtr(self._standardised(responses, used))
        return _nan_where_empty(np.sum(shares * np.where(used, below, 0.0), axis=1), used)

    def log_density(self, responses: Float64[np.ndarray, " rows"]) -> Float64[np.ndarray, " rows"]:
        """log p(response), nats, not given that there is one; inf at a response that is known exactly."""
        used = self.weights > 0
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            standard = self._standardised(responses, used)
            logs = np.log(self.weights) - 0.5 * (standard**2 + np.log(2 * np.pi)) - np.log(self.deviations)
            logs = np.where(used & ~np.isinf(standard), logs, -np.inf)
        return np.asarray(np.logaddexp.reduce(logs, axis=1, initial=-np.inf), dtype=float)

    def quantiles(self, levels: Sequence[float]) -> Float64[np.ndarray, "rows levels"]:
        """The responses y with P(y <= response) = level, by bisection between those of the components.

        Raises:
            ValueError: a level is not between 0 and 1, both excluded.
        """
        if not all(0 < level < 1 for level in levels):
            raise ValueError(f"Levels of quantiles must lie between 0 and 1. Got {tuple(levels)} instead.")
        used, _ = self._shares()
        found = np.empty((self.row_count, len(levels)))
        for k, level in enumerate(levels):
            with np.errstate(invalid="ignore"):
                own = self.means + ndtri(level) * self.deviations
            low = np.min(np.where(used, own, np.inf), axis=1, initial=np.inf)
            high = np.max(np.where(used, own, -np.inf), axis=1, initial=-np.inf)
            some = used.any(axis=1)
            low, high = np.where(some, low, 0.0), np.where(some, high, 0.0)
            for _ in range(BISECTIONS):
                middle = low + 0.5 * (high - low)
                above = self.cumulative(middle) >= level
                low, high = np.where(above, low, middle), np.where(above, middle, high)
            found[:, k] = _nan_where_empty(high, used)
        return found

    @property
    def continuous(self) -> bool:
        """Whether no response is known exactly."""
        return not np.any((self.weights > 0) & (self.deviations == 0))

    def cells(self) -> tuple[Float64[np.ndarray, " edges"], Float64[np.ndarray, " cells"]]:
        """Of a single row, intervals that are narrow in the middle and wide in the tails, and their middles."""
        t = np.linspace(-np.arcsinh(REACH), np.arcsinh(REACH), INTERVALS + 1)
        edges = self.mean + self.standard_deviation * np.sinh(t)
        return edges, 0.5 * (edges[1:] + edges[:-1])

    def mixed_with(self, weights: Sequence[float], others: Sequence[Self]) -> NormalMixture:
        """weights[0] of this and weights[k] of others[k - 1]: the components of all side by side."""
        parts: list[Self] = [self, *others]
        return NormalMixture(
            np.hstack([weight * part.weights for weight, part in zip(weights, parts, strict=True)]),
            np.hstack([part.means for part in parts]),
            np.hstack([part.deviations for part in parts]),
        )

    def sample(self, rng: np.random.Generator, count: int) -> Float64[np.ndarray, "rows count"]:
        """Independent draws of each row's response."""
        used, shares = self._shares()
        drawn = np.full((self.row_count, count), np.nan)
        for row in np.flatnonzero(used.any(axis=1)):
            chosen = rng.choice(shares.shape[1], size=count, p=shares[row])
            drawn[row] = rng.normal(self.means[row, chosen], self.deviations[row, chosen])
        return drawn

    def _shares(self) -> tuple[Bool[np.ndarray, "rows components"], Float64[np.ndarray, "rows components"]]:
        """Which components count, and their weights given that there is a response."""
        used = self.weights > 0
        total = np.where(used.any(axis=1), self.defined, 1.0)
        return used, self.weights / total[:, np.newaxis]

    def _standardised(
        self, responses: Float64[np.ndarray, " rows"], used: Bool[np.ndarray, "rows components"]
    ) -> Float64[np.ndarray, "rows components"]:
        """(y - mean) / deviation; for a deviation of 0, 0 at the mean and infinite elsewhere."""
        apart = np.where(used, responses[:, np.newaxis] - self.means, 0.0)
        exact = used & (self.deviations == 0)
        scale = np.where(used & ~exact, self.deviations, 1.0)
        # At a known response the distribution function has its step, the value itself included.
        step = np.where(apart == 0, 0.0, np.copysign(np.inf, apart))
        return np.where(exact, step, apart / scale)


def mixed(weights: Sequence[float], parts: Sequence[NormalMixture]) -> NormalMixture:
    """sum_k weights[k] p_k: the components of all parts side by side.

    Raises:
        ValueError: there are no parts, or not as many as weights.
    """
    if not parts:
        raise ValueError("A mixture must have a part. Got none.")
    return mixed_responses(weights, parts)


def _nan_where_empty(
    values: Float64[np.ndarray, " rows"], used: Bool[np.ndarray, "rows components"]
) -> Float64[np.ndarray, " rows"]:
    """The values; NaN in rows without a component."""
    return np.where(used.any(axis=1), values, np.nan)
