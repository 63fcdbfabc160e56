"""From a table to the problem of explaining one of its columns by others."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sagredo.problem.checks import (
    check_censored,
    check_measured,
    check_roles,
    check_varies,
    check_weights,
    checked_sigma,
    distinct,
    groups_of,
    rows_kept,
    rows_text,
)
from sagredo.problem.column import Column
from sagredo.problem.covariance import check_alone, read_covariance
from sagredo.problem.errors import InvalidInput
from sagredo.problem.groups import Groups, check_groups
from sagredo.problem.named_columns import NamedColumns, listed
from sagredo.problem.problem import Inputs, Problem
from sagredo.problem.readers import MEMORY_BYTES, Table, column_from_array, read_table
from sagredo.problem.units import split_header

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from jaxtyping import Float64

LEAST_ROWS = 3
"""Two points lie on a line whatever made them."""

_NO_UNITS: Mapping[str, str] = MappingProxyType({})


def problem_from(source: object, *, target: str | None = None, **options: Any) -> Problem:
    """The problem of explaining the column ``target`` of a table; `problems_from` documents the options.

    The target must be named, as no position of a column says that it is the one to be explained.
    """
    return problems_from(source, targets=[] if target is None else [target], **options)[0]


def problems_from(
    source: object,
    *,
    targets: Sequence[str],
    inputs: Sequence[str] | None = None,
    sigma: str | float | None = None,
    weights: str | None = None,
    trials: str | None = None,
    covariance: object = None,
    censored: str | None = None,
    group: str | None = None,
    units: Mapping[str, str] = _NO_UNITS,
    noise: str = "gaussian",
    missing: Literal["refuse", "drop"] = "refuse",
    reserved: Collection[str] = (),
    delimiter: str | None = None,
    decimal: str | None = None,
    encoding: str = "utf-8",
    memory_bytes: int = MEMORY_BYTES,
) -> tuple[Problem, ...]:
    """One problem for each target of a table, with the same inputs, rows and symbols.

    A column is named by its header, with or without the unit in it. Constant inputs are kept, and noted.

    Args:
        source: what `read_table` reads, or a `Table`.
        targets: the columns to be explained, one problem each.
        inputs: the columns that may explain them; by default every other named column of numbers.
        sigma: the standard deviation of the targets' errors: a column, or one number for all rows.
        weights: the column of multiplicities; rows of weight 0 are left out.
        trials: the column of trials, of which the targets count the successes.
        covariance: that of the targets' errors, for every two rows of the source: what `read_table` reads, without a
            header. It stands in the place of sigma.
        censored: the column that says of which responses only a bound is known: ``<`` or -1 where the response is less
            than the target says, ``>`` or 1 where it is more, empty or 0 where it was measured. Without it the target
            itself may hold texts such as ``<0.05``.
        group: the column that says which group each row is of, by a number or a text: laws have one form for all
            groups and parameters of their own in each. It is no input.
        units: unit texts by column, as `parse_unit` reads them; headers such as ``v [m/s]`` also tell them.
        noise: the name of the likelihood.
        missing: what to do with rows that lack a value in a column in use.
        reserved: names that no symbol may take, beside those of mathematical functions.
        delimiter: see `read_table`; so ``decimal``, ``encoding`` and ``memory_bytes``.

    Raises:
        InvalidInput: the source can't be read, or the choice of columns or their values make no problem.
    """
    table = read_table(
        source,
        delimiter=delimiter,
        decimal=decimal,
        encoding=encoding,
        memory_bytes=memory_bytes,
        keep_text=() if group is None else (group,),
    )
    columns = NamedColumns.of(table, units, reserved)
    if missing not in ("refuse", "drop"):
        raise InvalidInput(f"The option 'missing' must be 'refuse' or 'drop'. Got {missing!r} instead.")
    if not targets:
        raise InvalidInput(f"A target must be named. Got none: choose one of the columns {columns.listed()}.")
    target_positions = distinct([columns.position(name) for name in targets], columns, "targets")
    sigma_position = columns.position(sigma) if isinstance(sigma, str) else None
    weights_position = None if weights is None else columns.position(weights)
    trials_position = None if trials is None else columns.position(trials)
    censored_position = None if censored is None else columns.position(censored)
    group_position = None if group is None else columns.position(group)
    roles = {
        "sigma": sigma_position,
        "weights": weights_position,
        "trials": trials_position,
        "censored": censored_position,
    }
    apart = {*target_positions, *roles.values(), group_position}
    notes = [*table.notes, *columns.notes]
    if censored_position is not None and (marks := columns.bounds(censored_position)) is not None:
        columns = columns.with_numbers(censored_position, marks.sides)
    sides: dict[int, Float64[np.ndarray, " rows"]] = {}
    for position in target_positions:
        if (bounds := columns.bounds(position)) is not None and censored is None:
            columns = columns.with_numbers(position, bounds.numbers)
            sides[position] = bounds.sides
            where = rows_text(np.flatnonzero(bounds.sides) + 1)
            notes.append(f"Bounds of {columns.names[position]!r}, marked with < or >: {where}.")
    if inputs is None:
        input_positions = [p for p in range(len(columns.names)) if p not in apart and columns.is_usable(p)]
        left_out = [
            columns.names[p] for p in range(len(columns.names)) if p not in apart and not columns.is_usable(p)
        ]
        if left_out:
            notes.append(f"Columns without a name or with text in them were left out: {listed(left_out)}.")
    else:
        input_positions = distinct([columns.position(name) for name in inputs], columns, "inputs")
    check_roles(columns, target_positions, input_positions, {**roles, "groups": group_position})
    if not input_positions:
        raise InvalidInput(
            f"A problem must have an input beside its target {columns.names[target_positions[0]]!r}. "
            f"Got none among the columns {columns.listed()}."
        )
    used = [p for p in (*target_positions, *input_positions, *roles.values()) if p is not None]
    kept = rows_kept(columns, dict.fromkeys(used), missing, notes, group=group_position)
    groups = None if group_position is None else groups_of(columns, group_position, kept)
    values = {position: columns.numbers(position)[kept] for position in used}
    check_alone(
        covariance,
        sigma=sigma,
        weights=weights,
        trials=trials,
        group=group,
        censored=censored or sides or None,
    )
    shared = None if covariance is None else read_covariance(covariance, len(kept))[kept][:, kept]
    return tuple(
        _assemble(
            inputs=[columns.column(p, values[p]) for p in input_positions],
            target=columns.column(p, values[p]),
            sigma=sigma if sigma_position is None else values[sigma_position],
            weights=None if weights_position is None else values[weights_position],
            trials=None if trials_position is None else values[trials_position],
            covariance=shared,
            censored=sides[p][kept]
            if p in sides
            else None
            if censored_position is None
            else values[censored_position],
            groups=groups,
            noise=noise,
            notes=notes,
            row_of=(np.flatnonzero(kept) + 1).__getitem__,
        )
        for p in target_positions
    )


def problem_from_arrays(
    inputs: Any,
    responses: Any,
    *,
    input_names: Sequence[str] | None = None,
    target: str = "y",
    sigma: Any = None,
    weights: Any = None,
    trials: Any = None,
    covariance: Any = None,
    censored: Any = None,
    groups: Any = None,
    units: Mapping[str, str] = _NO_UNITS,
    noise: str = "gaussian",
    missing: Literal["refuse", "drop"] = "refuse",
    reserved: Collection[str] = (),
) -> Problem:
    """The problem of explaining an array of responses by a table of inputs.

    Args:
        inputs: a 2-D array, a frame, or a mapping from names to 1-D arrays.
        responses: one value a row.
        input_names: the columns of a 2-D array, ``x0``, ``x1``, ... by default.
        target: the name of the responses; made different where an input has it.
        sigma: the standard deviation of the errors: None, one number, or one a row.
        weights: None, or a multiplicity a row.
        trials: None, or a number of trials a row, of which the responses count the successes.
        covariance: None, or that of the errors of every two rows, in the place of sigma.
        censored: None, or a mark a row, as `problems_from` reads them.
        groups: None, or the name of each row's group, a number or a text.
        units: unit texts by column.
        noise: the name of the likelihood.
        missing: what to do with rows that lack a value.
        reserved: names that no symbol may take, beside those of mathematical functions.

    Raises:
        InvalidInput: as `problems_from`.
    """
    table = read_table(inputs, names=input_names)
    extra = {
        "responses": responses,
        "sigma": sigma,
        "weights": weights,
        "trials": trials,
        "censored": censored,
        "group": groups,
    }
    given = {
        role: np.asarray(array)
        for role, array in extra.items()
        if array is not None and not (role == "sigma" and np.ndim(array) == 0)
    }
    for role, array in given.items():
        if array.shape != (table.row_count,):
            raise InvalidInput(
                f"The {role} must have one value for each of {table.row_count} rows. "
                f"Got shape {array.shape} instead."
            )
    taken = {split_header(header)[0] for header in table.headers} | set(table.headers)
    names: dict[str, str] = {}
    for role in given:
        names[role] = _free_name(target if role == "responses" else role, taken)
        taken.add(names[role])
    whole = Table(
        table.source,
        (*table.headers, *names.values()),
        (*table.columns, *(column_from_array(array) for array in given.values())),
        table.row_count,
    )
    return problem_from(
        whole,
        target=names["responses"],
        inputs=table.headers,
        sigma=names.get(
            "sigma", sigma if sigma is None else float(np.asarray(sigma)) if "sigma" not in given else None
        ),
        weights=names.get("weights"),
        trials=names.get("trials"),
        covariance=covariance,
        censored=names.get("censored"),
        group=names.get("group"),
        units=units,
        noise=noise,
        missing=missing,
        reserved=reserved,
    )


def input_values_from(
    source: object,
    symbols: Mapping[str, str],
    *,
    group: str | None = None,
    missing: Literal["refuse", "drop"] = "refuse",
    **options: Any,
) -> Inputs:
    """The values of a fitted program's variables in another table.

    Args:
        source: what `read_table` reads.
        symbols: the symbol of each column that is needed.
        group: the column of groups; the names of the rows' groups are then given under its name.
        missing: what to do with rows that lack a value.
        options: of `read_table`.

    Raises:
        InvalidInput: a column is missing, or holds something other than finite numbers.
    """
    table = read_table(source, keep_text=() if group is None else (group,), **options)
    columns = NamedColumns.of(table, _NO_UNITS, ())
    positions = {symbol: columns.position(name) for name, symbol in symbols.items()}
    label_position = None if group is None else columns.position(group)
    used = dict.fromkeys(positions.values())
    kept = rows_kept(columns, used, missing, [], group=label_position, remedy="leave such rows out")
    inputs: Inputs = {symbol: columns.numbers(position)[kept] for symbol, position in positions.items()}
    if group is not None and label_position is not None:
        inputs[group] = np.array(groups_of(columns, label_position, kept).labels)
    return inputs


def _free_name(name: str, taken: Collection[str]) -> str:
    while name in taken:
        name += "_"
    return name


def _assemble(
    *,
    inputs: list[Column],
    target: Column,
    sigma: str | float | Float64[np.ndarray, " rows"] | None,
    weights: Float64[np.ndarray, " rows"] | None,
    trials: Float64[np.ndarray, " rows"] | None,
    covariance: Float64[np.ndarray, "rows rows"] | None,
    censored: Float64[np.ndarray, " rows"] | None,
    groups: Groups | None,
    noise: str,
    notes: list[str],
    row_of: Callable[[Any], Any],
) -> Problem:
    """The problem, after the checks of its values."""
    rows = len(target)
    sigmas = checked_sigma(sigma, rows, row_of)
    if weights is not None:
        check_weights(weights, row_of)
    if censored is not None:
        check_censored(censored, LEAST_ROWS, row_of)
    problem = Problem(
        tuple(inputs),
        target,
        sigmas,
        weights,
        noise,
        trials=trials,
        covariance=covariance,
        censored=censored,
        groups=groups,
    )
    if weights is not None and not weights.all():
        problem = problem.take(weights > 0)
    if problem.row_count < LEAST_ROWS:
        raise InvalidInput(
            f"A problem must have at least {LEAST_ROWS} rows. Got {problem.row_count}: add measurements."
        )
    check_varies(problem)
    if problem.groups is not None:
        check_groups(problem.groups)
        check_measured(problem)
    constant = [column.name for column in problem.inputs if np.all(column.values == column.values[0])]
    constant_note = [f"Inputs that have the same value in every row: {listed(constant)}."] if constant else []
    return replace(problem, notes=(*notes, *constant_note))
