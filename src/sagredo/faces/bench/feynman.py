"""bench feynman: how many of the 100 Feynman equations come back, from how few rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, final

from sagredo.faces.bench import recovery_figures
from sagredo.faces.bench.benchmark import Task
from sagredo.faces.bench.data_folder import data_file
from sagredo.faces.bench.journal import Record
from sagredo.faces.bench.law_search import LawSearch
from sagredo.faces.bench.laws import Law, chosen_laws, read_laws, stratified_quarter
from sagredo.faces.bench.peers.peer import Peer
from sagredo.faces.bench.recovery import sample_law


@final
@dataclass(frozen=True, kw_only=True)
class Feynman(LawSearch):
    """Each equation is sampled in its box, searched for, and the best program judged on fresh rows."""

    command: ClassVar[str] = "feynman"

    rows: int
    data: Path | None
    seeds: int
    quarter: bool = False
    peer: Peer | None = None

    def options(self) -> dict[str, Any]:
        """Those of every search, and the peer; the key of a task says its equation and seed."""
        return {**super().options(), "peer": None if self.peer is None else self.peer.name}

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
        record = self.search(law, self.rows, seed)
        if self.peer is not None:
            sampled = sample_law(law, rows=self.rows, noise=self.noise, seed=seed)
            record["peer"] = self.peer.measure(sampled, self.budget_seconds, seed)
        return record

    line = staticmethod(recovery_figures.line)
    summary = staticmethod(recovery_figures.summary)
    table = staticmethod(recovery_figures.table)
