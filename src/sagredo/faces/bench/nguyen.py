"""bench nguyen: the problems of Nguyen and Jin on the rows that they are published with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, final

from sagredo.faces.bench import recovery_figures
from sagredo.faces.bench.benchmark import Task
from sagredo.faces.bench.classic_laws import CLASSIC_PROBLEMS, ClassicProblem
from sagredo.faces.bench.journal import Record
from sagredo.faces.bench.law_search import LawSearch
from sagredo.faces.bench.laws import chosen_laws


@final
@dataclass(frozen=True, kw_only=True)
class Nguyen(LawSearch):
    """Each problem is sampled on its published number of rows, or on ``rows``, and searched for."""

    command: ClassVar[str] = "nguyen"

    seeds: int

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
        return self.search(problem.law, problem.rows if self.rows is None else self.rows, seed)

    line = staticmethod(recovery_figures.line)
    summary = staticmethod(recovery_figures.summary)
    table = staticmethod(recovery_figures.table)
