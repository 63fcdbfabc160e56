"""From a table to the problem of explaining one of its columns by others."""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, final

import numpy as np

from sagredo.problem.column import Column
from sagredo.problem.errors import InvalidInput
from sagredo.problem.problem import Inputs, Problem
from sagredo.problem.readers import MEMORY_BYTES, Table, TextColumn, column_from_array, read_table
from sagredo.problem.resolution import recorded_resolution
from sagredo.problem.symbols import MATHEMATICAL_NAMES, symbols_of
from sagredo.problem.units import Unit, parse_unit, split_header

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from jaxtyping import Bool, Float64

LEAST_ROWS = 3
"""Two points lie on a line whatever made them."""

_ROWS_SHOWN = 10
"""Row numbers that a message lists before it counts the rest."""

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
        units: unit texts by column, as `parse_unit` reads them; headers such as ``v [m/s]`` also tell them.
        noise: the name of the likelihood.
        missing: what to do with rows that lack a value in a column in use.
        reserved: names that no symbol may take, beside those of mathematical functions.
        delimiter: see `read_table`; so ``decimal``, ``encoding`` and ``memory_bytes``.

    Raises:
        InvalidInput: the source can't be read, or the choice of columns or their values make no problem.
    """
    table = read_table(
        source, delimiter=delimiter, decimal=decimal, encoding=encoding, memory_bytes=memory_bytes
    )
    columns = _NamedColumns.of(table, units, reserved)
    if missing not in ("refuse", "drop"):
        raise InvalidInput(f"The option 'missing' must be 'refuse' or 'drop'. Got {missing!r} instead.")
    if not targets:
        raise InvalidInput(f"A target must be named. Got none: choose one of the columns {columns.listed()}.")
    target_positions = _distinct([columns.position(name) for name in targets], columns, "targets")
    sigma_position = columns.position(sigma) if isinstance(sigma, str) else None
    weights_position = None if weights is None else columns.position(weights)
    apart = {*target_positions, sigma_position, weights_position}
    notes = [*table.notes, *columns.notes]
    if inputs is None:
        input_positions = [p for p in range(len(columns.names)) if p not in apart and columns.is_usable(p)]
        left_out = [
            columns.names[p] for p in range(len(columns.names)) if p not in apart and not columns.is_usable(p)
        ]
        if left_out:
            notes.append(f"Columns without a name or with text in them were left out: {_listed(left_out)}.")
    else:
        input_positions = _distinct([columns.position(name) for name in inputs], columns, "inputs")
    _check_roles(columns, target_positions, input_positions, sigma_position, weights_position)
    if not input_positions:
        raise InvalidInput(
            f"A problem must have an input beside its target {columns.names[target_positions[0]]!r}. "
            f"Got none among the columns {columns.listed()}."
        )
    used = [
        p for p in (*target_positions, *input_positions, sigma_position, weights_position) if p is not None
    ]
    kept = _rows_kept(columns, dict.fromkeys(used), missing, notes)
    values = {position: columns.numbers(position)[kept] for position in used}
    return tuple(
        _assemble(
            inputs=[columns.column(p, values[p]) for p in input_positions],
            target=columns.column(p, values[p]),
            sigma=sigma if sigma_position is None else values[sigma_position],
            weights=None if weights_position is None else values[weights_position],
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
        units: unit texts by column.
        noise: the name of the likelihood.
        missing: what to do with rows that lack a value.
        reserved: names that no symbol may take, beside those of mathematical functions.

    Raises:
        InvalidInput: as `problems_from`.
    """
    table = read_table(inputs, names=input_names)
    extra = {"responses": responses, "sigma": sigma, "weights": weights}
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
        units=units,
        noise=noise,
        missing=missing,
        reserved=reserved,
    )


def input_values_from(
    source: object,
    symbols: Mapping[str, str],
    *,
    missing: Literal["refuse", "drop"] = "refuse",
    **options: Any,
) -> Inputs:
    """The values of a fitted program's variables in another table.

    Args:
        source: what `read_table` reads.
        symbols: the symbol of each column that is needed.
        missing: what to do with rows that lack a value.
        options: of `read_table`.

    Raises:
        InvalidInput: a column is missing, or holds something other than finite numbers.
    """
    columns = _NamedColumns.of(read_table(source, **options), _NO_UNITS, ())
    positions = {symbol: columns.position(name) for name, symbol in symbols.items()}
    kept = _rows_kept(columns, dict.fromkeys(positions.values()), missing, [])
    return {symbol: columns.numbers(position)[kept] for symbol, position in positions.items()}


