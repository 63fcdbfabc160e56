from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagredo.faces.wording import parameter_text, probability_text, rounded
from sagredo.language.term import Parameter, Program
from sagredo.objective.objective import Score


def test_a_parameter_is_shown_to_the_digits_of_its_error():
    assert parameter_text(1.0001234, 0.00034) == "1.00012 ± 0.00034"
    assert parameter_text(123456.0, 3200.0) == "123500 ± 3.2e+03"
    assert parameter_text(0.5, math.nan) == "0.5"
    assert parameter_text(2.0, 0.0) == "2"


@given(st.floats(-1e100, 1e100), st.floats(1e-100, 1e100))
def test_rounding_moves_a_parameter_by_less_than_a_tenth_of_its_error(value, error):
    score = Score(Program(Parameter(0), (value,)), 1.0, 1.0, (error,))
    moved = abs(rounded(score).parameters[0] - value)
    # One digit is always left, and no more than ten: half a unit of the tenth digit may exceed a tiny error.
    if abs(value) >= error:
        assert moved <= max(0.1 * error, 1e-9 * abs(value))


@pytest.mark.parametrize(
    ("probability", "text"),
    [
        (1.0, "1.000"),
        (0.99995, "> 0.999"),
        (0.5, "0.500"),
        (0.0005, "0.0005"),
        (1e-9, "< 0.0001"),
        (0.0, "< 0.0001"),
    ],
)
def test_probabilities(probability, text):
    assert probability_text(probability) == text
