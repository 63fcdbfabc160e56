"""Tables in files: delimited text and Parquet."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import os
import stat
from array import array
from collections import Counter
from dataclasses import replace
from typing import IO, TYPE_CHECKING

import numpy as np

from sagredo.problem.errors import InvalidInput
from sagredo.problem.numbers import bound_from_text, number_from_text
from sagredo.problem.readers import NUMBER_BYTES, Bounds, Table, TextColumn, table_from_frame
from sagredo.problem.units import split_header

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

_DELIMITERS = (",", ";", "\t", "|", " ")
"""In order of preference where the first lines don't decide."""

_SAMPLE_LINES = 100
"""Lines from which delimiter, decimal mark and width are found."""

_LINE_CHARACTERS = 2**22
"""A longer line is no row of a table: it would take memory before it could be refused."""

_CHUNK_ROWS = 4096
"""Rows that are held as text at a time."""

_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def table_from_file(
    path: Path,
    *,
    delimiter: str | None,
    decimal: str | None,
    encoding: str,
    memory_bytes: int,
    keep_text: Collection[str] = (),
) -> Table:
    """The table in a file of delimited text or in a Parquet file, told apart by its first bytes."""
    label = repr(str(path))
    if delimiter is not None and len(delimiter) != 1:
        raise InvalidInput(f"A delimiter must be one character. Got {delimiter!r} instead.")
    if decimal not in (None, ".", ","):
        raise InvalidInput(f"A decimal mark must be '.' or ','. Got {decimal!r} instead.")
    try:
        with open(path, "rb") as file:
            status = os.fstat(file.fileno())
            first_bytes = file.peek(4)[:4]
            if first_bytes == b"PAR1":
                return _table_from_parquet(label, path, memory_bytes)
            size = status.st_size if stat.S_ISREG(status.st_mode) else None
            return _TextReader(label, delimiter, decimal, memory_bytes, keep_text).read(
                file, size, _encoding(first_bytes, encoding)
            )
    except FileNotFoundError as error:
        raise InvalidInput(f"There must be a file at {label}. Got none: check the path.") from error
    except IsADirectoryError as error:
        raise InvalidInput(f"Data must be in a file. Got the directory {label}.") from error
    except PermissionError as error:
        raise InvalidInput(f"The file {label} must be readable. Got: permission denied.") from error
    except UnicodeError as error:
        raise InvalidInput(
            f"{label} must be a table in text of the encoding {encoding}, or a Parquet file. "
            f"Got bytes that aren't: save it as UTF-8, or name its encoding (encoding='latin-1')."
        ) from error
    except csv.Error as error:
        raise InvalidInput(
            f"{label} must be a table in delimited text. Got a malformed one: {error}."
        ) from error
    except (OSError, ValueError, LookupError) as error:
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput(f"The file {label} must be readable. Got: {error}.") from error


def _encoding(first_bytes: bytes, encoding: str) -> str:
    for mark, name in _BYTE_ORDER_MARKS.items():
        if first_bytes.startswith(mark):
            return name
    return encoding


def _table_from_parquet(label: str, path: Path, memory_bytes: int) -> Table:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise InvalidInput(
            f"Reading the Parquet file {label} needs the package pyarrow. Got a Python without it: "
            "run `pip install 'sagredo[tables]'`, or save the table as CSV."
        ) from error
    try:
        with pq.ParquetFile(path) as file:
            metadata = file.metadata
            _refuse_beyond(label, metadata.num_rows * metadata.num_columns * NUMBER_BYTES, memory_bytes)
            frame = file.read()
    except (pa.ArrowException, OSError) as error:
        raise InvalidInput(f"{label} must be a sound Parquet file. Got: {error}.") from error
    return table_from_frame(label, frame)


def _refuse_beyond(label: str, needed_bytes: float, memory_bytes: int) -> None:
    if needed_bytes > memory_bytes:
        raise InvalidInput(
            f"The numbers of the table in {label} must fit in {memory_bytes:,} bytes. Got about "
            f"{int(needed_bytes):,} bytes: give fewer rows, or raise the limit "
            "(memory_bytes; on the command line --memory, of which a table may take a sixteenth)."
        )


