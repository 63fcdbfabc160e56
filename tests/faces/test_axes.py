from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagredo.faces.axes import axes_for, axis_of, tick_label

finite = st.floats(-1e307, 1e307, allow_nan=False, allow_subnormal=False)


@given(st.lists(finite, min_size=1, max_size=20))
def test_linear_axis_holds_every_value_and_its_ticks(values):
    axis = axis_of(np.array(values))
    positions = axis.position(np.array(values))
    assert np.all((positions >= -1e-9) & (positions <= 1 + 1e-9))
    ticks = axis.position(np.array(axis.ticks))
    assert np.all((ticks >= -1e-9) & (ticks <= 1 + 1e-9))
    assert 1 <= len(axis.ticks) <= 8
    assert list(axis.ticks) == sorted(axis.ticks)


@given(st.lists(st.floats(1e-200, 1e200), min_size=1, max_size=20))
def test_logarithmic_axis_holds_every_value_and_its_ticks(values):
    axis = axis_of(np.array(values), logarithmic=True)
    positions = axis.position(np.array(values))
    assert np.all((positions >= -1e-9) & (positions <= 1 + 1e-9))
    ticks = axis.position(np.array(axis.ticks))
    assert np.all((ticks >= -1e-9) & (ticks <= 1 + 1e-9))


def test_position_is_linear_between_the_ends():
    axis = axis_of(np.array([0.0, 10.0]))
    assert axis.position(np.array([axis.low, 5.0, axis.high])) == pytest.approx([0, 0.5, 1])
    assert np.isnan(axis_of(np.array([1.0, 1e6]), logarithmic=True).position(np.array([-1.0])))[0]


def test_power_law_gets_logarithmic_axes_and_a_line_linear_ones():
    wide = np.geomspace(0.1, 1000, 9)
    assert [axis.logarithmic for axis in axes_for(wide, wide**1.5)] == [True, True]
    narrow = np.linspace(1, 5, 9)
    assert [axis.logarithmic for axis in axes_for(narrow, 2 * narrow)] == [False, False]
    assert [axis.logarithmic for axis in axes_for(narrow, 10.0**narrow)] == [False, True]


@pytest.mark.parametrize(("value", "text"), [(0.5, "0.5"), (1e-7, "1e-7"), (2e12, "2e12"), (-3.0, "-3")])
def test_tick_label(value, text):
    assert tick_label(value) == text
