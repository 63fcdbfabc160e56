"""Draws the pictures of the benchmarks from their journals: ``make_benchmark_pictures.py [-o FOLDER] JOURNAL...``.

- ``recovery-rows``: the share of laws that came back against the number of rows, from journals of ``bench feynman``
  that differ in it, one line a noise.
- ``recovery-noise``: the same against the noise, one line a number of rows.
- ``reliability``: how often answers are right against the probability that they were given, from journals of
  ``bench calibration`` and of ``bench feynman``. How many claims of at least 0.95 are right is printed.

With the recovery goes the limit: the share of laws that are shorter, in bits, than the constant law and than every
program of another form that was met. Where another form is shorter, no search that weighs by these bits can return the
law. Shards of one run count together. Bars are Wilson's intervals of 95%.
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
from sagredo.faces.bench.journal import Journal, Record
from sagredo.faces.bench.recovery_figures import CLAIM, is_right, is_shorter
from sagredo.faces.bench.reliability import reliability

ROOT = Path(__file__).resolve().parent.parent
INK, GRID = "#22313f", "#e4e8eb"
COLOURS = ("#0b6e99", "#d1495b", "#3d8b5f", "#b07d2b", "#6d5a9c", "#8d99a6")
Runs = Mapping[tuple[float, int], Sequence[Record]]


def recovery(journals: Sequence[Journal]) -> Runs:
    """The records of bench feynman by noise and rows."""
    runs: dict[tuple[float, int], list[Record]] = defaultdict(list)
    for journal in journals:
        if journal.command == "feynman":
            runs[journal.options["noise"], journal.options["rows"]] += journal.records.values()
    return runs


def beats_rivals(record: Record) -> bool:
    """Whether the law is shorter than all else that is known."""
    margin = record.get("truth_beats_rivals_by_bits")
    return margin is not None and margin > 0


def curves(runs: Runs, over: str) -> Figure | None:
    """The share that came back and its limit, over ``rows`` or ``noise``; None where nothing has two points."""
    place = 1 if over == "rows" else 0
    lines: dict[float, list[tuple[float, Sequence[Record]]]] = defaultdict(list)
    for key, records in sorted(runs.items()):
        lines[key[1 - place]].append((key[place], records))
    lines = {fixed: points for fixed, points in lines.items() if len(points) > 1}
    if not lines:
        return None
    figure, axes = canvas()
    for colour, (fixed, points) in zip(COLOURS, sorted(lines.items()), strict=False):
        label = f"noise {fixed:g}" if over == "rows" else f"{fixed:g} rows"
        line(axes, points, is_right, color=colour, label=label, marker="o")
        line(axes, points, beats_rivals, color=colour, linestyle=":", label=f"{label}: the limit")
    ticks = sorted({x for points in lines.values() for x, _ in points})
    if over == "rows":
        axes.set_xscale("log")
    else:
        # Noise starts at none: a logarithm from the smallest on, and what is below it linear.
        axes.set_xscale("symlog", linthresh=min(x for x in ticks if x > 0))
    axes.set_xticks(ticks, [f"{x:g}" for x in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("rows" if over == "rows" else "noise, as a part of the root mean square of y")
    axes.set_ylabel("laws recovered")
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.legend(frameon=False, fontsize=8.5)
    axes.set_title(f"The Feynman equations, recovered against {over}", loc="left", fontweight="bold")
    return figure


def line(
    axes: Axes,
    points: Sequence[tuple[float, Sequence[Record]]],
    holds: Callable[[Record], bool],
    **style: Any,
) -> None:
    """The share of records for which something holds, with bars where there is a marker."""
    x = [place for place, _ in points]
    counts = [(sum(map(holds, records)), len(records)) for _, records in points]
    y = [count / total for count, total in counts]
    axes.plot(x, y, linewidth=1.6, **style)
    if "marker" in style:
        axes.vlines(
            x, *zip(*(wilson(*pair) for pair in counts), strict=True), color=style["color"], alpha=0.4
        )


def diagram(journals: Sequence[Journal]) -> Figure | None:
    """The reliability diagram; None where no journal has claims."""
    records: dict[str, list[Record]] = defaultdict(list)
    names = {"calibration": "draws from the model", "feynman": "Feynman equations"}
    for journal in journals:
        if journal.command in names:
            records[names[journal.command]] += journal.records.values()
    if not records:
        return None
    figure, axes = canvas()
    axes.plot([0, 1], [0, 1], color=INK, linewidth=0.8, linestyle="--")
    for number, (name, claims) in enumerate(records.items()):
        print(f"{name}: {claims_text(claims)}")
        groups = reliability(claims)
        x = [group.mean_probability for group in groups]
        y = [group.right / group.count for group in groups]
        colour = COLOURS[number]
        intervals = [wilson(group.right, group.count) for group in groups]
        axes.vlines(x, *zip(*intervals, strict=True), color=colour, alpha=0.4)
        axes.plot(x, y, "o-", color=colour, linewidth=1.2, label=f"{name} ({len(claims)})")
        for group, left, height in zip(groups, x, y, strict=True):
            axes.annotate(str(group.count), (left, height), (4, -11), textcoords="offset points", fontsize=8)
        either = [(group.right + group.shorter) / group.count for group in groups]
        axes.plot(
            x, either, "^", color=colour, markersize=5, fillstyle="none", label="or shorter than the law"
        )
    axes.set_xlabel("probability that was claimed")
    axes.set_ylabel("share that was right")
    axes.set_xlim(-0.02, 1.05)
    axes.set_ylim(-0.02, 1.05)
    axes.legend(frameon=False, fontsize=8.5, loc="upper left")
    axes.set_title("Are the probabilities true?", loc="left", fontweight="bold")
    return figure


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
    axes.grid(color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


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
