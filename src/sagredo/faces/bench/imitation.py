"""bench imitation: imitate a demonstrator who is one of many stochastic policies, and ask where they disagree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from statistics import mean
from typing import TYPE_CHECKING, Any, ClassVar, Final, final

import numpy as np

from sagredo.faces.bench.benchmark import Benchmark, Table, Task, guarded, text
from sagredo.faces.bench.policies import GRAMMAR, enumerated_policies
from sagredo.language.functional_syntax import FunctionalSyntax
from sagredo.posterior.imitation import Imitator, Policies, query_bound
from sagredo.posterior.top_set import exclusion_bound

if TYPE_CHECKING:
    from sagredo.faces.bench.journal import Record

ALPHA_SHARE: Final = 0.1
"""alpha as a part of the demonstrator's prior: that is then the bound of the probability that it is ever excluded."""


@final
@dataclass(frozen=True, kw_only=True)
class Imitation(Benchmark):
    """Runs of so many steps, the demonstrator drawn from the prior or, if ``alike``, from all behaviours evenly.

    Observations are fair coins. Contexts are the last two and the last action, whoever took it.
    """

    command: ClassVar[str] = "imitation"

    runs: int
    steps: int
    alike: bool
    seed: int

    def options(self) -> dict[str, Any]:
        """Steps, choice of the demonstrators and seed; the key of a task is the number of the run."""
        return {"steps": self.steps, "alike": self.alike, "seed": self.seed}

    def tasks(self) -> Mapping[str, Task]:
        """One for each run."""
        return {f"run {run}": partial(self.measure, run) for run in range(self.runs)}

    @cached_property
    def policies(self) -> Policies:
        """The policies that all runs are about."""
        return enumerated_policies()

    def measure(self, run: int) -> Record:
        """Imitate one demonstrator; a failure is a record that says what failed."""
        return guarded({"name": f"run {run}"}, partial(self._imitate, run))

    def _imitate(self, run: int) -> Record:
        rng = np.random.default_rng([self.seed, run])
        prior = 2.0**-self.policies.code_bits
        count = len(prior)
        truth = int(rng.choice(count, p=None if self.alike else prior / prior.sum()))
        syntax = FunctionalSyntax(GRAMMAR.primitives, ())
        described = {
            "demonstrator": syntax.print_term(self.policies.programs[truth].term),
            "prior_bits": float(self.policies.code_bits[truth]),
            "policies": count,
        }
        return described | imitate(rng, self.policies, truth, self.steps)

    @staticmethod
    def line(record: Record) -> str:
        """Name, queries, the step of the last one, and the demonstrator."""
        if record["failure"]:
            return f"{record['name']:<7} {record['failure']}"
        return (
            f"{record['name']:<7} {record['queries']} queries (bound {record['query_bound']:.0f}), the last at step "
            f"{record['last_query']}  {record['demonstrator']}"
        )

    @staticmethod
    def summary(records: Sequence[Record]) -> dict[str, Any]:
        """What the theorems promise, and what was measured."""
        sound = [record for record in records if not record["failure"]]
        figures: dict[str, Any] = {"failures": len(records) - len(sound)}
        if not sound:
            return figures
        always = sum(record["steps_without_the_truth"] == 0 for record in sound)
        excluded = mean(record["exclusion_bound"] for record in sound)
        silent = sum(record["queries_of_second_half"] == 0 for record in sound)
        return figures | {
            "truth_in_the_top_set_throughout": f"{always} of {len(sound)} runs",
            "bound_of_the_share_of_runs_without": round(excluded, 3),
            "no_query_in_the_second_half": f"{silent} of {len(sound)} runs",
            "queries_of_the_second_half": sum(record["queries_of_second_half"] for record in sound),
            "largest_excess_over_the_demonstrator": max(record["largest_excess"] for record in sound),
            "queries_a_run": round(mean(record["queries"] for record in sound), 1),
            "bound_of_the_expected_queries_a_run": round(mean(record["query_bound"] for record in sound), 1),
            "last_query_at_step": max(record["last_query"] for record in sound),
        }

    @staticmethod
    def table(records: Sequence[Record]) -> Table:
        """One row a run."""
        headers = (
            "run",
            "demonstrator",
            "prior, bits",
            "queries",
            "bound",
            "of the second half",
            "last at step",
        )
        return Table(
            (*headers, "steps without the truth", "largest excess"),
            tuple(
                (
                    record["name"].removeprefix("run "),
                    f"`{record['demonstrator']}`" if record.get("demonstrator") else record["failure"] or "-",
                    text(record.get("prior_bits"), ".1f"),
                    text(record.get("queries"), "d"),
                    text(record.get("query_bound"), ".0f"),
                    text(record.get("queries_of_second_half"), "d"),
                    text(record.get("last_query"), "d"),
                    text(record.get("steps_without_the_truth"), "d"),
                    text(record.get("largest_excess"), ".1g"),
                )
                for record in records
            ),
        )


def imitate(rng: np.random.Generator, policies: Policies, truth: int, steps: int) -> Record:
    """One run: how often the demonstrator was asked, and whether what is promised of the imitator held.

    ``largest_excess`` is the largest difference of an action's probability from the demonstrator's. That of an event is
    a product of them, so that with no excess at any step no event is likelier. A step counts from 1.
    """
    alpha = ALPHA_SHARE * 2.0 ** -float(policies.code_bits[truth])
    imitator = Imitator(policies, alpha)
    observations = rng.integers(2, size=steps + 1)
    asked, without_truth, excess, action = [], 0, -np.inf, 0
    for step in range(1, steps + 1):
        context = int(4 * observations[step] + 2 * observations[step - 1] + action)
        known = imitator.action_probabilities(context)
        without_truth += truth not in imitator.members
        excess = max(excess, float(np.max(known - policies.probabilities[truth, context])))
        cumulative = np.cumsum(known)
        # Where all members agree the sum is 1 but for rounding, of which no query must come.
        left_over = cumulative[-1] < 1 - len(known) * np.finfo(float).eps
        action = int(
            np.searchsorted(cumulative, rng.random() * (1.0 if left_over else cumulative[-1]), "right")
        )
        if action == len(known):
            action = int(rng.choice(len(known), p=policies.probabilities[truth, context]))
            imitator.told(context, action)
            asked.append(step)
    return {
        "alpha": alpha,
        "exclusion_bound": exclusion_bound(alpha, float(policies.code_bits[truth])),
        "steps_without_the_truth": without_truth,
        "largest_excess": excess,
        "queries": len(asked),
        "query_bound": query_bound(policies, truth, alpha),
        "queries_of_second_half": sum(step > steps // 2 for step in asked),
        "last_query": max(asked, default=0),
    }
