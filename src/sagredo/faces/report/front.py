"""The front of bits of data against bits of code: what each further bit of law buys."""

from __future__ import annotations

import numpy as np

from sagredo.faces.axes import axis_of
from sagredo.faces.report import svg
from sagredo.faces.result import Result
from sagredo.faces.terminal import display_text


def front_svg(result: Result) -> str:
    """Every law as a dot (code bits, data bits), the front, and the line that a law must lie below."""
    programs = result.posterior.programs
    code = np.array([weighted.score.code_bits for weighted in programs])
    data = np.array([weighted.score.data_bits for weighted in programs])
    null_bits = result.posterior.null_bits
    # Laws that tell the data worse than no law does would press all others together; they are left out.
    shown = data <= null_bits
    axes = (axis_of(np.append(code[shown], 0.0)), axis_of(np.append(data[shown], null_bits)))
    corner = _front(code, data)
    # Below the dashed diagonal the whole message is shorter than that of having no law.
    ends = np.array([axes[0].low, axes[0].high])
    level = svg.curve_path(axes, (_steps(ends), null_bits - _steps(ends)), "level")
    line = svg.curve_path(axes, (np.repeat(code[corner], 2)[1:], np.repeat(data[corner], 2)[:-1]), "front")
    order = np.flatnonzero(shown)[::-1]
    dots = svg.circles(
        axes,
        (code[order], data[order]),
        [
            f"{programs[k].score.description_length_bits:.1f} bits: {display_text(result, programs[k])}"
            for k in order
        ],
        ["best" if k == 0 else "point" for k in order],
    )
    labels = ("bits of the law", "bits of the data, given the law")
    return svg.svg(axes, labels, "Bits of the data against bits of the law", level + line + dots)


def _front(code: np.ndarray, data: np.ndarray) -> np.ndarray:
    """The laws that no law beats in both, by rising code bits."""
    order = np.lexsort((data, code))
    best = np.minimum.accumulate(data[order])
    first = np.append(True, best[1:] < best[:-1])
    return np.asarray(order[first])


def _steps(ends: np.ndarray) -> np.ndarray:
    return np.linspace(ends[0], ends[1], 200)
