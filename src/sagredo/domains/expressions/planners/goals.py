"""Goals of noisy data: the target with outer operations undone, and how precisely the data tell each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from math import inf, pi
from typing import TYPE_CHECKING, Final, NamedTuple, final

import numpy as np

from sagredo.language.term import Apply, Term

if TYPE_CHECKING:
    from jaxtyping import Float64

    Column = Float64[np.ndarray, " rows"]

LEAST_VALID: Final = 0.9
"""The part of the rows on which a goal must have a value: noise may throw a few rows out of an inverse's domain."""

LARGEST: Final = 1e50
"""Beyond this, squares of values and of slopes leave the range of doubles."""

KEY_DIGITS: Final = 9
"""Goals that agree to so many digits of their magnitude are one."""


SUMS: Final = ("add", "sub")


class Inverse(NamedTuple):
    """An operation's inverse with its derivative, on the operation's range."""

    of: Callable[[Column], Column]
    derivative: Callable[[Column], Column]
    low: float = -inf
    high: float = inf


UNDONE: Final[Mapping[str, Inverse]] = {
    "exp": Inverse(np.log, np.reciprocal, 0.0),
    "log": Inverse(np.exp, np.exp),
    "sqrt": Inverse(np.square, lambda y: 2 * y, 0.0),
    "square": Inverse(np.sqrt, lambda y: 0.5 / np.sqrt(y), 0.0),
    "cube": Inverse(np.cbrt, lambda y: 1 / (3 * np.cbrt(y) ** 2)),
    "inv": Inverse(np.reciprocal, lambda y: -1 / (y * y)),
    "sin": Inverse(np.arcsin, lambda y: 1 / np.sqrt(1 - y * y), -1.0, 1.0),
    "cos": Inverse(np.arccos, lambda y: -1 / np.sqrt(1 - y * y), -1.0, 1.0),
    "arcsin": Inverse(np.sin, np.cos, -pi / 2, pi / 2),
    "arccos": Inverse(np.cos, lambda y: -np.sin(y), 0.0, pi),
    "arctan": Inverse(np.tan, lambda y: 1 + np.tan(y) ** 2, -pi / 2, pi / 2),
    "tanh": Inverse(np.arctanh, lambda y: 1 / (1 - y * y), -1.0, 1.0),
}


class Step(NamedTuple):
    """goal = operation(new goal, other), or operation(other, new goal) where the new goal's position is 1."""

    operation: str
    position: int
    other: int
    """The entry in the other place; -1 for a unary operation."""


