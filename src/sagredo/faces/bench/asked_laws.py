"""bench design laws: how many measurements until the law is sure, when each of them is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, ClassVar, Final, final

import numpy as np

from sagredo.faces.bench.benchmark import Benchmark, Table, Task, guarded, text
from sagredo.faces.bench.data_folder import data_file
from sagredo.faces.bench.exactness import FRESH_ROWS
from sagredo.faces.bench.journal import Record
from sagredo.faces.bench.laws import Law, chosen_laws, read_laws, stratified_quarter
from sagredo.faces.bench.recovery import sample_law
from sagredo.faces.session import Session

POLICIES: Final = ("information_gain", "t_optimal", "latin_hypercube", "random")
"""The acquisitions that are compared."""

SURE: Final = 0.95
"""The probability of the true law at which no more is measured."""


@final
@dataclass(frozen=True, kw_only=True)
class AskedLaws(Benchmark):
    """Each law is measured in its box, as each policy asks, until it has the probability ``SURE``.

    ``noise`` is in units of the responses' root mean square; ``budget_seconds`` are those of each search, of which
    there is one a measurement; ``most`` measurements are made of a law that stays unsure. The first rows, until there
    are enough to search, fill the space alike for all policies.
    """

    command: ClassVar[str] = "asked_laws"

    data: Path | None
    noise: float
    budget_seconds: float
    effort: str
    most: int
    seed: int
    only: tuple[str, ...] = ()
    quarter: bool = False

    def options(self) -> dict[str, Any]:
        """All but which laws are measured."""
        return {
            "noise": self.noise,
            "budget_seconds": self.budget_seconds,
            "effort": self.effort,
            "most": self.most,
            "seed": self.seed,
        }

    def tasks(self) -> Mapping[str, Task]:
        """One for each law and policy; the policies of a law follow one another."""
        laws = read_laws(data_file(self.data, "feynman", "FeynmanEquations.csv"))
        chosen = chosen_laws(stratified_quarter(laws) if self.quarter else laws, self.only)
        return {
            f"{law.name} {policy}": partial(self.measure, law, policy)
            for law in chosen
            for policy in POLICIES
        }

    def measure(self, law: Law, policy: str) -> Record:
        """Ask, measure and tell until the right law is sure."""
        return guarded({"name": law.name, "policy": policy}, partial(self._measured, law, policy))

    def _measured(self, law: Law, policy: str) -> Record:
        # The judge of forms is that of the search benchmarks; its rows are not measured here.
        judge = sample_law(law, rows=FRESH_ROWS, noise=0.0, seed=self.seed)
        spread = self.noise * float(np.sqrt(np.mean(np.asarray(judge.problem.responses) ** 2)))
        rng = np.random.default_rng([self.seed, *law.name.encode()])
        session = Session(
            {symbol: (low, high) for symbol, low, high in law.ranges},
            target=law.target,
            acquisition=policy,
            effort=self.effort,
            budget_seconds=self.budget_seconds,
            seed=self.seed,
            constraint=lambda inputs: np.isfinite(law.evaluate(_contiguous(inputs))),
        )
        while len(session.rows) < self.most:
            query = session.ask()[0]
            exact = law.evaluate({symbol: np.array([value]) for symbol, value in query.inputs.items()})[0]
            session.tell(query, float(exact + spread * rng.standard_normal()))
            result = session.result()
            if result is None or not result.posterior.programs or result.best.probability < SURE:
                continue
            if judge.judge_of_form.is_right(result.best.score.program):
                return {"measurements": len(session.rows), "expression": result.expression}
        return {"measurements": None, "expression": None}

    @staticmethod
    def line(record: Record) -> str:
        """Law, policy and measurements."""
        needed = record["failure"] or text(record["measurements"], "d")
        return f"{record['name']:<12} {record['policy']:<18} {needed}"

    @staticmethod
    def summary(records: Sequence[Record]) -> dict[str, Any]:
        """Laws, and failures."""
        return {
            "laws": len({record["name"] for record in records}),
            "failures": sum(bool(record["failure"]) for record in records),
        }

    @staticmethod
    def table(records: Sequence[Record]) -> Table:
        """One row a law with the measurements of each policy, a dash where it stayed unsure; then the medians."""
        needed = {
            (record["name"], record["policy"]): record["measurements"]
            for record in records
            if not record["failure"]
        }
        names = list(dict.fromkeys(name for name, _ in needed))
        rows = [(name, *(text(needed.get((name, policy)), "d") for policy in POLICIES)) for name in names]
        return Table(
            ("law", *POLICIES),
            (
                *rows,
                ("median", *(_median([needed.get((name, policy)) for name in names]) for policy in POLICIES)),
            ),
        )


def _median(needed: Sequence[int | None]) -> str:
    """The median, a law that stayed unsure counting as one that needs more than any other."""
    if not needed:
        return "-"
    middle = median(float("inf") if count is None else count for count in needed)
    return "-" if middle == float("inf") else format(middle, "g")


def _contiguous(inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {symbol: np.ascontiguousarray(values) for symbol, values in inputs.items()}
