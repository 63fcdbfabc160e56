"""What the columns of a table and their values must satisfy to make a problem."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from sagredo.problem.errors import InvalidInput
from sagredo.problem.groups import Groups
from sagredo.problem.named_columns import NamedColumns, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from jaxtyping import Bool, Float64

    from sagredo.problem.problem import Problem

_ROWS_SHOWN = 10
"""Row numbers that a message lists before it counts the rest."""


def distinct(positions: list[int], columns: NamedColumns, role: str) -> list[int]:
    """The positions, refused where one occurs twice."""
    repeated = [columns.names[p] for p in dict.fromkeys(positions) if positions.count(p) > 1]
    if repeated:
        raise InvalidInput(f"The {role} must differ from each other. Got {listed(repeated)} more than once.")
    return positions


def check_roles(
    columns: NamedColumns, targets: list[int], inputs: list[int], roles: Mapping[str, int | None]
) -> None:
    """Refuse a target that is also an input or has another role, such as its own error; and an error in another unit.

    ``roles`` are the positions of the other columns by what they are.
    """
    sigma, group = roles.get("sigma"), roles.get("groups")
    if group is not None and group in inputs:
        raise InvalidInput(
            f"The column of groups must not be among the inputs. Got {columns.names[group]!r} as both: choose one."
        )
    for target in targets:
        name = columns.names[target]
        if target in inputs:
            raise InvalidInput(
                f"A target must not be among the inputs. Got {name!r} as both: leave it out of the inputs."
            )
        for role, position in roles.items():
            if position == target:
                raise InvalidInput(f"The target and the column of {role} must differ. Got {name!r} as both.")
        target_unit = columns.units[target]
        sigma_unit = None if sigma is None else columns.units[sigma]
        if target_unit is not None and sigma_unit is not None and not target_unit.is_same_as(sigma_unit):
            raise InvalidInput(
                f"The column of sigma must have the unit of the target. Got {str(sigma_unit)!r} "
                f"for sigma and {str(target_unit)!r} for {name!r}: convert one of them."
            )


def rows_kept(
    columns: NamedColumns,
    positions: Collection[int],
    missing: str,
    notes: list[str],
    *,
    group: int | None = None,
    remedy: str = "drop such rows with missing='drop' (--missing drop)",
) -> Bool[np.ndarray, " rows"]:
    """The rows that lack no value of these columns; infinite values are refused whatever ``missing`` says.

    ``group`` is the column of groups, if any, whose names need not be numbers.
    ``remedy`` is what the user can do with rows that lack a value, beside filling them in.
    """
    kept = np.ones(columns.table.row_count, dtype=bool)
    for position in positions:
        values = columns.numbers(position)
        if np.isinf(values).any():
            raise InvalidInput(
                f"Every number must be finite. Got an infinite value in column {columns.names[position]!r}, "
                f"{rows_text(np.flatnonzero(np.isinf(values)) + 1)}: correct it or leave the row out."
            )
        kept &= ~_lacking(columns, position, np.isnan(values), missing, remedy)
    if group is not None:
        lacking = np.array([label is None for label in columns.labels(group)], dtype=bool)
        kept &= ~_lacking(columns, group, lacking, missing, remedy)
    dropped = np.flatnonzero(~kept) + 1
    if dropped.size:
        notes.append(f"Rows with missing values were dropped: {rows_text(dropped)}.")
    return kept


def groups_of(columns: NamedColumns, position: int, kept: Bool[np.ndarray, " rows"]) -> Groups:
    """The groups of the rows that are kept, which lack none."""
    labels = columns.labels(position)
    return Groups(columns.names[position], tuple(str(labels[row]) for row in np.flatnonzero(kept)))


def _lacking(
    columns: NamedColumns, position: int, lacking: Bool[np.ndarray, " rows"], missing: str, remedy: str
) -> Bool[np.ndarray, " rows"]:
    """The rows that lack a value of a column, refused where there should be none."""
    if lacking.any() and missing == "refuse":
        raise InvalidInput(
            f"Every row must have a value in every column in use. Got missing or NaN values in column "
            f"{columns.names[position]!r}, {rows_text(np.flatnonzero(lacking) + 1)}: "
            f"fill them in, or {remedy}."
        )
    return lacking


def rows_text(rows: Sequence[int] | np.ndarray) -> str:
    """``row 3``, ``rows 3, 5`` or ``rows 3, 5, ... (40 in all)``; rows of data are counted from 1."""
    shown = ", ".join(str(row) for row in rows[:_ROWS_SHOWN])
    return f"row{'s' if len(rows) > 1 else ''} {shown}" + (
        f", ... ({len(rows)} in all)" if len(rows) > _ROWS_SHOWN else ""
    )


def checked_sigma(
    sigma: str | float | Float64[np.ndarray, " rows"] | None, rows: int, row_of: Callable[[Any], Any]
) -> Float64[np.ndarray, " rows"] | None:
    """The standard deviation of every row, refused unless positive; ``row_of`` gives the numbers of rows."""
    if sigma is None:
        return None
    if not isinstance(sigma, np.ndarray):
        if not (math.isfinite(float(sigma)) and float(sigma) > 0.0):
            raise InvalidInput(
                f"The standard deviation sigma must be positive and finite. Got {sigma} instead."
            )
        return np.full(rows, float(sigma))
    wrong = np.flatnonzero(sigma <= 0.0)
    if wrong.size:
        raise InvalidInput(
            f"The standard deviations sigma must be positive. Got {sigma[wrong[0]]:g} in "
            f"{rows_text(row_of(wrong))}: correct them, or leave the rows out."
        )
    return sigma


def check_weights(weights: Float64[np.ndarray, " rows"], row_of: Callable[[Any], Any]) -> None:
    """Refuse negative weights, and zeros alone."""
    wrong = np.flatnonzero(weights < 0.0)
    if wrong.size:
        raise InvalidInput(
            f"Weights are multiplicities and must not be negative. Got {weights[wrong[0]]:g} in "
            f"{rows_text(row_of(wrong))}: correct them."
        )
    if not weights.any():
        raise InvalidInput("At least one weight must be positive. Got zeros alone: leave the weights out.")


def check_censored(
    censored: Float64[np.ndarray, " rows"], least_measured: int, row_of: Callable[[Any], Any]
) -> None:
    """Refuse marks other than -1, 0 and 1, and too few rows that were measured."""
    wrong = np.flatnonzero(~np.isin(censored, (-1.0, 0.0, 1.0)))
    if wrong.size:
        raise InvalidInput(
            "Censored responses must be marked '<' or -1 where the response is less than the target says, '>' or 1 "
            f"where it is more, and left empty or 0 where it was measured. Got {censored[wrong[0]]:g} in "
            f"{rows_text(row_of(wrong))}: correct them."
        )
    measured = int(np.sum(censored == 0))
    if measured < least_measured:
        raise InvalidInput(
            f"At least {least_measured} responses must have been measured. Got {measured} beside "
            f"{len(censored) - measured} bounds: add measurements."
        )


def check_varies(problem: Problem) -> None:
    """Refuse a target that is the same in every row: as a share of the trials where it counts successes."""
    trials = problem.trials
    values = problem.target.values if trials is None else problem.target.values / np.maximum(trials, 1)
    if np.all(values == values[0]):
        share = "" if trials is None else " of the trials"
        raise InvalidInput(
            f"The target must vary. Got {values[0]:g}{share} in all {problem.row_count} rows of column "
            f"{problem.target.name!r}: there is nothing to explain."
        )


def check_measured(problem: Problem) -> None:
    """Refuse a group of which nothing was measured: bounds alone tell no level of noise.

    Raises:
        InvalidInput: all rows of a group are bounds.
    """
    if problem.groups is None or problem.censored is None:
        return
    bounds_alone = [
        name for name in problem.groups.names if np.all(problem.censored[problem.groups.rows_of(name)] != 0)
    ]
    if bounds_alone:
        raise InvalidInput(
            f"Every group of the column {problem.groups.column!r} must have rows that were measured. Got bounds alone "
            f"in {listed(bounds_alone)}: leave these groups out, or add measurements."
        )
