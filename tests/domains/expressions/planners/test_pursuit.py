"""Pursuit against least squares by brute force, and on laws with noise."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagredo import _native
from sagredo.domains.expressions.domain import Expressions
from sagredo.domains.expressions.planners.bank import RealBank
from sagredo.domains.expressions.planners.filed_ahead import monomials_in_order
from sagredo.domains.expressions.planners.pursuit import Pursuit, Round
from sagredo.domains.expressions.planners.regression import fit_rows
from sagredo.domains.expressions.simulator import NativeSimulator
from sagredo.language.term import Program
from sagredo.problem.build import problem_from_arrays
from sagredo.search.driver import search
from sagredo.search.guide import UniformGuide
from sagredo.search.planner import Effort, Shared

ROWS = 24


def small_bank(rng: np.random.Generator, size: int = 300) -> tuple[RealBank, Any]:
    inputs = rng.uniform(0.5, 1.5, (2, ROWS))
    problem = problem_from_arrays(inputs.T, rng.uniform(1.0, 2.0, ROWS))
    domain = Expressions()
    bank = RealBank(problem, domain.language(problem), domain.constant_values, 1 << 24)
    while len(bank) < size:
        bank.grow(size)
    return bank, problem


def library_of(bank: RealBank, inputs: np.ndarray, size: int) -> _native.Library:
    return _native.Library(bank.native, bank.selection(size), inputs, bank.constant_values)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=10)
def test_a_library_has_the_values_of_the_bank_s_programs_on_other_rows(seed: int) -> None:
    rng = np.random.default_rng(seed)
    bank, _ = small_bank(rng)
    inputs = rng.uniform(0.5, 1.5, (2, 7))
    library = library_of(bank, inputs, 200)
    assert len(library) > 100
    values = dict(zip(bank.symbols, inputs, strict=True))
    for place in range(0, len(library), 7):
        program = Program(bank.term(library.entry(place)))
        expected = np.broadcast_to(NativeSimulator().run(program, values).values, 7)
        np.testing.assert_array_equal(library.columns([place])[0], expected)


@given(st.integers(0, 2**32 - 1), st.booleans())
@settings(max_examples=10)
def test_one_term_is_the_best_of_all_weighted_least_squares(seed: int, logarithmic: bool) -> None:
    rng = np.random.default_rng(seed)
    bank, problem = small_bank(rng)
    rows = fit_rows(problem)
    library = library_of(bank, rows.inputs, 200)
    if logarithmic:
        library = library.logarithms()
    span = rows.span if logarithmic else np.ones((1, ROWS))
    goal, weights = rng.standard_normal(ROWS), rng.uniform(0.1, 2.0, ROWS)
    found = _native.pursue(library, goal[None], weights[None], np.zeros(1), span, 1, 5, 0.5, 3.0)
    expected = []
    for place in range(len(library)):
        (column,) = library.columns([place])
        if (residual := _residual(np.vstack([span, column]), goal, weights)) is not None:
            cost = bank.native.cost(library.entry(place))
            expected.append(ROWS / 2 * np.log2(residual / ROWS) + 0.5 * cost + 3.0)
    assert found[0][0] == pytest.approx(min(expected), abs=1e-6)


def _residual(design: np.ndarray, goal: np.ndarray, weights: np.ndarray) -> float | None:
    """Of weighted least squares; None where the last row of the design lies in the span of the others."""
    matrix, response = (design * np.sqrt(weights)).T, goal * np.sqrt(weights)
    others, last = matrix[:, :-1], matrix[:, -1]
    rest = last - others @ np.linalg.lstsq(others, last, rcond=None)[0]
    if rest @ rest <= 1e-10 * (last @ last):
        return None
    left = response - matrix @ np.linalg.lstsq(matrix, response, rcond=None)[0]
    return float(left @ left)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=10)
def test_with_a_wide_beam_two_terms_are_the_best_of_all_pairs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    bank, problem = small_bank(rng)
    rows = fit_rows(problem)
    library = _native.Library(bank.native, bank.cheapest(60), rows.inputs, bank.constant_values)
    size = len(library)
    goal, weights, ones = rng.standard_normal(ROWS), rng.uniform(0.1, 2.0, ROWS), np.ones((1, ROWS))
    found = _native.pursue(
        library, goal[None], weights[None], np.zeros(1), ones, 2, size, 0.5, 0.0, 10 * size
    )
    pairs = {tuple(sorted(places)): bits for bits, _, _, places in found if len(places) == 2}
    expected = []
    for pair in combinations(range(size), 2):
        columns = library.columns(list(pair))
        costs = sum(bank.native.cost(library.entry(place)) for place in pair)
        if (residual := _residual(np.vstack([ones, columns]), goal, weights)) is not None:
            expected.append(ROWS / 2 * np.log2(residual / ROWS) + 0.5 * costs)
    assert min(pairs.values()) == pytest.approx(min(expected), abs=1e-6)


def test_threads_do_not_change_what_is_found() -> None:
    rng = np.random.default_rng(3)
    bank, problem = small_bank(rng, 600)
    rows = fit_rows(problem)
    library = library_of(bank, rows.inputs, 500)
    goals, weights = rng.standard_normal((70, ROWS)), rng.uniform(0.5, 1.0, (70, ROWS))
    runs = [
        _native.pursue(library, goals, weights, np.zeros(70), np.ones((1, ROWS)), 3, 4, 0.5, 8.0, threads)
        for threads in (1, 2, 5)
    ]
    assert runs[0] == runs[1] == runs[2]


def test_bad_arguments_are_refused() -> None:
    rng = np.random.default_rng(4)
    bank, problem = small_bank(rng)
    library = library_of(bank, fit_rows(problem).inputs, 50)
    ones = np.ones((1, ROWS))
    with pytest.raises(ValueError, match="as many rows"):
        _native.pursue(library, np.ones((1, 3)), ones, np.zeros(1), ones, 1, 1, 0.5, 8.0)
    with pytest.raises(ValueError, match="its bits"):
        _native.pursue(library, ones, ones, np.zeros(2), ones, 1, 1, 0.5, 8.0)
    with pytest.raises(ValueError, match="inputs and constants"):
        _native.Library(bank.native, [0], np.ones((0, ROWS)), bank.constant_values)
    with pytest.raises(IndexError):
        library.columns([len(library)])


def test_monomials_come_in_order_of_their_nodes_and_once() -> None:
    monomials = monomials_in_order(4, 10_000)
    assert len(set(monomials)) == len(monomials) == 5**4 - 1
    nodes = [sum(1 + abs(exponent) for _, exponent in monomial) for monomial in monomials]
    assert nodes == sorted(nodes)
    assert monomials_in_order(6, 100) == monomials_in_order(6, 10_000)[:100]


LAWS = {
    "sum of products over a sum": lambda a, b, c: (a * b + c * c) / (a + c),
    "root of a sum of squares": lambda a, b, c: a * np.sqrt(b**2 + c**2 + 1),
    "difference of squares below": lambda a, b, c: a / (b**2 + 9 - c**2) * c,
}


@pytest.mark.parametrize("name", sorted(LAWS))
def test_noisy_laws_of_several_factors_are_found(name: str) -> None:
    rng = np.random.default_rng(7)
    inputs = rng.uniform(1.0, 3.0, (120, 3))
    clean = LAWS[name](*inputs.T)
    noisy = clean * 1.0 + 0.01 * np.std(clean) * rng.standard_normal(120)
    problem = problem_from_arrays(inputs, noisy)
    result = search(np.random.default_rng(0), Expressions(), problem, effort=Effort(10_000_000, 2**29, 2))
    fresh = rng.uniform(1.0, 3.0, (500, 3))
    values = dict(zip([column.symbol for column in problem.inputs], fresh.T, strict=True))
    predicted = NativeSimulator().run(result.scores[0].program, values).values
    error = np.sqrt(np.mean(np.square(predicted - LAWS[name](*fresh.T)))) / np.std(clean)
    assert error < 0.005


def test_phases_take_turns_and_the_longest_goes_on_beside_the_next_round() -> None:
    rng = np.random.default_rng(10)
    problem = problem_from_arrays(rng.uniform(1.0, 3.0, (40, 2)), rng.standard_normal(40))
    domain = Expressions()
    language = domain.language(problem)
    shared = Shared(
        language,
        domain.semantics(problem),
        domain.objective(problem, language),
        UniformGuide(),
        Effort(10_000_000, 2**28, 1),
    )
    rounds = (Round(50, 1, 2, 1, 20, 4, 400), Round(100, 1, 2, 1, 20, 4, 20))
    planner = Pursuit(domain.constant_values, rounds)
    state, largest, tracks_left = planner.init(rng, problem, shared), 0, []
    while state.round < 3:
        result = planner.step(state, 5_000)
        times = [track.virtual_time for track in state.tracks]
        if result.state.round > state.round:
            tracks_left.append(len(times))
        elif times:
            largest = max(largest, result.work_done)
            assert max(times) - min(times) <= largest
        state = result.state
    assert tracks_left == [0, 1, 2]


def test_combinations_of_inputs_are_filed() -> None:
    rng = np.random.default_rng(8)
    bank, _ = small_bank(rng)
    columns = {np.array(bank.values(entry)).tobytes() for entry in bank.library(20)}
    for left, right in combinations(bank.columns, 2):
        assert np.square(left - right).tobytes() in columns


def test_distances_are_filed() -> None:
    rng = np.random.default_rng(9)
    inputs = rng.uniform(0.5, 1.5, (6, ROWS))
    problem = problem_from_arrays(inputs.T, rng.uniform(1.0, 2.0, ROWS))
    domain = Expressions()
    bank = RealBank(problem, domain.language(problem), domain.constant_values, 1 << 26)
    while len(bank) < 10_000:
        bank.grow(10_000)
    selected = np.array([bank.values(entry) for entry in bank.selection(100)])
    a, b, c, d, e, f = bank.columns
    for expected in ((a - b) ** 2 + (c - d) ** 2 + (e - f) ** 2, a * d + b * e + c * f, a**2 + c**2 + f**2):
        assert np.any(np.all(np.isclose(selected, expected, rtol=1e-14), axis=1))
