"""What can be measured: boxes and pools of queries, what they cost, and what rules them out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from math import ceil, log2
from typing import TYPE_CHECKING, Final, final

import numpy as np

from sagredo.problem.errors import InvalidInput

if TYPE_CHECKING:
    from jaxtyping import Bool, Float64

LARGEST_REJECTION: Final = 64
"""A constraint may rule out all but one in so many points of a box before it is said to leave nothing."""

LARGEST_GRID: Final = 1_000_000
"""Points of a grid at most: its predictions then still fit into a small machine's memory."""

Constraint = Callable[[Mapping[str, "Float64[np.ndarray, ' points']"]], "Bool[np.ndarray, ' points']"]
"""Which queries can be measured, given their inputs by name."""


class QuerySpace(ABC):
    """The queries among which to choose; a query is a point with one coordinate for each of ``names``."""

    names: tuple[str, ...]

    @abstractmethod
    def draw(self, rng: np.random.Generator, count: int) -> Float64[np.ndarray, "points inputs"]:
        """About ``count`` queries that fill the space evenly."""

    @abstractmethod
    def fill(self, rng: np.random.Generator, count: int) -> Float64[np.ndarray, "count inputs"]:
        """Exactly so many queries to begin with, while nothing is known; fewer are the first of more."""

    @abstractmethod
    def contains(self, point: Float64[np.ndarray, " inputs"]) -> bool:
        """Whether the query can be measured."""

    @abstractmethod
    def near(
        self, rng: np.random.Generator, point: Float64[np.ndarray, " inputs"], share: float, count: int
    ) -> Float64[np.ndarray, "points inputs"]:
        """Queries near one, within ``share`` of the space's extent; none where there are no others."""

    @property
    @abstractmethod
    def ends(self) -> tuple[Float64[np.ndarray, " inputs"], Float64[np.ndarray, " inputs"]]:
        """The least and the greatest value of each input."""

    @property
    def extent(self) -> Float64[np.ndarray, " inputs"]:
        """How far the space reaches along each input."""
        low, high = self.ends
        return np.asarray(high - low, dtype=float)


