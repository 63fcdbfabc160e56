"""bench design laws: how many measurements until the law is sure, when each of them is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, final

import numpy as np

from sagredo.faces.bench.benchmark import Benchmark, Table, Task, guarded
from sagredo.faces.bench.data_folder import data_file
from sagredo.faces.bench.journal import Record
from sagredo.faces.bench.laws import Law, chosen_laws, read_laws, stratified_quarter
from sagredo.faces.bench.measured_law import MeasuredLaw, Strategy

if TYPE_CHECKING:
    from jaxtyping import Float64

ASK: Final = "ask"
"""The strategy that is judged."""

STRATEGIES: Final = {
    ASK: Strategy("information_gain"),
    "random": Strategy("random"),
    "latin_hypercube": Strategy("latin_hypercube"),
    "oracle": Strategy("t_optimal", knows_the_law=True),
}
"""The strategies that are compared."""

WORSE: Final = 1.2
"""So many times the measurements of random choice count as worse."""

RESAMPLES: Final = 2000
"""Bootstrap samples of the laws: the ends of a 90% interval, of which 100 lie beyond each, are right to a tenth."""


@final
@dataclass(frozen=True, kw_only=True)
class AskedLaws(Benchmark):
    """Each law is measured in its box, as each strategy asks, until it has the probability 0.95.

    ``noise`` is in units of the responses' root mean square; ``work_units`` are those of each search; after ``most``
    measurements a law that stays unsure counts as needing so many.
    """

    command: ClassVar[str] = "asked_laws"

    data: Path | None
    noise: float
    work_units: int
    most: int
    seed: int
    only: tuple[str, ...] = ()
    quarter: bool = False

    def options(self) -> dict[str, Any]:
        """All but which laws are measured."""
        return {"noise": self.noise, "work_units": self.work_units, "most": self.most, "seed": self.seed}

    def tasks(self) -> Mapping[str, Task]:
        """One for each law and strategy; the strategies of a law follow one another."""
        laws = read_laws(data_file(self.data, "feynman", "FeynmanEquations.csv"))
        chosen = chosen_laws(stratified_quarter(laws) if self.quarter else laws, self.only)
        return {
            f"{law.name} {strategy}": partial(self.measure, law, strategy)
            for law in chosen
            for strategy in STRATEGIES
        }

    def measure(self, law: Law, strategy: str) -> Record:
        """Ask, measure and learn until the law is sure."""
        measured = MeasuredLaw(law, STRATEGIES[strategy], self.noise, self.work_units, self.most, self.seed)
        return guarded({"name": law.name, "strategy": strategy}, measured.run)

    @staticmethod
    def line(record: Record) -> str:
        """Law, strategy and measurements."""
        return f"{record['name']:<12} {record['strategy']:<18} {record['failure'] or _count(record)}"

    @staticmethod
    def summary(records: Sequence[Record]) -> dict[str, Any]:
        """Over the laws that all strategies measured: medians and 90th percentiles, and asking against the others.

        A ratio is that of the medians (or percentiles) over the laws, with a bootstrap interval of 90%; a law that
        stayed unsure has the greatest number of measurements.
        """
        complete = _complete(records)
        figures: dict[str, Any] = {
            "laws": len(complete),
            "failures": sum(bool(record["failure"]) for record in records),
        }
        if not complete:
            return figures
        counts = {
            strategy: np.array([float(law[strategy]["measurements"]) for law in complete.values()])
            for strategy in STRATEGIES
        }
        for strategy, needed in counts.items():
            unsure = sum(not law[strategy]["sure"] for law in complete.values())
            middle, high = (float(np.quantile(needed, level)) for level in (0.5, 0.9))
            figures[strategy] = f"median {middle:g}, 90th percentile {high:g}, unsure {unsure}"
        for strategy in (name for name in STRATEGIES if name != ASK):
            for name, level in (("median", 0.5), ("90th_percentile", 0.9)):
                ratio = _ratio(counts[ASK], counts[strategy], level)
                figures[f"{name}_of_{ASK}_over_{strategy}"] = ratio
        worse = counts[ASK] > WORSE * counts["random"]
        figures["worse_than_random_by_more_than_20%"] = int(worse.sum())
        return figures

    @staticmethod
    def table(records: Sequence[Record]) -> Table:
        """One row a law with the measurements of each strategy, by those of ``ask``; ``>`` marks one that is unsure."""
        by_law: dict[str, dict[str, Record]] = {}
        for record in records:
            by_law.setdefault(record["name"], {})[record["strategy"]] = record
        ordered = sorted(
            by_law.items(), key=lambda pair: pair[1].get(ASK, {}).get("measurements") or float("inf")
        )
        rows = [
            (name, *(_count(of_law[strategy]) if strategy in of_law else "-" for strategy in STRATEGIES))
            for name, of_law in ordered
        ]
        return Table(("law", *STRATEGIES), tuple(rows))


def _count(record: Record) -> str:
    if record["failure"]:
        return "failed"
    return f"{'' if record['sure'] else '>'}{record['measurements']}"


def _complete(records: Sequence[Record]) -> dict[str, dict[str, Record]]:
    """The records by law and strategy, of the laws that all strategies measured without failure."""
    by_law: dict[str, dict[str, Record]] = {}
    for record in records:
        if not record["failure"]:
            by_law.setdefault(record["name"], {})[record["strategy"]] = record
    return {name: of_law for name, of_law in by_law.items() if len(of_law) == len(STRATEGIES)}


def _ratio(ask: Float64[np.ndarray, " laws"], other: Float64[np.ndarray, " laws"], level: float) -> str:
    """The ratio of two quantiles over the laws, with its bootstrap interval."""
    rng = np.random.default_rng(0)
    chosen = rng.integers(len(ask), size=(RESAMPLES, len(ask)))
    drawn = np.quantile(ask[chosen], level, axis=1) / np.quantile(other[chosen], level, axis=1)
    low, high = np.quantile(drawn, [0.05, 0.95])
    return f"{np.quantile(ask, level) / np.quantile(other, level):.2f} [{low:.2f}, {high:.2f}]"
