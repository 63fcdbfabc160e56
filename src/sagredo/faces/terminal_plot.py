"""A picture for the terminal: points as dots, a curve in braille, two axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from rich.text import Text

from sagredo.faces.axes import Axis, tick_label

if TYPE_CHECKING:
    from jaxtyping import Float64

_BRAILLE = 0x2800
_DOT_BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
"""The bit of each of the 4 x 2 dots of a braille cell, by row and column (Unicode 15, section 21.1)."""


def terminal_plot(
    axes: tuple[Axis, Axis],
    points: tuple[Float64[np.ndarray, " n"], Float64[np.ndarray, " n"]],
    curve: tuple[Float64[np.ndarray, " m"], Float64[np.ndarray, " m"]],
    labels: tuple[str, str],
    *,
    width: int,
    height: int,
    ascii_only: bool = False,
) -> Text:
    """The points and the curve in ``width`` by ``height`` characters, axes and labels included."""
    tick_texts = [tick_label(tick) for tick in axes[1].ticks]
    gutter = max([len(text) for text in tick_texts], default=0) + 1
    columns, rows = max(width - gutter - 1, 8), max(height - 4, 4)
    bits = _curve_bits(axes, curve, columns, rows)
    dots = _cells(axes, points, columns, rows)
    corner, across, down, dot = ("+", "-", "|", "o") if ascii_only else ("└", "─", "│", "●")
    row_labels = {
        _row(position, rows): text
        for position, text in zip(axes[1].position(np.array(axes[1].ticks)), tick_texts, strict=True)
    }
    picture = Text(no_wrap=True)
    picture.append(f"{labels[1]}\n", style="italic")
    for row in range(rows):
        picture.append(row_labels.get(row, "").rjust(gutter), style="dim")
        picture.append(down, style="dim")
        for column in range(columns):
            if (row, column) in dots:
                picture.append(dot, style="bold cyan")
            elif bits[row, column]:
                picture.append("." if ascii_only else chr(_BRAILLE + bits[row, column]), style="yellow")
            else:
                picture.append(" ")
        picture.append("\n")
    picture.append(" " * gutter + corner + across * columns + "\n", style="dim")
    picture.append(" " * (gutter + 1) + _tick_line(axes[0], columns) + "\n", style="dim")
    picture.append(labels[0].rjust(gutter + 1 + columns), style="italic")
    return picture


def _row(position: float, rows: int) -> int:
    return min(rows - 1, max(0, int((1 - position) * rows)))


def _cells(
    axes: tuple[Axis, Axis],
    points: tuple[Float64[np.ndarray, " n"], Float64[np.ndarray, " n"]],
    columns: int,
    rows: int,
) -> set[tuple[int, int]]:
    across, up = axes[0].position(points[0]), axes[1].position(points[1])
    seen = (across >= 0) & (across <= 1) & (up >= 0) & (up <= 1)
    return {
        (_row(float(v), rows), min(columns - 1, int(u * columns)))
        for u, v in zip(across[seen], up[seen], strict=True)
    }


def _curve_bits(
    axes: tuple[Axis, Axis],
    curve: tuple[Float64[np.ndarray, " m"], Float64[np.ndarray, " m"]],
    columns: int,
    rows: int,
) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """The braille dots of a curve given by consecutive points, joined where both ends are on the canvas."""
    bits = np.zeros((rows, columns), dtype=np.int64)
    across = axes[0].position(curve[0]) * (2 * columns)
    down = (1 - axes[1].position(curve[1])) * (4 * rows)
    inside = np.isfinite(across) & np.isfinite(down) & (down >= 0) & (down < 4 * rows)
    for k in range(len(across)):
        if not inside[k]:
            continue
        joined = k + 1 < len(across) and inside[k + 1]
        end = k + 1 if joined else k
        steps = int(max(abs(across[end] - across[k]), abs(down[end] - down[k]))) + 1
        for part in np.linspace(0, 1, steps + 1):
            x = int(across[k] + part * (across[end] - across[k]))
            y = int(down[k] + part * (down[end] - down[k]))
            if 0 <= x < 2 * columns and 0 <= y < 4 * rows:
                bits[y // 4, x // 2] |= _DOT_BITS[y % 4, x % 2]
    return bits


def _tick_line(axis: Axis, columns: int) -> str:
    """Tick texts centred under their places, those that would touch left out."""
    line = [" "] * columns
    free = 0
    for position, tick in zip(axis.position(np.array(axis.ticks)), axis.ticks, strict=True):
        text = tick_label(tick)
        start = max(0, int(position * columns) - len(text) // 2)
        if start >= free and start + len(text) <= columns:
            line[start : start + len(text)] = text
            free = start + len(text) + 1
    return "".join(line)
