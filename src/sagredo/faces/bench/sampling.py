"""bench sampling: sequential Monte Carlo over programs against posteriors that are known by enumeration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import exp, log
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any, ClassVar, Final, final

import numpy as np

from sagredo.domains.expressions.objective import RealObjective
from sagredo.domains.expressions.primitives import parse_operators
from sagredo.domains.expressions.prior import expression_grammar
from sagredo.domains.expressions.restrictions import RestrictedPrior
from sagredo.domains.expressions.sample import sample_problem
from sagredo.domains.expressions.syntax import ExpressionSyntax
from sagredo.faces.bench.benchmark import Benchmark, Table, Task, finite, guarded, text
from sagredo.language.enumeration import terms_up_to
from sagredo.language.language import Language
from sagredo.language.term import Program, size
from sagredo.problem.column import REAL
from sagredo.search.chain import Scorer
from sagredo.search.monte_carlo import MOVES
from sagredo.search.moves import EditSpace
from sagredo.search.population import Population, Schedule

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.faces.bench.journal import Record
    from sagredo.language.term import Term

OPERATORS: Final = "add,mul,sin"
"""Enough for sums, products, powers and waves: with one input and parameters 230 terms of up to 5 nodes."""

LARGEST_SIZE: Final = 5
"""Nodes of the terms that are enumerated."""

LARGEST_EVIDENCE_ERROR: Final = 0.1
"""The bar for the error of the log evidence, in nats: a tenth of the least difference between models that is worth
mentioning (Kass & Raftery 1995)."""

LARGEST_TOTAL_VARIATION: Final = 0.05
"""The bar for the total variation: no event's probability is wrong by more than this."""

CAPACITY: Final = 100_000
"""Scores kept: more than there are terms, so that each is computed once."""


