"""Goals of noisy data: the target with outer operations undone, and how precisely the data tell each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from math import inf, pi
from typing import TYPE_CHECKING, Final, NamedTuple, final

import numpy as np

from sagredo.language.term import Apply, Term
from sagredo.search.planner import Guide

if TYPE_CHECKING:
    from jaxtyping import Float64

    Column = Float64[np.ndarray, " rows"]
    Array = Float64[np.ndarray, "*fits rows"]

LEAST_VALID: Final = 0.9
"""The part of the rows on which a goal must have a value: noise may throw a few rows out of an inverse's domain."""

LEAST_KNOWN: Final = 0.25
"""The part of the rows whose value the noise must leave known: fewer tell nothing about a law."""

LARGEST: Final = 1e50
"""Beyond this, squares of values and of slopes leave the range of doubles."""

KEY_DIGITS: Final = 9
"""Goals that agree to so many digits of their magnitude are one."""


SUMS: Final = ("add", "sub")
BINARY: Final[Mapping[str, tuple[int, ...]]] = {"add": (0,), "sub": (0, 1), "mul": (0,), "div": (0, 1)}
"""Operations of two arguments that are undone, with the places that the goal may have."""


class Inverse(NamedTuple):
    """An operation, and its inverse with its derivative on the operation's range.

    Off its domain, where noise may take a fit, the operation has the value at the edge.
    """

    operation: Callable[[Column], Column]
    of: Callable[[Column], Column]
    derivative: Callable[[Column], Column]
    low: float = -inf
    high: float = inf


UNDONE: Final[Mapping[str, Inverse]] = {
    "exp": Inverse(np.exp, np.log, np.reciprocal, 0.0),
    "log": Inverse(np.log, np.exp, np.exp),
    "sqrt": Inverse(lambda x: np.sqrt(np.maximum(x, 0)), np.square, lambda y: 2 * y, 0.0),
    "square": Inverse(np.square, np.sqrt, lambda y: 0.5 / np.sqrt(y), 0.0),
    "cube": Inverse(lambda x: x**3, np.cbrt, lambda y: 1 / (3 * np.cbrt(y) ** 2)),
    "inv": Inverse(np.reciprocal, np.reciprocal, lambda y: -1 / (y * y)),
    "sin": Inverse(np.sin, np.arcsin, lambda y: 1 / np.sqrt(1 - y * y), -1.0, 1.0),
    "cos": Inverse(np.cos, np.arccos, lambda y: -1 / np.sqrt(1 - y * y), -1.0, 1.0),
    "arcsin": Inverse(lambda x: np.arcsin(np.clip(x, -1, 1)), np.sin, np.cos, -pi / 2, pi / 2),
    "arccos": Inverse(lambda x: np.arccos(np.clip(x, -1, 1)), np.cos, lambda y: -np.sin(y), 0.0, pi),
    "arctan": Inverse(np.arctan, np.tan, lambda y: 1 + np.tan(y) ** 2, -pi / 2, pi / 2),
    "tanh": Inverse(np.tanh, np.arctanh, lambda y: 1 / (1 - y * y), -1.0, 1.0),
}


class Step(NamedTuple):
    """goal = operation(new goal, other), or operation(other, new goal) where the new goal's position is 1."""

    operation: str
    position: int
    other: int
    """The entry in the other place; -1 for a unary operation."""
    column: Column | None = None
    """The other's values."""


@final
@dataclass(frozen=True, eq=False)
class Goal:
    """A column that some sub-program must produce.

    ``slopes`` are d(goal)/d(response), which is how far the response's errors reach; a row whose error leaves the
    goal undefined has neither value nor slope. ``bits`` are those of the program around the goal, ``priority`` what
    they count in the order of the goals.
    """

    steps: tuple[Step, ...]
    values: Column
    slopes: Column
    bits: float
    priority: float

    @property
    def weights(self) -> Column:
        """1 / slope^2, and 0 where the goal has no value: weighted residuals are in units of the response."""
        with np.errstate(all="ignore"):
            weights = 1.0 / np.square(self.slopes)
        return np.where(np.isfinite(self.values) & np.isfinite(weights), weights, 0.0)


