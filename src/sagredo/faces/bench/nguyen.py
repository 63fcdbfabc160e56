"""bench nguyen: the problems of Nguyen and Jin on the rows that they are published with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, final

from sagredo.faces.bench import recovery_figures
from sagredo.faces.bench.benchmark import Benchmark, Table, Task
from sagredo.faces.bench.classic_laws import CLASSIC_PROBLEMS, ClassicProblem
from sagredo.faces.bench.journal import Record
from sagredo.faces.bench.laws import chosen_laws
from sagredo.faces.bench.recovery import recover


@final
@dataclass(frozen=True)
class Nguyen(Benchmark):
    """Each problem is sampled on its published number of rows, or on ``rows``, and searched for."""

    command: ClassVar[str] = "nguyen"

    rows: int | None
    noise: float
    budget_seconds: float
    effort: str
    seed: int
    seeds: int
    only: tuple[str, ...] = ()

    def options(self) -> dict[str, Any]:
        """Rows (null: as published), noise, budget and effort; the key of a task says its problem and seed."""
        return {
            "rows": self.rows,
            "noise": self.noise,
            "budget_seconds": self.budget_seconds,
            "effort": self.effort,
            "seed": self.seed,
        }

    def tasks(self) -> Mapping[str, Task]:
        """One for each problem and seed, all problems of a seed before those of the next."""
        chosen = chosen_laws([problem.law for problem in CLASSIC_PROBLEMS], self.only)
        return {
            f"{problem.law.name} seed {seed}": partial(self.measure, problem, seed)
            for seed in range(self.seed, self.seed + self.seeds)
            for problem in CLASSIC_PROBLEMS
            if problem.law in chosen
        }

    def measure(self, problem: ClassicProblem, seed: int) -> Record:
        """Search for one law; a failure is a record that says what failed."""
        return recover(
            problem.law,
            rows=problem.rows if self.rows is None else self.rows,
            noise=self.noise,
            seed=seed,
            budget_seconds=self.budget_seconds,
            effort=self.effort,
        )

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
        """One row a problem and seed."""
        return recovery_figures.table(records)
