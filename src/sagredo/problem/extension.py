"""More rows for a problem."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sagredo.problem.checks import check_weights, checked_sigma, groups_of, rows_kept
from sagredo.problem.errors import InvalidInput
from sagredo.problem.groups import Groups, check_groups
from sagredo.problem.named_columns import NamedColumns
from sagredo.problem.problem import Problem
from sagredo.problem.readers import read_table
from sagredo.problem.resolution import recorded_resolution

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.problem.column import Column


def extended(
    problem: Problem,
    source: object,
    *,
    sigma: str | float | None = None,
    weights: str | None = None,
    missing: Literal["refuse", "drop"] = "refuse",
    **options: Any,
) -> Problem:
    """The problem with the rows of another table added to its own.

    A resolution that was read off a column's values is read off all of them, so that the problem is the one
    that the whole table would have made; one that was declared stays. New responses are measured ones, not bounds.

    Args:
        problem: what is known so far.
        source: what `read_table` reads, with the inputs and the target under their names.
        sigma: the errors of the new responses: a column, or one number; needed where the problem has errors.
        weights: the column of multiplicities; new rows count once without.
        missing: what to do with rows that lack a value.
        options: of `read_table`.

    Raises:
        InvalidInput: a column is missing or holds something other than finite numbers, units differ, errors are
            given for the old rows alone or for the new ones alone, or those of the old ones have a covariance.
    """
    if problem.covariance is not None:
        raise InvalidInput(
            "New rows must be independent of the old ones. Got a problem whose errors have a covariance: fit all rows "
            "anew, with the covariance of all."
        )
    if (problem.sigma is None) != (sigma is None):
        raise InvalidInput(
            "New rows must have errors sigma where the problem has them, and none elsewhere. "
            f"Got a problem {'without' if problem.sigma is None else 'with'} errors and new rows "
            f"{'without' if sigma is None else 'with'} them."
        )
    if problem.censored is not None:
        raise InvalidInput(
            "Rows can be added to responses that were all measured. Got data of which some are bounds: put the new "
            "rows into the table, and fit it again."
        )
    if missing not in ("refuse", "drop"):
        raise InvalidInput(f"The option 'missing' must be 'refuse' or 'drop'. Got {missing!r} instead.")
    group = None if problem.groups is None else problem.groups.column
    table = read_table(source, keep_text=() if group is None else (group,), **options)
    columns = NamedColumns.of(table, {}, ())
    named = [column.name for column in (*problem.inputs, problem.target)]
    named += [name for name in (sigma, weights) if isinstance(name, str)]
    positions = {name: columns.position(name) for name in named}
    label_position = None if group is None else columns.position(group)
    kept = rows_kept(columns, dict.fromkeys(positions.values()), missing, [], group=label_position)
    row_of = (np.flatnonzero(kept) + 1).__getitem__
    new = {name: columns.numbers(position)[kept] for name, position in positions.items()}
    for column in (*problem.inputs, problem.target):
        _check_unit(column, columns, positions[column.name])
    count = int(kept.sum())
    new_weights = np.ones(count) if weights is None else new[weights]
    if weights is not None and count:
        check_weights(new_weights, row_of)
    used = new_weights > 0
    new_sigma = checked_sigma(new[sigma] if isinstance(sigma, str) else sigma, count, row_of)
    return replace(
        problem,
        inputs=tuple(_longer(column, new[column.name][used]) for column in problem.inputs),
        target=_longer(problem.target, new[problem.target.name][used]),
        sigma=None if new_sigma is None else np.append(_known(problem.sigma), new_sigma[used]),
        weights=_all_weights(problem, None if weights is None else new_weights[used], int(used.sum())),
        groups=None
        if label_position is None
        else _all_groups(problem, groups_of(columns, label_position, kept).take(used)),
    )


def _known(values: Float64[np.ndarray, " rows"] | None) -> Float64[np.ndarray, " rows"]:
    return np.zeros(0) if values is None else values


def _all_weights(
    problem: Problem, new: Float64[np.ndarray, " new"] | None, count: int
) -> Float64[np.ndarray, " rows"] | None:
    """The multiplicities of old and new rows; None where nobody has given any."""
    if problem.weights is None and new is None:
        return None
    old = np.ones(problem.row_count) if problem.weights is None else problem.weights
    return np.append(old, np.ones(count) if new is None else new)


def _all_groups(problem: Problem, new: Groups) -> Groups:
    """The groups of old and new rows; a group that is new must have rows enough of its own.

    Raises:
        InvalidInput: it has too few.
    """
    old = () if problem.groups is None else problem.groups.labels
    groups = Groups(new.column, (*old, *new.labels))
    check_groups(groups)
    return groups


def _longer(column: Column, values: Float64[np.ndarray, " new"]) -> Column:
    """The column with more values."""
    old = np.asarray(column.values, dtype=float)
    whole = np.append(old, values)
    derived = column.resolution == recorded_resolution(old)
    return replace(
        column, values=whole, resolution=recorded_resolution(whole) if derived else column.resolution
    )


def _check_unit(column: Column, columns: NamedColumns, position: int) -> None:
    unit = columns.units[position]
    if unit is not None and column.unit is not None and not unit.is_same_as(column.unit):
        raise InvalidInput(
            f"New values must have the unit of their column. Got {str(unit)!r} instead of {str(column.unit)!r} "
            f"for {column.name!r}: convert them."
        )
