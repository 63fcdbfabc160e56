from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagredo.language.term import Literal, Program
from sagredo.posterior.imitation import Imitator, Policies, query_bound

POLICIES, CONTEXTS, ACTIONS = 64, 4, 3
ALPHA = 0.1 / POLICIES


def random_policies(rng: np.random.Generator, count: int = POLICIES) -> Policies:
    """So many policies with random probabilities and the same prior."""
    table = rng.dirichlet(np.ones(ACTIONS), size=(count, CONTEXTS))
    programs = tuple(Program(Literal(number)) for number in range(count))
    return Policies(programs, np.full(count, np.log2(count)), table)


@given(st.integers(0, 2**32), st.integers(0, 60))
@settings(max_examples=25)
def test_members_are_the_top_set_of_bayes_posterior(seed: int, told: int) -> None:
    rng = np.random.default_rng(seed)
    policies = random_policies(rng)
    imitator = Imitator(policies, ALPHA)
    weights = np.full(POLICIES, 1.0 / POLICIES)
    for _ in range(told):
        context, action = int(rng.integers(CONTEXTS)), int(rng.integers(ACTIONS))
        imitator.told(context, action)
        weights = weights * policies.probabilities[:, context, action]
        weights /= weights.sum()
    found = {law.score.program: law.probability for law in imitator.posterior.programs}
    np.testing.assert_allclose([found[program] for program in policies.programs], weights, rtol=1e-9)
    above = {n: weights[weights > weights[n]].sum() + weights[n] for n in range(POLICIES)}
    clear = [n for n in range(POLICIES) if abs(weights[n] / (ALPHA * above[n]) - 1) > 1e-9]
    assert {n for n in imitator.members if n in clear} == {n for n in clear if weights[n] >= ALPHA * above[n]}
    expected = policies.probabilities[list(imitator.members)].min(axis=0)
    for context in range(CONTEXTS):
        np.testing.assert_array_equal(imitator.action_probabilities(context), expected[context])


@pytest.mark.parametrize("seed", range(4))
def test_a_demonstrator_among_64_random_policies_is_soon_known(seed: int) -> None:
    rng = np.random.default_rng(seed)
    policies = random_policies(rng)
    truth, imitator, queries = int(rng.integers(POLICIES)), Imitator(policies, ALPHA), []
    for step in range(1000):
        context = int(rng.integers(CONTEXTS))
        known = imitator.action_probabilities(context)
        assert truth in imitator.members
        assert np.all(known <= policies.probabilities[truth, context])
        if rng.random() >= known.sum() + 1e-12:
            queries.append(step)
            imitator.told(context, int(rng.choice(ACTIONS, p=policies.probabilities[truth, context])))
    assert imitator.members == [truth]
    assert 0 < len(queries) <= query_bound(policies, truth, ALPHA)
    assert max(queries) < 500


def test_a_policy_that_says_never_of_what_was_seen_is_out() -> None:
    table = np.array([[[1.0, 0.0]], [[0.5, 0.5]]])
    policies = Policies((Program(Literal(0)), Program(Literal(1))), np.array([1.0, 1.0]), table)
    imitator = Imitator(policies, 0.01)
    assert list(imitator.members) == [0, 1]
    np.testing.assert_allclose(imitator.action_probabilities(0), [0.5, 0.0])
    imitator.told(0, 1)
    assert list(imitator.members) == [1]
    np.testing.assert_allclose(imitator.action_probabilities(0), [0.5, 0.5])


def test_the_bound_holds_on_average_for_two_policies() -> None:
    # With one rival and one context the bound is near what is needed: the mean number of queries lies under it.
    table = np.array([[[0.8, 0.2]], [[0.3, 0.7]]])
    policies = Policies((Program(Literal(0)), Program(Literal(1))), np.array([1.0, 1.0]), table)
    rng, counts = np.random.default_rng(0), []
    for _ in range(200):
        imitator, count = Imitator(policies, 0.05), 0
        while len(imitator.members) == 2:
            imitator.told(0, int(rng.choice(2, p=table[0, 0])))
            count += 1
        counts.append(count)
    bound = query_bound(policies, 0, 0.05)
    assert np.mean(counts) < bound < 10 * np.mean(counts)


def test_policies_that_behave_alike_need_no_query() -> None:
    table = np.tile(np.array([[[0.8, 0.2]]]), (3, 1, 1))
    policies = Policies(tuple(Program(Literal(n)) for n in range(3)), np.full(3, np.log2(3)), table)
    assert query_bound(policies, 0, 0.01) == 0.0
    np.testing.assert_allclose(Imitator(policies, 0.01).action_probabilities(0).sum(), 1.0)
