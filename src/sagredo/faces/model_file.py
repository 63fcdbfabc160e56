"""Fitted models as JSON data: the document of the fit, with what is needed to run it and to draw it again.

A model file is the fit's own document (:mod:`sagredo.faces.result_json`) with two more members: ``domain``
(its name and its options) and ``data`` (the columns). Programs are kept as text and read by the language's
own parser; nothing in a file is ever evaluated as code.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from fractions import Fraction
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sagredo.domain import registry
from sagredo.domain.domain import Domain
from sagredo.faces.files import write_whole
from sagredo.faces.result import Result
from sagredo.faces.result_json import SCHEMA, fit_document, number
from sagredo.language.language import Language, SyntaxProblem
from sagredo.language.term import Parameter, Program, Term, postorder
from sagredo.objective.objective import Score
from sagredo.posterior.posterior import Posterior, WeightedProgram
from sagredo.problem.column import Column, ValueType
from sagredo.problem.errors import InvalidInput
from sagredo.problem.groups import Groups
from sagredo.problem.problem import Problem
from sagredo.problem.units import BASE_DIMENSIONS, Dimension, Unit
from sagredo.search.planner import StopReason

if TYPE_CHECKING:
    from jaxtyping import Shaped

_NOT_FINITE = "float"
"""The key of an option's number that JSON has none for, such as the end of an open interval."""

_LARGEST_FILE_BYTES = 2**30
"""A larger file is refused before it is read: as JSON it would take several times its size in memory."""


def save_model(result: Result, path: str | Path) -> None:
    """Write a fitted model, its training data included, to a JSON file.

    Raises:
        InvalidInput: the file cannot be written.
    """
    document = fit_document(result)
    document["domain"] = domain_document(result.domain)
    document["data"] = _data(result.problem)
    write_whole(Path(path), json.dumps(document, allow_nan=False, ensure_ascii=False) + "\n")


def load_model(path: str | Path) -> Result:
    """Read a model that :func:`save_model` wrote.

    Raises:
        InvalidInput: the file is missing, is no model of this version, or is damaged.
    """
    path = Path(path)
    document = _read_json(path)
    if not isinstance(document, dict) or "programs" not in document:
        raise _foreign(path, "it is not the document of one fit")
    if document.get("schema") != SCHEMA:
        raise _foreign(path, f"its schema is {document.get('schema')!r}, and this version reads {SCHEMA}")
    if "data" not in document or "domain" not in document:
        raise _foreign(path, "it holds no data and no domain, as files written by --json do not")
    try:
        return _result(document)
    except InvalidInput as problem:
        raise _foreign(path, f"it is damaged: {problem}") from problem
    except (
        KeyError,
        TypeError,
        ValueError,
        IndexError,
        AttributeError,
        OverflowError,
        RecursionError,
    ) as error:
        raise _foreign(path, f"it is damaged: {type(error).__name__}: {error}") from error


def _read_json(path: Path) -> Any:
    try:
        if path.stat().st_size > _LARGEST_FILE_BYTES:
            raise _foreign(path, "it is larger than 1 GiB")
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _foreign(path, error.strerror or str(error)) from error
    except (ValueError, RecursionError) as error:
        raise _foreign(path, f"it is not JSON: {error}") from error


def _foreign(path: Path, why: str) -> InvalidInput:
    return InvalidInput(
        f"The model file {str(path)!r} must be one that sagredo wrote (sagredo fit ... --save FILE), "
        f"but {why}. Save the model again."
    )


def domain_document(domain: Domain) -> dict[str, Any]:
    """A domain as JSON data: its name, and its options where they differ from the defaults."""
    return {"name": domain.name, "options": _options(domain)}


def domain_from(document: dict[str, Any]) -> Domain:
    """The domain that :func:`domain_document` describes."""
    return type(registry.domain(document["name"]))(**_frozen(document["options"]))


def _options(domain: Any) -> dict[str, Any]:
    """The domain's options that differ from their defaults, as JSON data."""
    if not is_dataclass(domain):
        return {}
    options = {}
    for field in fields(domain):
        default = field.default_factory() if field.default_factory is not MISSING else field.default
        value = getattr(domain, field.name)
        if field.init and value != default:
            options[field.name] = _thawed(value)
    return options


def _thawed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _thawed(item) for key, item in value.items()}
    if isinstance(value, tuple | list | set | frozenset):
        return [_thawed(item) for item in value]
    if isinstance(value, float) and not isfinite(value):
        return {_NOT_FINITE: str(value)}
    return value


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        if list(value) == [_NOT_FINITE] and isinstance(value[_NOT_FINITE], str):
            return float(value[_NOT_FINITE])
        return {key: _frozen(item) for key, item in value.items()}
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    return value


def _data(problem: Problem) -> dict[str, Any]:
    return {
        "inputs": [_column_data(column) for column in problem.inputs],
        "target": _column_data(problem.target),
        "sigma": None if problem.sigma is None else problem.sigma.tolist(),
        "weights": None if problem.weights is None else problem.weights.tolist(),
        "trials": None if problem.trials is None else problem.trials.tolist(),
        "covariance": None if problem.covariance is None else problem.covariance.tolist(),
        "censored": None if problem.censored is None else problem.censored.tolist(),
        "groups": None if problem.groups is None else list(problem.groups.labels),
    }


def _column_data(column: Column) -> dict[str, Any]:
    return {
        "column": column.name,
        "symbol": column.symbol,
        "type": column.value_type,
        "unit": None if column.unit is None else _unit_data(column.unit),
        "resolution": number(column.resolution),
        "scale": column.scale,
        "bounds": None if column.bounds is None else [number(bound) for bound in column.bounds],
        "values": column.values.tolist(),
        "dtype": column.values.dtype.str,
    }


