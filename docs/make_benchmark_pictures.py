"""Draws the pictures of the benchmarks from their journals: ``make_benchmark_pictures.py [-o FOLDER] JOURNAL...``.

- ``recovery-rows``: the share of laws that came back against the number of rows, from journals of ``bench curve``, one
  line a noise.
- ``recovery-noise``: the same against the noise, one line a number of rows.
- ``reliability``: how often answers are right against the probability that they were given, from journals of
  ``bench calibration`` and of ``bench feynman``. How many claims of at least 0.95 are right is printed.

With the recovery go two limits: the share of laws that are shorter, in bits, than every program of another form that
was met, for where another form is shorter no search that weighs by these bits can return the law; and the share of
those that are shorter than every constant, which are the ones that can be learned at all. Shards of one run count
together, and a point is drawn when every law has been looked for at it. Bars and bands are Wilson's intervals of 95%.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator, PercentFormatter

from sagredo.faces.bench.intervals import share, wilson
from sagredo.faces.bench.journal import Journal, Record, merge
from sagredo.faces.bench.recovery_curve import RecoveryCurve, by_point
from sagredo.faces.bench.recovery_figures import CLAIM, beats_constant, beats_rivals, is_right, is_shorter
from sagredo.faces.bench.reliability import reliability

ROOT = Path(__file__).resolve().parent.parent
INK, GRID = "#22313f", "#e4e8eb"
LEAST_POINTS = 3
LEAST_RATIO = {"rows": 1.3, "noise": 2.0}
LABEL_OFFSET = (6, -3)
COLOURS = ("#0b6e99", "#d1495b", "#3d8b5f", "#b07d2b", "#6d5a9c", "#8d99a6")
Runs = Mapping[tuple[float, int], Sequence[Record]]


def recovery(journals: Sequence[Journal]) -> Runs:
    """The records of bench curve by noise and rows, at the points where no law is missing."""
    curves = [journal for journal in journals if journal.command == RecoveryCurve.command]
    if not curves:
        return {}
    points = by_point(list(merge(curves).records.values()))
    whole = max(map(len, points.values()), default=0)
    return {point: records for point, records in points.items() if len(records) == whole}


def curves(runs: Runs, over: str) -> Figure | None:
    """The share that came back and its limits, over ``rows`` or ``noise``; None without a line of three points."""
    place = 1 if over == "rows" else 0
    lines: dict[float, list[tuple[float, Sequence[Record]]]] = defaultdict(list)
    for key, records in sorted(runs.items()):
        lines[key[1 - place]].append((key[place], records))
    lines = {fixed: points for fixed, points in lines.items() if len(points) >= LEAST_POINTS}
    if not lines:
        return None
    figure, axes = canvas()
    for colour, (fixed, points) in zip(COLOURS, sorted(lines.items()), strict=False):
        line(axes, points, beats_constant, color=colour, linestyle="--", linewidth=1.0)
        line(axes, points, beats_rivals, color=colour, linestyle=":", linewidth=1.6)
        line(axes, points, is_right, color=colour, marker="o", linewidth=1.6)
        label = f"noise {fixed:g}" if over == "rows" else f"{fixed:g} rows"
        axes.plot([], [], color=colour, marker="o", label=label)
    set_places(axes, over, sorted({x for points in lines.values() for x, _ in points}))
    axes.set_ylabel("share of laws")
    axes.set_ylim(0, 1.03)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    for style, label in (("-", "recovered"), (":", "beats every rival"), ("--", "beats every constant")):
        axes.plot([], [], color=INK, linestyle=style, linewidth=1.2, label=label)
    figure.legend(frameon=False, fontsize=8.5, loc="outside lower center", ncols=3)
    laws = len(next(iter(runs.values())))
    axes.set_title(f"Recovery of {laws} Feynman equations", loc="left", fontweight="bold")
    return figure


def set_places(axes: Axes, over: str, places: Sequence[float]) -> None:
    """The horizontal axis, with those of the places as ticks whose labels have room."""
    if over == "rows":
        axes.set_xscale("log")
    else:
        # Noise starts at none: a logarithm from the smallest on, and what is below it linear.
        axes.set_xscale("symlog", linthresh=min(x for x in places if x > 0), linscale=0.5)
    ticks = [
        x
        for before, x in zip([None, *places], places, strict=False)
        if not before or x >= LEAST_RATIO[over] * before
    ]
    axes.set_xticks(ticks, [f"{x:g}" for x in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("rows" if over == "rows" else "noise, as a part of the root mean square of y")


def line(
    axes: Axes,
    points: Sequence[tuple[float, Sequence[Record]]],
    holds: Callable[[Record], bool],
    **style: Any,
) -> None:
    """The share of records for which something holds, with a band where there is a marker."""
    x = [place for place, _ in points]
    counts = [(sum(map(holds, records)), len(records)) for _, records in points]
    axes.plot(x, [count / total for count, total in counts], **style)
    if "marker" in style:
        low, high = zip(*(wilson(*pair) for pair in counts), strict=True)
        axes.fill_between(x, low, high, color=style["color"], alpha=0.1, linewidth=0)


def diagram(journals: Sequence[Journal]) -> Figure | None:
    """The reliability diagram; None where no journal has claims."""
    records: dict[str, list[Record]] = defaultdict(list)
    names = {"calibration": "draws from the model", "feynman": "Feynman equations"}
    for journal in journals:
        if journal.command in names:
            records[names[journal.command]] += journal.records.values()
    if not records:
        return None
    figure = Figure(figsize=(3.3 * len(records) + 0.4, 4.0), layout="constrained")
    panels = figure.subplots(1, len(records), sharey=True, squeeze=False)[0]
    for axes, colour, (name, claims) in zip(panels, COLOURS, records.items(), strict=False):
        print(f"{name}: {claims_text(claims)}")
        panel(axes, claims, colour)
        axes.set_title(f"{len(claims)} {name}", loc="left", fontsize=10.5)
    panels[0].set_ylabel("share that was right")
    for marker, fill, label in (("o", "full", "right"), ("^", "none", "right, or shorter than the law")):
        panels[0].plot([], [], marker, color=INK, markersize=5, fillstyle=fill, label=label)
    figure.legend(frameon=False, fontsize=8.5, loc="outside lower center", ncols=2)
    return figure


def panel(axes: Axes, claims: Sequence[Record], colour: str) -> None:
    """The share of answers that were right in each group of claimed probabilities, with the size of the group."""
    tidy(axes)
    axes.plot([0, 1], [0, 1], color=INK, linewidth=0.8, linestyle="--")
    groups = reliability(claims)
    x = [group.mean_probability for group in groups]
    y = [group.right / group.count for group in groups]
    intervals = [wilson(group.right, group.count) for group in groups]
    either = [(group.right + group.shorter) / group.count for group in groups]
    axes.vlines(x, *zip(*intervals, strict=True), color=colour, alpha=0.3)
    axes.plot(x, either, "^", color=colour, markersize=5, fillstyle="none")
    axes.plot(x, y, "o", color=colour, markersize=5)
    for group, left, height in zip(groups, x, y, strict=True):
        label = str(group.count)
        axes.annotate(label, (left, height), LABEL_OFFSET, textcoords="offset points", fontsize=8)
    axes.set_xlabel("probability that was claimed")
    axes.set_xlim(-0.04, 1.13)
    axes.set_ylim(-0.03, 1.04)


def claims_text(records: Sequence[Record]) -> str:
    """How many of the sure answers are right, with Wilson's interval."""
    sure = [record for record in records if (record.get("probability") or 0.0) >= CLAIM]
    right = sum(map(is_right, sure))
    either = sum(is_right(record) or is_shorter(record) for record in sure)
    return (
        f"of the answers claimed with at least {CLAIM} right: {share(right, len(sure))}, "
        f"right or shorter than the law: {share(either, len(sure))}"
    )


