"""What a result means, in words and rounded numbers; every face says it the same way."""

from __future__ import annotations

from dataclasses import replace
from math import floor, isfinite, log10
from typing import TYPE_CHECKING

from sagredo.faces import rendering
from sagredo.search.planner import StopReason

if TYPE_CHECKING:
    from sagredo.faces.prediction import Abstention
    from sagredo.faces.result import Result
    from sagredo.language.term import Program
    from sagredo.objective.objective import Score
    from sagredo.posterior.diagnosis import LawDiagnosis

STOP_REASON_TEXT = {
    StopReason.FOUND: "found: no shorter law is to be expected",
    StopReason.BUDGET: "the budget was spent; more effort may find a better law",
    StopReason.EXHAUSTED: "every program within reach was tried",
    StopReason.INTERRUPTED: "interrupted; this is the best so far",
}
"""Why a run ended, as a reader is told."""

_CERTAIN = 0.99
_LIKELY = 0.8
"""Probabilities of the best law above which it is called certain, and likely."""

_ERROR_DIGITS = 2
"""Digits of a standard error that are shown, and to which its parameter is rounded."""

_DIGITS = 10
"""Significant digits of a parameter whose standard error is unknown or smaller still."""


def verdict(result: Result) -> str:
    """How sure the result is, in one or two sentences."""
    programs, null_bits = result.posterior.programs, result.posterior.null_bits
    if not programs:
        return "No program with a value on every row was found."
    best = programs[0]
    saved = null_bits - best.score.description_length_bits
    if saved <= 0:
        return (
            "No law: nothing explains the data in fewer bits than noise alone. Measure more, or more closely."
        )
    gain = f"It saves {saved:.0f} bits against having no law."
    if len(programs) == 1:
        return f"The only law that was weighed: there was none to compare it with. {gain}"
    if best.probability >= _CERTAIN:
        found = result.stop_reason is StopReason.FOUND
        return (
            f"{'Certain, as far as these data go' if found else 'By far the best of the laws tried'}. {gain}"
        )
    if best.probability >= _LIKELY:
        return f"Likely, but the data leave room for others. {gain}"
    others = sum(weighted.probability >= best.probability / 10 for weighted in programs) - 1
    rivals = f"{others} other law{'s' if others != 1 else ''} within a factor of ten"
    doubt = rivals if others else "much probability is spread over less probable laws"
    return f"Unsure: {doubt}. More data would tell. {gain}"


def noise_text(result: Result) -> str:
    """The likelihoods that the noise was chosen from, the best first; nothing where it was named."""
    if result.noise_bits is None:
        return ""
    ranked = sorted(result.noise_bits.items(), key=lambda entry: entry[1])
    lengths = (f"{noise} {f'{bits:.1f} bits' if isfinite(bits) else 'has no law'}" for noise, bits in ranked)
    return f"Noise chosen by the shortest message: {', '.join(lengths)}."


def exclusion_text(abstention: Abstention) -> str:
    """What is guaranteed of the laws in the running, in one sentence; that it is nothing, where it is."""
    bound, prior = abstention.exclusion_bound, 2.0**-abstention.best_code_bits
    if bound < 1:
        return (
            "Were the likeliest law the truth, data would ever put it out of the running with a probability of at "
            f"most {bound:.2g} (alpha / its prior)."
        )
    return (
        f"There is no guarantee that the truth is in the running: alpha {abstention.alpha:g} must be less than the "
        f"likeliest law's prior, {prior:.2g}, to give one."
    )


def diagnosis_text(result: Result, score: Score, diagnosis: LawDiagnosis) -> str:
    """What a diagnosis says of a law, in one sentence."""
    count, coefficient = diagnosis.parameter_count, diagnosis.learning_coefficient
    if not count:
        return "No parameters."
    if not isfinite(coefficient):
        return "The parameters could not be judged: the law has hardly ever a value on every row."
    told = f"learning coefficient {coefficient:.2f}, of a regular law {count / 2:g}"
    if not diagnosis.redundant:
        return f"Every parameter can be told by data ({told})."
    names = rendering.parameter_names(result.language, score.program)
    which = ", ".join(names[k] for k in diagnosis.entangled)
    effect = f": {which} can be changed without changing a value" if which else ""
    return f"This law has a redundant parameter ({told}){effect}. Leave one out or fix it."


def probability_text(probability: float) -> str:
    """A probability to three digits; never 1 or 0 for what is neither."""
    if probability > 0.999 and probability < 1:
        return "> 0.999"
    if probability < 1e-4:
        return "< 0.0001"
    return f"{probability:.3f}" if probability >= 0.001 else f"{probability:.1g}"


def rmse_text(score: Score) -> str:
    """The root of the mean squared residual; nothing where residuals have no meaning."""
    return f"{score.residual_rms:.4g}" if isfinite(score.residual_rms) else ""


def rounded(score: Score) -> Program:
    """The program with each parameter rounded to the digits that its standard error leaves."""
    values = score.program.parameters
    errors = score.standard_errors or (float("nan"),) * len(values)
    return replace(
        score.program,
        parameters=tuple(_round(value, error) for value, error in zip(values, errors, strict=True)),
    )


def parameter_text(value: float, error: float) -> str:
    """A parameter with its standard error, both to the digits that count."""
    if not (isfinite(error) and error > 0):
        return f"{value:.{_DIGITS}g}"
    return f"{_round(value, error):.{_DIGITS}g} ± {error:.{_ERROR_DIGITS}g}"


def parameter_texts(result: Result, score: Score) -> list[str]:
    """The parameters of a program as ``name = value ± standard error``; in groups, those that all of them share."""
    program = score.program
    names = rendering.parameter_names(result.language, program)
    errors = score.standard_errors or (float("nan"),) * len(names)
    return [
        f"{name} = {parameter_text(value, error)}"
        for k, (name, value, error) in enumerate(zip(names, program.parameters, errors, strict=True))
        if k not in score.separate
    ]


def parameters_by_group(result: Result, score: Score) -> tuple[list[str], list[list[str]]]:
    """The heads and the lines of a table of a law's parameters by group; both empty where there are no groups."""
    groups = result.problem.groups
    if groups is None:
        return [], []
    names = rendering.parameter_names(result.language, score.program)
    lines = []
    for name, part in zip(groups.names, score.parts, strict=True):
        errors = part.standard_errors or (float("nan"),) * len(names)
        own = [parameter_text(part.program.parameters[k], errors[k]) for k in score.separate]
        lines.append([name, str(groups.labels.count(name)), *own, rmse_text(part)])
    return [groups.column, "rows", *(names[k] for k in score.separate), "rmse"], lines


def _round(value: float, error: float) -> float:
    if not isfinite(value) or value == 0:
        return value
    digits = _DIGITS
    if isfinite(error) and error > 0:
        digits = floor(log10(abs(value))) - floor(log10(error)) + _ERROR_DIGITS
    return float(f"{value:.{min(max(digits, 1), _DIGITS) - 1}e}")
