"""bench parameters: where true parameters lie in their posterior, on problems drawn from the generative model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, Final, final

import numpy as np

from sagredo.domains.expressions.domain import Expressions
from sagredo.domains.expressions.expression_predictive import LEAST_EFFECTIVE_SHARE, LEAST_LAPLACE_SHARE
from sagredo.domains.expressions.predictive import RealPredictive
from sagredo.domains.expressions.sample import sample_problem
from sagredo.faces.bench.benchmark import Benchmark, Table, Task, guarded, text
from sagredo.faces.bench.intervals import share
from sagredo.faces.bench.posterior import BINS, JUDGED_ROWS, LEVELS, ROWS, split
from sagredo.faces.bench.rank_histogram import ranks, twice_as_sure, uniformity

if TYPE_CHECKING:
    from sagredo.faces.bench.journal import Record
    from sagredo.language.term import Program
    from sagredo.objective.normal_mixture import NormalMixture
    from sagredo.problem.problem import Problem

GROUPS: Final = ("bell", "drawn", "poor")
"""How a posterior is known: as Laplace's bell, which draws confirm; by draws, where they are worth enough; poorly."""


@final
@dataclass(frozen=True)
class Parameters(Benchmark):
    """Simulation-based calibration (Talts et al. 2018; Modrak et al. 2023) of the parameters of the true form.

    A problem is a draw of ``sample_problem`` whose program has parameters, on 10, 30 and 100 rows in turn. Given the
    form, one parameter chosen at random has its rank in its marginal posterior. The fit starts where the data came
    from, so that of several modes the one that holds the truth is tested.
    """

    command: ClassVar[str] = "parameters"

    problems: int
    seed: int

    def options(self) -> dict[str, Any]:
        """The seed; the key of a task is the number of the draw."""
        return {"seed": self.seed}

    def tasks(self) -> Mapping[str, Task]:
        """One for each draw."""
        return {f"draw {number}": partial(self.measure, number) for number in range(self.problems)}

    def measure(self, number: int) -> Record:
        """Draw a problem and rank a parameter; a failure is a record that says what failed."""
        rows = ROWS[number % len(ROWS)]
        return guarded({"name": f"draw {number}", "rows": rows}, partial(self._rank, number, rows))

    def _rank(self, number: int, rows: int) -> Record:
        rng = np.random.default_rng([self.seed, number, rows])
        problem, truth = _with_parameters(rng, rows)
        domain = Expressions()
        language = domain.language(problem)
        fitted = domain.objective(problem, language).score(truth).program
        chosen = int(rng.integers(len(truth.parameters)))
        record: Record = {
            "truth_expression": language.syntax.print_term(truth.term),
            "parameter": chosen,
            "value": truth.parameters[chosen],
            "fitted": fitted.parameters[chosen],
        }
        return record | parameter_rank(
            rng, RealPredictive(problem, domain.constant_values), fitted, truth, chosen
        )

    @staticmethod
    def line(record: Record) -> str:
        """Name, group, rank and the form."""
        if record["failure"]:
            return f"{record['name']:<10} {record['failure']}"
        rank = text(record["rank"], ".3f")
        return (
            f"{record['name']:<10} {record['group'] or 'none':<6} rank {rank}  {record['truth_expression']}"
        )

    @staticmethod
    def summary(records: Sequence[Record]) -> dict[str, Any]:
        """Are ranks uniform, of all and by how well the posterior is known, and those of one that is twice as sure?"""
        sound = [record for record in records if not record["failure"]]
        ranked = [record for record in sound if record["group"]]
        groups = Counter(record["group"] for record in ranked)
        figures: dict[str, Any] = {
            "failures": len(records) - len(sound),
            "problems_that_a_double_cannot_tell": len(sound) - len(ranked),
            **{f"{group}_problems": share(groups[group], len(ranked)) for group in GROUPS},
        }
        known = [record for record in ranked if record["group"] != "poor"]
        parts = {
            "all": ranked,
            "bell_or_drawn": known,
            **{group: [record for record in ranked if record["group"] == group] for group in GROUPS},
        }
        for name, part in parts.items():
            for kind, title in (("rank", "ranks"), ("rank_if_twice_as_sure", "ranks_if_twice_as_sure")):
                p_value = uniformity([record[kind] for record in part], BINS)
                figures[f"{name}_{title}_p_value"] = float(f"{p_value:.3g}")
            inside = sum(LEVELS[0] <= record["rank"] <= LEVELS[1] for record in part)
            figures[f"{name}_in_the_interval_of_90%"] = share(inside, len(part))
        return figures

    @staticmethod
    def table(records: Sequence[Record]) -> Table:
        """The histogram of ranks, one row a bin: there are too many problems for a row each."""
        edges = np.linspace(0.0, 1.0, BINS + 1)
        columns = []
        for group in GROUPS:
            found = [record["rank"] for record in records if record.get("group") == group]
            columns.append(np.histogram(found, bins=edges)[0])
        return Table(
            ("ranks", *GROUPS),
            tuple(
                (f"{low:.2f} to {high:.2f}", *(str(counts[k]) for counts in columns))
                for k, (low, high) in enumerate(pairwise(edges))
            ),
        )


def parameter_rank(
    rng: np.random.Generator, predictive: RealPredictive, fitted: Program, truth: Program, chosen: int
) -> Record:
    """The rank F(kappa) of one true parameter in its marginal posterior F given the form.

    Weighted draws stand for the posterior where they are worth enough, and Laplace's bell elsewhere. Ties, which only
    exact knowledge makes, are broken at random. ``group`` is None where a double cannot hold the posterior.
    """
    posterior = predictive.parameters(fitted)
    if posterior is None:
        return {"group": None, "rank": None, "rank_if_twice_as_sure": None}
    best = np.array(fitted.parameters)
    marginals, group, laplace_share = posterior.predict(best, np.eye(len(best))), "poor", None
    draws = predictive.draws(fitted)
    if draws is not None:
        laplace_share = draws.laplace_share
        if draws.effective_share >= LEAST_EFFECTIVE_SHARE:
            marginals = draws.predict(draws.parameters)
            group = "bell" if laplace_share >= LEAST_LAPLACE_SHARE else "drawn"
    marginal, value = marginals.row(chosen), truth.parameters[chosen]
    return {
        "group": group,
        "laplace_share": laplace_share,
        "rank": _rank(rng, marginal, value),
        "rank_if_twice_as_sure": _rank(rng, twice_as_sure(marginal), value),
    }


def _rank(rng: np.random.Generator, marginal: NormalMixture, value: float) -> float:
    tie = 2 * float(np.spacing(abs(value)))
    return float(ranks(rng, marginal, np.array([value]), tie)[0])


def _with_parameters(rng: np.random.Generator, rows: int) -> tuple[Problem, Program]:
    """The first draw whose program has parameters, on rows like those of ``bench posterior``."""
    while True:
        whole, truth = sample_problem(rng, rows=4 * (rows + JUDGED_ROWS))
        if truth.parameters:
            return whole.take(split(whole, rows).training), truth
