"""bench calibration: are the probabilities true? Problems drawn from the generative model itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Any, ClassVar, Final, final

import numpy as np

from sagredo.domains.expressions.domain import Expressions
from sagredo.domains.expressions.sample import sample_problem
from sagredo.faces.bench.benchmark import Benchmark, Table, Task, finite, guarded, text
from sagredo.faces.bench.intervals import share
from sagredo.faces.bench.journal import Record
from sagredo.faces.bench.recovery_figures import CLAIM, is_right, is_shorter
from sagredo.faces.bench.reliability import reliability
from sagredo.faces.bench.right_form import REFIT_ROWS, CleanRows, FormJudge
from sagredo.faces.induce import induce
from sagredo.faces.rendering import template_text
from sagredo.language.term import parameter_count
from sagredo.search.planner import StopReason

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.faces.result import Result
    from sagredo.language.term import Program
    from sagredo.problem.problem import Problem

JUDGED_ROWS: Final = 2000
"""Fresh rows, without noise, on which an answer must be exact once its parameters are fitted again."""


@final
@dataclass(frozen=True)
class Calibration(Benchmark):
    """``problems`` draws of ``sample_problem``; each is searched, and the best answer held against its program."""

    command: ClassVar[str] = "calibration"

    problems: int
    rows: int
    budget_seconds: float
    effort: str
    seed: int

    def options(self) -> dict[str, Any]:
        """Rows, budget, effort and seed; the key of a task is the number of the draw."""
        return {
            "rows": self.rows,
            "budget_seconds": self.budget_seconds,
            "effort": self.effort,
            "seed": self.seed,
        }

    def tasks(self) -> Mapping[str, Task]:
        """One for each draw."""
        return {f"draw {number}": partial(self.measure, number) for number in range(self.problems)}

    def measure(self, number: int) -> Record:
        """Draw and search one problem; a failure is a record that says what failed."""
        unsolved = {"name": f"draw {number}", "right": False, "right_form": False}
        return guarded(unsolved, partial(self._search, number))

    def _search(self, number: int) -> Record:
        problem_stream, fresh_stream = np.random.SeedSequence([self.seed, number]).spawn(2)
        domain = Expressions()
        problem, truth = sample_problem(np.random.default_rng(problem_stream), rows=self.rows)
        result = induce(problem, budget_seconds=self.budget_seconds, effort=self.effort, seed=self.seed)
        if result.stop_reason is StopReason.INTERRUPTED:
            raise KeyboardInterrupt
        truth_score = domain.objective(problem, domain.language(problem)).score(truth)
        record: Record = {
            "seconds": result.seconds,
            "work_units": result.work_units,
            "stop_reason": result.stop_reason.value,
            "truth_expression": result.text(truth),
            "truth_bits": finite(truth_score.description_length_bits),
            "null_bits": finite(result.posterior.null_bits),
        }
        if not result.posterior.programs:
            return record | {"failure": "no program found"}
        best = result.posterior.programs[0]
        fresh_rng = np.random.default_rng(fresh_stream)
        right = form_judge(fresh_rng, problem, truth, result).is_right(best.score.program)
        bits = best.score.description_length_bits
        return record | {
            "right": right,
            "right_form": right,
            "expression": result.text(best.score.program),
            "template": template_text(result.language, best.score.program),
            "parameters": list(best.score.program.parameters),
            "probability": best.probability,
            "description_length_bits": finite(bits),
            "regret_bits": finite(bits - truth_score.description_length_bits),
        }

    @staticmethod
    def line(record: Record) -> str:
        """Name, verdict, probability, regret, the answer and the truth."""
        return (
            f"{record['name']:<9} {_verdict(record):<8} p {text(record.get('probability'), '.3f')}  "
            f"regret {text(record.get('regret_bits'), '+.1f'):>8} bits  "
            f"{record['failure'] or record.get('expression', '')}  ({record.get('truth_expression', '')})"
        )

    @staticmethod
    def summary(records: Sequence[Record]) -> dict[str, Any]:
        """How many answers are right, are shorter than the truth, or wrong; the same of claims and by probability."""
        claims = [record for record in records if (record.get("probability") or 0.0) >= CLAIM]
        seconds = [record["seconds"] for record in records if record.get("seconds") is not None]
        figures = {
            "right": share(sum(map(is_right, records)), len(records)),
            "another_form_in_fewer_bits_than_the_truth": f"{sum(map(is_shorter, records))} of {len(records)}",
            "failures": sum(bool(record["failure"]) for record in records),
            "right_when_probability_is_at_least_0.95": share(sum(map(is_right, claims)), len(claims)),
            "right_or_shorter_than_the_truth_when_probability_is_at_least_0.95": share(
                sum(is_right(record) or is_shorter(record) for record in claims), len(claims)
            ),
            "median_seconds": round(median(seconds), 2) if seconds else None,
            "longest_seconds": round(max(seconds), 2) if seconds else None,
        }
        for group in reliability(records):
            name = f"right_when_probability_is_{group.low:.1f}_to_{group.high:.1f}"
            figures[name] = (
                f"{share(group.right, group.count)}, claimed {group.mean_probability:.3f}; "
                f"{group.shorter} shorter than the truth"
            )
        return figures

    @staticmethod
    def table(records: Sequence[Record]) -> Table:
        """One row a draw."""
        return Table(
            ("draw", "verdict", "probability", "regret, bits", "seconds", "stop", "best program", "truth"),
            tuple(
                (
                    record["name"].removeprefix("draw "),
                    _verdict(record),
                    text(record.get("probability"), ".3f"),
                    text(record.get("regret_bits"), "+.1f"),
                    text(record.get("seconds"), ".1f"),
                    record.get("stop_reason", "-"),
                    f"`{record['expression']}`" if record.get("expression") else record["failure"] or "-",
                    f"`{record['truth_expression']}`" if record.get("truth_expression") else "-",
                )
                for record in records
            ),
        )


def form_judge(rng: np.random.Generator, problem: Problem, truth: Program, result: Result) -> FormJudge:
    """A judge of forms on fresh rows: points on the segments between random pairs of the problem's rows.

    The model draws inputs in one of two ways and does not say which; such points are where the data are. Those
    at which the truth has no value are left out.
    """
    columns = np.array([np.asarray(column.values, dtype=float) for column in problem.inputs])
    symbols = tuple(column.symbol for column in problem.inputs)

    def rows(count: int) -> CleanRows:
        ends = rng.integers(columns.shape[1], size=(2, count))
        weights: Float64[np.ndarray, " rows"] = rng.uniform(size=count)
        points = weights * columns[:, ends[0]] + (1 - weights) * columns[:, ends[1]]
        outcome = result.run(truth, dict(zip(symbols, points, strict=True)))
        kept = np.ascontiguousarray(points[:, outcome.defined])
        return CleanRows(symbols, kept, np.ascontiguousarray(outcome.values[outcome.defined]))

    return FormJudge(parameter_count(truth.term), rows(REFIT_ROWS), rows(JUDGED_ROWS))


def _verdict(record: Record) -> str:
    if record["failure"]:
        return "failed"
    return "right" if is_right(record) else "shorter" if is_shorter(record) else "wrong"