@final
@dataclass(frozen=True, eq=False)
class _NamedColumns:
    """A table's columns by name, with the units and symbols that they have."""

    table: Table
    names: tuple[str, ...]
    symbols: tuple[str, ...]
    units: tuple[Unit | None, ...]
    notes: tuple[str, ...]

    @classmethod
    def of(cls, table: Table, units: Mapping[str, str], reserved: Collection[str]) -> _NamedColumns:
        parts = [split_header(header) for header in table.headers]
        names = [name for name, _ in parts]
        # Where the brackets tell two columns apart (x [0], x [1]) they are part of the name.
        names = [h if names.count(n) > 1 else n for h, n in zip(table.headers, names, strict=True)]
        notes: list[str] = []
        in_header = []
        for name, (bare, text) in zip(names, parts, strict=True):
            unit = None
            if text is not None and name == bare:
                try:
                    unit = parse_unit(text)
                except InvalidInput as error:
                    notes.append(f"The unit of column {name!r} is not used. {error}")
            in_header.append(unit)
        columns = cls(
            table, tuple(names), symbols_of(names, MATHEMATICAL_NAMES | set(reserved)), (), tuple(notes)
        )
        for name, text in units.items():
            position = columns.position(name)
            stated, given = in_header[position], parse_unit(text)
            if stated is not None and not stated.is_same_as(given):
                raise InvalidInput(
                    f"A column must have one unit. Got {str(stated)!r} in the header of column "
                    f"{names[position]!r} and {str(given)!r} in the option: correct one of them."
                )
            in_header[position] = given
        return cls(table, columns.names, columns.symbols, tuple(in_header), columns.notes)

    def position(self, name: str) -> int:
        """Where the column of this name, or of this header, stands."""
        for candidates in (self.names, self.table.headers):
            if name in candidates:
                return candidates.index(name)
        near = difflib.get_close_matches(str(name), self.names, n=1)
        advice = f"did you mean {near[0]!r}? " if near else ""
        raise InvalidInput(
            f"A column must be one of those of {self.table.source}. Got {name!r}: {advice}"
            f"The columns are {self.listed()}."
        )

    def is_usable(self, position: int) -> bool:
        """Whether a column is taken where none is asked for: it has a name, and holds numbers alone."""
        values = self.table.columns[position]
        return not isinstance(values, TextColumn) and self.table.headers[position] not in self.table.unnamed

    def numbers(self, position: int) -> Float64[np.ndarray, " rows"]:
        """The values of a column of numbers."""
        values = self.table.columns[position]
        if isinstance(values, TextColumn):
            raise InvalidInput(
                f"Every value of a column in use must be a number. Got, in row {values.row}, column "
                f"{self.names[position]!r}: {values.value[:60]!r} is not a number "
                "(rows of data are counted from 1)."
            )
        return values

    def column(self, position: int, values: Float64[np.ndarray, " rows"]) -> Column:
        """The column as a problem holds it."""
        return Column(
            self.names[position],
            self.symbols[position],
            values,
            unit=self.units[position],
            resolution=recorded_resolution(values),
        )

    def listed(self) -> str:
        """The names of the columns, for a message."""
        return _listed(self.names)