@final
@dataclass(frozen=True, eq=False)
class Goal:
    """A column that some sub-program must produce.

    ``slopes`` are d(goal)/d(response), which is how far the response's errors reach. ``bits`` are those of the
    program around the goal, ``priority`` what they count in the order of the goals.
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


def around(term: Term, steps: Sequence[Step], entry_term: Callable[[int], Term]) -> Term:
    """The term of the innermost goal with the steps done again around it."""
    for operation, position, other in reversed(steps):
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
    """The bits that it counts, as a factor, in the order of the goals."""
    entry: int
    values: Column


class _Task(NamedTuple):
    """Undo ``operation`` on a goal, with the other of this rank; ordered by the priority of what comes out."""

    priority: float
    order: int
    goal: Goal
    operation: str
    position: int
    rank: int


@final
class GoalQueue:
    """Goals in the order of their priority, the bits around them (uniform-cost search); equal goals come once.

    ``unary_bits`` and ``binary_bits`` are the code bits of the operations that may be undone, ``others`` what
    binary ones may have in the other place.
    """

    def __init__(
        self,
        target: Column,
        unary_bits: Mapping[str, float],
        binary_bits: Mapping[str, float],
        others: Sequence[Other],
    ) -> None:
        self._unary = {name: bits for name, bits in unary_bits.items() if name in UNDONE}
        self._binary = [
            (name, position, bits)
            for name, bits in binary_bits.items()
            for position in ((0, 1) if name in ("sub", "div") else (0,))
            if name in ("add", "sub", "mul", "div")
        ]
        # Sums are what goals are pursued by; products have to be undone.
        self._summands = sorted(others, key=lambda other: (other.bits, other.entry))
        self._factors = sorted(others, key=lambda other: (other.priority, other.entry))
        self._tasks: list[_Task] = []
        self._order = 0
        self._seen: set[bytes] = set()
        self._first: Goal | None = Goal((), target, np.ones_like(target), 0.0, 0.0)

    def next(self) -> Goal | None:
        """The next goal; None when there are no more."""
        goal, self._first = self._first, None
        while goal is None and self._tasks:
            task = heappop(self._tasks)
            goal = self._undo(task)
            if task.position >= 0:
                self._push(task.goal, task.operation, task.position, task.rank + 1)
        if goal is not None:
            self._schedule(goal)
        return goal

    def _schedule(self, goal: Goal) -> None:
        for name in self._unary:
            self._push(goal, name, -1, 0)
        for name, position, _ in self._binary:
            self._push(goal, name, position, 0)

    def _push(self, goal: Goal, operation: str, position: int, rank: int) -> None:
        if position < 0:
            priority = goal.priority + self._unary[operation]
        elif rank < len(self._summands):
            other = self._other(operation, rank)
            own = other.bits if operation in SUMS else other.priority
            priority = goal.priority + self._binary_bits(operation) + own
        else:
            return
        self._order += 1
        heappush(self._tasks, _Task(priority, self._order, goal, operation, position, rank))

    def _other(self, operation: str, rank: int) -> Other:
        return (self._summands if operation in SUMS else self._factors)[rank]

    def _binary_bits(self, operation: str) -> float:
        return next(bits for name, _, bits in self._binary if name == operation)

    def _undo(self, task: _Task) -> Goal | None:
        goal = task.goal
        with np.errstate(all="ignore"):
            if task.position < 0:
                inverse = UNDONE[task.operation]
                inside = (goal.values >= inverse.low) & (goal.values <= inverse.high)
                y = np.where(inside, goal.values, np.nan)
                values, slopes = inverse.of(y), goal.slopes * inverse.derivative(y)
                step, bits = Step(task.operation, 0, -1), self._unary[task.operation]
            else:
                other = self._other(task.operation, task.rank)
                values, slopes = _undo_binary(task.operation, task.position, goal, other.values)
                step = Step(task.operation, task.position, other.entry)
                bits = self._binary_bits(task.operation) + other.bits
            good = (np.abs(values) < LARGEST) & (np.abs(slopes) < LARGEST) & (np.abs(slopes) > 1 / LARGEST)
        # Where the derivative is infinite, the inverse is at the edge of its domain.
        if np.mean(good) < LEAST_VALID:
            return None
        values = np.where(good, values, np.nan)
        if not self._is_new(values):
            return None
        return Goal(
            (*goal.steps, step), values, np.where(good, slopes, np.nan), goal.bits + bits, task.priority
        )

    def _is_new(self, values: Column) -> bool:
        scale = np.nanmax(np.abs(values))
        if not scale > 0:
            return False
        key = (np.round(np.nan_to_num(values) / scale, KEY_DIGITS) + 0.0).tobytes()
        if key in self._seen:
            return False
        self._seen.add(key)
        return True


def _undo_binary(operation: str, position: int, goal: Goal, other: Column) -> tuple[Column, Column]:
    """The new goal and its slopes."""
    y, slopes = goal.values, goal.slopes
    if operation == "add":
        return y - other, slopes
    if operation == "sub":
        return (y + other, slopes) if position == 0 else (other - y, -slopes)
    if operation == "mul":
        return y / other, slopes / other
    if position == 0:
        return y * other, slopes * other
    return other / y, -slopes * other / (y * y)
