from __future__ import annotations

from math import inf, log2

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sagredo.posterior.unseen_mass import unseen_mass_bound, unseen_mass_estimate

WORLDS = st.lists(st.tuples(st.integers(1, 1000), st.floats(0, 30), st.booleans()), min_size=1, max_size=12)


@given(WORLDS, st.floats(-1000, 1000))
def test_no_more_is_unseen_than_the_bound_says(
    world: list[tuple[int, float, bool]], floor_bits: float
) -> None:
    total = sum(weight for weight, *_ in world)
    # (prior, likelihood relative to 2^-floor_bits, visited)
    programs = [(weight / total, 2.0**-bits, visited) for weight, bits, visited in world]
    seen = sum(prior * likelihood for prior, likelihood, visited in programs if visited)
    unseen = sum(prior * likelihood for prior, likelihood, visited in programs if not visited)
    assume(seen > 0)
    prior_seen = sum(prior for prior, _, visited in programs if visited)
    bound = unseen_mass_bound(floor_bits - log2(seen), -log2(prior_seen), floor_bits)
    if bound is None:
        assert prior_seen <= 1 - seen
    else:
        assert unseen / (unseen + seen) <= bound + 1e-9
        assert bound < 0.5 or bound == pytest.approx(0.5)


def test_the_bound_is_the_unvisited_prior_at_the_best_fit() -> None:
    # Visited 2^-11; unvisited a quarter of the prior, at 2^-12 at best: 2^-14 / (2^-14 + 2^-11) = 1/9.
    assert unseen_mass_bound(11.0, -log2(0.75), 12.0) == pytest.approx(1 / 9)
    assert unseen_mass_bound(11.0, 0.0, 12.0) == 0.0
    assert unseen_mass_bound(14.0, -log2(0.75), 12.0) is None
    assert unseen_mass_bound(inf, inf, 0.0) is None


@given(st.floats(-1e5, 1e5), st.floats(-60, 60))
def test_the_estimate_is_the_unseen_share_of_all_mass_at_any_offset(offset: float, margin: float) -> None:
    share = unseen_mass_estimate(offset, offset + margin)
    assert share == pytest.approx(2.0**-margin / (1.0 + 2.0**-margin), rel=1e-6)


def test_the_estimate_is_one_or_zero_in_the_extremes_and_none_when_nothing_is_known() -> None:
    assert unseen_mass_estimate(1e6, 0.0) == 1.0
    assert unseen_mass_estimate(0.0, 1e6) == pytest.approx(0.0, abs=1e-300)
    assert unseen_mass_estimate(3.0, inf) is None
    assert unseen_mass_estimate(inf, 3.0) is None
