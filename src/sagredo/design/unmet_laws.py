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

LEAST_NUGGET: Final = 1e-6
"""The least noise of a row, as a share of the variance of responses: kernels of rows that coincide keep their rank."""

MOST_ROWS: Final = 512
"""Rows that are taken to tell of a difference, spread evenly over all in the order in which they came: the triangular
root of their kernel takes rows^3 operations."""


@final
@dataclass(frozen=True, eq=False)
class UnmetLaws:
    r"""What a law that was not met may say, given what those met do: one normal distribution a query.

    It fits the rows about as well as those, and differs by a Gaussian process, of the variance of the responses s_y^2,
    that the rows tell up to their noise. At a query x its deviation beyond that of the laws met is

    $$s_y^2\,(1 - k_x^T (K + \nu I)^{-1} k_x), \qquad k(x, x') = \exp(-|x - x'|^2 / 2 \ell^2),$$

    with distances in units of the box of the rows, the length scale ``LENGTH_SCALE`` and nu the noise's share of s_y^2
    (Rasmussen & Williams 2006, equation 2.26). Where no law met has a value, it is as the responses are.

    ``mean`` and ``variance`` are those of the responses; ``origin`` and ``sides`` place the box; ``rows`` are in units
    of its sides.
    """

    mean: float
    variance: float
    nugget: float
    origin: Float64[np.ndarray, " inputs"]
    sides: Float64[np.ndarray, " inputs"]
    rows: Float64[np.ndarray, "rows inputs"]

    @classmethod
    def of(cls, problem: Problem, noise_deviation: float) -> UnmetLaws:
        """Those given a problem's data, about which the laws met have this noise."""
        responses = np.asarray(problem.responses, dtype=float)
        mean = float(np.average(responses, weights=problem.weights))
        variance = float(np.average((responses - mean) ** 2, weights=problem.weights))
        share = noise_deviation**2 / variance if variance > 0 else 1.0
        columns = np.array([column.values for column in problem.inputs], dtype=float)
        origin, spans = columns.min(axis=1), np.ptp(columns, axis=1)
        # A side without length counts as its own place.
        sides = np.where(spans > 0, spans, np.where(origin != 0, np.abs(origin), 1.0))
        kept = np.linspace(0, problem.row_count - 1, min(problem.row_count, MOST_ROWS)).round().astype(int)
        rows = (columns[:, kept].T - origin) / sides
        return cls(mean, variance, float(np.clip(share, LEAST_NUGGET, 1.0)), origin, sides, rows)

    def response(self, points: Float64[np.ndarray, "points inputs"], met: NormalMixture) -> NormalMixture:
        """Its response at some queries, where the laws met say ``met``."""
        means, deviations = met.mean, met.standard_deviation
        known = np.isfinite(means) & np.isfinite(deviations)
        wider = np.square(deviations) + self.variance * self.free_share(points)
        deviations = np.sqrt(np.where(known, wider, self.variance))
        return NormalMixture(
            np.ones((len(means), 1)),
            np.where(known, means, self.mean)[:, np.newaxis],
            deviations[:, np.newaxis],
        )

    def free_share(self, points: Float64[np.ndarray, "points inputs"]) -> Float64[np.ndarray, " points"]:
        """The share of a difference's variance that the rows leave open: 0 where they tell all of it, 1 far away."""
        told = solve_triangular(self._root, self._kernel((points - self.origin) / self.sides).T, lower=True)
        return np.asarray(np.clip(1.0 - np.square(told).sum(axis=0), 0.0, 1.0), dtype=float)

    def after(self, point: Float64[np.ndarray, " inputs"]) -> UnmetLaws:
        """The same with one more row, whose response is about where the others are."""
        return replace(self, rows=np.vstack([self.rows, (point - self.origin) / self.sides]))

    @cached_property
    def _root(self) -> Float64[np.ndarray, "rows rows"]:
        """The lower triangular root of the rows' kernel with their noise."""
        kernel = self._kernel(self.rows) + self.nugget * np.eye(len(self.rows))
        return np.asarray(np.linalg.cholesky(kernel), dtype=float)

    def _kernel(self, places: Float64[np.ndarray, "places inputs"]) -> Float64[np.ndarray, "places rows"]:
        squares = np.square(places[:, np.newaxis] - self.rows).sum(axis=2)
        return np.asarray(np.exp(squares / (-2.0 * LENGTH_SCALE**2)), dtype=float)
