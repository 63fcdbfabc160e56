from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import inf, isfinite
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagredo.language.language import Primitive
from sagredo.language.term import Apply, Literal, Program, Term
from sagredo.problem.column import ValueType
from sagredo.search.bank import BANK_MEMORY_FRACTION, ENTRY_BYTES
from sagredo.search.bottom_up import BottomUp, BottomUpState, grammar_of
from sagredo.search.planner import PlannerStatus, Shared, StepResult

SEEDS = st.integers(0, 10_000)


def begin(
    domain: Any, seed: int, shared_of: Any, planner: BottomUp | None = None
) -> tuple[BottomUp, BottomUpState]:
    rng = np.random.default_rng(seed)
    problem, _ = domain.sample_problem(rng)
    planner = BottomUp() if planner is None else planner
    return planner, planner.init(rng, problem, shared_of(domain, problem))


def bits(shared: Shared, term: Term) -> float:
    return shared.language.code_bits(Program(term))


@settings(max_examples=10, deadline=None)
@given(seed=SEEDS)
def test_the_bank_holds_the_cheapest_term_of_every_meaning_up_to_the_frontier(
    residues: Any, shared_of: Any, seed: int
) -> None:
    planner, state = begin(residues, seed, shared_of)
    problem, _ = residues.sample_problem(np.random.default_rng(seed))
    frontier = planner.step(state, 300).code_bits_done
    simulator, semantics = residues.simulator(problem), residues.semantics(problem)
    cheapest: dict[object, float] = {}
    for term in residues.small_terms(problem, 3):
        cost = bits(state.shared, term)
        if cost < frontier:
            trace = simulator.trace(Program(term), problem.input_values)
            if all(np.all(semantics.defined(node)) for node in trace.nodes):
                key = semantics.key(trace.nodes[-1])
                cheapest[key] = min(cheapest.get(key, inf), cost)
    assert cheapest
    for key, cost in cheapest.items():
        entry = state.bank.find(state.shared.language.result_type, key)
        assert entry is not None
        assert entry.code_bits <= cost + 1e-9


@settings(max_examples=10, deadline=None)
@given(seed=SEEDS)
def test_entries_come_in_the_order_of_their_code_bits(residues: Any, shared_of: Any, seed: int) -> None:
    planner, state = begin(residues, seed, shared_of)
    planner.step(state, 300)
    costs = [entry.code_bits for entry in state.bank.entries]
    assert all(later >= earlier - 1e-9 for earlier, later in pairwise(costs))
    assert costs == pytest.approx([bits(state.shared, entry.term) for entry in state.bank.entries])


@settings(max_examples=10, deadline=None)
@given(seed=SEEDS, parts=st.lists(st.integers(1, 60), min_size=1, max_size=6))
def test_the_size_of_the_steps_changes_nothing(
    residues: Any, shared_of: Any, seed: int, parts: list[int]
) -> None:
    planner, whole = begin(residues, seed, shared_of)
    once = planner.step(whole, sum(parts))
    planner, state = begin(residues, seed, shared_of)
    steps = [planner.step(state, part) for part in parts]
    assert once.candidates == tuple(program for step in steps for program in step.candidates)
    assert once.work_done == sum(step.work_done for step in steps)
    assert once.code_bits_done == steps[-1].code_bits_done
    assert [entry.term for entry in whole.bank.entries] == [entry.term for entry in state.bank.entries]


def test_a_finite_world_is_exhausted(shared_of: Any, residues: Any) -> None:
    domain = replace(residues, prime=2, primitives=("one", "add"))
    problem = domain.problem(np.array([[0, 0, 1, 1], [0, 1, 0, 1]]).T, np.array([0, 1, 1, 0]))
    planner = BottomUp()
    state = planner.init(np.random.default_rng(0), problem, shared_of(domain, problem))
    result = planner.step(state, 10_000)
    assert result.status is PlannerStatus.EXHAUSTED
    assert result.code_bits_done == inf
    assert state.bank.closed
    # The affine functions of two bits.
    assert len(state.bank.entries) == 8
    assert planner.step(state, 10).work_done == 0


def test_a_full_bank_ends_the_search_with_the_frontier_it_reached(residues: Any, shared_of: Any) -> None:
    problem, _ = residues.sample_problem(np.random.default_rng(0))
    memory_bytes = int(10 * ENTRY_BYTES / BANK_MEMORY_FRACTION)
    planner = BottomUp()
    state = planner.init(np.random.default_rng(0), problem, shared_of(residues, problem, memory_bytes))
    result: StepResult[BottomUpState] = planner.step(state, 10_000)
    assert result.status is PlannerStatus.EXHAUSTED
    assert state.bank.full
    assert isfinite(result.code_bits_done)


def test_what_the_grammar_rules_out_is_not_built(residues: Any, shared_of: Any) -> None:
    problem, _ = residues.sample_problem(np.random.default_rng(0))
    shared = shared_of(residues, problem)
    grammar = grammar_of(shared.language)
    unreachable = Primitive("unreachable", (ValueType("other"),), ValueType("other"))
    primitives = (*grammar.primitives, unreachable)
    grammar = replace(grammar, primitives=primitives).with_weights(primitive_weights={"mul": 0.0})
    shared.language = replace(shared.language, primitives=primitives, prior=grammar)
    planner = BottomUp()
    state = planner.init(np.random.default_rng(0), problem, shared)
    planner.step(state, 500)
    assert state.bank.entries
    assert not any("mul" in repr(entry.term) for entry in state.bank.entries)


@pytest.mark.parametrize("seed", range(3))
def test_literals_are_built_from_where_they_are_given(residues: Any, shared_of: Any, seed: int) -> None:
    problem, _ = residues.sample_problem(np.random.default_rng(seed))
    shared = shared_of(residues, problem)
    grammar = grammar_of(shared.language)
    shared.language = replace(
        shared.language, prior=replace(grammar, literals={shared.language.result_type: SmallNumbers()})
    )
    planner = BottomUp(literals=[(shared.language.result_type, 3)])
    state = planner.init(np.random.default_rng(0), problem, shared)
    planner.step(state, 100)
    literal = state.bank.find(shared.language.result_type, (3,) * problem.row_count)
    assert literal is not None
    assert literal.term == Literal(3)
    assert literal.code_bits == pytest.approx(bits(shared, Literal(3)))


class SmallNumbers:
    """Uniform over 0..6."""

    def log_probability(self, value: object) -> float:
        return -float(np.log(7)) if value in range(7) else -inf

    def sample(self, rng: np.random.Generator) -> object:
        return int(rng.integers(7))


def test_a_prior_without_bits_for_nodes_is_refused(residues: Any, shared_of: Any) -> None:
    problem, _ = residues.sample_problem(np.random.default_rng(0))
    shared = shared_of(residues, problem)
    shared.language = replace(shared.language, prior=SmallNumbers())
    with pytest.raises(TypeError, match="must be a Grammar"):
        BottomUp().init(np.random.default_rng(0), problem, shared)


def test_constants_have_a_value_on_every_row(residues: Any, shared_of: Any) -> None:
    planner, state = begin(residues, 0, shared_of)
    planner.step(state, 100)
    one = next(entry for entry in state.bank.entries if entry.term == Apply("one"))
    assert one.value.tolist() == [1] * len(state.target)