@final
@dataclass(frozen=True)
class Sampling(Benchmark):
    """Draws of the generative model over a small grammar; each posterior is enumerated, and sampled.

    The probability of a program is its share of the visits of the final sweeps. The part of the evidence that was not
    visited is what would be missing if programs were weighed by their exact bits instead.
    """

    command: ClassVar[str] = "sampling"

    problems: int
    rows: int
    particles: int
    sweeps: int
    final_sweeps: int
    seed: int

    def options(self) -> dict[str, Any]:
        """Rows, particles, sweeps and seed; the key of a task is the number of the draw."""
        return {
            "rows": self.rows,
            "particles": self.particles,
            "sweeps": self.sweeps,
            "final_sweeps": self.final_sweeps,
            "seed": self.seed,
        }

    def tasks(self) -> Mapping[str, Task]:
        """One for each draw."""
        return {f"draw {number}": partial(self.measure, number) for number in range(self.problems)}

    def measure(self, number: int) -> Record:
        """Enumerate and sample one posterior; a failure is a record that says what failed."""
        return guarded({"name": f"draw {number}"}, partial(self._sample, number))

    def _sample(self, number: int) -> Record:
        draw, rng = map(np.random.default_rng, np.random.SeedSequence([self.seed, number]).spawn(2))
        primitives = parse_operators(OPERATORS)
        grammar = expression_grammar(["x0"], primitives, kind_weights={"literal": 0.0, "constant": 0.0})
        prior = RestrictedPrior(grammar, (lambda term: size(term) <= LARGEST_SIZE,))
        language = Language(primitives, {"x0": REAL}, REAL, prior, ExpressionSyntax(("x0",)))
        problem, truth = sample_problem(draw, rows=self.rows, inputs=1, prior=prior)
        objective = RealObjective(problem, language)
        terms = list(terms_up_to(grammar, LARGEST_SIZE))
        log_visitable, log_evidence, exact = enumerated(objective, terms)
        schedule = Schedule(self.particles, self.sweeps, self.final_sweeps)
        scorer = Scorer(objective, rows=problem.row_count, capacity=CAPACITY)
        population = Population(rng, prior, EditSpace(grammar), MOVES, scorer, schedule)
        started = perf_counter()
        diagnostics = population.run()
        seconds = perf_counter() - started
        visits = np.array([population.visits[term] for term in terms])
        return {
            "truth": language.syntax.print_term(truth.term),
            "likely_programs": int(np.exp(-np.sum(exact * np.log(np.maximum(exact, 1e-300)))).round()),
            "log_evidence": log_evidence,
            "evidence_error": finite(diagnostics.log_evidence - log_evidence),
            "visited_error": finite(diagnostics.log_visited_mass - log_visitable),
            "total_variation": float(0.5 * np.abs(visits / visits.sum() - exact).sum()),
            "temperatures": len(diagnostics.inverse_temperatures),
            "least_effective_sample_size": min(diagnostics.effective_sample_sizes),
            "acceptance_rates": dict(diagnostics.acceptance_rates),
            "autocorrelation_time": finite(diagnostics.autocorrelation_time),
            "potential_scale_reduction": finite(diagnostics.potential_scale_reduction),
            "seconds": seconds,
        }

    @staticmethod
    def line(record: Record) -> str:
        """Name, errors, seconds and the truth."""
        return (
            f"{record['name']:<9} evidence {text(record.get('evidence_error'), '+.3f'):>8} nats  "
            f"total variation {text(record.get('total_variation'), '.3f')}  "
            f"{text(record.get('seconds'), '.1f')} s  {record['failure'] or record['truth']}"
        )

    @staticmethod
    def summary(records: Sequence[Record]) -> dict[str, Any]:
        """How many draws meet each bar, and the errors in the middle and at worst."""
        done = [record for record in records if record["failure"] is None]
        # A population without any likelihood has no evidence at all: as wrong as can be.
        errors = [
            abs(record["evidence_error"]) if record["evidence_error"] is not None else float("inf")
            for record in done
        ]
        variations = [record["total_variation"] for record in done]
        within = sum(error <= LARGEST_EVIDENCE_ERROR for error in errors)
        near = sum(variation <= LARGEST_TOTAL_VARIATION for variation in variations)
        return {
            f"log_evidence_within_{LARGEST_EVIDENCE_ERROR}_nats": f"{within} of {len(done)}",
            f"total_variation_at_most_{LARGEST_TOTAL_VARIATION}": f"{near} of {len(done)}",
            "failures": len(records) - len(done),
            "median_evidence_error_nats": finite(median(errors)) if done else None,
            "largest_evidence_error_nats": finite(max(errors)) if done else None,
            "largest_part_of_the_evidence_not_visited": finite(
                max(1.0 - exp(record["visited_error"] or 0.0) for record in done)
            )
            if done
            else None,
            "median_total_variation": median(variations) if done else None,
            "largest_total_variation": max(variations) if done else None,
            "median_seconds": median(record["seconds"] for record in done) if done else None,
        }

    @staticmethod
    def table(records: Sequence[Record]) -> Table:
        """One row a draw."""
        return Table(
            (
                "draw",
                "likely programs",
                "evidence error, nats",
                "not visited",
                "total variation",
                "temperatures",
                "least effective sample size",
                "R-hat",
                "seconds",
                "truth",
            ),
            tuple(
                (
                    record["name"].removeprefix("draw "),
                    text(record.get("likely_programs"), "d"),
                    text(record.get("evidence_error"), "+.3f"),
                    text(1.0 - exp(record["visited_error"]), ".1e") if record.get("visited_error") else "-",
                    text(record.get("total_variation"), ".3f"),
                    text(record.get("temperatures"), "d"),
                    text(record.get("least_effective_sample_size"), ".0f"),
                    text(record.get("potential_scale_reduction"), ".2f"),
                    text(record.get("seconds"), ".1f"),
                    f"`{record['truth']}`" if record["failure"] is None else record["failure"],
                )
                for record in records
            ),
        )


def enumerated(
    objective: RealObjective, terms: Sequence[Term]
) -> tuple[float, float, Float64[np.ndarray, " terms"]]:
    """log of sum p(phi, D), in nats, the same under the prior given that phi is one of these, and p(phi | D)."""
    scores = objective.score_batch([Program(term) for term in terms])
    code = -log(2) * np.array([score.code_bits for score in scores])
    joint = code - log(2) * np.array([score.data_bits for score in scores])
    total = np.logaddexp.reduce(joint)
    return float(total), float(total - np.logaddexp.reduce(code)), np.exp(joint - total)
