"""From a fitted model to the measurements that would tell most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from sagredo.design.acquisition import acquisition_named
from sagredo.design.candidates import Box, QuerySpace
from sagredo.design.law_predictions import LawPredictor
from sagredo.design.planning import Designer
from sagredo.faces.result import Result
from sagredo.faces.result_json import SCHEMA, number
from sagredo.problem.errors import InvalidInput

if TYPE_CHECKING:
    from sagredo.design.choice import Cost
    from sagredo.design.information_gain import About

LAWS_SHOWN: Final = 3
"""Laws whose prediction at a query is shown: the reader sees what they disagree on."""


@final
@dataclass(frozen=True)
class Suggestion:
    """A measurement: the value of each input by column, its worth, and what the likeliest laws say of it.

    ``gain`` is in nats where it is an information gain. ``predictions`` are responses in the order of the laws, NaN
    where a law has no value.
    """

    inputs: Mapping[str, float]
    gain: float
    gain_per_cost: float
    predictions: tuple[float, ...]


def suggest(
    result: Result,
    space: QuerySpace,
    *,
    count: int = 1,
    acquisition: str = "information_gain",
    about: About = "program",
    steps: int = 1,
    cost: Cost | None = None,
    seed: int = 0,
) -> list[Suggestion]:
    """The next measurements, given the laws of a result; several are to be measured together.

    The space's names are the columns of the inputs, in their order.

    Raises:
        InvalidInput: the result has no law, or an option is impossible.
    """
    if result.problem.groups is not None:
        raise InvalidInput(
            "Suggestions must be for one group, whose parameters are then known best. Got a result with the groups "
            f"{', '.join(result.problem.groups.names)}: choose one with result.group(NAME) (--group NAME)."
        )
    rule = acquisition_named(acquisition, about)
    if count < 1 or steps < 1:
        raise InvalidInput(f"Count and steps must be at least 1. Got {count} and {steps} instead.")
    programs = [
        result.best.score.program,
        *(law.score.program for law in result.posterior.programs[1:LAWS_SHOWN]),
    ]
    predictor = LawPredictor.of(result.posterior, result.predictive, result.problem)
    rng = np.random.default_rng(seed)
    designer = Designer(space, rule, rule.init(rng, space, count), cost, steps)
    choices = designer.choose(rng, predictor, asked=0, count=count)
    points = np.array([choice.point for choice in choices])
    outcomes = [result.run(program, result.inputs_from(points)) for program in programs]
    values = np.array([np.where(outcome.defined, outcome.values, np.nan) for outcome in outcomes])
    return [
        Suggestion(
            dict(zip(space.names, map(float, choice.point), strict=True)),
            choice.gain,
            choice.gain_per_cost,
            tuple(map(float, values[:, k])),
        )
        for k, choice in enumerate(choices)
    ]


def box_of(result: Result, bounds: Mapping[str, tuple[float, float]], constraint: Any = None) -> Box:
    """The box of the inputs: the bounds given by column or symbol, and elsewhere the range of the data.

    Raises:
        InvalidInput: a bound is of no input, or endless, or of an input that has one value only and none was given.
    """
    columns = result.problem.inputs
    known = {name for column in columns for name in (column.name, column.symbol)}
    unknown = [name for name in bounds if name not in known]
    if unknown:
        raise InvalidInput(
            f"Bounds must be of inputs of the model, {', '.join(column.name for column in columns)}. "
            f"Got {', '.join(unknown)} instead."
        )
    ends = {
        column.name: bounds.get(
            column.name,
            bounds.get(column.symbol, (float(column.values.min()), float(column.values.max()))),
        )
        for column in columns
    }
    return Box.of(ends, constraint)


def suggestions_document(
    result: Result, suggestions: Sequence[Suggestion], acquisition: str, about: str
) -> dict[str, Any]:
    """The suggestions as JSON data (docs/json-schema.md)."""
    laws = result.posterior.programs[:LAWS_SHOWN]
    return {
        "schema": SCHEMA,
        "acquisition": acquisition,
        "about": about if acquisition == "information_gain" else None,
        "target": result.problem.target.name,
        "laws": [
            {"expression": result.text(law.score.program), "probability": law.probability} for law in laws
        ],
        "unseen_mass": result.posterior.unseen_mass,
        "queries": [
            {
                "inputs": dict(suggestion.inputs),
                "gain": suggestion.gain,
                "gain_per_cost": suggestion.gain_per_cost,
                "predictions": [number(value) for value in suggestion.predictions],
            }
            for suggestion in suggestions
        ],
    }
