"""Draws the pictures of the documentation from examples/*.csv: ``make_pictures.py [FOLDER [FORMAT]]``.

Each shows the measurements, the law that Sagredo finds with effort quick and seed 0, the interval that a new response
lies in with a probability of 90% over all laws that were found, the other laws that are at least a tenth as probable as
the best, what is left over and, where it is another, the accepted law fitted to the same rows.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

import sagredo
from sagredo.domains.expressions.domain import Expressions
from sagredo.faces import rendering, wording
from sagredo.faces.result import Result
from sagredo.posterior.posterior import WeightedProgram

ROOT = Path(__file__).resolve().parent.parent
INK, POINT, LAW, ACCEPTED, GRID = "#22313f", "#0b6e99", "#d1495b", "#8d99a6", "#e4e8eb"
LABEL_WIDTH = 58
LEVELS = (0.05, 0.95)
LEAST_SHARE = 0.1
BEYOND = 0.12


@dataclass(frozen=True)
class Picture:
    """One example: an input and a target of a file, how the axes are drawn, and the accepted form to compare with."""

    name: str
    title: str
    x: str
    y: str
    accepted: str | None = None
    x_scale: str = "linear"
    y_scale: str = "linear"
    relative: bool = False


PICTURES = (
    Picture(
        "kepler",
        "Kepler's third law",
        "semi-major axis",
        "period",
        x_scale="log",
        y_scale="log",
        relative=True,
    ),
    Picture("hubble", "Hubble 1929", "distance", "velocity"),
    Picture("leavitt", "Leavitt's Cepheids", "period", "maximum", "a - b*log(period)", x_scale="log"),
    Picture("water", "Vapour pressure of water", "temperature", "pressure"),
    Picture(
        "puromycin", "Puromycin kinetics", "concentration", "rate", "V*concentration/(K + concentration)"
    ),
)


def found(picture: Picture, form: str | None = None) -> Result:
    """The laws of the picture's data, of the form if there is one."""
    path = ROOT / "examples" / f"{picture.name}.csv"
    problem = sagredo.problem_from(path, target=picture.y, inputs=[picture.x])
    domain = "expressions" if form is None else Expressions(form=form)
    return sagredo.induce(problem, domain=domain, effort="quick", seed=0)


def law_text(result: Result) -> str:
    """The best law with its parameters rounded to the digits that count."""
    law = rendering.program_text(result.language, wording.rounded(result.best.score))
    return fill(f"{result.problem.target.symbol} = {law}", LABEL_WIDTH, subsequent_indent="    ")


def others(result: Result) -> list[WeightedProgram]:
    """The other laws that are at least a tenth as probable as the best."""
    best, *rest = result.posterior.programs
    return [law for law in rest if law.probability >= LEAST_SHARE * best.probability]


def share_text(result: Result, law: WeightedProgram) -> str:
    """A law with its probability."""
    text = rendering.program_text(result.language, wording.rounded(law.score))
    return fill(f"{text} ({law.probability:.2g})", LABEL_WIDTH, subsequent_indent="    ")


def draw(picture: Picture) -> Figure:
    """The measurements and the law above, the residuals below."""
    result = found(picture)
    column, target = result.problem.inputs[0], result.problem.target
    x, y = np.asarray(column.values), np.asarray(target.values)
    figure = Figure(figsize=(6.4, 4.8), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    if picture.x_scale == "log":
        line = np.geomspace(x.min() / 1.15, x.max() * 1.15, 400)
    else:
        margin = BEYOND * (x.max() - x.min())
        line = np.linspace(max(x.min() - margin, x.min() / 2, 0.0), x.max() + margin, 400)
    predicted = result.predict({column.symbol: line}, levels=LEVELS)
    above.fill_between(
        line, *predicted.quantiles.T, color=LAW, alpha=0.13, linewidth=0, label="90% of new values"
    )
    for other in others(result):
        values = result.run(other.score.program, {column.symbol: line}).values
        above.plot(line, values, color=LAW, linewidth=0.7, alpha=0.6, label=share_text(result, other))
    above.plot(line, predicted.fitted, color=LAW, linewidth=1.8, label=law_text(result))
    if picture.accepted is not None:
        accepted = found(picture, picture.accepted)
        curve = accepted.values({column.symbol: line})
        label = f"{law_text(accepted)} (accepted)"
        above.plot(line, curve, color=ACCEPTED, linewidth=1.4, linestyle="--", label=label)
    above.plot(x, y, "o", color=POINT, markersize=5.5, markeredgecolor="white", markeredgewidth=0.7)
    above.set_xscale(picture.x_scale)
    above.set_yscale(picture.y_scale)
    above.set_ylabel(axis_label(target.name, target.unit))
    if picture.y == "maximum":
        above.invert_yaxis()
    above.legend(frameon=False, loc="best", handlelength=1.4, fontsize=8.5)
    above.set_title(picture.title, loc="left", fontweight="bold")
    fitted = result.values({column.symbol: x})
    residuals = (y / fitted - 1) * 1e6 if picture.relative else y - fitted
    below.axhline(0.0, color=LAW, linewidth=1.2)
    below.vlines(x, 0.0, residuals, color=POINT, linewidth=1.0, alpha=0.5)
    below.plot(x, residuals, "o", color=POINT, markersize=4, markeredgecolor="white", markeredgewidth=0.5)
    below.set_ylabel("residual [ppm]" if picture.relative else "residual")
    below.set_xlabel(axis_label(column.name, column.unit))
    below.margins(y=0.2)
    for axes in (above, below):
        axes.grid(color=GRID, linewidth=0.8)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
    figure.align_ylabels()
    return figure


def axis_label(name: str, unit: object) -> str:
    """A column's name with its unit, if it has one."""
    return name if unit is None else f"{name} [{unit}]"


def main(arguments: list[str]) -> None:
    """Write one picture an example."""
    folder = Path(arguments[0]) if arguments else ROOT / "docs" / "images"
    file_format = arguments[1] if len(arguments) > 1 else "svg"
    folder.mkdir(parents=True, exist_ok=True)
    # A fixed salt and no date, so that an unchanged picture is an unchanged file.
    mpl.rcParams.update(
        {"svg.hashsalt": "sagredo", "font.size": 10.5, "text.color": INK, "axes.labelcolor": INK}
        | {f"{axis}tick.color": INK for axis in "xy"}
        | {"axes.edgecolor": INK, "svg.fonttype": "path"}
    )
    for picture in PICTURES:
        path = folder / f"{picture.name}.{file_format}"
        metadata = {"Date": None} if file_format == "svg" else None
        draw(picture).savefig(path, dpi=110, metadata=metadata)
        print(path)


if __name__ == "__main__":
    main(sys.argv[1:])
