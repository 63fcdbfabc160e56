"""Draws the pictures of the examples: ``make_pictures.py [OPTION...] [NAME...]``.

Each shows the measurements, the law that Sagredo finds with effort quick and seed 0, the intervals that hold its value
and a new measurement with a probability of 90% over all laws, the next laws in the order of their probability and,
where it is another, the accepted law fitted to the same rows; below, what is left over, and how the other laws differ.
The tables are those of ``examples/``. Tables that are no part of the project (``chronometers.csv`` and ``mercury.csv``;
the pages of these examples say how to make them) lie in the folder ``--tables``. Without it their pictures stay as they
are. What was found is kept in the folder ``--models``, if there is one, and drawn from there the next time.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import sagredo
from sagredo.domains.expressions.domain import Expressions
from sagredo.faces import rendering, wording
from sagredo.faces.model_file import load_model, save_model
from sagredo.faces.result import Result
from sagredo.posterior.posterior import WeightedProgram

ROOT = Path(__file__).resolve().parent.parent
INK, POINT, LAW, ACCEPTED, GRID = "#22313f", "#0b6e99", "#d1495b", "#8d99a6", "#e4e8eb"
OTHERS = ("#3d8b5f", "#b07d2b", "#6d5a9c")
LABEL_WIDTH = 84
LEVELS = (0.05, 0.95)
LEAST_PROBABILITY = 1e-3
BEYOND = 0.12
POINTS = 200
RELATIVE = {"ppm": 1e6, "%": 100.0}
Shown = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Picture:
    """One example: an input and a target of a table, how the axes are drawn, and the accepted form to compare with.

    ``reach`` are the ends of the curves where they go far beyond the data. ``relative`` is the unit of the residuals,
    ``ppm`` or ``%``, where they are relative to the law, and ``most`` the largest that is drawn. With a ``group``
    each of its values has the accepted form with parameters of its own.
    """

    name: str
    title: str
    x: str
    y: str
    sigma: str | None = None
    units: tuple[str | None, str | None] = (None, None)
    accepted: str | None = None
    starts: tuple[tuple[str, float], ...] = ()
    x_scale: str = "linear"
    y_scale: str = "linear"
    reach: tuple[float, float] | None = None
    relative: str | None = None
    most: float | None = None
    group: str | None = None


PICTURES = (
    Picture(
        "kepler",
        "Kepler's third law",
        "semi-major axis",
        "period",
        x_scale="log",
        y_scale="log",
        relative="ppm",
    ),
    Picture("hubble", "Hubble 1929", "distance", "velocity", reach=(0.0, 3.0)),
    Picture(
        "leavitt", "Leavitt's Cepheids", "period", "maximum", accepted="a - b*log(period)", x_scale="log"
    ),
    Picture(
        "water",
        "Vapour pressure of water",
        "temperature",
        "pressure",
        accepted="exp(A - B/(C + temperature))",
        starts=(("A", 16.0), ("B", 4000.0), ("C", -40.0)),
        y_scale="log",
        reach=(253.15, 423.15),
        relative="%",
        most=0.06,
    ),
    Picture(
        "puromycin",
        "Puromycin kinetics",
        "concentration",
        "rate",
        accepted="V*concentration/(K + concentration)",
        reach=(0.005, 1.5),
    ),
    Picture(
        "puromycin_states",
        "Puromycin kinetics, one form for both states",
        "concentration",
        "rate",
        accepted="V*concentration/(K + concentration)",
        reach=(0.005, 1.5),
        group="state",
    ),
)

OF_TABLES = (
    Picture(
        "chronometers",
        "Cosmic chronometers",
        "z",
        "H",
        sigma="sigma",
        units=("redshift z", "H [km/s/Mpc]"),
        accepted="H0*sqrt(Om*(1 + z)^3 + 1 - Om)",
        starts=(("H0", 70.0), ("Om", 0.3)),
        reach=(0.0, 3.0),
    ),
    Picture(
        "mercury",
        "Vapour pressure of mercury",
        "temperature",
        "pressure",
        sigma="sigma",
        units=("temperature [K]", "pressure [mmHg]"),
        accepted="A*exp(-B/(C + temperature))",
        starts=(("A", 5e7), ("B", 7000.0), ("C", 0.0)),
        y_scale="log",
        reach=(273.15, 800.0),
        relative="%",
        most=1.5,
    ),
)


def found(picture: Picture, table: Path, form: str | None = None) -> Result:
    """The laws of the picture's data, of the form if there is one."""
    problem = sagredo.problem_from(
        table, target=picture.y, inputs=[picture.x], sigma=picture.sigma, group=picture.group
    )
    domain = "expressions" if form is None else Expressions(form=form, starts=dict(picture.starts))
    return sagredo.induce(problem, domain=domain, effort="quick", seed=0)


