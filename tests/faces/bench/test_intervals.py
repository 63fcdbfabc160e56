from __future__ import annotations

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagredo.faces.bench.intervals import paired_difference, share, wilson


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


PAIRS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=200)


@given(PAIRS)
def test_the_paired_interval_holds_the_difference_and_turns_round_with_it(
    pairs: list[tuple[bool, bool]],
) -> None:
    difference, low, high = paired_difference(pairs)
    assert -1 <= low <= difference <= high <= 1
    swapped = paired_difference([(second, first) for first, second in pairs])
    assert swapped == pytest.approx((-difference, -high, -low))


def test_equal_answers_to_many_pairs_are_nearly_certain_to_be_equal() -> None:
    difference, low, high = paired_difference([(k % 2 == 0, k % 2 == 0) for k in range(400)])
    assert difference == 0
    assert -0.02 < low < 0 < high < 0.02


@given(only_first=st.integers(300, 700), only_second=st.integers(300, 700))
def test_of_many_pairs_it_is_the_interval_of_the_normal_distribution(
    only_first: int, only_second: int
) -> None:
    n = 4000
    rest = n - only_first - only_second
    pairs = [(True, False)] * only_first + [(False, True)] * only_second
    pairs += [(True, True)] * (rest // 2) + [(False, False)] * (rest - rest // 2)
    difference, low, high = paired_difference(pairs)
    deviation = sqrt((only_first + only_second) / n - difference**2) / sqrt(n)
    assert low == pytest.approx(difference - 1.96 * deviation, abs=2e-3)
    assert high == pytest.approx(difference + 1.96 * deviation, abs=2e-3)
