"""The journal of a benchmark: one JSON line a finished task, so that an interrupted run goes on where it was.

The first line says what was asked: the command and every option that decides a result. Each session (a start
or a resumption) adds a line with its commit and machine; each finished task adds its key and its record.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

from sagredo.problem.errors import InvalidInput

Record = dict[str, Any]
"""What a task found, ready for JSON."""

SCHEMA = 1

_HEADER_START = b'{"schema"'
"""How every journal begins; a file that begins otherwise is someone's own and is never written to."""


@final
@dataclass(frozen=True)
class Shard:
    """Part ``index`` of ``count`` (from 1) of the tasks: every count-th one, so that all parts are alike."""

    index: int = 1
    count: int = 1

    @classmethod
    def parse(cls, text: str) -> Shard:
        """The shard written as ``i/n``.

        Raises:
            InvalidInput: the text has another form, or i is not in 1..n.
        """
        first, _, second = text.partition("/")
        if first.strip().isdecimal() and second.strip().isdecimal():
            shard = cls(int(first), int(second))
            if 1 <= shard.index <= shard.count:
                return shard
        raise InvalidInput(
            f"The shard must be written i/n with i from 1 to n. Got {text!r} instead. "
            "Start one run for each of 1/n, 2/n, ..., n/n."
        )

    def select(self, keys: Sequence[str]) -> list[str]:
        """The keys of this part, in order."""
        return list(keys[self.index - 1 :: self.count])


@final
@dataclass
class Journal:
    """An open journal; ``records`` are the finished tasks by key, ``sessions`` where they ran."""

    path: Path
    command: str
    options: dict[str, Any]
    sessions: list[dict[str, Any]] = field(default_factory=list)
    records: dict[str, Record] = field(default_factory=dict)

    @classmethod
    def resume(
        cls, path: Path, command: str, options: Mapping[str, Any], session: Mapping[str, Any]
    ) -> Journal:
        """Open the journal for more tasks; a new file gets its header, a torn last line is dropped.

        Raises:
            InvalidInput: the file holds the results of another command or of other options, is no journal, or
                cannot be written.
        """
        asked = _through_json({"schema": SCHEMA, "command": command, "options": dict(options)})
        try:
            journal = _read(path) if path.exists() else None
            if journal is None:
                journal = cls(path, command, asked["options"])
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(b"")
                journal._write(asked)
            else:
                journal._check_same(asked)
                _drop_torn_line(path)
            journal._write({"session": dict(session)})
        except OSError as error:
            raise InvalidInput(
                f"The journal {path} must be a file that can be written. Got: {error.strerror}. Choose "
                f"another path."
            ) from error
        journal.sessions.append(_through_json(dict(session)))
        return journal

    @classmethod
    def load(cls, path: Path) -> Journal:
        """Read a journal without changing it.

        Raises:
            InvalidInput: the file does not exist or is no journal.
        """
        journal = _read(path) if path.exists() else None
        if journal is None:
            raise InvalidInput(
                f"The journal {path} must exist and have a header. Run the benchmark that writes it."
            )
        return journal

    def append(self, key: str, record: Record) -> None:
        """Add a finished task; when this returns the line is on the disk."""
        self._write({"key": key, "record": record})
        self.records[key] = _through_json(record)

    def _write(self, entry: Mapping[str, Any]) -> None:
        with self.path.open("ab") as file:
            file.write(json.dumps(entry, allow_nan=False).encode("ascii") + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def _check_same(self, asked: Mapping[str, Any]) -> None:
        if self.command != asked["command"]:
            raise InvalidInput(
                f"The journal {self.path} must be one of 'bench {asked['command']}'. Got one of "
                f"'bench {self.command}' instead. Name another file with --journal."
            )
        names = sorted({*self.options, *asked["options"]})
        differing = [name for name in names if self.options.get(name) != asked["options"].get(name)]
        if differing:
            was = ", ".join(f"{name}={self.options.get(name)}" for name in differing)
            wanted = ", ".join(f"{name}={asked['options'].get(name)}" for name in differing)
            raise InvalidInput(
                f"The journal {self.path} must have been started with the options of this run. It was "
                f"started with "
                f"{was}; this run asks for {wanted}. Give the same options, or name another file with "
                f"--journal."
            )


def merge(journals: Sequence[Journal]) -> Journal:
    """The journals of the shards of one run, as one; a task done twice counts as it was done first.

    Raises:
        InvalidInput: they are of different commands or options.
    """
    first = journals[0]
    whole = Journal(first.path, first.command, first.options)
    for journal in journals:
        journal._check_same({"command": first.command, "options": first.options})
        whole.sessions.extend(journal.sessions)
        for key, record in journal.records.items():
            whole.records.setdefault(key, record)
    return whole


def _read(path: Path) -> Journal | None:
    """The journal in a file, without a torn last line; None where not even the header is whole."""
    content = path.read_bytes()
    lines = content.split(b"\n")[:-1]
    if not lines and _HEADER_START.startswith(content[: len(_HEADER_START)]):
        return None
    if not lines:
        raise _no_header(path, content)
    if not lines[0].startswith(_HEADER_START):
        raise _no_header(path, lines[0])
    header, *rest = [_entry(path, number, line) for number, line in enumerate(lines, start=1)]
    if (
        header.get("schema") != SCHEMA
        or not isinstance(header.get("options"), dict)
        or "command" not in header
    ):
        raise _no_header(path, lines[0])
    journal = Journal(path, str(header["command"]), header["options"])
    for number, entry in enumerate(rest, start=2):
        if isinstance(entry.get("session"), dict):
            journal.sessions.append(entry["session"])
        elif isinstance(entry.get("key"), str) and isinstance(entry.get("record"), dict):
            journal.records[entry["key"]] = entry["record"]
        else:
            raise _broken_line(path, number, lines[number - 1])
    return journal


def _entry(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError:
        entry = None
    if not isinstance(entry, dict):
        raise _broken_line(path, number, line)
    return entry


def _no_header(path: Path, line: bytes) -> InvalidInput:
    return InvalidInput(
        f"The first line of {path} must be the header of a benchmark's journal (schema {SCHEMA}). "
        f"Got {line[:80]!r} instead. Name another file with --journal."
    )


def _broken_line(path: Path, number: int, line: bytes) -> InvalidInput:
    return InvalidInput(
        f"Every line of the journal {path} must be a session or a finished task in JSON. Got {line[:80]!r} "
        f"in line "
        f"{number} instead. Delete that line to run its task again, or name another file with --journal."
    )


def _drop_torn_line(path: Path) -> None:
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        os.truncate(path, whole)


def _through_json(value: dict[str, Any]) -> dict[str, Any]:
    """What a reader of the file will see, so that a resumed run and an uninterrupted one hold equal
    objects."""
    result: dict[str, Any] = json.loads(json.dumps(value, allow_nan=False))
    return result
