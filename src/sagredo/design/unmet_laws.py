"""How far a law that no search has met may differ from those met, at any query: a process known at the rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final, final

import numpy as np
from scipy.linalg import solve_triangular

from sagredo.objective.normal_mixture import NormalMixture

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.problem.problem import Problem

LENGTH_SCALE: Final = 1.0
"""Over how much of an input's range a difference between laws that fit alike changes sign: about all of it, for those
that change faster are told apart by the rows. With half or twice as much, queries tell little less."""

LEAST_NOISE_SHARE: Final = 1e-6
"""The least variance of the noise in units of that of the responses: kernels of rows that coincide keep their rank."""

MOST_ROWS: Final = 512
"""Rows that are taken to tell of a difference, spread evenly over all in the order in which they came: the triangular
root of their kernel takes rows^3 operations."""


@final
@dataclass(frozen=True, eq=False)
class UnmetLaws:
    r"""What a law that was not met may say, given what those met do: a mixture of normal distributions a query.

    It fits the rows about as well as those, and differs by a Gaussian process that the rows tell up to their noise.
    The variance a^2 of that is log-uniform, by steps of four, from the noise's, less of which is hardly another law, to
    that of the responses. At a query x it is, beyond that of the laws met,

    $$a^2\,(1 - k_x^T (K + \tfrac{\sigma^2}{a^2} I)^{-1} k_x), \qquad k(x, x') = \exp(-|x - x'|^2 / 2 \ell^2),$$

    with distances in units of the box of the rows and the length scale ``LENGTH_SCALE`` (Rasmussen & Williams 2006,
    equation 2.26). Where no law met has a value, it is as the responses are.

    ``mean`` and ``variance`` are those of the responses; ``noise_share`` is the noise's variance in units of that;
    ``origin`` and ``sides`` place the box; ``rows`` are in units of its sides.
    """

    mean: float
    variance: float
    noise_share: float
    origin: Float64[np.ndarray, " inputs"]
    sides: Float64[np.ndarray, " inputs"]
    rows: Float64[np.ndarray, "rows inputs"]

    @classmethod
    def of(cls, problem: Problem, noise_deviation: float) -> UnmetLaws:
        """Those given a problem's data, about which the laws met have this noise."""
        responses = np.asarray(problem.responses, dtype=float)
        mean = float(np.average(responses, weights=problem.weights))
        variance = float(np.average((responses - mean) ** 2, weights=problem.weights))
        share = float(np.square(noise_deviation / np.sqrt(variance))) if variance > 0 else 1.0
        columns = np.array([column.values for column in problem.inputs], dtype=float)
        origin, spans = columns.min(axis=1), np.ptp(columns, axis=1)
        # A side without length counts as its own place.
        sides = np.where(spans > 0, spans, np.where(origin != 0, np.abs(origin), 1.0))
        kept = np.linspace(0, problem.row_count - 1, min(problem.row_count, MOST_ROWS)).round().astype(int)
        rows = (columns[:, kept].T - origin) / sides
        return cls(mean, variance, float(np.clip(share, LEAST_NOISE_SHARE, 1.0)), origin, sides, rows)

    def response(self, points: Float64[np.ndarray, "points inputs"], met: NormalMixture) -> NormalMixture:
        """Its response at some queries, where the laws met say ``met``."""
        known = np.isfinite(met.mean) & np.isfinite(met.standard_deviation)
        added = self.variance * self.amplitudes * self.free_shares(points)
        wider = np.square(met.standard_deviation)[:, np.newaxis] + added
        deviations = np.sqrt(np.where(known[:, np.newaxis], wider, self.variance))
        means = np.where(known, met.mean, self.mean)[:, np.newaxis]
        weights = np.full(deviations.shape, 1.0 / len(self.amplitudes))
        return NormalMixture(weights, np.broadcast_to(means, deviations.shape), deviations)

    @property
    def amplitudes(self) -> Float64[np.ndarray, " amplitudes"]:
        """a^2 in units of the responses' variance, the largest first."""
        return np.asarray(4.0 ** -np.arange(int(np.log2(1.0 / self.noise_share) / 2) + 1), dtype=float)

    def free_shares(
        self, points: Float64[np.ndarray, "points inputs"]
    ) -> Float64[np.ndarray, "points amplitudes"]:
        """The shares of a difference's variance that the rows leave open: 0 where they tell all of it, 1 far away."""
        kernel = self._kernel((points - self.origin) / self.sides).T
        told = [np.square(solve_triangular(root, kernel, lower=True)).sum(axis=0) for root in self._roots]
        return np.asarray(np.clip(1.0 - np.array(told).T, 0.0, 1.0), dtype=float)

    def after(self, point: Float64[np.ndarray, " inputs"]) -> UnmetLaws:
        """The same with one more row, whose response is about where the others are."""
        return replace(self, rows=np.vstack([self.rows, (point - self.origin) / self.sides]))

    @cached_property
    def _roots(self) -> tuple[Float64[np.ndarray, "rows rows"], ...]:
        """The lower triangular roots of the rows' kernel with their noise, for each amplitude."""
        kernel, noise = self._kernel(self.rows), np.eye(len(self.rows)) * self.noise_share
        return tuple(np.linalg.cholesky(kernel + noise / amplitude) for amplitude in self.amplitudes)

    def _kernel(self, places: Float64[np.ndarray, "places inputs"]) -> Float64[np.ndarray, "places rows"]:
        squares = np.square(places[:, np.newaxis] - self.rows).sum(axis=2)
        return np.asarray(np.exp(squares / (-2.0 * LENGTH_SCALE**2)), dtype=float)
