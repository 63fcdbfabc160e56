"""The best query of a space: many candidates over all of it, then ever smaller boxes about the best."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, final

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.design.candidates import QuerySpace

CANDIDATES: Final = 256
"""Queries spread over the whole space: 16 a side in two dimensions."""

REFINEMENTS: Final = 6
"""Boxes about the best query so far, each half as wide as the last: together they narrow it down 64-fold."""

NEAR_CANDIDATES: Final = 32
"""Queries in each of those boxes: half as wide, a box is searched four times as densely in two dimensions."""

Gains = Callable[["Float64[np.ndarray, 'points inputs']"], "Float64[np.ndarray, ' points']"]
"""What each query is worth."""

Cost = Callable[["Float64[np.ndarray, 'points inputs']"], "Float64[np.ndarray, ' points']"]
"""What each query costs: positive numbers."""


@final
@dataclass(frozen=True, eq=False)
class Choice:
    """A query with its gain, and its gain a unit of cost."""

    point: Float64[np.ndarray, " inputs"]
    gain: float
    gain_per_cost: float


def best_query(
    rng: np.random.Generator,
    space: QuerySpace,
    gains: Gains,
    *,
    cost: Cost | None = None,
    candidates: int = CANDIDATES,
    refinements: int = REFINEMENTS,
    more: Float64[np.ndarray, "points inputs"] | None = None,
) -> Choice:
    """argmax over the space of gain(q) / cost(q), as far as the candidates go.

    ``more`` are candidates beside those that are spread over the space, such as draws of where something may be.

    Raises:
        ValueError: a cost is not positive.
    """
    points = space.draw(rng, candidates)
    if more is not None:
        points = np.concatenate([points, more[[space.contains(point) for point in more]]])
    best = _best(points, gains, cost)
    share = 2.0 * len(points) ** (-1.0 / len(space.names))
    for _ in range(refinements):
        nearby = space.near(rng, best.point, share, NEAR_CANDIDATES)
        if not len(nearby):
            break
        found = _best(nearby, gains, cost)
        best = max(best, found, key=lambda choice: choice.gain_per_cost)
        share *= 0.5
    return best


def _best(points: Float64[np.ndarray, "points inputs"], gains: Gains, cost: Cost | None) -> Choice:
    worth = gains(points)
    costs = np.ones(len(points)) if cost is None else np.asarray(cost(points), dtype=float)
    if not np.all(costs > 0):
        raise ValueError("The cost of every query must be a positive number.")
    k = int(np.argmax(worth / costs))
    return Choice(points[k], float(worth[k]), float(worth[k] / costs[k]))
