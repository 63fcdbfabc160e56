"""What the benchmarks that look for known laws have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sagredo.domain.domain import Domain
from sagredo.faces.bench.benchmark import Benchmark
from sagredo.faces.bench.journal import Record
from sagredo.faces.bench.laws import Law
from sagredo.faces.bench.recovery import recover


@dataclass(frozen=True, kw_only=True)
class LawSearch(Benchmark):
    """Each task samples a known law and searches for it.

    ``rows`` are those of each law (None: as many as it is published with); ``noise`` is the standard deviation of
    Gaussian noise on the responses in units of their root mean square.
    """

    rows: int | None
    noise: float
    budget_seconds: float
    effort: str
    seed: int
    only: tuple[str, ...] = ()

    def options(self) -> dict[str, Any]:
        """Rows, noise, budget, effort and seed; the key of a task says the rest."""
        return {
            "rows": self.rows,
            "noise": self.noise,
            "budget_seconds": self.budget_seconds,
            "effort": self.effort,
            "seed": self.seed,
        }

    def search(self, law: Law, rows: int, seed: int, domain: str | Domain = "expressions") -> Record:
        """Search for one law; a failure is a record that says what failed."""
        return recover(
            law,
            rows=rows,
            noise=self.noise,
            seed=seed,
            budget_seconds=self.budget_seconds,
            effort=self.effort,
            domain=domain,
        )
