"""What is known of new counts: at every row a mixture of the distributions that a law's values give them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self, final

import numpy as np
from scipy.special import bdtr, expit, gammaln, pdtr, xlogy

from sagredo.objective.response_mixture import ResponseMixture, stacked

if TYPE_CHECKING:
    from jaxtyping import Bool, Float64, Int64

    from sagredo.objective.normal_mixture import NormalMixture

REACH: Final = 5.0
"""Deviations of a normal value that the trapezoid rule covers to each side: 6 * 10^-7 lie beyond."""

LEAST_STEPS: Final = 16
"""Steps of that rule at least."""

MOST_STEPS: Final = 128
"""Steps at most: a node then has a share of 3% at most, which a distribution function feels by half if counts are so
large that their own spread is less than a step. With steps no wider than that spread the rule is exact to 10^-8."""

FEW_NODES: Final = 3
"""Nodes of the rule of Gauss and Hermite where only the mean and the variance of a value matter: exact to degree 5."""

MOST_COMPONENTS: Final = 64
"""With more components a row, those are draws that stand close: each is taken at its mean."""

MOST_CELLS: Final = 4096
"""Counts that are looked at one by one; over a wider range so many cells of several counts each are narrow against the
distribution."""

LARGEST_RATE: Final = 1e15
"""Counts of more are drawn as normal numbers, whose skewness is then 3 * 10^-8; NumPy's own limit is 9 * 10^18."""

NEGLIGIBLE: Final = 1e-9
"""Probability that is left out at either end where a distribution is summed over its counts."""


