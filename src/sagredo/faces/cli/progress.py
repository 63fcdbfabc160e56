"""Showing how a search goes on, on standard error."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, final

from rich.console import Console
from rich.live import Live
from rich.text import Text

from sagredo.faces import rendering

if TYPE_CHECKING:
    from types import TracebackType

    from sagredo.domain.domain import Domain
    from sagredo.objective.objective import Score
    from sagredo.problem.problem import Problem

_REFRESH_SECONDS = 0.1
_PLAIN_LINE_SECONDS = 30.0
"""Seconds between two updates on a terminal, and between two lines in a log."""

_BAR_WIDTH = 24


@final
class Progress:
    """A recorder that keeps one live line on a terminal, and writes a plain line now and then elsewhere."""

    def __init__(self, problem: Problem, domain: Domain, work_units: int) -> None:
        self._problem, self._language, self._work_units = problem, domain.language(problem), work_units
        self._console = Console(stderr=True)
        self._started = self._shown = monotonic()
        self._live: Live | None = None

    def __enter__(self) -> Progress:
        for note in self._problem.notes:
            self._console.print(Text(f"Note: {note}", style="yellow"), soft_wrap=True)
        inputs = ", ".join(column.name for column in self._problem.inputs)
        line = f"Searching for {self._problem.target.name} from {inputs} ({_rows_text(self._problem)})"
        if self._console.is_terminal:
            self._live = Live(Text(line), console=self._console, transient=True, auto_refresh=False)
            self._live.__enter__()
            self._live.refresh()
        else:
            self._console.print(Text(line), soft_wrap=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.__exit__(kind, error, trace)

    def __call__(self, planner: str, elites: list[Score], work_done: int) -> None:
        """Show where the search is, unless that was shown a moment ago."""
        now = monotonic()
        if now - self._shown < (_PLAIN_LINE_SECONDS if self._live is None else _REFRESH_SECONDS):
            return
        self._shown = now
        line = self._line(planner, elites, work_done, now - self._started)
        if self._live is None:
            self._console.print(line, soft_wrap=True)
        else:
            self._live.update(line, refresh=True)

    def _line(self, planner: str, elites: list[Score], work_done: int, seconds: float) -> Text:
        part = min(1.0, work_done / self._work_units)
        line = Text(no_wrap=True, overflow="ellipsis")
        if self._live is not None:
            full = int(part * _BAR_WIDTH)
            bar, rest = ("#", ".") if self._console.options.ascii_only else ("━", "─")
            line.append(bar * full, style="cyan").append(rest * (_BAR_WIDTH - full), style="dim").append(" ")
        line.append(f"{part:4.0%} of the effort, {seconds:.0f} s, {planner.replace('_', ' ')}", style="dim")
        if elites:
            text = rendering.program_text(self._language, rendering.shown(self._language, elites[0]).program)
            line.append(f"  {elites[0].description_length_bits:.0f} bits: ").append(text, style="green")
        return line


def _rows_text(problem: Problem) -> str:
    groups = "" if problem.groups is None else f" in {len(problem.groups.names)} groups"
    return f"{problem.row_count} rows{groups}"
