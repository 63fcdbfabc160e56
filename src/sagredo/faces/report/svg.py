"""Pictures as inline SVG, coloured by the page's style sheet."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from sagredo.faces.axes import Axis, tick_label

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.faces.pictures import Picture

WIDTH, HEIGHT = 440, 310
_LEFT, _RIGHT, _TOP, _BOTTOM = 74, 14, 14, 50
"""The size of a picture and the margins for its labels, in SVG user units (CSS pixels at full size)."""

_MOST_POINTS = 5000
"""More points than this are thinned evenly; they would only cover one another."""

_CLIP_FRACTION = 0.25
"""A curve may leave the picture by this part of its height before it is cut, so that it ends at the frame."""


def picture_svg(picture: Picture, title: str) -> str:
    """Points and a curve on their axes, as one ``<svg>`` element."""
    return svg(
        picture.axes,
        picture.labels,
        title,
        curve_path(picture.axes, picture.curve, "curve") + circles(picture.axes, picture.points),
    )


def svg(axes: tuple[Axis, Axis], labels: tuple[str, str], title: str, content: str) -> str:
    """A frame with ticks, grid lines and labels around drawn content."""
    inside = f'x="{_LEFT}" y="{_TOP}" width="{WIDTH - _LEFT - _RIGHT}" height="{HEIGHT - _TOP - _BOTTOM}"'
    clip = f"clip-{crc32((title + content).encode()):x}"
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">',
        f'<clipPath id="{clip}"><rect {inside}/></clipPath>',
        _grid(axes),
        f'<rect class="frame" {inside}/>',
        f'<g clip-path="url(#{clip})">{content}</g>',
        f'<text class="label" x="{(_LEFT + WIDTH - _RIGHT) / 2}" y="{HEIGHT - 12}" '
        f'text-anchor="middle">{escape(labels[0])}</text>',
        f'<text class="label" transform="translate(16 {(_TOP + HEIGHT - _BOTTOM) / 2}) rotate(-90)" '
        f'text-anchor="middle">{escape(labels[1])}</text>',
        "</svg>",
    ]
    return "".join(parts)


def place(
    axes: tuple[Axis, Axis], points: tuple[Float64[np.ndarray, " n"], Float64[np.ndarray, " n"]]
) -> tuple[Float64[np.ndarray, " n"], Float64[np.ndarray, " n"]]:
    """Values on the axes as SVG coordinates."""
    across = _LEFT + axes[0].position(points[0]) * (WIDTH - _LEFT - _RIGHT)
    down = HEIGHT - _BOTTOM - axes[1].position(points[1]) * (HEIGHT - _TOP - _BOTTOM)
    return across, down


def circles(
    axes: tuple[Axis, Axis],
    points: tuple[Float64[np.ndarray, " n"], Float64[np.ndarray, " n"]],
    titles: list[str] | None = None,
    classes: list[str] | None = None,
) -> str:
    """A dot for each point; ``titles`` are shown by the browser when the pointer rests on one."""
    across, down = place(axes, points)
    shown = np.flatnonzero(np.isfinite(across) & np.isfinite(down))
    shown = shown[:: max(1, -(-len(shown) // _MOST_POINTS))]
    dots = []
    for k in shown:
        title = "" if titles is None else f"<title>{escape(titles[k])}</title>"
        kind = "point" if classes is None else classes[k]
        dots.append(
            f'<circle class="{kind}" cx="{across[k]:.1f}" cy="{down[k]:.1f}" r="3.5">{title}</circle>'
        )
    return "".join(dots)


def curve_path(
    axes: tuple[Axis, Axis], curve: tuple[Float64[np.ndarray, " m"], Float64[np.ndarray, " m"]], kind: str
) -> str:
    """A curve as a path that breaks where it is undefined or far outside of the frame."""
    across, down = place(axes, curve)
    room = (HEIGHT - _TOP - _BOTTOM) * _CLIP_FRACTION
    inside = np.isfinite(across) & np.isfinite(down) & (down > _TOP - room) & (down < HEIGHT - _BOTTOM + room)
    commands, pen_down = [], False
    for k in range(len(across)):
        if inside[k]:
            commands.append(f"{'L' if pen_down else 'M'}{across[k]:.1f} {down[k]:.1f}")
        pen_down = bool(inside[k])
    return f'<path class="{kind}" d="{" ".join(commands)}"/>'


def _grid(axes: tuple[Axis, Axis]) -> str:
    horizontal, vertical = axes
    parts = []
    bottom, right = HEIGHT - _BOTTOM, WIDTH - _RIGHT
    for u, tick in zip(horizontal.position(np.array(horizontal.ticks)), horizontal.ticks, strict=True):
        x = _LEFT + u * (right - _LEFT)
        parts.append(f'<path class="grid" d="M{x:.1f} {_TOP}V{bottom}"/>')
        parts.append(
            f'<text class="tick" x="{x:.1f}" y="{bottom + 17}" text-anchor="middle">{tick_label(tick)}</text>'
        )
    for v, tick in zip(vertical.position(np.array(vertical.ticks)), vertical.ticks, strict=True):
        y = bottom - v * (bottom - _TOP)
        parts.append(f'<path class="grid" d="M{_LEFT} {y:.1f}H{right}"/>')
        parts.append(
            f'<text class="tick" x="{_LEFT - 7}" y="{y + 4:.1f}" text-anchor="end">{tick_label(tick)}</text>'
        )
    return "".join(parts)
