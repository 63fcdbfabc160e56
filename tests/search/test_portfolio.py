from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagredo.search.portfolio import SHARED_EQUALLY, Portfolio

RATES = st.lists(st.integers(0, 10), min_size=1, max_size=5).filter(any)


@given(RATES)
def test_work_is_dealt_out_partly_equally_and_partly_by_the_bits_earned(rates: list[int]) -> None:
    portfolio = Portfolio(len(rates))
    for _ in range(2000):
        planner = portfolio.next()
        assert planner is not None
        portfolio.book(planner, 10, 10, 10 * rates[planner], running=True)
    total = sum(account.work_units for account in portfolio.accounts)
    for account, rate in zip(portfolio.accounts, rates, strict=True):
        share = SHARED_EQUALLY / len(rates) + (1 - SHARED_EQUALLY) * rate / sum(rates)
        assert account.work_units / total == pytest.approx(share, abs=0.02)


@given(st.lists(st.tuples(st.integers(1, 100), st.floats(0, 50)), min_size=50, max_size=200))
def test_no_planner_is_starved(steps: list[tuple[int, float]]) -> None:
    count, largest = 3, 100
    portfolio = Portfolio(count)
    for work, bits in steps:
        planner = portfolio.next()
        assert planner is not None
        portfolio.book(planner, largest, work, bits, running=True)
    least_share = SHARED_EQUALLY / count
    times = [account.virtual_time for account in portfolio.accounts]
    # No step moves a virtual time by more than this, and the one that is behind goes first.
    assert max(times) - min(times) <= largest / least_share + 1e-6
    for account in portfolio.accounts:
        assert account.work_units >= least_share * account.virtual_time - 1e-6


def test_the_first_of_equals_goes_first() -> None:
    portfolio = Portfolio(3)
    order = []
    for _ in range(6):
        planner = portfolio.next()
        assert planner is not None
        order.append(planner)
        portfolio.book(planner, 1, 1, 0.0, running=True)
    assert order == [0, 1, 2, 0, 1, 2]


def test_a_planner_that_has_ended_gets_nothing_more() -> None:
    portfolio = Portfolio(2)
    portfolio.book(0, 1, 1, 5.0, running=False)
    for _ in range(5):
        assert portfolio.next() == 1
        portfolio.book(1, 1, 1, 0.0, running=True)
    portfolio.book(1, 1, 1, 0.0, running=False)
    assert portfolio.next() is None


def test_when_all_wait_for_one_another_nobody_goes_on() -> None:
    portfolio = Portfolio(2)
    portfolio.book(0, 4, 0, 0.0, running=True)
    assert portfolio.next() == 1
    portfolio.book(1, 4, 4, 0.0, running=True)
    portfolio.book(1, 4, 0, 0.0, running=True)
    assert portfolio.next() == 0
    portfolio.book(0, 4, 0, 0.0, running=True)
    assert portfolio.next() is None
