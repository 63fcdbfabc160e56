"""The contract of a benchmark, and the loop that runs one with a journal and a progress bar."""

from __future__ import annotations

import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, final

from sagredo.faces.bench.journal import Journal, Record, Shard

if TYPE_CHECKING:
    from rich.console import Console

Task = Callable[[], Record]
"""Measures one thing. Whatever fails inside becomes part of the record; only Ctrl-C gets through."""


@final
@dataclass(frozen=True)
class Table:
    """A table of texts, one row a task."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def markdown(self) -> str:
        """The table in Markdown."""
        lines = [self.headers, tuple("---" for _ in self.headers), *self.rows]
        return "\n".join("| " + " | ".join(_cell(text) for text in line) + " |" for line in lines)


class Benchmark(ABC):
    """A set of tasks, and what their records say together."""

    command: ClassVar[str]
    """The name of the command, ``bench <command>``."""

    @abstractmethod
    def options(self) -> dict[str, Any]:
        """Every option that decides the record of a task; which tasks are run is not among them."""

    @abstractmethod
    def tasks(self) -> Mapping[str, Task]:
        """The tasks by key, in order."""

    @staticmethod
    @abstractmethod
    def line(record: Record) -> str:
        """A finished task in one line, for the terminal."""

    @staticmethod
    @abstractmethod
    def summary(records: Sequence[Record]) -> dict[str, Any]:
        """The figures of the whole, by name."""

    @staticmethod
    @abstractmethod
    def table(records: Sequence[Record]) -> Table:
        """The records as a table."""


def run(benchmark: Benchmark, journal: Journal, shard: Shard, console: Console) -> bool:
    """Run the shard's tasks that the journal does not have yet; False when Ctrl-C ended it early."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    tasks = benchmark.tasks()
    keys = shard.select(list(tasks))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task(benchmark.command, total=len(keys))
        try:
            for key in keys:
                if key not in journal.records:
                    progress.update(bar, description=key)
                    journal.append(key, tasks[key]())
                    progress.console.print(
                        benchmark.line(journal.records[key]), markup=False, highlight=False
                    )
                progress.advance(bar)
        except KeyboardInterrupt:
            return False
    return True


def guarded(record: Record, measurement: Callable[[], Record]) -> Record:
    """The record with what is measured, or with what failed: the error, what a child process said of it, and where."""
    try:
        return record | {"failure": None} | measurement()
    except Exception as error:
        detail = getattr(error, "stderr", None) or ""
        return record | {
            "failure": f"{type(error).__name__}: {error} {detail}".strip(),
            "traceback": traceback.format_exc(),
        }


def finite(value: float | None) -> float | None:
    """The value as JSON can hold it: None for NaN and infinity."""
    return None if value is None or value != value or abs(value) == float("inf") else float(value)


def text(value: float | None, form: str = ".3g") -> str:
    """A number of a table; a dash where there is none."""
    return "-" if value is None else format(value, form)


def _cell(content: str) -> str:
    return content.replace("|", "\\|").replace("\n", " ")