def forward(steps: Sequence[Step], values: Array) -> tuple[Array, Array]:
    """The response that values of the innermost goal make, and its derivative with respect to them."""
    slopes = np.ones_like(values)
    for operation, position, _, other in reversed(steps):
        if other is None:
            inverse = UNDONE[operation]
            values = inverse.operation(values)
            slopes = slopes / inverse.derivative(values)
        elif operation == "div" and position == 1:
            values = other / values
            slopes = -slopes * values * values / other
        elif operation in ("mul", "div"):
            factor = other if operation == "mul" else 1 / other
            values, slopes = values * factor, slopes * factor
        elif operation == "sub" and position == 1:
            values, slopes = other - values, -slopes
        else:
            values = values + other if operation == "add" else values - other
    return values, slopes


def around(term: Term, steps: Sequence[Step], entry_term: Callable[[int], Term]) -> Term:
    """The term of the innermost goal with the steps done again around it."""
    for operation, position, other, _ in reversed(steps):
        if other < 0:
            term = Apply(operation, (term,))
        elif position == 0:
            term = Apply(operation, (term, entry_term(other)))
        else:
            term = Apply(operation, (entry_term(other), term))
    return term


class Other(NamedTuple):
    """An entry that a binary operation may have in its other place."""

    bits: float
    priority: float
    """The bits that it counts, as a factor or as what is taken away, in the order of the goals."""
    entry: int
    values: Column


class _Task(NamedTuple):
    """Undo ``operation`` on a goal, with the other of this rank in the other place; position -1 for a unary one."""

    goal: Goal
    operation: str
    position: int
    rank: int


@final
class GoalQueue:
    """Goals in the order of their priority and the bits that they still need (A*); equal goals come once.

    The priority is the bits around a goal; with a guide that knows nothing the search is one of uniform cost.

    ``noise_scale`` is how large the response's errors are taken to be. ``unary_bits`` and ``binary_bits`` are the code
    bits of the operations that may be undone, ``others`` what binary ones may have in the other place.
    """

    def __init__(
        self,
        target: Column,
        noise_scale: float,
        unary_bits: Mapping[str, float],
        binary_bits: Mapping[str, float],
        others: Sequence[Other],
        guide: Guide,
    ) -> None:
        self._noise_scale = noise_scale
        self._unary = {name: bits for name, bits in unary_bits.items() if name in UNDONE}
        self._binary_bits = {name: binary_bits[name] for name in BINARY if name in binary_bits}
        # Sums are what goals are pursued by; products have to be undone.
        self._summands = sorted(others, key=lambda other: (other.bits, other.entry))
        self._factors = sorted(others, key=lambda other: (other.priority, other.entry))
        self._guide = guide
        self._heap: list[tuple[float, bool, int, _Task | Goal]] = []
        self._order = 0
        self._seen: set[bytes] = set()
        self._insert(0.0, Goal((), target, np.ones_like(target), 0.0, 0.0))

    def next(self) -> Goal | None:
        """The next goal; None when there are no more."""
        while self._heap:
            *_, item = heappop(self._heap)
            if isinstance(item, Goal):
                self._schedule(item)
                return item
            if item.position >= 0:
                self._push(item._replace(rank=item.rank + 1))
            goal = self._undo(item)
            if goal is not None:
                self._insert(goal.priority + self._guide.remaining_bits(goal), goal)
        return None

    def _insert(self, priority: float, item: _Task | Goal) -> None:
        """Let it come when it is its turn; of those of one priority, goals before what else may be undone."""
        self._order += 1
        heappush(self._heap, (priority, isinstance(item, _Task), self._order, item))

    def _schedule(self, goal: Goal) -> None:
        for name in self._unary:
            self._push(_Task(goal, name, -1, 0))
        for name in self._binary_bits:
            for position in BINARY[name]:
                self._push(_Task(goal, name, position, 0))

    def _push(self, task: _Task) -> None:
        if task.position < 0 or task.rank < len(self._summands):
            self._insert(self._priority(task), task)

    def _priority(self, task: _Task) -> float:
        """What comes out counts its goal's priority and that of the operation."""
        if task.position < 0:
            return task.goal.priority + self._unary[task.operation]
        other = self._other(task.operation, task.rank)
        own = other.bits if task.operation in SUMS else other.priority
        return task.goal.priority + self._binary_bits[task.operation] + own

    def _other(self, operation: str, rank: int) -> Other:
        return (self._summands if operation in SUMS else self._factors)[rank]

    def _undo(self, task: _Task) -> Goal | None:
        goal = task.goal
        with np.errstate(all="ignore"):
            if task.position < 0:
                inverse = UNDONE[task.operation]
                undone = self._undo_curved(_on_range(inverse), inverse.derivative, goal)
                step, bits = Step(task.operation, 0, -1), self._unary[task.operation]
            else:
                other = self._other(task.operation, task.rank)
                undone = self._undo_binary(task.operation, task.position, goal, other.values)
                step = Step(task.operation, task.position, other.entry, other.values)
                bits = self._binary_bits[task.operation] + other.bits
            values, slopes, lost = undone
            good = (np.abs(values) < LARGEST) & (np.abs(slopes) < LARGEST) & (np.abs(slopes) > 1 / LARGEST)
        # Where the derivative is infinite, the inverse is at the edge of its domain.
        if np.mean(good | lost) < LEAST_VALID or np.mean(good) < LEAST_KNOWN:
            return None
        values = np.where(good, values, np.nan)
        if not self._is_new(values):
            return None
        priority = self._priority(task)
        return Goal((*goal.steps, step), values, np.where(good, slopes, np.nan), goal.bits + bits, priority)

    def _undo_curved(
        self, inverse: Callable[[Column], Column], derivative: Callable[[Column], Column], goal: Goal
    ) -> tuple[Column, Column, Column]:
        """The new goal, its slopes, and where the noise leaves open whether it has a value.

        The slope is that of the steepest chord to a value that the noise may have changed the goal's to, so that
        rows where the inverse bends within the noise count little.
        """
        y, errors = goal.values, self._noise_scale * goal.slopes
        values = inverse(y)
        if self._noise_scale == 0:
            return values, goal.slopes * derivative(y), np.isnan(y)
        ends = inverse(y - errors), inverse(y + errors)
        chords = np.fmax(np.abs(ends[0] - values), np.abs(ends[1] - values)) / self._noise_scale
        known = np.isfinite(values) & np.isfinite(ends[0]) & np.isfinite(ends[1])
        lost = np.isnan(y) | np.isfinite(values) | np.isfinite(ends[0]) | np.isfinite(ends[1])
        return values, np.where(known, chords, np.nan), lost

    def _undo_binary(
        self, operation: str, position: int, goal: Goal, other: Column
    ) -> tuple[Column, Column, Column]:
        y, slopes = goal.values, goal.slopes
        if operation == "div" and position == 1:
            return self._undo_curved(lambda y: other / y, lambda y: -other / (y * y), goal)
        lost = np.isnan(y)
        if operation == "add":
            return y - other, slopes, lost
        if operation == "sub":
            return (y + other, slopes, lost) if position == 0 else (other - y, -slopes, lost)
        factor = 1 / other if operation == "mul" else other
        return y * factor, slopes * factor, lost

    def _is_new(self, values: Column) -> bool:
        scale = np.nanmax(np.abs(values))
        if not scale > 0:
            return False
        key = (np.round(np.nan_to_num(values) / scale, KEY_DIGITS) + 0.0).tobytes()
        if key in self._seen:
            return False
        self._seen.add(key)
        return True


