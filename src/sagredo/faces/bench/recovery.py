"""A known law is sampled, searched for and compared with what came back: the record of one such task."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from sagredo.domain.domain import Domain
from sagredo.domains.expressions.domain import Expressions
from sagredo.faces.bench.benchmark import finite
from sagredo.faces.bench.exactness import FRESH_ROWS, judge
from sagredo.faces.bench.held_out import log_score
from sagredo.faces.bench.journal import Record
from sagredo.faces.bench.laws import Law
from sagredo.faces.bench.machine import peak_memory_bytes
from sagredo.faces.bench.right_form import REFIT_ROWS, FormJudge, clean_rows
from sagredo.faces.bench.spellings import own_constants, shortest_spelling
from sagredo.faces.induce import induce
from sagredo.faces.rendering import template_text
from sagredo.problem.build import problem_from_arrays
from sagredo.search.planner import StopReason

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.faces.result import Result
    from sagredo.objective.objective import Score
    from sagredo.problem.problem import Problem


@final
@dataclass(frozen=True, eq=False)
class SampledLaw:
    """A law with the rows that a search sees, and those that it does not.

    ``fresh_inputs`` and ``fresh_responses`` are without noise, ``fresh_measurements`` with the noise of the
    problem.
    """

    law: Law
    noise: float
    problem: Problem
    judge_of_form: FormJudge
    fresh_inputs: dict[str, Float64[np.ndarray, " fresh"]]
    fresh_responses: Float64[np.ndarray, " fresh"]
    fresh_measurements: Float64[np.ndarray, " fresh"]


def sample_law(law: Law, *, rows: int, noise: float, seed: int) -> SampledLaw:
    """Rows of the law with Gaussian noise of ``noise`` times the root mean square of the responses.

    The streams of rows, of noise, of fresh rows and of their noise are independent, so that the same rows
    come back at another noise, and fewer rows are the first of more.
    """
    streams = np.random.SeedSequence([seed, *law.name.encode()]).spawn(5)
    row_rng, noise_rng, fresh_rng, refit_rng, fresh_noise_rng = map(np.random.default_rng, streams)
    inputs, responses = law.sample(row_rng, rows)
    spread = noise * float(np.sqrt(np.mean(responses**2)))
    noisy = responses + spread * noise_rng.standard_normal(rows)
    fresh_inputs, fresh_responses = law.sample(fresh_rng, FRESH_ROWS)
    return SampledLaw(
        law,
        noise,
        problem_from_arrays(inputs, noisy, target=law.target),
        FormJudge(
            own_constants(law.term),
            clean_rows(*law.sample(refit_rng, REFIT_ROWS)),
            clean_rows(fresh_inputs, fresh_responses),
        ),
        fresh_inputs,
        fresh_responses,
        fresh_responses + spread * fresh_noise_rng.standard_normal(FRESH_ROWS),
    )


def recover(
    law: Law,
    *,
    rows: int,
    noise: float,
    seed: int,
    budget_seconds: float,
    effort: str,
    domain: str | Domain = "expressions",
) -> Record:
    """Search for one law; a failure is a record that says what failed.

    ``domain`` is that of real expressions, or one that searches them in another way.
    """
    record: Record = {
        "name": law.name,
        "seed": seed,
        "formula": law.formula,
        "rows": rows,
        "noise": noise,
        "exact": False,
        "right_form": False,
        "right": False,
        "failure": None,
    }
    try:
        sampled = sample_law(law, rows=rows, noise=noise, seed=seed)
        result = induce(
            sampled.problem, domain=domain, budget_seconds=budget_seconds, effort=effort, seed=seed
        )
        if result.stop_reason is StopReason.INTERRUPTED:
            raise KeyboardInterrupt
        record |= _compared(sampled, result)
        # Noise leaves no parameter at its value: there a law is right when its form is.
        record["right"] = record["right_form"] if noise > 0 else record["exact"]
    except Exception as error:
        record["failure"] = f"{type(error).__name__}: {error}"
        record["traceback"] = traceback.format_exc()
    return record


def _compared(sampled: SampledLaw, result: Result) -> Record:
    """What came back, beside the truth."""
    domain = Expressions()
    objective = domain.objective(sampled.problem, domain.language(sampled.problem))
    truth = shortest_spelling(sampled.law.term, objective, sampled.law.positive_symbols)
    record: Record = {
        "seconds": result.seconds,
        "work_units": result.work_units,
        "stop_reason": result.stop_reason.value,
        "truth_expression": result.text(truth.program),
        "truth_bits": finite(truth.description_length_bits),
        "null_bits": finite(result.posterior.null_bits),
        "peak_memory_bytes": peak_memory_bytes(),
        "truth_beats_rivals_by_bits": finite(_margin_bits(sampled, result, truth)),
    }
    if not result.posterior.programs:
        return record | {"failure": "no program found"}
    best = result.posterior.programs[0]
    judgement = judge(result.run(best.score.program, sampled.fresh_inputs), sampled.fresh_responses)
    return record | {
        "exact": judgement.exact,
        "relative_error": finite(judgement.relative_error),
        "right_form": sampled.judge_of_form.is_right(best.score.program),
        "expression": result.text(best.score.program),
        "template": template_text(result.language, best.score.program),
        "parameters": list(best.score.program.parameters),
        "probability": best.probability,
        "description_length_bits": finite(best.score.description_length_bits),
        "regret_bits": finite(best.score.description_length_bits - truth.description_length_bits),
        "log_score_gap_nats": finite(_held_out(sampled, best.score) - _held_out(sampled, truth)),
    }


def _held_out(sampled: SampledLaw, score: Score) -> float:
    return log_score(score, sampled.problem, sampled.fresh_inputs, sampled.fresh_measurements)


def _margin_bits(sampled: SampledLaw, result: Result, truth: Score) -> float:
    """By how many bits the law's shortest known spelling beats the best of another form, the null included.

    What the search met of the law's own form is a spelling of it.
    """
    shortest = truth.description_length_bits
    visited = sorted(
        (found.score for found in result.posterior.programs), key=lambda score: score.description_length_bits
    )
    for score in visited:
        if not sampled.judge_of_form.is_right(score.program):
            rival = min(score.description_length_bits, result.posterior.null_bits)
            return rival - shortest
        shortest = min(shortest, score.description_length_bits)
    return result.posterior.null_bits - shortest
