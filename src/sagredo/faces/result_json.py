"""The documented JSON of a fit (docs/json-schema.md)."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any

from sagredo.faces import rendering

if TYPE_CHECKING:
    from sagredo.faces.result import Result
    from sagredo.objective.objective import Score
    from sagredo.posterior.diagnosis import LawDiagnosis
    from sagredo.posterior.posterior import WeightedProgram
    from sagredo.problem.column import Column
    from sagredo.problem.groups import Groups

SCHEMA = 1
"""The version of the schema; it grows by one when a reader of the last one would no longer understand."""


def fit_document(result: Result, diagnostics: Sequence[LawDiagnosis] = ()) -> dict[str, Any]:
    """The fit as JSON data: the problem, why the run ended, and the programs, best first; those that were diagnosed
    say so."""
    problem = result.problem
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "sagredo": _version(),
        "problem": {
            "inputs": [_column(column) for column in problem.inputs],
            "target": _column(problem.target),
            "rows": problem.row_count,
            "noise": problem.noise,
            "noise_bits": None
            if result.noise_bits is None
            else {noise: number(bits) for noise, bits in result.noise_bits.items()},
            "has_sigma": problem.sigma is not None,
            "has_weights": problem.weights is not None,
            "has_trials": problem.trials is not None,
            "has_covariance": problem.covariance is not None,
            "has_censored": problem.censored is not None,
            "group": None
            if problem.groups is None
            else {"column": problem.groups.column, "names": list(problem.groups.names)},
            "quantity": result.quantity,
            "notes": list(problem.notes),
        },
        "seed": result.seed,
        "stop_reason": result.stop_reason.value,
        "seconds": result.seconds,
        "work_units": result.work_units,
        "programs": [_program(result, weighted) for weighted in result.posterior.programs],
        "unseen_mass": result.posterior.unseen_mass,
        "null_bits": result.posterior.null_bits,
    }
    for entry, weighted, diagnosis in zip(
        document["programs"], result.posterior.programs, diagnostics, strict=False
    ):
        entry["diagnosis"] = _diagnosis(result, weighted, diagnosis)
    return document


def fits_document(
    results: Sequence[Result], diagnostics: Sequence[Sequence[LawDiagnosis]] | None = None
) -> dict[str, Any]:
    """The document of one fit, or of several targets: ``{"schema": 1, "fits": [...]}``; each with its diagnostics."""
    known = [()] * len(results) if diagnostics is None else diagnostics
    documents = [fit_document(result, own) for result, own in zip(results, known, strict=True)]
    return documents[0] if len(documents) == 1 else {"schema": SCHEMA, "fits": documents}


def _diagnosis(result: Result, weighted: WeightedProgram, diagnosis: LawDiagnosis) -> dict[str, Any]:
    names = rendering.parameter_names(result.language, weighted.score.program)
    return {
        "learning_coefficient": number(diagnosis.learning_coefficient),
        "redundant": diagnosis.redundant,
        "entangled": [names[k] for k in diagnosis.entangled],
    }


def number(value: float) -> float | None:
    """A JSON number; None for what JSON cannot say (NaN and infinities)."""
    return float(value) if isfinite(value) else None


def _column(column: Column) -> dict[str, Any]:
    return {
        "column": column.name,
        "symbol": column.symbol,
        "unit": None if column.unit is None else str(column.unit),
    }


def _program(result: Result, weighted: WeightedProgram) -> dict[str, Any]:
    score, domain = weighted.score, result.domain
    shown = rendering.shown(result.language, score)
    has_formulas = rendering.has_formulas(domain)
    names = rendering.parameter_names(result.language, score.program)
    return {
        "expression": rendering.program_text(result.language, shown.program),
        "template": rendering.template_text(result.language, score.program),
        "latex": rendering.to_latex(domain, shown.program, shown.standard_errors) if has_formulas else None,
        "probability": weighted.probability,
        "description_length_bits": score.description_length_bits,
        "code_bits": score.code_bits,
        "data_bits": score.data_bits,
        "parameters": [
            {**parameter, "value": None, "std": None} if k in score.separate else parameter
            for k, parameter in enumerate(_parameters(names, score))
        ],
        "noise_scale": number(score.noise_scale),
        "train_rmse": number(score.residual_rms),
        "spellings": weighted.spellings,
        "groups": None if result.problem.groups is None else _groups(names, result.problem.groups, score),
    }


def _groups(names: list[str], groups: Groups, score: Score) -> list[dict[str, Any]]:
    """What differs between groups, in the order of their names."""
    return [
        {
            "group": name,
            "parameters": _parameters(names, part),
            "data_bits": part.data_bits,
            "noise_scale": number(part.noise_scale),
            "train_rmse": number(part.residual_rms),
        }
        for name, part in zip(groups.names, score.parts, strict=True)
    ]


def _parameters(names: list[str], score: Score) -> list[dict[str, Any]]:
    errors = score.standard_errors or (float("nan"),) * len(names)
    return [
        {"name": name, "value": float(value), "std": number(std)}
        for name, value, std in zip(names, score.program.parameters, errors, strict=True)
    ]


def _version() -> str:
    from importlib.metadata import version

    return version("sagredo")