def _unit_data(unit: Unit) -> dict[str, Any]:
    return {
        "text": unit.text,
        "factor": unit.factor,
        "exponents": [str(exponent) for exponent in unit.exponents],
    }


def _unit(entry: dict[str, Any]) -> Unit:
    exponents = tuple(Fraction(exponent) for exponent in entry["exponents"])
    if len(exponents) != len(BASE_DIMENSIONS):
        raise InvalidInput(
            f"A unit must have {len(BASE_DIMENSIONS)} exponents. Got {len(exponents)} instead."
        )
    return Unit(Dimension(exponents), float(entry["factor"]), str(entry["text"]))


def _result(document: dict[str, Any]) -> Result:
    data = document["data"]
    problem = Problem(
        tuple(_column(column) for column in data["inputs"]),
        _column(data["target"]),
        sigma=_floats(data["sigma"]),
        weights=_floats(data["weights"]),
        noise=str(document["problem"]["noise"]),
        notes=tuple(str(note) for note in document["problem"]["notes"]),
        trials=_floats(data.get("trials")),
        covariance=_floats(data.get("covariance")),
        censored=_floats(data.get("censored")),
        groups=_groups(document),
    )
    domain = domain_from(document["domain"])
    language = domain.language(problem)
    try:
        programs = tuple(_weighted(language, entry, problem.groups) for entry in document["programs"])
    except SyntaxProblem as error:
        raise InvalidInput(str(error)) from error
    unseen = document["unseen_mass"]
    return Result(
        problem,
        domain,
        Posterior(programs, None if unseen is None else float(unseen), float(document["null_bits"])),
        StopReason(document["stop_reason"]),
        float(document["seconds"]),
        int(document["work_units"]),
        int(document["seed"]),
        _noise_bits(document["problem"].get("noise_bits")),
    )


def _noise_bits(bits: dict[str, float | None] | None) -> dict[str, float] | None:
    if bits is None:
        return None
    return {str(noise): np.inf if length is None else float(length) for noise, length in bits.items()}


def _groups(document: dict[str, Any]) -> Groups | None:
    """The groups of the rows; files written before there were groups have none."""
    labels = document["data"].get("groups")
    if labels is None:
        return None
    return Groups(str(document["problem"]["group"]["column"]), tuple(map(str, labels)))


def _column(entry: dict[str, Any]) -> Column:
    bounds = entry["bounds"]
    return Column(
        str(entry["column"]),
        str(entry["symbol"]),
        np.array(entry["values"], dtype=_dtype(entry["dtype"])),
        ValueType(str(entry["type"])),
        unit=None if entry["unit"] is None else _unit(entry["unit"]),
        resolution=float(entry["resolution"]),
        scale=None if entry["scale"] is None else float(entry["scale"]),
        bounds=None if bounds is None else _bounds(bounds),
    )


def _bounds(bounds: list[float | None]) -> tuple[float, float]:
    low, high = bounds
    return (-np.inf if low is None else float(low), np.inf if high is None else float(high))


def _dtype(text: str) -> np.dtype[Any]:
    """The type of a column's entries: numbers or truth values, never objects."""
    kind = np.dtype(text)
    if kind.kind not in "biuf":
        raise InvalidInput(f"A column must hold numbers or truth values. Got the type {text!r} instead.")
    return kind


def _floats(values: list[float] | None) -> Shaped[np.ndarray, " rows"] | None:
    return None if values is None else np.array(values, dtype=np.float64)


def _weighted(language: Language, entry: dict[str, Any], groups: Groups | None) -> WeightedProgram:
    term = language.syntax.parse(str(entry["template"]))
    code_bits = float(entry["code_bits"])
    own = entry["parameters"]
    parts: tuple[Score, ...] = ()
    if groups is not None:
        if [part["group"] for part in entry["groups"]] != list(groups.names):
            raise InvalidInput(
                f"A program must have parameters for each group, {', '.join(groups.names)}. "
                f"Got those of {', '.join(part['group'] for part in entry['groups'])} instead."
            )
        alone_bits = language.code_bits(Program(term))
        parts = tuple(_score(term, alone_bits, part, part["parameters"]) for part in entry["groups"])
        own = entry["groups"][0]["parameters"]
    shared = tuple(k for k, parameter in enumerate(entry["parameters"]) if parameter["value"] is not None)
    score = replace(_score(term, code_bits, entry, own), parts=parts, shared=() if groups is None else shared)
    return WeightedProgram(score, float(entry["probability"]), int(entry["spellings"]))


def _score(term: Term, code_bits: float, entry: dict[str, Any], own: list[dict[str, Any]]) -> Score:
    """The score of a program with the parameters that it has in all rows, or in one group."""
    parameters = tuple(float(parameter["value"]) for parameter in own)
    indices = [node.index for node in postorder(term) if isinstance(node, Parameter)]
    # A program may do without a parameter of its form, and then uses a later one nevertheless.
    if max(indices, default=-1) + 1 != len(parameters):
        raise InvalidInput(
            f"A program must have a value for each of its parameters. Got {len(parameters)} values for one that "
            f"needs {max(indices, default=-1) + 1} instead."
        )
    return Score(
        Program(term, parameters),
        code_bits,
        float(entry["data_bits"]),
        tuple(_or_nan(parameter["std"]) for parameter in own),
        _or_nan(entry["noise_scale"]),
        _or_nan(entry["train_rmse"]),
    )


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else float(value)
