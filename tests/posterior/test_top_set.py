"""Abstention, against enumeration and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from sagredo.language.term import Program, Variable
from sagredo.objective.normal_mixture import NormalMixture, mixed
from sagredo.objective.objective import Score
from sagredo.posterior.posterior import WeightedProgram
from sagredo.posterior.top_set import agreement, exclusion_bound, top_set


def laws(weights: list[float]) -> list[WeightedProgram]:
    score = Score(Program(Variable("x")), 1.0, 1.0)
    return [WeightedProgram(score, weight) for weight in sorted(weights, reverse=True)]


def normal(*parameters: tuple[float, float]) -> NormalMixture:
    means, deviations = np.array(parameters).T
    return NormalMixture(np.ones((len(means), 1)), means[:, np.newaxis], deviations[:, np.newaxis])


@given(st.lists(st.floats(1e-6, 1), min_size=1, max_size=12), st.floats(1e-4, 1))
def test_a_member_has_its_share_of_what_is_no_less_probable(weights: list[float], alpha: float) -> None:
    sorted_laws = laws(weights)
    expected = [
        law
        for n, law in enumerate(sorted_laws)
        if law.probability >= alpha * sum(other.probability for other in sorted_laws[: n + 1])
    ]
    assert [law.probability for law in top_set(sorted_laws, alpha)] == pytest.approx(
        [law.probability for law in expected]
    )
    assert len(top_set(sorted_laws, 1.0)) == 1
    assert len(top_set(sorted_laws, 1e-9)) == len(weights)


def test_the_truth_of_a_sequence_seldom_leaves_the_top_set() -> None:
    """64 coins of known bias and equal prior: the bound holds, and is no accident of a set that keeps all."""
    rng, alpha, runs = np.random.default_rng(0), 0.1 / 64, 200
    biases = np.linspace(0.01, 0.99, 64)
    left, sizes = 0, []
    for _ in range(runs):
        truth = int(rng.integers(64))
        heads = np.cumsum(rng.random(300) < biases[truth])
        throws = np.arange(1, 301)
        logs = np.outer(heads, np.log(biases)) + np.outer(throws - heads, np.log1p(-biases))
        for row in logs[::20]:
            weights = np.exp(row - row.max())
            order = np.argsort(-weights, kind="stable")
            members = top_set(laws(list(weights / weights.sum())), alpha)
            if truth not in order[: len(members)]:
                left += 1
                break
        sizes.append(len(members))
    bound = exclusion_bound(alpha, 6.0)
    assert bound == pytest.approx(0.1)
    assert left <= bound * runs
    assert np.mean(sizes) < 40


def test_the_bound_says_nothing_where_the_prior_is_small() -> None:
    assert exclusion_bound(0.1, 2000.0) == 1.0
    assert exclusion_bound(0.001, 3.0) == pytest.approx(0.008)


@given(st.floats(-4, 4), st.floats(0.05, 20))
def test_two_normal_distributions_agree_on_their_overlap(shift: float, width: float) -> None:
    crossings = np.roots(
        [0.5 / width**2 - 0.5, -shift / width**2, 0.5 * (shift / width) ** 2 + np.log(width)]
    )
    ends = [-np.inf, *np.sort(crossings[np.isreal(crossings)].real), np.inf]
    # Between two crossings one density is the smaller throughout, and its mass the smaller.
    masses = [np.diff(norm.cdf(ends)), np.diff(norm.cdf(ends, shift, width))]
    expected = float(np.minimum(*masses).sum())
    both = [normal((0.0, 1.0)), normal((shift, width))]
    assert agreement(both)[0] == pytest.approx(expected, abs=2e-4)
    assert agreement(both[::-1])[0] == pytest.approx(expected, abs=2e-4)


@given(st.floats(1e-12, 1e12), st.integers(1, 4))
def test_agreement_with_oneself_is_whole_and_does_not_depend_on_units(unit: float, copies: int) -> None:
    member = mixed([0.3, 0.7], [normal((0.0, unit)), normal((5 * unit, 0.01 * unit))])
    assert agreement([member] * copies)[0] == pytest.approx(1, abs=1e-3)
    far = normal((0.0, unit)), normal((40.0 * unit, 1e-6 * unit))
    assert agreement(far)[0] == pytest.approx(0, abs=1e-6)


def test_a_member_without_a_value_agrees_with_nothing() -> None:
    nothing = NormalMixture(np.zeros((2, 1)), np.full((2, 1), np.nan), np.ones((2, 1)))
    nothing.weights[1], nothing.means[1] = 1.0, 0.0
    assert agreement([normal((0.0, 1.0), (0.0, 1.0)), nothing]).tolist() == pytest.approx([0.0, 1.0])


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(ValueError, match="alpha must lie"):
        top_set(laws([1.0]), 0.0)
    with pytest.raises(ValueError, match="at least one law"):
        agreement([])
    with pytest.raises(ValueError, match="known exactly"):
        agreement([normal((0.0, 0.0))])
