"""Rows that come in groups: which group each row is of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, final

import numpy as np

from sagredo.problem.errors import InvalidInput
from sagredo.problem.numbers import missing_or_number, number_from_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jaxtyping import Bool

    from sagredo.problem.problem import Problem

LEAST_GROUP_ROWS = 3
"""Rows that a group must have, as a problem of its own must: two points lie on a line whatever made them."""

_NAMES_SHOWN = 10
"""Groups that a message lists before it counts the rest."""


@final
@dataclass(frozen=True, eq=False)
class Groups:
    """The group of each row (a laboratory, a subject, a star), read from the column ``column``."""

    column: str
    labels: tuple[str, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The groups that occur: numbers by size, then texts by the alphabet, so that no order of rows matters."""
        return tuple(sorted(set(self.labels), key=_place))

    def take(self, rows: Any) -> Groups:
        """The groups of some of the rows (an index array or a slice)."""
        return Groups(self.column, tuple(np.array(self.labels, dtype=object)[rows].tolist()))

    def rows_of(self, name: str) -> Bool[np.ndarray, " rows"]:
        """Which rows are of a group."""
        return np.array([label == name for label in self.labels], dtype=bool)

    def require(self, labels: Iterable[str]) -> None:
        """Refuse a label of none of the groups.

        Raises:
            InvalidInput: one of them is of a group that no row is of.
        """
        known = set(self.names)
        for label in labels:
            if label not in known:
                raise InvalidInput(
                    f"A group must be one of those in the data's column {self.column!r}: {_listed(self.names)}. "
                    f"Got {label!r}, of which nothing was measured: add its rows to the data and fit again."
                )


def group_problem(problem: Problem, name: str) -> Problem:
    """The problem of one group's rows alone.

    Raises:
        InvalidInput: there is no such group.
        ValueError: the problem has no groups.
    """
    groups = problem.groups
    if groups is None:
        raise ValueError("A problem must have groups for one of them to be taken. Got none.")
    groups.require([name])
    return replace(problem.take(groups.rows_of(name)), groups=None)


def check_groups(groups: Groups) -> None:
    """Refuse groups of too few rows.

    Raises:
        InvalidInput: one has fewer than ``LEAST_GROUP_ROWS``.
    """
    few = [name for name in groups.names if groups.labels.count(name) < LEAST_GROUP_ROWS]
    if few:
        raise InvalidInput(
            f"Every group of the column {groups.column!r} must have at least {LEAST_GROUP_ROWS} rows, since each has "
            f"parameters of its own. Got fewer in {_listed(few)}: add measurements, leave these groups out, or make "
            "the column an input."
        )


def label_of(value: object) -> str | None:
    """A group's name as text: 1, 1.0 and "1" are one group, and 3.5 and "3.50"; None for a missing value."""
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    text = value.strip() if isinstance(value, str) else str(value)
    # Not every text that reads as a number is one: "nan" and "" are missing, "inf" is a name.
    number = number_from_text(text) if isinstance(value, str) else missing_or_number(value)
    if number is None:
        return text
    if number != number:
        return None
    if not np.isfinite(number):
        return text
    return str(int(number)) if number == np.rint(number) and abs(number) < 2**53 else repr(float(number))


def labels_of(values: Sequence[object]) -> list[str | None]:
    """The names of the groups of rows."""
    return [label_of(value) for value in values]


def _place(name: str) -> tuple[float, str]:
    number = number_from_text(name)
    return (float("inf") if number is None or number != number else number, name)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name[:60]) for name in names[:_NAMES_SHOWN])
    return shown if len(names) <= _NAMES_SHOWN else f"{shown} and {len(names) - _NAMES_SHOWN} more"
