"""bench feynman: how many of the 100 Feynman equations come back, from how few rows."""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np

from sagredo.domains.expressions.domain import Expressions
from sagredo.faces.bench.benchmark import Benchmark, Table, Task, finite, text
from sagredo.faces.bench.data_folder import data_file
from sagredo.faces.bench.exactness import FRESH_ROWS, judge
from sagredo.faces.bench.feynman_laws import Law, read_laws
from sagredo.faces.bench.journal import Record
from sagredo.faces.bench.spellings import shortest_spelling
from sagredo.faces.induce import induce
from sagredo.faces.rendering import template_text
from sagredo.problem.build import problem_from_arrays
from sagredo.problem.errors import InvalidInput
from sagredo.search.planner import StopReason

if TYPE_CHECKING:
    from sagredo.problem.problem import Problem

REGRET_TOLERANCE_BITS = 1.0
"""Less than this is a matter of spelling, not of search."""


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

    def options(self) -> dict[str, Any]:
        """Rows, noise, budget and effort; the key of a task says its equation and seed."""
        return {
            "rows": self.rows,
            "noise": self.noise,
            "budget_seconds": self.budget_seconds,
            "effort": self.effort,
            "seed": self.seed,
        }

    def tasks(self) -> Mapping[str, Task]:
        """One for each equation and seed, all equations of a seed before those of the next."""
        laws = read_laws(data_file(self.data, "feynman", "FeynmanEquations.csv"))
        unknown = [name for name in self.only if name not in {law.name for law in laws}]
        if unknown:
            raise InvalidInput(
                f"The option --only must name equations of the data set, such as {laws[0].name}. "
                f"Got {', '.join(unknown)} instead."
            )
        return {
            f"{law.name} seed {seed}": partial(self.measure, law, seed)
            for seed in range(self.seed, self.seed + self.seeds)
            for law in laws
            if not self.only or law.name in self.only
        }

    def measure(self, law: Law, seed: int) -> Record:
        """Search for one equation; a failure is a record that says what failed."""
        record: Record = {
            "name": law.name,
            "seed": seed,
            "formula": law.formula,
            "exact": False,
            "failure": None,
        }
        try:
            record |= self._search(law, seed)
        except Exception as error:
            record["failure"] = f"{type(error).__name__}: {error}"
            record["traceback"] = traceback.format_exc()
        return record

    def problem(self, law: Law, seed: int) -> tuple[Problem, dict[str, Any]]:
        """The problem that the search sees, and the fresh rows that it does not.

        The streams of rows, of noise and of fresh rows are independent, so that the same rows come back at
        another noise, and fewer rows are the first of more.
        """
        streams = np.random.SeedSequence([seed, *law.name.encode()]).spawn(3)
        row_rng, noise_rng, fresh_rng = (np.random.default_rng(stream) for stream in streams)
        inputs, responses = law.sample(row_rng, self.rows)
        spread = self.noise * float(np.sqrt(np.mean(responses**2)))
        noisy = responses + spread * noise_rng.standard_normal(self.rows)
        fresh_inputs, fresh_responses = law.sample(fresh_rng, FRESH_ROWS)
        problem = problem_from_arrays(inputs, noisy, target=law.target)
        return problem, {"inputs": fresh_inputs, "responses": fresh_responses}

    def _search(self, law: Law, seed: int) -> Record:
        problem, fresh = self.problem(law, seed)
        result = induce(problem, budget_seconds=self.budget_seconds, effort=self.effort, seed=seed)
        if result.stop_reason is StopReason.INTERRUPTED:
            raise KeyboardInterrupt
        domain = Expressions()
        language = domain.language(problem)
        truth = shortest_spelling(law.term, domain.objective(problem, language))
        record: Record = {
            "seconds": result.seconds,
            "work_units": result.work_units,
            "stop_reason": result.stop_reason.value,
            "truth_expression": result.text(truth.program),
            "truth_bits": finite(truth.description_length_bits),
        }
        if not result.posterior.programs:
            return record | {"failure": "no program found"}
        best = result.posterior.programs[0]
        judgement = judge(result.run(best.score.program, fresh["inputs"]), fresh["responses"])
        return record | {
            "exact": judgement.exact,
            "relative_error": finite(judgement.relative_error),
            "expression": result.text(best.score.program),
            "template": template_text(result.language, best.score.program),
            "parameters": list(best.score.program.parameters),
            "probability": best.probability,
            "description_length_bits": finite(best.score.description_length_bits),
            "regret_bits": finite(best.score.description_length_bits - truth.description_length_bits),
        }

    @staticmethod
    def line(record: Record) -> str:
        """Name, verdict, seconds, regret and the program."""
        verdict = "failed" if record["failure"] else "exact" if record["exact"] else "missed"
        return (
            f"{record['name']:<10} {verdict:<7} {text(record.get('seconds'), '.1f'):>6} s  "
            f"regret {text(record.get('regret_bits'), '+.1f'):>8} bits  "
            f"p {text(record.get('probability'), '.3f')}  "
            f"{record['failure'] or record.get('expression', '')}"
        )

    @staticmethod
    def summary(records: Sequence[Record]) -> dict[str, Any]:
        """Counts of exact answers, of regret and of justified claims, and the times."""
        regrets = [r["regret_bits"] for r in records if r.get("regret_bits") is not None]
        claims = [r for r in records if (r.get("probability") or 0.0) >= 0.95]
        seconds = [r["seconds"] for r in records if r.get("seconds") is not None]
        return {
            "exact": f"{sum(r['exact'] for r in records)} of {len(records)}",
            "failures": sum(bool(r["failure"]) for r in records),
            "regret_at_most_one_bit": f"{sum(x <= REGRET_TOLERANCE_BITS for x in regrets)} of {len(records)}",
            "right_when_probability_is_at_least_0.95": f"{sum(r['exact'] for r in claims)} of {len(claims)}",
            "median_seconds": round(median(seconds), 2) if seconds else None,
            "longest_seconds": round(max(seconds), 2) if seconds else None,
        }

    @staticmethod
    def table(records: Sequence[Record]) -> Table:
        """One row an equation and seed."""
        headers = (
            "equation",
            "seed",
            "exact",
            "relative error",
            "seconds",
            "stop",
            "probability",
            "regret, bits",
        )
        return Table(
            (*headers, "best program"),
            tuple(
                (
                    r["name"],
                    str(r["seed"]),
                    "yes" if r["exact"] else "no",
                    text(r.get("relative_error"), ".1e"),
                    text(r.get("seconds"), ".1f"),
                    r.get("stop_reason", "-"),
                    text(r.get("probability"), ".3f"),
                    text(r.get("regret_bits"), "+.1f"),
                    f"`{r['expression']}`" if r.get("expression") else r["failure"] or "-",
                )
                for r in records
            ),
        )