def kept(picture: Picture, table: Path, models: Path | None) -> Result:
    """The laws of the picture's data, from the folder of models if they are there; otherwise they are put there."""
    if models is None:
        return found(picture, table)
    path = models / f"{picture.name}.json"
    if not path.exists():
        models.mkdir(parents=True, exist_ok=True)
        save_model(found(picture, table), path)
    return load_model(path)


def law_text(result: Result) -> str:
    """The best law with its parameters rounded to the digits that count."""
    law = rendering.program_text(result.language, wording.rounded(result.best.score))
    return f"{result.problem.target.symbol} = {law}"


def shared(text: str, probability: float) -> str:
    """A law with its probability, in lines of a legend."""
    return fill(f"{text} ({probability:.2g})", LABEL_WIDTH, subsequent_indent="    ")


def others(result: Result) -> list[WeightedProgram]:
    """The next laws in the order of their probability."""
    probable = [law for law in result.posterior.programs[1:] if law.probability >= LEAST_PROBABILITY]
    return sorted(probable, key=lambda law: -law.probability)[: len(OTHERS)]


def places(picture: Picture, x: np.ndarray) -> np.ndarray:
    """Where the curves are drawn: a little beyond the data, or as far as the picture reaches."""
    if picture.x_scale == "log":
        return np.geomspace(x.min() / 1.15, x.max() * 1.15, POINTS)
    margin = BEYOND * (x.max() - x.min())
    return np.linspace(
        *(picture.reach or (max(x.min() - margin, x.min() / 2, 0.0), x.max() + margin)), POINTS
    )


def draw(picture: Picture, table: Path, result: Result) -> Figure:
    """The measurements and the laws above, the residuals and the differences between the laws below."""
    column, target = result.problem.inputs[0], result.problem.target
    x = np.asarray(column.values)
    line = places(picture, x)
    figure = Figure(figsize=(6.4, 5.9), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1.2))
    for axes in (above, below):
        axes.grid(color=GRID, linewidth=0.8)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        if picture.reach is not None:
            for end in ((line[0], x.min()), (x.max(), line[-1])):
                axes.axvspan(*end, color=GRID, alpha=0.45, linewidth=0)
    fitted = result.values({column.symbol: line})
    draw_laws(picture, result, line, above, lambda values: values)
    draw_laws(picture, result, line, below, lambda values: left_over(picture, values, fitted))
    if picture.accepted is not None:
        accepted = found(picture, table, picture.accepted)
        curve = accepted.values({column.symbol: line})
        label = fill(f"{law_text(accepted)}, accepted", LABEL_WIDTH, subsequent_indent="    ")
        style = {"color": ACCEPTED, "linewidth": 1.4, "linestyle": "--"}
        above.plot(line, curve, label=label, **style)
        below.plot(line, left_over(picture, curve, fitted), **style)
    draw_points(picture, result, above, below)
    above.set_ylabel(picture.units[1] or axis_label(target.name, target.unit))
    below.set_xlabel(picture.units[0] or axis_label(column.name, column.unit))
    above.set_title(picture.title, loc="left", fontweight="bold")
    handles, labels = above.get_legend_handles_labels()
    figure.legend(handles, labels, frameon=False, loc="outside lower left", handlelength=1.4, fontsize=8.5)
    figure.align_ylabels()
    return figure


def draw_by_group(picture: Picture, table: Path) -> Figure:
    """The measurements of each group, the accepted form fitted to all, and the intervals of its values."""
    result = found(picture, table, picture.accepted)
    groups, column, target = result.problem.groups, result.problem.inputs[0], result.problem.target
    assert groups is not None
    line = places(picture, np.asarray(column.values))
    figure = Figure(figsize=(6.4, 4.6), layout="constrained")
    axes = figure.subplots()
    axes.grid(color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    for colour, name in zip((POINT, OTHERS[1], OTHERS[0]), groups.names, strict=False):
        own = result.group(name)
        predicted = own.predict({column.symbol: line}, levels=LEVELS)
        axes.fill_between(line, *predicted.quantiles.T, color=colour, alpha=0.13, linewidth=0)
        label = fill(f"{name}: {law_text(own)}", LABEL_WIDTH, subsequent_indent="    ")
        axes.plot(line, predicted.fitted, color=colour, linewidth=1.8, label=label)
        x, y = np.asarray(own.problem.inputs[0].values), np.asarray(own.problem.target.values)
        axes.plot(x, y, "o", color=colour, markersize=5.5, markeredgecolor="white", markeredgewidth=0.6)
    axes.set_xlabel(axis_label(column.name, column.unit))
    axes.set_ylabel(axis_label(target.name, target.unit))
    axes.set_title(picture.title, loc="left", fontweight="bold")
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, frameon=False, loc="outside lower left", handlelength=1.4, fontsize=8.5)
    return figure


def left_over(picture: Picture, values: np.ndarray, fitted: np.ndarray) -> np.ndarray:
    """Values less those of the law, or relative to them."""
    return values - fitted if picture.relative is None else (values / fitted - 1) * RELATIVE[picture.relative]


