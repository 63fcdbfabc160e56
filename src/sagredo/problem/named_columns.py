"""A table's columns by name, with the units and symbols that they have."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, final

from sagredo.problem.column import Column
from sagredo.problem.errors import InvalidInput
from sagredo.problem.groups import labels_of
from sagredo.problem.readers import Bounds, Table, TextColumn
from sagredo.problem.resolution import recorded_resolution
from sagredo.problem.symbols import MATHEMATICAL_NAMES, symbols_of
from sagredo.problem.units import Unit, parse_unit, split_header

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import numpy as np
    from jaxtyping import Float64


@final
@dataclass(frozen=True, eq=False)
class NamedColumns:
    """A table's columns by name, with the units and symbols that they have."""

    table: Table
    names: tuple[str, ...]
    symbols: tuple[str, ...]
    units: tuple[Unit | None, ...]
    notes: tuple[str, ...]

    @classmethod
    def of(cls, table: Table, units: Mapping[str, str], reserved: Collection[str]) -> NamedColumns:
        """The columns of a table; ``units`` are texts by column, beside those in the headers."""
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

    def bounds(self, position: int) -> Bounds | None:
        """The numbers and bounds of a column that has bounds."""
        values = self.table.columns[position]
        return values.bounds if isinstance(values, TextColumn) else None

    def with_numbers(self, position: int, values: Float64[np.ndarray, " rows"]) -> NamedColumns:
        """The same with numbers in the place of a column."""
        before, after = self.table.columns[:position], self.table.columns[position + 1 :]
        return replace(self, table=replace(self.table, columns=(*before, values, *after)))

    def labels(self, position: int) -> list[str | None]:
        """The names of groups in a column of texts or numbers; None for a missing one."""
        values = self.table.columns[position]
        if not isinstance(values, TextColumn):
            return labels_of(values.tolist())
        if values.values is None:
            raise ValueError(
                f"The texts of column {self.names[position]!r} must be asked for when it is read."
            )
        return labels_of(values.values)

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
        return listed(self.names)


def listed(names: Sequence[str], limit: int = 20) -> str:
    """Names for a message: the first of them, and how many more there are."""
    shown = ", ".join(repr(name[:60]) for name in names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"