def rest_of(goal: Goal, entry: int, column: Column, bits: float) -> Goal:
    """What is left of a goal when an entry is taken away: goal = entry + rest, or entry - rest where that is negative.

    ``bits`` are those of the entry and the operation.
    """
    values = goal.values - column
    if np.nanmedian(values) < 0:
        step, values, slopes = Step("sub", 1, entry, column), -values, -goal.slopes
    else:
        step, slopes = Step("add", 0, entry, column), goal.slopes
    return Goal((*goal.steps, step), values, slopes, goal.bits + bits, goal.priority + bits)


@final
class RestQueue:
    """What is left of some goals when one of some entries is taken away.

    Those come first whose goal has the least priority together with that of the entry: lengths and other parts filed
    ahead of their turn are taken away ahead of it, too. The entry and the rest are joined by an operation of
    ``binary_bits``.
    """

    def __init__(self, goals: Sequence[Goal], summands: Sequence[Other], binary_bits: float) -> None:
        self._binary_bits = binary_bits
        pairs = ((goal, other) for goal in goals for other in summands)
        self._pairs = sorted(pairs, key=lambda pair: pair[0].priority + pair[1].priority, reverse=True)

    def next(self) -> Goal | None:
        """The next rest; None when there are no more."""
        while self._pairs:
            goal, other = self._pairs.pop()
            rest = rest_of(goal, other.entry, other.values, self._binary_bits + other.bits)
            if np.nanmax(np.abs(rest.values)) > 0:
                return rest
        return None


def _on_range(inverse: Inverse) -> Callable[[Column], Column]:
    """The inverse, without a value off the operation's range."""

    def of(y: Column) -> Column:
        return inverse.of(np.where((y >= inverse.low) & (y <= inverse.high), y, np.nan))

    return of