@final
@dataclass(frozen=True, eq=False)
class Box(QuerySpace):
    """All points between ``low`` and ``high`` that satisfy the constraint.

    Raises:
        InvalidInput: a side is empty or endless.
    """

    names: tuple[str, ...]
    low: Float64[np.ndarray, " inputs"]
    high: Float64[np.ndarray, " inputs"]
    constraint: Constraint | None = None

    def __post_init__(self) -> None:
        for name, low, high in zip(self.names, self.low, self.high, strict=True):
            if not (np.isfinite([low, high]).all() and low < high):
                raise InvalidInput(
                    f"The bounds of {name!r} must be two finite numbers, the lower one first. "
                    f"Got {low:g} and {high:g} instead."
                )

    @classmethod
    def of(cls, bounds: Mapping[str, tuple[float, float]], constraint: Constraint | None = None) -> Box:
        """The box with these sides."""
        low, high = (np.array([float(ends[k]) for ends in bounds.values()]) for k in (0, 1))
        return cls(tuple(bounds), low, high, constraint)

    def draw(self, rng: np.random.Generator, count: int) -> Float64[np.ndarray, "points inputs"]:
        """The first points of a scrambled Sobol sequence (Owen 1998) that satisfy the constraint.

        Raises:
            InvalidInput: hardly any point does.
        """
        return self._drawn(rng, self.low, self.high, count, required=True)

    def fill(self, rng: np.random.Generator, count: int) -> Float64[np.ndarray, "count inputs"]:
        """A scrambled Sobol sequence."""
        found = self.draw(rng, count)
        return found[np.arange(count) % len(found)]

    def contains(self, point: Float64[np.ndarray, " inputs"]) -> bool:
        """Whether the point lies within the bounds, ends included, and satisfies the constraint."""
        inside = bool(np.all((point >= self.low) & (point <= self.high)))
        return inside and bool(self._allowed(point[np.newaxis])[0])

    def near(
        self, rng: np.random.Generator, point: Float64[np.ndarray, " inputs"], share: float, count: int
    ) -> Float64[np.ndarray, "points inputs"]:
        """A Sobol sequence in the box with sides ``share`` times as long about the point, cut to this box."""
        reach = 0.5 * share * self.extent
        low, high = np.maximum(point - reach, self.low), np.minimum(point + reach, self.high)
        return self._drawn(rng, low, high, count, required=False)

    @property
    def ends(self) -> tuple[Float64[np.ndarray, " inputs"], Float64[np.ndarray, " inputs"]]:
        """The corners."""
        return self.low, self.high

    def grid(self, points_a_side: int) -> Pool:
        """The pool of all combinations of equally spaced values, the bounds included.

        Raises:
            InvalidInput: there are too many of them.
        """
        if points_a_side < 2 or points_a_side ** len(self.names) > LARGEST_GRID:
            raise InvalidInput(
                f"A grid must have at least 2 points a side and at most {LARGEST_GRID:,} in all. "
                f"Got {points_a_side} for each of {len(self.names)} inputs."
            )
        sides = [np.linspace(a, b, points_a_side) for a, b in zip(self.low, self.high, strict=True)]
        points = np.array(list(product(*sides)))
        return Pool(self.names, points[self._allowed(points)])

    def _drawn(
        self,
        rng: np.random.Generator,
        low: Float64[np.ndarray, " inputs"],
        high: Float64[np.ndarray, " inputs"],
        count: int,
        *,
        required: bool,
    ) -> Float64[np.ndarray, "points inputs"]:
        from scipy.stats import qmc

        sequence = qmc.Sobol(len(self.names), seed=rng)
        size = ceil(log2(max(count, 2)))
        found = np.empty((0, len(self.names)))
        for _ in range(LARGEST_REJECTION):
            points = low + sequence.random(2**size) * (high - low)
            found = np.concatenate([found, points[self._allowed(points)]])
            if len(found) >= count or not required:
                return found[:count]
        if not len(found):
            raise InvalidInput(
                "The constraint must leave queries within the bounds that can be measured. It rules out all of "
                f"{LARGEST_REJECTION * 2**size} tried. Widen the bounds or ease the constraint."
            )
        return found[:count]

    def _allowed(self, points: Float64[np.ndarray, "points inputs"]) -> Bool[np.ndarray, " points"]:
        if self.constraint is None:
            return np.ones(len(points), dtype=bool)
        return np.asarray(self.constraint(dict(zip(self.names, points.T, strict=True))), dtype=bool)


@final
@dataclass(frozen=True, eq=False)
class Pool(QuerySpace):
    """A finite list of queries.

    Raises:
        InvalidInput: it is empty or holds something other than finite numbers.
    """

    names: tuple[str, ...]
    points: Float64[np.ndarray, "points inputs"]

    def __post_init__(self) -> None:
        if self.points.ndim != 2 or not len(self.points) or not np.isfinite(self.points).all():
            raise InvalidInput("A pool must hold at least one query, and finite numbers only.")

    def draw(self, rng: np.random.Generator, count: int) -> Float64[np.ndarray, "points inputs"]:
        """All of them."""
        return self.points

    def fill(self, rng: np.random.Generator, count: int) -> Float64[np.ndarray, "count inputs"]:
        """The pool in a random order, begun again after its end."""
        return self.points[rng.permutation(len(self.points))[np.arange(count) % len(self.points)]]

    def contains(self, point: Float64[np.ndarray, " inputs"]) -> bool:
        """Whether the point is one of them."""
        return bool(np.any(np.all(self.points == point, axis=1)))

    def near(
        self, rng: np.random.Generator, point: Float64[np.ndarray, " inputs"], share: float, count: int
    ) -> Float64[np.ndarray, "points inputs"]:
        """None: all were drawn already."""
        return np.empty((0, len(self.names)))

    @property
    def ends(self) -> tuple[Float64[np.ndarray, " inputs"], Float64[np.ndarray, " inputs"]]:
        """The least and the greatest value of each input."""
        return self.points.min(axis=0), self.points.max(axis=0)
