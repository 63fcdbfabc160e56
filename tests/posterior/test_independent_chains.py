from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagredo.posterior.independent_chains import unseen_mass_of_chains


def markov_chain(rng: np.random.Generator, posterior: np.ndarray, steps: int, stay: float) -> Counter[int]:
    """A stationary chain that stays where it is with this probability and else draws anew."""
    state = rng.choice(len(posterior), p=posterior)
    visits: Counter[int] = Counter()
    for _ in range(steps):
        visits[int(state)] += 1
        if rng.random() >= stay:
            state = rng.choice(len(posterior), p=posterior)
    return visits


@pytest.mark.parametrize("stay", [0.0, 0.8])
def test_it_is_the_mass_unseen_by_the_other_chains_on_average(stay: float) -> None:
    rng = np.random.default_rng(1)
    posterior = 1.0 / np.arange(1, 41) ** 1.5
    posterior /= posterior.sum()
    steps, chains, runs = 8, 4, 400
    estimates = np.array(
        [
            unseen_mass_of_chains([markov_chain(rng, posterior, steps, stay) for _ in range(chains)])
            for _ in range(runs)
        ]
    )
    # A chain misses k unless its first draw or one of its renewals is k.
    missed = (1 - posterior) * (1 - (1 - stay) * posterior) ** (steps - 1)
    expected = float(posterior @ missed ** (chains - 1))
    error = estimates.std(ddof=1) / runs**0.5
    assert abs(estimates.mean() - expected) < 4 * error
    assert error < 0.1 * expected


@given(st.lists(st.integers(0, 5), min_size=2, max_size=30))
def test_chains_of_one_draw_make_it_the_estimate_of_good(draws: list[int]) -> None:
    counts = Counter(draws)
    singles = sum(count == 1 for count in counts.values())
    assert unseen_mass_of_chains([{draw: 1} for draw in draws]) == pytest.approx(singles / len(draws))


def test_chains_that_share_nothing_have_seen_nothing_and_those_that_agree_all() -> None:
    assert unseen_mass_of_chains([{"a": 3}, {"b": 1, "a": 0}]) == 1.0
    assert unseen_mass_of_chains([{"a": 3, "b": 1}, {"b": 7, "a": 2}]) == 0.0


@pytest.mark.parametrize("chains", [[], [{"a": 2}], [{"a": 2}, {}], [{"a": 2}, {"a": 0}]])
def test_fewer_than_two_chains_are_refused(chains: list[dict[str, int]]) -> None:
    with pytest.raises(ValueError, match="at least two chains"):
        unseen_mass_of_chains(chains)