@final
@dataclass(frozen=True, eq=False)
class CountMixture(ResponseMixture):
    """P(y_i) = sum_c weights[i, c] P(y_i | values[i, c]), one distribution a row.

    Without ``trials`` a value is the rate of Poisson's law; with them it is the log-odds of success in ``trials[i]``
    of them. Where weights are positive values must be finite, and rates at least 0.
    """

    weights: Float64[np.ndarray, "rows components"]
    values: Float64[np.ndarray, "rows components"]
    trials: Float64[np.ndarray, " rows"] | None = None

    @classmethod
    def of_values(cls, values: NormalMixture, trials: Float64[np.ndarray, " rows"] | None) -> CountMixture:
        """The counts of laws whose values are uncertain, by the trapezoid rule; rates below 0 count as 0."""
        deviations = np.where(values.weights > 0, values.deviations, 0.0)
        means = np.where(values.weights > 0, values.means, 0.0)
        places = np.zeros(1)
        if means.shape[1] <= MOST_COMPONENTS and deviations.any():
            # The spread of a count alone, on the scale of the values.
            own = np.sqrt(np.maximum(means, 1.0)) if trials is None else 2 / np.sqrt(trials)[:, np.newaxis]
            wanted = 2 * REACH * float(np.max(deviations / own))
            places = np.linspace(-REACH, REACH, 1 + int(np.clip(wanted, LEAST_STEPS, MOST_STEPS)))
        portions = np.exp(-0.5 * np.square(places))
        at = (means[:, :, np.newaxis] + deviations[:, :, np.newaxis] * places).reshape(len(means), -1)
        weights = values.weights[:, :, np.newaxis] * (portions / portions.sum())
        at = np.maximum(at, 0.0) if trials is None else at
        return cls(weights.reshape(len(means), -1), at, trials)

    @property
    def row_count(self) -> int:
        """The number of distributions."""
        return len(self.weights)

    def row(self, index: int) -> CountMixture:
        """The distribution of one row."""
        return self.rows(np.array([index]))

    def repeated(self, count: int) -> CountMixture:
        """Every distribution so many times over, for as many responses."""
        return self.rows(np.repeat(np.arange(self.row_count), count))

    def followed_by(self, others: Sequence[Self]) -> CountMixture:
        """These distributions, then the others'; all count trials, or none does."""
        parts: list[CountMixture] = [self, *others]
        trials = [part.trials for part in parts if part.trials is not None]
        return CountMixture(
            stacked([part.weights for part in parts]),
            stacked([part.values for part in parts]),
            np.concatenate(trials) if trials else None,
        )

    def rows(self, indices: Int64[np.ndarray, " some"]) -> CountMixture:
        """The distributions of some rows."""
        trials = None if self.trials is None else self.trials[indices]
        return CountMixture(self.weights[indices], self.values[indices], trials)

    @property
    def defined(self) -> Float64[np.ndarray, " rows"]:
        """The probability that there is a response."""
        return np.asarray(self.weights.sum(axis=1), dtype=float)

    @property
    def mean(self) -> Float64[np.ndarray, " rows"]:
        """E[y]: the rate, or n p."""
        return self._expected(self._means())

    @property
    def standard_deviation(self) -> Float64[np.ndarray, " rows"]:
        """That of the counts, and that of the rates or of n p between components."""
        means = self._means()
        variances = means if self.trials is None else means * expit(-self.values)
        apart = means - np.nan_to_num(self.mean)[:, np.newaxis]
        return np.asarray(np.sqrt(self._expected(variances + apart**2)), dtype=float)

    @property
    def single(self) -> CountMixture:
        """Three components with the mean and the variance of the values."""
        shares = self.weights / np.where(self.defined > 0, self.defined, 1.0)[:, np.newaxis]
        mean = np.sum(shares * self.values, axis=1)
        deviation = np.sqrt(np.sum(shares * np.square(self.values - mean[:, np.newaxis]), axis=1))
        places, portions = np.polynomial.hermite_e.hermegauss(FEW_NODES)
        values = mean[:, np.newaxis] + deviation[:, np.newaxis] * places
        weights = self.defined[:, np.newaxis] * (portions / portions.sum())
        return CountMixture(weights, np.maximum(values, 0.0) if self.trials is None else values, self.trials)

    @property
    def continuous(self) -> bool:
        """Every count has a probability."""
        return True

    def cumulative(self, responses: Float64[np.ndarray, " rows"]) -> Float64[np.ndarray, " rows"]:
        """P(y <= response), row by row."""
        counts = np.floor(responses)[:, np.newaxis]
        inside = np.maximum(counts, 0.0)
        if self.trials is None:
            below = pdtr(inside, self.values)
        else:
            trials = np.broadcast_to(self.trials[:, np.newaxis], self.values.shape)
            below = bdtr(np.minimum(inside, trials), trials.astype(int), expit(self.values))
        return self._expected(np.where(counts < 0, 0.0, below))

    def log_density(self, responses: Float64[np.ndarray, " rows"]) -> Float64[np.ndarray, " rows"]:
        """log P(response), nats, not given that there is one; -inf where it is no count."""
        counts = responses[:, np.newaxis]
        possible = (counts >= 0) & (counts == np.rint(counts))
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.trials is None:
                logs = xlogy(counts, self.values) - self.values - gammaln(counts + 1)
            else:
                trials = self.trials[:, np.newaxis]
                possible = possible & (counts <= trials)
                ways = gammaln(trials + 1) - gammaln(counts + 1) - gammaln(trials - counts + 1)
                logs = ways + counts * self.values - trials * np.logaddexp(0, self.values)
            logs = np.where(possible & (self.weights > 0), logs + np.log(self.weights), -np.inf)
        return np.asarray(np.logaddexp.reduce(logs, axis=1, initial=-np.inf), dtype=float)

    def quantiles(self, levels: Sequence[float]) -> Float64[np.ndarray, "rows levels"]:
        """The least counts y with P(Y <= y) >= level: whole numbers, by bisection.

        Raises:
            ValueError: a level is not between 0 and 1, both excluded.
        """
        if not all(0 < level < 1 for level in levels):
            raise ValueError(f"Levels of quantiles must lie between 0 and 1. Got {tuple(levels)} instead.")
        found = np.empty((self.row_count, len(levels)))
        some = self.defined > 0
        for k, level in enumerate(levels):
            low = np.full(self.row_count, -1.0)
            high = np.ceil(np.nan_to_num(self.mean)) + 1
            # By Chebyshev's inequality a few doublings do.
            while np.any(short := some & (self.cumulative(high) < level) & np.isfinite(high)):
                high[short] *= 2
            while True:
                middle = np.floor(0.5 * (low + high))
                # Beyond 2^53 not every count is a double.
                open_ = some & (high - low > 1) & (low < middle) & (middle < high)
                if not open_.any():
                    break
                above = self.cumulative(middle) >= level
                high = np.where(open_ & above, middle, high)
                low = np.where(open_ & ~above, middle, low)
            found[:, k] = np.where(some, high, np.nan)
        return found

    def cells(self) -> tuple[Float64[np.ndarray, " edges"], Float64[np.ndarray, " cells"]]:
        """Of a single row, all counts that are likely, several to a cell where they are many."""
        first, last = self.quantiles((NEGLIGIBLE, 1 - NEGLIGIBLE))[0]
        starts = np.unique(np.rint(np.linspace(first, last + 1, min(int(last - first) + 2, MOST_CELLS + 1))))
        return starts - 0.5, np.floor(0.5 * (starts[:-1] + starts[1:] - 1))

    def sample(self, rng: np.random.Generator, count: int) -> Float64[np.ndarray, "rows count"]:
        """Independent draws of each row's response."""
        drawn = np.full((self.row_count, count), np.nan)
        for row in np.flatnonzero(self.defined > 0):
            chosen = rng.choice(
                self.weights.shape[1], size=count, p=self.weights[row] / self.weights[row].sum()
            )
            values = self.values[row, chosen]
            if self.trials is not None:
                drawn[row] = rng.binomial(int(self.trials[row]), expit(values))
                continue
            drawn[row] = rng.poisson(np.minimum(values, LARGEST_RATE))
            large = values > LARGEST_RATE
            drawn[row, large] = np.rint(rng.normal(values[large], np.sqrt(values[large])))
        return drawn

    def mixed_with(self, weights: Sequence[float], others: Sequence[Self]) -> CountMixture:
        """weights[0] of this and weights[k] of others[k - 1]: the components of all side by side."""
        parts: list[Self] = [self, *others]
        together = [weight * part.weights for weight, part in zip(weights, parts, strict=True)]
        return CountMixture(np.hstack(together), np.hstack([part.values for part in parts]), self.trials)

    def _means(self) -> Float64[np.ndarray, "rows components"]:
        """E[y] of each component."""
        if self.trials is None:
            return self.values
        return np.asarray(self.trials[:, np.newaxis] * expit(self.values), dtype=float)

    def _expected(
        self, of_components: Float64[np.ndarray, "rows components"]
    ) -> Float64[np.ndarray, " rows"]:
        """The mean over the components, given that there is a response; NaN where there is none."""
        used: Bool[np.ndarray, " rows"] = self.defined > 0
        total = np.sum(self.weights * np.where(self.weights > 0, of_components, 0.0), axis=1)
        return np.where(used, total / np.where(used, self.defined, 1.0), np.nan)
