"""Draws the pictures of the documentation from examples/*.csv: ``make_pictures.py [FOLDER [FORMAT]]``.

Each shows the measurements, the accepted law with constants fitted by least squares, and what is left over.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from scipy.optimize import curve_fit

ROOT = Path(__file__).resolve().parent.parent
INK, POINT, LAW, GRID = "#22313f", "#0b6e99", "#d1495b", "#e4e8eb"


@dataclass(frozen=True)
class Picture:
    """One example: two columns of a file, the law and how the axes are drawn."""

    name: str
    title: str
    x: str
    y: str
    law: Callable[..., np.ndarray]
    start: tuple[float, ...]
    formula: str
    x_scale: str = "linear"
    y_scale: str = "linear"
    relative: bool = False


def straight(distance: np.ndarray, slope: float) -> np.ndarray:
    """Hubble."""
    return slope * distance


def three_halves(axis: np.ndarray, constant: float) -> np.ndarray:
    """Kepler."""
    return constant * axis**1.5


def period_luminosity(period: np.ndarray, zero: float, slope: float) -> np.ndarray:
    """Leavitt."""
    return zero + slope * np.log10(period)


def antoine(temperature: np.ndarray, a: float, b: float, c: float) -> np.ndarray:
    """Vapour pressure."""
    return np.exp(a - b / (temperature + c))


def michaelis_menten(concentration: np.ndarray, limit: float, half: float) -> np.ndarray:
    """Enzyme kinetics."""
    return limit * concentration / (half + concentration)


PICTURES = (
    Picture(
        "kepler",
        "Kepler's third law",
        "semi-major axis [au]",
        "period [d]",
        three_halves,
        (365.0,),
        r"$T = {0:.1f}\,a^{{3/2}}$",
        "log",
        "log",
        relative=True,
    ),
    Picture(
        "hubble",
        "Hubble 1929",
        "distance [Mpc]",
        "velocity [km/s]",
        straight,
        (400.0,),
        r"$v = {0:.0f}\,d$",
    ),
    Picture(
        "leavitt",
        "Leavitt's Cepheids",
        "period [d]",
        "maximum [mag]",
        period_luminosity,
        (15.0, -2.0),
        r"$m = {0:.2f} - {1:.2f}\,\log_{{10}} P$",
        "log",
    ),
    Picture(
        "water",
        "Vapour pressure of water",
        "temperature [K]",
        "pressure [kPa]",
        antoine,
        (16.0, 3800.0, -45.0),
        r"$p = \exp({0:.2f} - {1:.0f}/(T - {2:.1f}))$",
    ),
    Picture(
        "puromycin",
        "Puromycin kinetics",
        "concentration [ppm]",
        "rate [1/min^2]",
        michaelis_menten,
        (200.0, 0.06),
        r"$v = {0:.0f}\,c\,/\,({1:.3f} + c)$",
    ),
)


def columns(name: str) -> dict[str, np.ndarray]:
    """The columns of a file of examples/, by header."""
    with (ROOT / "examples" / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    return dict(zip(header, np.array(rows, dtype=float).T, strict=True))


def draw(picture: Picture) -> Figure:
    """The measurements and the law above, the residuals below."""
    table = columns(picture.name)
    x, y = table[picture.x], table[picture.y]
    constants, _ = curve_fit(picture.law, x, y, picture.start)
    figure = Figure(figsize=(6.4, 4.8), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    if picture.x_scale == "log":
        line = np.geomspace(x.min() / 1.15, x.max() * 1.15, 400)
    else:
        margin = 0.03 * (x.max() - x.min())
        line = np.linspace(max(x.min() - margin, 0.0), x.max() + margin, 400)
    above.plot(line, picture.law(line, *constants), color=LAW, linewidth=1.8, label=label(picture, constants))
    above.plot(x, y, "o", color=POINT, markersize=5.5, markeredgecolor="white", markeredgewidth=0.7)
    above.set_xscale(picture.x_scale)
    above.set_yscale(picture.y_scale)
    above.set_ylabel(plain(picture.y))
    if picture.y.startswith("maximum"):
        above.invert_yaxis()
    above.legend(frameon=False, loc="best", handlelength=1.4, fontsize=11)
    above.set_title(picture.title, loc="left", fontweight="bold")
    fitted = picture.law(x, *constants)
    residuals = (y / fitted - 1) * 1e6 if picture.relative else y - fitted
    below.axhline(0.0, color=LAW, linewidth=1.2)
    below.vlines(x, 0.0, residuals, color=POINT, linewidth=1.0, alpha=0.5)
    below.plot(x, residuals, "o", color=POINT, markersize=4, markeredgecolor="white", markeredgewidth=0.5)
    below.set_ylabel("residual [ppm]" if picture.relative else "residual")
    below.set_xlabel(plain(picture.x))
    below.margins(y=0.2)
    for axes in (above, below):
        axes.grid(color=GRID, linewidth=0.8)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
    figure.align_ylabels()
    return figure


def label(picture: Picture, constants: np.ndarray) -> str:
    """The formula with its constants, written without a double minus."""
    return picture.formula.format(*np.abs(constants))


def plain(header: str) -> str:
    """A header as an axis label, with powers raised."""
    return header.replace("1/min^2", "counts/min$^2$")


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
