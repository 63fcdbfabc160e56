"""What generic algorithms need to know of a kind of value."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Shaped

Value = Any
"""The meaning of a term on the data: one entry a row, as an array."""


def on_every_row(value: Value, rows: int) -> Value:
    """The column with a row for each of ``rows``; what has one entry for all repeats it."""
    return np.broadcast_to(value, (rows, *np.shape(value)[1:]))


class Semantics(ABC):
    """How primitives act on columns of values, and when two columns mean the same.

    Laws that the conformance suite checks: ``key`` is a function of the meaning (equal columns have equal
    keys); ``distance`` is 0 on equal columns; ``apply`` of a primitive to any value that ``inverses`` gives
    for it returns the goal.
    """

    @abstractmethod
    def literal(self, value: object, rows: int) -> Value:
        """The column of a literal."""

    @abstractmethod
    def apply(self, primitive: str, arguments: Sequence[Value]) -> Value:
        """The column of a primitive applied to columns; a nullary one gets its rows by broadcasting."""

    @abstractmethod
    def defined(self, value: Value) -> Shaped[np.ndarray, " rows"]:
        """Which rows have a value at all."""

    @abstractmethod
    def key(self, value: Value) -> Hashable:
        """A key that is equal for columns of one meaning."""

    @abstractmethod
    def distance(self, left: Value, right: Value) -> float:
        """How far two columns are from one another; 0 when they mean the same."""

    def inverses(
        self, primitive: str, position: int, goal: Value, others: Sequence[Value]
    ) -> Iterator[Value]:
        """Columns u for which the primitive, with u at ``position`` among ``others``, gives ``goal``.

        The default knows no inverse, which switches backward search through the primitive off.
        """
        yield from ()
