"""Numbers as text: short, and read back exactly."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sagredo.domains.expressions.number_text import decimal_text, rational_text


@given(value=st.floats(allow_nan=False, allow_infinity=False))
@example(5e-324)
@example(-0.0)
def test_a_double_is_read_back_as_it_was(value: float) -> None:
    text = decimal_text(value)
    assert float(text) == value
    assert float(Fraction(text)) == value
    assert len(text) <= len(repr(value)) or abs(value) < 1e7


@given(value=st.one_of(st.fractions(), st.decimals(allow_nan=False, allow_infinity=False).map(Fraction)))
def test_a_rational_is_read_back_as_it_was(value: Fraction) -> None:
    assert Fraction(rational_text(value)) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (2.0, "2"),
        (-100.0, "-100"),
        (1e6, "1000000"),
        (1e7, "1e7"),
        (12345678.0, "12345678"),
        (1e-4, "0.0001"),
        (-1.5e-5, "-1.5e-5"),
        (6.02214076e23, "6.02214076e23"),
        (0.1, "0.1"),
        (123.456, "123.456"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
    ],
)
def test_doubles_are_written_as_people_do(value: float, text: str) -> None:
    assert decimal_text(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(3), "3"),
        (Fraction(-1, 3), "-1/3"),
        (Fraction(1, 8), "1/8"),
        (Fraction(3, 2), "1.5"),
        (Fraction(1, 1000), "0.001"),
        (Fraction(10**9), "1e9"),
        (Fraction(123456789), "123456789"),
    ],
)
def test_rationals_take_the_shorter_form(value: Fraction, text: str) -> None:
    assert rational_text(value) == text
