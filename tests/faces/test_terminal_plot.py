from __future__ import annotations

import numpy as np
import pytest

from sagredo.faces.axes import axes_for
from sagredo.faces.terminal_plot import terminal_plot

x = np.linspace(0, 10, 15)


def draw(width=60, height=16, *, ascii_only=False, curve=None):
    axes = axes_for(x, 3 * x)
    line = (x, 3 * x) if curve is None else curve
    return terminal_plot(
        axes, (x, 3 * x), line, ("x", "y [m]"), width=width, height=height, ascii_only=ascii_only
    )


@pytest.mark.parametrize("width", [12, 30, 60, 100])
def test_no_line_is_wider_than_asked(width):
    lines = draw(width).plain.split("\n")
    assert max(map(len, lines)) <= max(width, 12)
    assert lines[0] == "y [m]"
    assert lines[-1].strip() == "x"


def test_every_point_is_shown_apart_from_the_others():
    assert draw().plain.count("●") == len(x)


def test_points_rise_with_a_rising_law():
    columns = [line.index("●") for line in draw(ascii_only=False).plain.split("\n") if "●" in line]
    assert columns == sorted(columns, reverse=True)


def test_ascii_picture_has_ascii_alone():
    text = draw(ascii_only=True).plain
    assert text.isascii()
    assert text.count("o") == len(x)


def test_undefined_and_endless_parts_of_a_curve_are_left_out():
    grid = np.linspace(0, 10, 50)
    values = np.where(grid > 5, np.inf, np.nan)
    assert not any(0x2800 < ord(letter) < 0x2900 for letter in draw(curve=(grid, values)).plain)
