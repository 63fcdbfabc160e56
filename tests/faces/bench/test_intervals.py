from __future__ import annotations

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagredo.faces.bench.intervals import share, wilson


@given(trials=st.integers(1, 500), data=st.data())
def test_the_ends_of_wilsons_interval_are_the_shares_that_the_count_just_allows(
    trials: int, data: st.DataObject
) -> None:
    successes = data.draw(st.integers(0, trials))
    for end in wilson(successes, trials):
        deviation = sqrt(end * (1 - end) / trials)
        assert abs(successes / trials - end) == pytest.approx(1.959964 * deviation, rel=1e-5, abs=1e-9)


def test_nothing_is_known_without_a_trial() -> None:
    assert share(0, 0) == "0 of 0 (0.000 to 1.000)"