def canvas() -> tuple[Figure, Axes]:
    """An empty figure in the style of the documentation."""
    figure = Figure(figsize=(6.4, 4.4), layout="constrained")
    axes = figure.subplots()
    tidy(axes)
    return figure, axes


def tidy(axes: Axes) -> None:
    """A light grid behind the data, and no frame above and to the right."""
    axes.grid(color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def main() -> None:
    """Write the pictures that the journals have data for."""
    parser = argparse.ArgumentParser(description="Draw the pictures of the benchmarks from their journals.")
    parser.add_argument("journals", nargs="+", type=Path, metavar="JOURNAL")
    parser.add_argument("-o", "--folder", type=Path, default=ROOT / "docs" / "images")
    arguments = parser.parse_args()
    journals = [Journal.load(path) for path in arguments.journals]
    mpl.rcParams.update(
        {"svg.hashsalt": "sagredo", "font.size": 10.5, "text.color": INK, "axes.labelcolor": INK}
        | {f"{axis}tick.color": INK for axis in "xy"}
        | {"axes.edgecolor": INK, "svg.fonttype": "path"}
    )
    runs = recovery(journals)
    pictures = {
        "recovery-rows": curves(runs, "rows"),
        "recovery-noise": curves(runs, "noise"),
        "reliability": diagram(journals),
    }
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for name, figure in pictures.items():
        if figure is not None:
            path = arguments.folder / f"{name}.svg"
            figure.savefig(path, metadata={"Date": None})
            print(path)


if __name__ == "__main__":
    main()
