"""An append-only file of JSON lines, one writer at a time, whole up to the last line whatever happens."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import Any, final

from sagredo.faces.files import write_whole
from sagredo.problem.errors import InvalidInput

Event = dict[str, Any]
"""One line."""


@final
class EventLog:
    """An open log. Whoever has it open holds a lock on it, which the end of the process releases.

    ``events`` were there when it was opened; ``torn`` says that the last line was cut off and has been dropped.
    """

    def __init__(self, path: Path, descriptor: int, events: tuple[Event, ...], *, torn: bool) -> None:
        self.path, self.events, self.torn = path, events, torn
        self._descriptor: int | None = descriptor

    @classmethod
    def create(cls, path: Path, first: Event) -> EventLog:
        """A new log with its first event.

        Raises:
            InvalidInput: the file is there already, or cannot be written.
        """
        try:
            write_whole(path, _line(first), new=True)
        except FileExistsError as error:
            raise InvalidInput(
                f"A new session must have a file of its own. {str(path)!r} is there already. "
                "Resume it, or choose another path."
            ) from error
        return cls.open(path)

    @classmethod
    def open(cls, path: Path) -> EventLog:
        """Lock and read a log; a torn last line is dropped.

        Raises:
            InvalidInput: there is no such file, another process has it open, or it is no log.
        """
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_APPEND)
        except OSError as error:
            raise InvalidInput(
                f"The session {str(path)!r} must be a file that can be read and written, but "
                f"{error.strerror}. Begin it first, or correct the path."
            ) from error
        try:
            return cls._locked(path, descriptor)
        except BaseException:
            os.close(descriptor)
            raise

    @classmethod
    def _locked(cls, path: Path, descriptor: int) -> EventLog:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InvalidInput(
                f"A session must be open once at a time. {str(path)!r} is open already, here or in another "
                "process. Close it there first."
            ) from error
        content = path.read_bytes()
        whole = content.rfind(b"\n") + 1
        events = tuple(_event(path, k, line) for k, line in enumerate(content[:whole].splitlines(), start=1))
        if not events or "session" not in events[0]:
            raise InvalidInput(
                f"{str(path)!r} must be the file of a session, but its first line begins none."
            )
        if whole < len(content):
            os.ftruncate(descriptor, whole)
        return cls(path, descriptor, events, torn=whole < len(content))

    def append(self, *events: Event) -> None:
        """Add events; when this returns they are on the disk, and when it fails none of them is.

        Where what was written of them can't be taken back, the log is closed.

        Raises:
            InvalidInput: the disk is full or fails, or the log was closed.
        """
        if self._descriptor is None:
            raise InvalidInput(f"The session {str(self.path)!r} must be open. It was closed: resume it.")
        text = "".join(map(_line, events)).encode("ascii")
        before = os.fstat(self._descriptor).st_size
        try:
            written = 0
            while written < len(text):
                written += os.write(self._descriptor, text[written:])
            os.fsync(self._descriptor)
        except BaseException as error:
            taken_back = self._take_back(self._descriptor, before)
            if not isinstance(error, OSError):
                raise
            raise InvalidInput(
                f"The session {str(self.path)!r} must be written to the disk, but {error.strerror}. "
                + (
                    "Nothing was recorded: make room and say it again."
                    if taken_back
                    else "It was closed: make room and resume it to see what was recorded."
                )
            ) from error

    def _take_back(self, descriptor: int, length: int) -> bool:
        """Cut the file to its former length; where that fails, close it, so that nothing is glued to half a line."""
        try:
            os.ftruncate(descriptor, length)
        except BaseException as error:
            self.close()
            if isinstance(error, OSError):
                return False
            raise
        return True

    def close(self) -> None:
        """Let others open it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _line(event: Event) -> str:
    return json.dumps(event, allow_nan=False) + "\n"


def _event(path: Path, number: int, line: bytes) -> Event:
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        event = None
    if not isinstance(event, dict):
        raise InvalidInput(
            f"Every line of the session {str(path)!r} must be an event in JSON. Got {line[:80]!r} in line {number}."
        )
    return event
