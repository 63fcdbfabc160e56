from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sagredo.domains.expressions.semantics import BINARY_INVERSES, UNARY_INVERSES, RealColumns

SEMANTICS = RealColumns()
columns = arrays(float, 5, elements=st.floats(-50, 50).filter(lambda x: abs(x) > 1e-3))


@settings(max_examples=50, deadline=None)
@pytest.mark.parametrize("primitive", UNARY_INVERSES)
@given(columns)
def test_an_inverse_leads_back_to_the_goal(primitive, goal):
    for argument in SEMANTICS.inverses(primitive, 0, goal, []):
        assert np.isfinite(argument).all()
        assert SEMANTICS.distance(SEMANTICS.apply(primitive, [argument]), goal) < 1e-6


@settings(max_examples=50, deadline=None)
@pytest.mark.parametrize(("primitive", "position"), BINARY_INVERSES)
@given(columns, columns)
def test_an_inverse_of_an_operation_leads_back_to_the_goal(primitive, position, goal, other):
    for argument in SEMANTICS.inverses(primitive, position, goal, [other]):
        arguments = [argument, other] if position == 0 else [other, argument]
        assert SEMANTICS.distance(SEMANTICS.apply(primitive, arguments), goal) < 1e-6


@pytest.mark.parametrize("primitive", [name for name in UNARY_INVERSES if name not in ("square", "abs")])
@given(arrays(float, 4, elements=st.floats(0.1, 0.9)))
def test_what_a_function_gives_can_be_undone(primitive, argument):
    goal = SEMANTICS.apply(primitive, [argument])
    found = list(SEMANTICS.inverses(primitive, 0, goal, []))
    assert any(SEMANTICS.distance(inverse, argument) < 1e-6 for inverse in found)


def test_a_goal_outside_of_the_range_has_no_inverse():
    assert not list(SEMANTICS.inverses("sin", 0, np.array([0.5, 2.0]), []))
    assert not list(SEMANTICS.inverses("exp", 0, np.array([-1.0]), []))
    assert not list(SEMANTICS.inverses("mul", 0, np.array([1.0]), [np.array([0.0])]))


@given(columns)
def test_equal_columns_have_one_key_and_no_distance(column):
    assert SEMANTICS.key(column) == SEMANTICS.key(column.copy())
    assert SEMANTICS.distance(column, column * (1 + 2**-50)) == 0.0


@given(columns, st.floats(1e-6, 0.1))
def test_columns_that_differ_have_a_distance_and_other_keys(column, gap):
    other = column.copy()
    other[2] *= 1 + gap
    assert SEMANTICS.distance(column, other) == pytest.approx(gap / (1 + gap), rel=1e-6)
    assert SEMANTICS.distance(column, other) == SEMANTICS.distance(other, column)
    assert SEMANTICS.key(column) != SEMANTICS.key(other)


def test_zeros_have_one_key_and_undefined_rows_are_infinitely_far():
    assert SEMANTICS.key(np.array([0.0])) == SEMANTICS.key(np.array([-0.0]))
    assert SEMANTICS.distance(np.array([1.0, np.nan]), np.array([1.0, 2.0])) == np.inf
    assert SEMANTICS.distance(np.array([1.0, np.nan]), np.array([1.0, np.nan])) == 0.0
    np.testing.assert_array_equal(SEMANTICS.defined(np.array([1.0, np.nan, np.inf])), [True, False, False])
