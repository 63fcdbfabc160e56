"""The picture of a fit: the law's curve where there is one input, observed against predicted elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from sagredo.faces.axes import Axis, axes_for, axis_of

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.faces.result import Result

_CURVE_POINTS = 500


@final
@dataclass(frozen=True, eq=False)
class Picture:
    """Points and a curve with the axes that they are drawn on."""

    axes: tuple[Axis, Axis]
    labels: tuple[str, str]
    points: tuple[Float64[np.ndarray, " n"], Float64[np.ndarray, " n"]]
    curve: tuple[Float64[np.ndarray, " m"], Float64[np.ndarray, " m"]]


def has_picture(result: Result) -> bool:
    """Whether the result has a law, and numbers to draw."""
    columns = (*result.problem.inputs, result.problem.target)
    return bool(result.posterior.programs) and all(column.values.dtype.kind == "f" for column in columns)


def has_curve(result: Result) -> bool:
    """Whether the law is one curve: there is one input, and the law is the same for all rows."""
    return len(result.problem.inputs) == 1 and result.problem.groups is None


def picture_of_fit(result: Result) -> Picture:
    """The law's curve through the points (one input), or observed against predicted with the diagonal."""
    problem = result.problem
    observed = np.asarray(result.observed, dtype=np.float64)
    target = quantity_label(result, problem.target.symbol)
    if has_curve(result):
        column = problem.inputs[0]
        values = np.asarray(column.values, dtype=np.float64)
        axes = axes_for(values, observed)
        grid = axes[0].grid(_CURVE_POINTS)
        points = (values, observed)
        curve = (grid, np.asarray(result.values({column.symbol: grid}), dtype=np.float64))
        return Picture(axes, (quantity_label(result, column.symbol), target), points, curve)
    predicted = np.asarray(result.fitted_values, dtype=np.float64)
    both = np.concatenate([observed, predicted[np.isfinite(predicted)]])
    axes = axes_for(both, both)
    diagonal = axes[0].grid(_CURVE_POINTS)
    return Picture(
        axes, (f"{target}, predicted", f"{target}, observed"), (predicted, observed), (diagonal, diagonal)
    )


def picture_of_residuals(result: Result) -> Picture:
    """Observed minus predicted, in order of the one input or of the prediction, with the line of zero."""
    problem, fit = result.problem, picture_of_fit(result)
    predicted = np.asarray(result.fitted_values, dtype=np.float64)
    residuals = np.asarray(result.observed, dtype=np.float64) - predicted
    horizontal, across = fit.axes[0], fit.points[0]
    vertical = axis_of(np.append(residuals, 0.0))
    line = horizontal.grid(2)
    label = f"{quantity_label(result, problem.target.symbol)}, residual"
    return Picture((horizontal, vertical), (fit.labels[0], label), (across, residuals), (line, 0 * line))


def quantity_label(result: Result, symbol: str) -> str:
    """A column's name with its unit, as in ``v [m/s]``."""
    problem = result.problem
    column = next(column for column in (*problem.inputs, problem.target) if column.symbol == symbol)
    return column.name if column.unit is None else f"{column.name} [{column.unit}]"
