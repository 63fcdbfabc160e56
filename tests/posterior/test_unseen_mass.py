from __future__ import annotations

from math import inf, log2

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sagredo.posterior.unseen_mass import unseen_mass_bound

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