class _TextReader:
    """Reads delimited text row by row; only numbers are kept, so memory is eight bytes a field."""

    def __init__(
        self,
        label: str,
        delimiter: str | None,
        decimal: str | None,
        memory_bytes: int,
        keep_text: Collection[str],
    ) -> None:
        self.label = label
        self.delimiter = delimiter
        self.decimal = decimal
        self.memory_bytes = memory_bytes
        self.keep_text = keep_text
        self.last_comment = ""
        self.notes: list[str] = []

    def read(self, file: IO[bytes], size: int | None, encoding: str) -> Table:
        with io.TextIOWrapper(file, encoding=encoding, newline="") as text:
            return self._read(text, size)

    def _read(self, text: IO[str], size: int | None) -> Table:
        lines = self._lines(text)
        sample = list(itertools.islice(lines, _SAMPLE_LINES))
        if not sample:
            raise InvalidInput(
                f"{self.label} must have a row of column names and rows of numbers. Got no rows."
            )
        delimiter = self.delimiter or _sniffed_delimiter(sample)
        records = self._records(itertools.chain(sample, lines), delimiter)
        sampled = [
            next(csv.reader([_fields_apart(line, delimiter)], delimiter=delimiter, skipinitialspace=True), [])
            for line in sample
        ]
        decimal = self.decimal or _sniffed_decimal(sampled[1:], delimiter)
        header = next(records)
        names, first = self._names(header, decimal, delimiter)
        if size is not None:
            characters = sum(map(len, sample))
            rows = size / characters * len(sample) if len(sample) == _SAMPLE_LINES else len(sample)
            _refuse_beyond(self.label, rows * len(names) * NUMBER_BYTES, self.memory_bytes)
        return self._table(names, itertools.chain(first, records), decimal)

    def _lines(self, text: IO[str]) -> Iterator[str]:
        """The lines that are neither empty nor comments, each refused if it can't be part of a table."""
        while line := text.readline(_LINE_CHARACTERS):
            if len(line) == _LINE_CHARACTERS:
                raise InvalidInput(
                    f"{self.label} must be a table in text, its lines shorter than {_LINE_CHARACTERS:,} "
                    "characters. Got a longer one."
                )
            if "\0" in line:
                raise InvalidInput(
                    f"{self.label} must be a table in text. Got a NUL byte: is it a binary file?"
                )
            if line.lstrip().startswith("#"):
                self.last_comment = line
            elif not line.isspace():
                yield line

    def _records(self, lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
        apart = (_fields_apart(line, delimiter) for line in lines) if delimiter == " " else lines
        return csv.reader(apart, delimiter=delimiter, skipinitialspace=True, strict=True)

    def _names(self, header: list[str], decimal: str, delimiter: str) -> tuple[list[str], list[list[str]]]:
        """The column names, and the first record if it is data: nothing but numbers is no header."""
        if not all(number_from_text(field, decimal) is not None for field in header):
            return [field.strip() for field in header], []
        comment = self.last_comment.strip().lstrip("#")
        named = next(
            csv.reader([_fields_apart(comment, delimiter)], delimiter=delimiter, skipinitialspace=True), []
        )
        if len(named) == len(header) and all(number_from_text(name, decimal) is None for name in named):
            return [name.strip() for name in named], [header]
        names = [f"column_{position}" for position in range(1, len(header) + 1)]
        self.notes.append(
            f"The first row of {self.label} is all numbers, so it was read as data: columns are {names}."
        )
        return names, [header]

    def _table(self, names: list[str], records: Iterator[list[str]], decimal: str) -> Table:
        numbers: list[array[float]] = [array("d") for _ in names]
        texts: dict[int, TextColumn] = {}
        sides: dict[int, array[float]] = {}  # of columns of numbers and bounds, whose numbers stay
        kept: dict[int, list[str]] = {
            position: []
            for position, name in enumerate(names)
            if {name, split_header(name)[0]} & set(self.keep_text)
        }
        row_count = 0
        while chunk := list(itertools.islice(records, _CHUNK_ROWS)):
            for row, record in enumerate(chunk, start=row_count + 1):
                if len(record) != len(names):
                    raise InvalidInput(
                        f"Every row of {self.label} must have {len(names)} fields, as its first line has. "
                        f"Got {len(record)} in row {row}."
                    )
            for position, fields in enumerate(zip(*chunk, strict=True)):
                if position in kept:
                    kept[position] += fields
                if position not in texts:
                    self._extend(numbers[position], fields, decimal)
                    row = len(numbers[position])
                    if row < row_count + len(chunk):
                        texts[position] = TextColumn(
                            row + 1, fields[row - row_count], values=kept.get(position)
                        )
                        sides[position] = array("d", bytes(NUMBER_BYTES * row))
                if position in sides:
                    bounds = fields[len(numbers[position]) - row_count :]
                    if not _extend_bounds(numbers[position], sides[position], bounds, decimal):
                        numbers[position] = array("d")
                        del sides[position]
            row_count += len(chunk)
            _refuse_beyond(
                self.label,
                row_count * (len(names) - len(texts) + 2 * len(sides)) * NUMBER_BYTES,
                self.memory_bytes,
            )
        for position, own in sides.items():
            bounds_read = Bounds(np.frombuffer(numbers[position]), np.frombuffer(own))
            texts[position] = replace(texts[position], bounds=bounds_read)
        unnamed = {position for position, name in enumerate(names) if not name}
        headers = tuple(name or f"column_{position}" for position, name in enumerate(names, start=1))
        return Table(
            self.label,
            headers,
            tuple(texts.get(p) or np.frombuffer(numbers[p], dtype=np.float64) for p in range(len(names))),
            row_count,
            unnamed=frozenset(headers[position] for position in unnamed),
            notes=tuple(self.notes),
        )

    @staticmethod
    def _extend(numbers: array[float], fields: tuple[str, ...], decimal: str) -> None:
        """Append the fields as numbers, up to the first that isn't one."""
        if decimal == "." and "_" not in "".join(fields):
            try:
                numbers.extend(list(map(float, fields)))
                return
            except ValueError:
                pass  # a missing value or a spelling that float doesn't know: field by field below
        for field in fields:
            number = number_from_text(field, decimal)
            if number is None:
                return
            numbers.append(number)


def _extend_bounds(numbers: array[float], sides: array[float], fields: Iterable[str], decimal: str) -> bool:
    """Append the fields as numbers and bounds; False where one is neither."""
    for field in fields:
        found = bound_from_text(field, decimal)
        if found is None:
            return False
        numbers.append(found[0])
        sides.append(found[1])
    return True


def _fields_apart(line: str, delimiter: str) -> str:
    """A line whose runs of white space are single spaces, where white space separates its fields."""
    return " ".join(line.split()) if delimiter == " " else line


def _sniffed_delimiter(sample: list[str]) -> str:
    """The delimiter that splits most of the first lines into as many fields (two or more) as the first."""
    # More than half: a header such as "fall time" over one column of numbers agrees with itself alone.
    best, best_agreement = ",", 0.5
    for delimiter in _DELIMITERS:
        rows = [_fields_apart(line, delimiter) for line in sample]
        try:
            counts = [len(record) for record in csv.reader(rows, delimiter=delimiter, skipinitialspace=True)]
        except csv.Error:
            continue
        if counts and Counter(counts)[counts[0]] and counts[0] > 1:
            agreement = Counter(counts)[counts[0]] / len(counts)
            if agreement > best_agreement:
                best, best_agreement = delimiter, agreement
    return best


def _sniffed_decimal(records: list[list[str]], delimiter: str) -> str:
    """The comma if commas occur in numbers, points don't, and commas don't separate the fields."""
    fields = [field for record in records for field in record]
    with_comma = any("," in field and number_from_text(field, ",") is not None for field in fields)
    with_point = any("." in field and number_from_text(field, ".") is not None for field in fields)
    return "," if delimiter != "," and with_comma and not with_point else "."