def draw_laws(picture: Picture, result: Result, line: np.ndarray, axes: Axes, shown: Shown) -> None:
    """The intervals of 90%, the best law and the others, as ``shown``."""
    inputs = {result.problem.inputs[0].symbol: line}
    predicted = result.predict(inputs, levels=LEVELS)
    if picture.sigma is None:
        band(axes, line, shown, predicted.quantiles, alpha=0.13, label="90% of new values")
    band(axes, line, shown, predicted.value.quantiles(LEVELS), alpha=0.25, label="90% of the law's values")
    label = shared(law_text(result), result.best.probability)
    axes.plot(line, shown(predicted.fitted), color=LAW, linewidth=1.8, zorder=2.5, label=label)
    for colour, other in zip(OTHERS, others(result), strict=False):
        text = rendering.program_text(result.language, wording.rounded(other.score))
        values = result.run(other.score.program, inputs).values
        axes.plot(line, shown(values), color=colour, linewidth=0.9, label=shared(text, other.probability))


def band(axes: Axes, line: np.ndarray, shown: Shown, quantiles: np.ndarray, **style: Any) -> None:
    """A shaded interval."""
    low, high = (shown(ends) for ends in quantiles.T)
    axes.fill_between(line, low, high, color=LAW, linewidth=0, **style)


def draw_points(picture: Picture, result: Result, above: Axes, below: Axes) -> None:
    """The measurements and, below, what the law leaves over of them."""
    problem = result.problem
    x, y = np.asarray(problem.inputs[0].values), np.asarray(problem.target.values)
    fitted = result.values({problem.inputs[0].symbol: x})
    errors = np.zeros_like(y) if problem.sigma is None else np.asarray(problem.sigma)
    limits = above.get_ylim()
    white = {
        "markeredgecolor": "white",
        "markeredgewidth": 0.6,
        "color": POINT,
        "elinewidth": 1.0,
        "zorder": 3,
    }
    above.errorbar(x, y, errors, fmt="o", markersize=5.5, **white)
    above.set_xscale(picture.x_scale)
    above.set_yscale(picture.y_scale)
    if picture.y_scale == "log":
        above.set_ylim(min(y) / 3, limits[1])
    if picture.y == "maximum":
        above.invert_yaxis()
    residuals = left_over(picture, y, fitted)
    spans = errors if picture.relative is None else errors / fitted * RELATIVE[picture.relative]
    if problem.sigma is None:
        below.vlines(x, 0.0, residuals, color=POINT, linewidth=1.0, alpha=0.5)
    below.errorbar(x, residuals, spans, fmt="o", markersize=4, **white)
    reach = picture.most or 1.25 * float(np.max(np.abs(residuals) + spans))
    below.set_ylim(-reach, reach)
    below.set_ylabel("residual" if picture.relative is None else f"residual [{picture.relative}]")


def axis_label(name: str, unit: object) -> str:
    """A column's name with its unit, if it has one."""
    return name if unit is None else f"{name} [{unit}]"


def main() -> None:
    """Write the pictures asked for, or all that there are tables for."""
    parser = argparse.ArgumentParser(description="Draw the pictures of the examples.")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("-o", "--folder", type=Path, default=ROOT / "docs" / "images")
    parser.add_argument("--format", default="svg")
    parser.add_argument("--models", type=Path, help="folder that keeps what was found")
    parser.add_argument("--tables", type=Path, help="folder of the tables that are no part of the project")
    arguments = parser.parse_args()
    tables = {picture: ROOT / "examples" / f"{picture.name}.csv" for picture in PICTURES}
    if arguments.tables is not None:
        tables |= {picture: arguments.tables / f"{picture.name}.csv" for picture in OF_TABLES}
    unknown = set(arguments.names) - {picture.name for picture in tables}
    if unknown:
        parser.error(f"there is no table for {', '.join(sorted(unknown))}; name its folder with --tables")
    arguments.folder.mkdir(parents=True, exist_ok=True)
    # A fixed salt and no date, so that an unchanged picture is an unchanged file.
    mpl.rcParams.update(
        {"svg.hashsalt": "sagredo", "font.size": 10.5, "text.color": INK, "axes.labelcolor": INK}
        | {f"{axis}tick.color": INK for axis in "xy"}
        | {"axes.edgecolor": INK, "svg.fonttype": "path"}
    )
    for picture, table in tables.items():
        if arguments.names and picture.name not in arguments.names:
            continue
        path = arguments.folder / f"{picture.name}.{arguments.format}"
        metadata = {"Date": None} if arguments.format == "svg" else None
        if picture.group is None:
            figure = draw(picture, table, kept(picture, table, arguments.models))
        else:
            figure = draw_by_group(picture, table)
        figure.savefig(path, dpi=110, metadata=metadata)
        print(path)


if __name__ == "__main__":
    main()
