"""bench posterior: do intervals hold, where there are data and beyond? Problems drawn from the generative model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple, final

import numpy as np

from sagredo.domains.expressions.domain import Expressions
from sagredo.domains.expressions.sample import sample_problem
from sagredo.faces.bench.benchmark import Benchmark, Table, Task, finite, guarded, text
from sagredo.faces.bench.journal import Record
from sagredo.faces.bench.log_scores import comparison, mean_log_density, rival_scores
from sagredo.faces.bench.rank_histogram import ranks, twice_as_sure, uniformity
from sagredo.faces.induce import induce
from sagredo.objective.normal_mixture import NormalMixture
from sagredo.search.planner import StopReason

if TYPE_CHECKING:
    from jaxtyping import Int64

    from sagredo.faces.bench.rivals import Rival
    from sagredo.objective.response_mixture import ResponseMixture
    from sagredo.problem.problem import Problem

ROWS: Final = (10, 30, 100)
"""Rows of the training data."""

REGIONS: Final = ("inside", "outside")
"""Within the range of every input of the training data, and beyond that of at least one."""

JUDGED_ROWS: Final = 10
"""New responses of each region, at most."""

CENTRE: Final = (0.15, 0.85)
"""Quantiles of every input between which the training data lie, so that about half of the rows lie beyond."""

LEVELS: Final = (0.05, 0.95)
"""The ends of the interval that should cover 90% of new responses."""

BINS: Final = 20
"""Bins of the histograms of ranks: five ranks in each, as the chi-squared test wants, from 100 problems on."""

FAULT_BITS: Final = 1.0
"""A regret of more bits is the search's fault (the first decision record)."""


class Split(NamedTuple):
    """Row numbers of the training data and of the new responses of each region."""

    training: Int64[np.ndarray, " training"]
    inside: Int64[np.ndarray, " inside"]
    outside: Int64[np.ndarray, " outside"]


@final
@dataclass(frozen=True)
class Posterior(Benchmark):
    """``problems`` draws of ``sample_problem`` at each number of rows, searched and asked for new responses."""

    command: ClassVar[str] = "posterior"

    problems: int
    budget_seconds: float
    effort: str
    seed: int
    against: tuple[Rival, ...] = ()

    def options(self) -> dict[str, Any]:
        """Budget, effort, seed and rivals; the key of a task is the number of the draw and that of its rows."""
        options = {"budget_seconds": self.budget_seconds, "effort": self.effort, "seed": self.seed}
        return options | ({"against": [rival.name for rival in self.against]} if self.against else {})

    def tasks(self) -> Mapping[str, Task]:
        """One for each draw and number of rows."""
        return {
            f"draw {number}, {rows} rows": partial(self.measure, number, rows)
            for number, rows in product(range(self.problems), ROWS)
        }

    def measure(self, number: int, rows: int) -> Record:
        """Draw and search one problem and predict; a failure is a record that says what failed."""
        return guarded(
            {"name": f"draw {number}, {rows} rows", "rows": rows}, partial(self._predict, number, rows)
        )

    def _predict(self, number: int, rows: int) -> Record:
        rng = np.random.default_rng([self.seed, number, rows])
        whole, truth = sample_problem(rng, rows=4 * (rows + JUDGED_ROWS))
        chosen = split(whole, rows)
        problem, domain = whole.take(chosen.training), Expressions()
        result = induce(problem, budget_seconds=self.budget_seconds, effort=self.effort, seed=self.seed)
        if result.stop_reason is StopReason.INTERRUPTED:
            raise KeyboardInterrupt
        score = domain.objective(problem, domain.language(problem)).score(truth)
        best = result.best.score
        record: Record = {
            "seconds": result.seconds,
            "expression": result.text(best.program),
            "truth_expression": result.text(truth),
            "probability": result.best.probability,
            "unseen_mass": result.posterior.unseen_mass,
            "regret_bits": finite(best.description_length_bits - score.description_length_bits),
        }
        for region in REGIONS:
            new = whole.take(getattr(chosen, region))
            found = result.predict(new.input_values, levels=LEVELS)
            alone = domain.predictive(problem).law(score, new.input_values)
            record[region] = _judged(rng, found.response, new)
            record[f"{region}_truth_known"] = _judged(rng, alone.response, new)
        if self.against:
            new_rows = {region: whole.take(getattr(chosen, region)) for region in REGIONS}
            record["rivals"] = rival_scores(self.against, problem, new_rows, self.seed)
        return record

    @staticmethod
    def line(record: Record) -> str:
        """Name, how many of the new responses were covered in each region, the answer and the truth."""
        if record["failure"]:
            return f"{record['name']:<18} {record['failure']}"
        covered = "  ".join(f"{region} {_counts(record, region)}" for region in REGIONS)
        return f"{record['name']:<18} {covered}  {record['expression']}  ({record['truth_expression']})"

    @staticmethod
    def summary(records: Sequence[Record]) -> dict[str, Any]:
        """Coverage by region, rows and cause, for the posterior and for the true form alone; ranks' p-values.

        A posterior that is twice as sure as it should be is tested beside each, and should fail.
        """
        sound = [record for record in records if not record["failure"]]
        figures: dict[str, Any] = {"failures": len(records) - len(sound)}
        at_fault = [record for record in sound if (record["regret_bits"] or 0.0) > FAULT_BITS]
        faultless = [record for record in sound if record not in at_fault]
        for region in REGIONS:
            for rows in ROWS:
                some = [record for record in sound if record["rows"] == rows]
                figures[f"{region}_{rows}_rows_coverage_of_90%"] = coverage(some, region)
                figures[f"{region}_{rows}_rows_truth_known"] = coverage(some, f"{region}_truth_known")
            figures[f"{region}_coverage_where_the_search_is_at_fault"] = coverage(at_fault, region)
            figures[f"{region}_coverage_elsewhere"] = coverage(faultless, region)
            for name in (region, f"{region}_truth_known"):
                # Ranks of one problem depend on each other: one of each is tested.
                for kind in ("ranks", "ranks_if_twice_as_sure"):
                    first = [record[name][kind][0] for record in sound if record[name].get(kind)]
                    figures[f"{name}_{kind}_p_value"] = float(f"{uniformity(first, BINS):.3g}")
        return figures | comparison(sound, REGIONS)

    @staticmethod
    def table(records: Sequence[Record]) -> Table:
        """One row a draw and number of rows."""
        return Table(
            ("draw", "inside", "outside", "probability", "unseen", "regret, bits", "best program", "truth"),
            tuple(
                (
                    record["name"],
                    *(_counts(record, region) for region in REGIONS),
                    text(record.get("probability"), ".3f"),
                    text(record.get("unseen_mass"), ".3f"),
                    text(record.get("regret_bits"), "+.1f"),
                    f"`{record['expression']}`" if record.get("expression") else record["failure"] or "-",
                    f"`{record['truth_expression']}`" if record.get("truth_expression") else "-",
                )
                for record in records
            ),
        )


