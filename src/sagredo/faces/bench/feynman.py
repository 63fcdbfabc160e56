"""bench feynman: how many of the 100 Feynman equations come back, from how few rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, final

from sagredo.faces.bench import recovery_figures
from sagredo.faces.bench.benchmark import Benchmark, Table, Task
from sagredo.faces.bench.data_folder import data_file
from sagredo.faces.bench.journal import Record
from sagredo.faces.bench.laws import Law, chosen_laws, read_laws, stratified_quarter
from sagredo.faces.bench.peers.peer import Peer
from sagredo.faces.bench.recovery import recover, sample_law


@final
@dataclass(frozen=True)
class Feynman(Benchmark):
    """Each equation is sampled in its box, searched for, and the best program judged on fresh rows.

    ``noise`` is the standard deviation of Gaussian noise on the responses in units of their root mean square.
    """

    command: ClassVar[str] = "feynman"

    data: Path | None
    rows: int
    noise: float
    budget_seconds: float
    effort: str
    seed: int
    seeds: int
    only: tuple[str, ...] = ()
    quarter: bool = False
    peer: Peer | None = None

    def options(self) -> dict[str, Any]:
        """Rows, noise, budget, effort and peer; the key of a task says its equation and seed."""
        return {
            "rows": self.rows,
            "noise": self.noise,
            "budget_seconds": self.budget_seconds,
            "effort": self.effort,
            "seed": self.seed,
            "peer": None if self.peer is None else self.peer.name,
        }

    def tasks(self) -> Mapping[str, Task]:
        """One for each equation and seed, all equations of a seed before those of the next."""
        laws = read_laws(data_file(self.data, "feynman", "FeynmanEquations.csv"))
        if self.peer is not None:
            self.peer.check()
        chosen = chosen_laws(stratified_quarter(laws) if self.quarter else laws, self.only)
        return {
            f"{law.name} seed {seed}": partial(self.measure, law, seed)
            for seed in range(self.seed, self.seed + self.seeds)
            for law in chosen
        }

    def measure(self, law: Law, seed: int) -> Record:
        """Search for one equation, then let the peer do so; a failure is a record that says what failed."""
        record = recover(
            law,
            rows=self.rows,
            noise=self.noise,
            seed=seed,
            budget_seconds=self.budget_seconds,
            effort=self.effort,
        )
        if self.peer is not None:
            sampled = sample_law(law, rows=self.rows, noise=self.noise, seed=seed)
            record["peer"] = self.peer.measure(sampled, self.budget_seconds, seed)
        return record

    @staticmethod
    def line(record: Record) -> str:
        """Name, verdict, seconds, regret and the program."""
        return recovery_figures.line(record)

    @staticmethod
    def summary(records: Sequence[Record]) -> dict[str, Any]:
        """Counts of right answers, of regret and of justified claims, and the times."""
        return recovery_figures.summary(records)

    @staticmethod
    def table(records: Sequence[Record]) -> Table:
        """One row an equation and seed."""
        return recovery_figures.table(records)
