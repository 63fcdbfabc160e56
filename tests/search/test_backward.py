from __future__ import annotations

from dataclasses import replace
from itertools import product
from math import inf
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagredo.language.term import Program
from sagredo.search.backward import SPELLING_BITS, Backward, BackwardState
from sagredo.search.bottom_up import BottomUp
from sagredo.search.planner import PlannerStatus

SEEDS = st.integers(0, 10_000)


def met_in_the_middle(
    domain: Any, problem: Any, shared: Any, candidates: int = 150
) -> tuple[BackwardState, tuple[Program, ...]]:
    """What backward search finds beside a bank of this many candidates, and its state when it waits."""
    rng = np.random.default_rng(0)
    forward, backward = BottomUp(), Backward()
    state = backward.init(rng, problem, shared)
    forward.step(forward.init(rng, problem, shared), candidates)
    result = backward.step(state, 10**9)
    return state, result.candidates


@settings(max_examples=10, deadline=None)
@given(seed=SEEDS)
def test_all_that_is_found_means_the_target(residues: Any, shared_of: Any, seed: int) -> None:
    problem, _ = residues.sample_problem(np.random.default_rng(seed))
    _, found = met_in_the_middle(residues, problem, shared_of(residues, problem))
    for program in found:
        outcome = residues.simulator(problem).run(program, problem.input_values)
        assert np.array_equal(outcome.values, problem.responses)


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS)
def test_the_cheapest_combination_of_entries_is_found(sums: Any, shared_of: Any, seed: int) -> None:
    problem, _ = sums.sample_problem(np.random.default_rng(seed))
    shared = shared_of(sums, problem)
    state, found = met_in_the_middle(sums, problem, shared)
    cheapest = inf
    for primitive in shared.language.primitives:
        for entries in product(state.bank.entries, repeat=primitive.arity) if primitive.arity else ():
            value = shared.semantics.apply(primitive.name, [entry.value for entry in entries])
            if np.array_equal(value, problem.responses):
                bits = state.grammar.primitive_bits(primitive.name)
                cheapest = min(cheapest, bits + sum(entry.code_bits for entry in entries))
    costs = [shared.language.code_bits(program) for program in found]
    assert min(costs, default=inf) == pytest.approx(cheapest)
    assert all(
        cost <= best + SPELLING_BITS for cost, best in zip(costs, np.minimum.accumulate(costs), strict=True)
    )


@settings(max_examples=10, deadline=None)
@given(seed=SEEDS, parts=st.lists(st.integers(1, 60), min_size=1, max_size=6))
def test_programs_are_met_whichever_half_comes_first(
    sums: Any, shared_of: Any, seed: int, parts: list[int]
) -> None:
    problem, _ = sums.sample_problem(np.random.default_rng(seed))
    _, at_once = met_in_the_middle(sums, problem, shared_of(sums, problem), sum(parts))
    rng, shared = np.random.default_rng(0), shared_of(sums, problem)
    forward, backward = BottomUp(), Backward()
    ahead, state = forward.init(rng, problem, shared), backward.init(rng, problem, shared)
    found: list[Program] = []
    for part in parts:
        forward.step(ahead, part)
        found += backward.step(state, 10**9).candidates
    bits = shared.language.code_bits
    assert min(map(bits, found), default=inf) == pytest.approx(min(map(bits, at_once), default=inf))


def test_it_waits_for_the_bank_and_ends_with_it(residues: Any, shared_of: Any) -> None:
    domain = replace(residues, prime=2, primitives=("neg", "add"))
    problem = domain.problem(np.array([[0, 0, 1, 1], [0, 1, 0, 1]]).T, np.array([0, 1, 1, 0]))
    rng, shared = np.random.default_rng(0), shared_of(domain, problem)
    forward, backward = BottomUp(), Backward()
    state = backward.init(rng, problem, shared)
    assert backward.step(state, 10**6).status is PlannerStatus.RUNNING
    waiting = backward.step(state, 10**6)
    assert (waiting.work_done, waiting.status) == (0, PlannerStatus.RUNNING)
    forward.step(forward.init(rng, problem, shared), 10**6)
    result = backward.step(state, 10**6)
    assert result.work_done > 0
    assert result.status is PlannerStatus.EXHAUSTED
    assert result.candidates
