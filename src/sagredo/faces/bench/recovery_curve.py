"""bench curve: how the share of laws that come back depends on the rows, and on the noise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, ClassVar, Final, Literal, final

from sagredo.faces.bench import recovery_figures
from sagredo.faces.bench.benchmark import Benchmark, Table, Task, text
from sagredo.faces.bench.data_folder import data_file
from sagredo.faces.bench.intervals import share
from sagredo.faces.bench.journal import Record
from sagredo.faces.bench.laws import chosen_laws, read_laws, stratified_quarter
from sagredo.faces.bench.recovery import recover
from sagredo.faces.bench.recovery_figures import beats_constant, beats_rivals, is_right

ROWS: Final = (3, 5, 7, 10, 15, 20, 30, 40, 60, 100, 200)
"""The curve against rows: evenly on a logarithm, from the fewest rows that a search takes."""

NOISES: Final = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
"""The curve against noise: evenly on a logarithm, up to noise as large as the signal."""

ROWS_OF_NOISES: Final = (100,)
"""The rows of the curve against noise: so many that most laws come back from them without noise."""

NOISES_OF_ROWS: Final = (0.0, 0.05)
"""The noises of the curves against rows: none, and that of a careful measurement."""

Point = tuple[float, int]
"""The noise and the rows of a point of a curve."""


def grid(over: Literal["rows", "noise"], rows: Sequence[int], noises: Sequence[float]) -> tuple[Point, ...]:
    """The points of the curves against ``over``, those of one noise together; what is not given is the curve's own."""
    rows = rows or (ROWS if over == "rows" else ROWS_OF_NOISES)
    noises = noises or (NOISES_OF_ROWS if over == "rows" else NOISES)
    return tuple((noise, count) for noise in noises for count in rows)


@final
@dataclass(frozen=True, kw_only=True)
class RecoveryCurve(Benchmark):
    """The Feynman equations, each searched for at each of the ``points``.

    The rows of an equation at one point are the first of those at a point with more rows, and do not depend on the
    noise. Curves against rows and against noise with the same budget share a journal, and the points they have in
    common.
    """

    command: ClassVar[str] = "recovery_curve"

    data: Path | None
    points: tuple[Point, ...]
    budget_seconds: float
    effort: str
    seed: int
    seeds: int
    only: tuple[str, ...] = ()
    quarter: bool = False

    def options(self) -> dict[str, Any]:
        """Budget and effort; the key of a task says its equation, rows, noise and seed."""
        return {"budget_seconds": self.budget_seconds, "effort": self.effort}

    def tasks(self) -> Mapping[str, Task]:
        """One for each point, seed and equation, all equations of a point before those of the next."""
        laws = read_laws(data_file(self.data, "feynman", "FeynmanEquations.csv"))
        return {
            f"{law.name} rows {rows} noise {noise} seed {seed}": partial(
                recover,
                law,
                rows=rows,
                noise=noise,
                seed=seed,
                budget_seconds=self.budget_seconds,
                effort=self.effort,
            )
            for noise, rows in self.points
            for seed in range(self.seed, self.seed + self.seeds)
            for law in chosen_laws(stratified_quarter(laws) if self.quarter else laws, self.only)
        }

    @staticmethod
    def line(record: Record) -> str:
        """Rows and noise, and what every search for a law says."""
        return f"{record['rows']:>4} rows noise {record['noise']:<6g} {recovery_figures.line(record)}"

    @staticmethod
    def summary(records: Sequence[Record]) -> dict[str, Any]:
        """Points, equations and failures."""
        return {
            "points": len(by_point(records)),
            "laws": len({record["name"] for record in records}),
            "failures": sum(bool(record["failure"]) for record in records),
        }

    @staticmethod
    def table(records: Sequence[Record]) -> Table:
        """One row a point: what came back, and what could have."""
        return Table(
            (
                "noise",
                "rows",
                "exact",
                "right form",
                "right",
                "the law beats every rival",
                "the law beats every constant",
                "median seconds",
            ),
            tuple(_row(point, found) for point, found in by_point(records).items()),
        )


def by_point(records: Sequence[Record]) -> dict[Point, list[Record]]:
    """The records of each point, by noise, then by rows."""
    points: dict[Point, list[Record]] = defaultdict(list)
    for record in records:
        points[record["noise"], record["rows"]].append(record)
    return dict(sorted(points.items()))


def _row(point: Point, records: Sequence[Record]) -> tuple[str, ...]:
    noise, rows = point
    seconds = [record["seconds"] for record in records if record.get("seconds") is not None]
    total = len(records)
    return (
        f"{noise:g}",
        str(rows),
        str(sum(record["exact"] for record in records)),
        str(sum(record["right_form"] for record in records)),
        share(sum(map(is_right, records)), total),
        f"{sum(map(beats_rivals, records))} of {total}",
        f"{sum(map(beats_constant, records))} of {total}",
        text(median(seconds) if seconds else None, ".1f"),
    )
