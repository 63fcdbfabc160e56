from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagredo.problem.resolution import COMPUTED_RELATIVE_RESOLUTION, recorded_resolution


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["0.25", "1.5", "3"], 0.01),
        (["2e-4", "0.001"], 1e-4),
        (["1200", "30"], 1.0),
        (["0", "0"], 1.0),
        (["1.602e-19", "3.204e-19"], 1e-22),
        (["6.62607e-34", "1.0e-34"], 1e-39),
        (["-12.5", "nan", "inf"], 0.1),
    ],
)
def test_the_finest_decimal_is_the_resolution(texts: list[str], expected: float) -> None:
    assert recorded_resolution(np.array([float(text) for text in texts])) == pytest.approx(
        expected, rel=1e-12
    )


@given(
    st.lists(st.decimals(-(10**6), 10**6, places=5), min_size=1, max_size=30),
    st.randoms(use_true_random=False),
)
def test_it_is_that_of_the_written_decimals_in_any_order(written: list[Decimal], random: object) -> None:
    values = np.array([float(value) for value in written])
    decimals = max(max(0, -int(value.normalize().as_tuple().exponent)) for value in written)
    spacing = COMPUTED_RELATIVE_RESOLUTION * float(np.sqrt(np.mean(values**2)))
    expected = max(10.0**-decimals, spacing)
    assert recorded_resolution(values) == pytest.approx(expected, rel=1e-9)
    random.shuffle(written)  # type: ignore[attr-defined]  # hypothesis types this strategy's value as object
    assert recorded_resolution(np.array([float(value) for value in written])) == pytest.approx(
        expected, rel=1e-9
    )


def test_a_computed_column_has_the_resolution_of_its_doubles() -> None:
    values = np.sqrt(np.arange(2.0, 40.0)) * 1e3
    root_mean_square = float(np.sqrt(np.mean(values**2)))
    assert recorded_resolution(values) == pytest.approx(COMPUTED_RELATIVE_RESOLUTION * root_mean_square)