def split(problem: Problem, rows: int) -> Split:
    """The first ``rows`` in the middle of every input, and the first of the others in and beyond their range.

    Rows are chosen by their inputs alone, so that the responses are still draws of the model.
    """
    inputs = np.array([column.values for column in problem.inputs], dtype=float)
    low, high = np.quantile(inputs, CENTRE, axis=1)
    central = np.flatnonzero(np.all((low <= inputs.T) & (high >= inputs.T), axis=1))
    training = central[:rows]
    box = inputs[:, training]
    within = np.all((box.min(axis=1) <= inputs.T) & (box.max(axis=1) >= inputs.T), axis=1)
    within[training] = False
    beyond = ~within
    beyond[training] = False
    return Split(training, np.flatnonzero(within)[:JUDGED_ROWS], np.flatnonzero(beyond)[:JUDGED_ROWS])


def coverage(records: Sequence[Record], name: str) -> str:
    """The mean over problems of the share of responses covered, with twice its standard error.

    Beside it the same for ranks between the levels, in which a response stands for all values in its bin.
    """
    covered = [np.mean(record[name]["covered"]) for record in records if record[name]["covered"]]
    inside = [
        np.mean([LEVELS[0] <= rank <= LEVELS[1] for rank in record[name]["ranks"]])
        for record in records
        if record[name]["ranks"]
    ]
    return f"{_mean(covered)}; by ranks {_mean(inside)}"


def _mean(shares: Sequence[Any]) -> str:
    if len(shares) < 2:
        return "-"
    return f"{np.mean(shares):.3f} +- {2 * np.std(shares, ddof=1) / np.sqrt(len(shares)):.3f}"


def _judged(rng: np.random.Generator, predicted: ResponseMixture, new: Problem) -> dict[str, Any]:
    """Which new responses lie in their intervals, their log score, and their ranks.

    Ranks are those for half the deviation as well.
    """
    assert isinstance(predicted, NormalMixture)  # The benchmark's responses are real.
    responses = np.asarray(new.responses, dtype=float)
    ends = predicted.quantiles(LEVELS)
    record: dict[str, Any] = {
        "covered": ((ends[:, 0] <= responses) & (responses <= ends[:, 1])).tolist(),
        "log_score": mean_log_density(predicted, new),
    }
    for name, distribution in (("ranks", predicted), ("ranks_if_twice_as_sure", twice_as_sure(predicted))):
        found = ranks(rng, distribution, responses, new.target.resolution)
        record[name] = found[np.isfinite(found)].tolist()
    return record


def _counts(record: Record, region: str) -> str:
    if record["failure"]:
        return "-"
    covered = record[region]["covered"]
    return f"{sum(covered)}/{len(covered)}"
