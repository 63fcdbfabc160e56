from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagredo.faces.bench.exactness import EXACT_TOLERANCE, FRESH_ROWS, judge
from sagredo.simulator.simulator import Outcome

RESPONSES = np.random.default_rng(0).normal(3.0, 2.0, FRESH_ROWS)


def outcome(values: np.ndarray) -> Outcome:
    return Outcome(values, np.isfinite(values))


@given(scale=st.floats(1e-150, 1e150), error=st.floats(0, 1e-3))
def test_the_error_is_measured_in_units_of_the_spread(scale: float, error: float) -> None:
    responses = scale * RESPONSES
    signs = np.where(np.arange(FRESH_ROWS) % 2, 1.0, -1.0)
    wrong = responses + error * np.std(responses) * signs
    judgement = judge(outcome(wrong), responses)
    assert judgement.relative_error == pytest.approx(error, rel=1e-6, abs=1e-14)
    assert judgement.exact == (judgement.relative_error <= EXACT_TOLERANCE)


def test_one_row_without_a_value_is_not_exact() -> None:
    values = RESPONSES.copy()
    values[17] = np.nan
    assert not judge(outcome(values), RESPONSES).exact


def test_an_error_in_one_row_alone_is_seen() -> None:
    values = RESPONSES.copy()
    values[17] += 1e-3
    assert not judge(outcome(values), RESPONSES).exact


def test_a_constant_is_no_law() -> None:
    judgement = judge(outcome(np.full(FRESH_ROWS, RESPONSES.mean())), RESPONSES)
    assert judgement.relative_error == pytest.approx(1.0)
    assert not judgement.exact


def test_giants_do_not_overflow() -> None:
    judgement = judge(outcome(np.full(FRESH_ROWS, 1e300)), RESPONSES)
    assert np.isfinite(judgement.relative_error)
    assert not judgement.exact
