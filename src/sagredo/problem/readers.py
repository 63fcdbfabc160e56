"""Tables of measurements from files, data frames and arrays.

One `Table` is what every source becomes, by the same reading of numbers, so that a file and its frame agree.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np

from sagredo.problem.errors import InvalidInput
from sagredo.problem.numbers import bound_from_text, missing_or_number

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from jaxtyping import Float64

MEMORY_BYTES = 2**31
"""The default limit on the memory that the numbers of a table may take."""

NUMBER_BYTES = 8
"""A float64."""


@final
@dataclass(frozen=True, eq=False)
class Bounds:
    """Numbers of which some are bounds, and marks: ``<0.05``, ``>3`` or ``<`` alone.

    ``sides`` is -1 where the quantity is less than the number, +1 where it is more, else 0. Missing numbers are NaN.
    """

    numbers: Float64[np.ndarray, " rows"]
    sides: Float64[np.ndarray, " rows"]


@final
@dataclass(frozen=True, eq=False)
class TextColumn:
    """A column with something other than numbers in it: the first such value, and its row (from 1).

    ``bounds`` are what it holds if that is numbers and bounds alone. ``values`` are all of its values as they stood in
    the source; those of a file are kept where they were asked for.
    """

    row: int
    value: str
    bounds: Bounds | None = None
    values: Sequence[object] | None = None


@final
@dataclass(frozen=True, eq=False)
class Table:
    """Columns with their headers as they stood in the source; missing values are NaN.

    ``unnamed`` are the columns whose header was empty (such as the index that pandas writes): they are used
    only when asked for. ``notes`` tell what the reader had to decide.
    """

    source: str
    headers: tuple[str, ...]
    columns: tuple[Float64[np.ndarray, " rows"] | TextColumn, ...]
    row_count: int
    unnamed: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        repeated = sorted({header for header in self.headers if self.headers.count(header) > 1})
        if repeated:
            raise InvalidInput(
                f"Every column of {self.source} must have a name of its own. "
                f"Got {', '.join(map(repr, repeated))} more than once: rename the columns."
            )


def read_table(
    source: object,
    *,
    names: Sequence[str] | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
    encoding: str = "utf-8",
    memory_bytes: int = MEMORY_BYTES,
    keep_text: Collection[str] = (),
) -> Table:
    """The table in a CSV, TSV or Parquet file, a frame, an array or a mapping of arrays.

    Args:
        source: a path; a pandas, polars or pyarrow frame; a 2-D array, one row an observation; or a mapping
            from names to 1-D arrays.
        names: the columns of a 2-D array, ``x0``, ``x1``, ... by default.
        delimiter: what separates the fields of a text file: one character, or a space for runs of white
            space. Found from the first lines by default.
        decimal: ``"."`` or ``","``, the decimal mark of a text file; found from the first lines by default.
        encoding: the encoding of a text file. A byte order mark is understood.
        memory_bytes: the limit on the memory of the table's numbers, checked before all is loaded.
        keep_text: the columns of a text file whose texts are wanted, where they hold no numbers.

    Raises:
        InvalidInput: the source can't be read as a table.
    """
    if isinstance(source, Table):
        return source
    if isinstance(source, (str, os.PathLike)):
        from sagredo.problem.files import table_from_file

        return table_from_file(
            Path(os.fspath(source)),
            delimiter=delimiter,
            decimal=decimal,
            encoding=encoding,
            memory_bytes=memory_bytes,
            keep_text=keep_text,
        )
    if isinstance(source, np.ndarray):
        return _table_from_array(source, names)
    if isinstance(source, Mapping):
        return table_from_columns("the mapping", source)
    return table_from_frame("the frame", source)


def table_from_columns(label: str, columns: Mapping[Any, Any], notes: tuple[str, ...] = ()) -> Table:
    """The table of a mapping from names to sequences of one length."""
    arrays = {str(name): np.asarray(values) for name, values in columns.items()}
    for name, array in arrays.items():
        if array.ndim != 1:
            raise InvalidInput(
                f"Every column of {label} must be a sequence with one value a row. "
                f"Got an array of shape {array.shape} for column {name!r}."
            )
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        raise InvalidInput(f"The columns of {label} must have equally many rows. Got {lengths} instead.")
    return Table(
        label,
        tuple(str(name) for name in columns),
        tuple(column_from_array(array) for array in arrays.values()),
        next(iter(lengths.values()), 0),
        notes=notes,
    )


def column_from_array(array: np.ndarray) -> Float64[np.ndarray, " rows"] | TextColumn:
    """A column's values as float64, or its first value that is no number.

    Single and half precision are read through their shortest decimal texts, as a file would hold them: the
    single 0.1 becomes the double 0.1 and not 0.10000000149011612. Booleans become 0 and 1.
    """
    array = np.ma.filled(array.astype(np.float64), np.nan) if isinstance(array, np.ma.MaskedArray) else array
    if array.dtype.kind == "f" and array.dtype.itemsize < NUMBER_BYTES:
        return array.astype(str).astype(np.float64)
    if array.dtype.kind in "fiub":
        return np.array(array, dtype=np.float64)
    return column_from_values(array.tolist())


def column_from_values(values: Sequence[Any]) -> Float64[np.ndarray, " rows"] | TextColumn:
    """The same for Python objects: numbers, texts of numbers, and None for a missing value."""
    numbers = []
    values = list(values)
    for row, value in enumerate(values, start=1):
        number = missing_or_number(value)
        if number is None:
            return TextColumn(row, str(value), _bounds_from_values(values), values)
        numbers.append(number)
    return np.array(numbers, dtype=np.float64)


def _bounds_from_values(values: Sequence[Any]) -> Bounds | None:
    numbers, sides = [], []
    for value in values:
        found = bound_from_text(value) if isinstance(value, str) else (missing_or_number(value), 0)
        if found is None or found[0] is None:
            return None
        numbers.append(found[0])
        sides.append(float(found[1]))
    return Bounds(np.array(numbers, dtype=np.float64), np.array(sides))


def _table_from_array(array: np.ndarray, names: Sequence[str] | None) -> Table:
    if array.dtype.names is not None and array.ndim == 1:
        return table_from_columns("the array", {name: array[name] for name in array.dtype.names})
    if array.ndim != 2:
        raise InvalidInput(
            "An array of observations must have two dimensions, rows and columns. "
            f"Got an array of shape {array.shape} instead."
        )
    names = [f"x{position}" for position in range(array.shape[1])] if names is None else list(names)
    if len(names) != array.shape[1]:
        raise InvalidInput(
            f"An array must have a name for each of its {array.shape[1]} columns. Got {names}."
        )
    return Table(
        "the array",
        tuple(names),
        tuple(column_from_array(array[:, position]) for position in range(array.shape[1])),
        array.shape[0],
    )


def table_from_frame(label: str, frame: Any) -> Table:
    """The table of any frame that narwhals knows: pandas, polars, pyarrow, and lazy ones (collected)."""
    import narwhals as nw
    from narwhals.exceptions import DuplicateError

    try:
        native = nw.from_native(frame)
        collected = native.collect() if isinstance(native, nw.LazyFrame) else native
        headers = tuple(str(name) for name in collected.columns)
    except TypeError as error:
        raise InvalidInput(
            "Data must be the path of a file, a pandas, polars or pyarrow frame, a two-dimensional array, "
            f"or a mapping from names to arrays. Got {type(frame).__name__} instead."
        ) from error
    except DuplicateError as error:
        raise InvalidInput(
            f"Every column of {label} must have a name of its own. Got repeated names: rename the columns."
        ) from error
    columns = tuple(_column_from_series(collected[name]) for name in collected.columns)
    return Table(label, headers, columns, len(collected))


def _column_from_series(series: Any) -> Float64[np.ndarray, " rows"] | TextColumn:
    import narwhals as nw

    if series.dtype in (nw.Float32, nw.Float64) and not series.is_null().any():
        return column_from_array(series.to_numpy())
    if series.dtype.is_numeric() or series.dtype in (nw.Boolean, nw.String, nw.Object):
        return column_from_array(np.array(series.to_list(), dtype=object))
    values = series.to_list()
    return TextColumn(1, str(values[0]), values) if values else np.empty(0)