def _listed(names: Sequence[str], limit: int = 20) -> str:
    shown = ", ".join(repr(name[:60]) for name in names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"


def _free_name(name: str, taken: Collection[str]) -> str:
    while name in taken:
        name += "_"
    return name


def _distinct(positions: list[int], columns: _NamedColumns, role: str) -> list[int]:
    repeated = [columns.names[p] for p in dict.fromkeys(positions) if positions.count(p) > 1]
    if repeated:
        raise InvalidInput(f"The {role} must differ from each other. Got {_listed(repeated)} more than once.")
    return positions


def _check_roles(
    columns: _NamedColumns, targets: list[int], inputs: list[int], sigma: int | None, weights: int | None
) -> None:
    """Refuse a target that is also an input, its own error or weight; and an error in another unit."""
    for target in targets:
        name = columns.names[target]
        if target in inputs:
            raise InvalidInput(
                f"A target must not be among the inputs. Got {name!r} as both: leave it out of the inputs."
            )
        for role, position in (("sigma", sigma), ("weights", weights)):
            if position == target:
                raise InvalidInput(f"The target and the column of {role} must differ. Got {name!r} as both.")
        target_unit = columns.units[target]
        sigma_unit = None if sigma is None else columns.units[sigma]
        if target_unit is not None and sigma_unit is not None and not target_unit.is_same_as(sigma_unit):
            raise InvalidInput(
                f"The column of sigma must have the unit of the target. Got {str(sigma_unit)!r} "
                f"for sigma and {str(target_unit)!r} for {name!r}: convert one of them."
            )


def _rows_kept(
    columns: _NamedColumns, positions: Collection[int], missing: str, notes: list[str]
) -> Bool[np.ndarray, " rows"]:
    """The rows that lack no value of these columns; infinite values are refused whatever ``missing`` says."""
    kept = np.ones(columns.table.row_count, dtype=bool)
    for position in positions:
        values = columns.numbers(position)
        if np.isinf(values).any():
            raise InvalidInput(
                f"Every number must be finite. Got an infinite value in column {columns.names[position]!r}, "
                f"{_rows(np.flatnonzero(np.isinf(values)) + 1)}: correct it or leave the row out."
            )
        lacking = np.isnan(values)
        if lacking.any() and missing == "refuse":
            raise InvalidInput(
                f"Every row must have a value in every column in use. Got missing or NaN values in column "
                f"{columns.names[position]!r}, {_rows(np.flatnonzero(lacking) + 1)}: "
                "fill them in, or drop such rows with missing='drop' (--missing drop)."
            )
        kept &= ~lacking
    dropped = np.flatnonzero(~kept) + 1
    if dropped.size:
        notes.append(f"Rows with missing values were dropped: {_rows(dropped)}.")
    return kept


def _rows(rows: Sequence[int] | np.ndarray) -> str:
    """``row 3``, ``rows 3, 5`` or ``rows 3, 5, ... (40 in all)``; rows of data are counted from 1."""
    shown = ", ".join(str(row) for row in rows[:_ROWS_SHOWN])
    return f"row{'s' if len(rows) > 1 else ''} {shown}" + (
        f", ... ({len(rows)} in all)" if len(rows) > _ROWS_SHOWN else ""
    )


def _assemble(
    *,
    inputs: list[Column],
    target: Column,
    sigma: str | float | Float64[np.ndarray, " rows"] | None,
    weights: Float64[np.ndarray, " rows"] | None,
    noise: str,
    notes: list[str],
    row_of: Callable[[Any], Any],
) -> Problem:
    """The problem, after the checks of its values."""
    rows = len(target)
    sigmas = _checked_sigma(sigma, rows, row_of)
    if weights is not None:
        _check_weights(weights, row_of)
    problem = Problem(tuple(inputs), target, sigmas, weights, noise)
    if weights is not None and not weights.all():
        problem = problem.take(weights > 0)
    if problem.row_count < LEAST_ROWS:
        raise InvalidInput(
            f"A problem must have at least {LEAST_ROWS} rows. Got {problem.row_count}: add measurements."
        )
    values = problem.target.values
    if np.all(values == values[0]):
        raise InvalidInput(
            f"The target must vary. Got {values[0]:g} in all {problem.row_count} rows of column "
            f"{target.name!r}: there is nothing to explain."
        )
    constant = [column.name for column in problem.inputs if np.all(column.values == column.values[0])]
    constant_note = (
        [f"Inputs that have the same value in every row: {_listed(constant)}."] if constant else []
    )
    return Problem(
        problem.inputs, problem.target, problem.sigma, problem.weights, noise, (*notes, *constant_note)
    )


def _checked_sigma(
    sigma: str | float | Float64[np.ndarray, " rows"] | None, rows: int, row_of: Callable[[Any], Any]
) -> Float64[np.ndarray, " rows"] | None:
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
            f"{_rows(row_of(wrong))}: correct them, or leave the rows out."
        )
    return sigma


def _check_weights(weights: Float64[np.ndarray, " rows"], row_of: Callable[[Any], Any]) -> None:
    wrong = np.flatnonzero(weights < 0.0)
    if wrong.size:
        raise InvalidInput(
            f"Weights are multiplicities and must not be negative. Got {weights[wrong[0]]:g} in "
            f"{_rows(row_of(wrong))}: correct them."
        )
    if not weights.any():
        raise InvalidInput("At least one weight must be positive. Got zeros alone: leave the weights out.")
