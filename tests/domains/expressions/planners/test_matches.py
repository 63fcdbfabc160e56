"""Matches against every entry by brute force, and what they find that no fit with a factor and an offset does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagredo._native import Library, nearest
from sagredo.domains.expressions.domain import Expressions
from sagredo.domains.expressions.planners.bank import RealBank
from sagredo.domains.expressions.planners.goals import Goal, Step
from sagredo.domains.expressions.planners.matches import NEAREST, matches
from sagredo.domains.expressions.planners.regression import fit_rows
from sagredo.domains.expressions.planners.shelves import BankShelf
from sagredo.problem.build import problem_from_arrays


@given(st.integers(0, 2**32 - 1), st.integers(5, 60), st.integers(1, 40), st.integers(1, 6))
@settings(max_examples=40, deadline=None)
def test_the_nearest_are_those_of_all(seed: int, rows: int, entries: int, kept: int) -> None:
    rng = np.random.default_rng(seed)
    columns = rng.standard_normal((entries, rows))
    costs = rng.integers(1, 60, entries)
    goals = rng.standard_normal((20, rows))
    goals[3] = columns[0]
    weights = rng.uniform(0.1, 2.0, (20, rows)) * (rng.uniform(size=(20, rows)) > 0.1)
    # Where one row counts alone, every entry meets it with a factor.
    weights[:, :3] = rng.uniform(0.1, 2.0, (20, 3))
    found = nearest(
        Library.of_columns(columns, costs.tolist()), goals, weights, kept, 0.5, 7.0, threads=1 + seed % 3
    )
    factors = (weights * goals) @ columns.T / (weights @ np.square(columns).T)
    for goal in range(20):
        for scaled in (False, True):
            factor = factors[goal] if scaled else np.ones(entries)
            left = np.sum(weights[goal] * np.square(goals[goal] - factor[:, None] * columns), axis=1)
            left = np.maximum(left, 1e-12 * np.sum(weights[goal] * np.square(goals[goal])))
            bits = rows / 2 * np.log2(left) + 0.5 * costs
            best = np.argsort(bits, kind="stable")[:kept]
            own = [(place, a) for which, place, a in found if which == goal]
            halves = own[: len(best)], own[len(best) :]
            assert [place for place, _ in halves[scaled]] == best.tolist()
            assert [a for _, a in halves[scaled]] == pytest.approx(factor[best].tolist())


def test_equal_columns_are_one() -> None:
    column = np.linspace(1.0, 2.0, 20)
    library = Library.of_columns(np.array([column, column, column + 1]), [9, 5, 5])
    goal = (column + 0.1)[None]
    found = nearest(library, goal, np.ones((1, 20)), 3, 1.0, 1.0)
    assert [place for _, place, factor in found if factor == 1.0] == [1, 2]


def test_wrong_shapes_are_refused() -> None:
    library = Library.of_columns(np.ones((1, 4)), [1])
    with pytest.raises(ValueError, match="as many rows"):
        nearest(library, np.ones((1, 3)), np.ones((1, 3)), 1, 1.0, 1.0)
    with pytest.raises(ValueError, match="must have its weights"):
        nearest(library, np.ones((2, 4)), np.ones((1, 4)), 1, 1.0, 1.0)
    with pytest.raises(ValueError, match="At least one"):
        nearest(library, np.ones((1, 4)), np.ones((1, 4)), 0, 1.0, 1.0)


def test_an_entry_without_parameters_is_met_in_noise() -> None:
    rng = np.random.default_rng(1)
    inputs = rng.uniform((1.0, 3.0, 1.0), (2.0, 10.0, 5.0), (400, 3))
    v, c, m = inputs.T
    law = m / np.sqrt(c**2 - v**2)
    problem = problem_from_arrays(inputs, law + 0.05 * np.std(law) * rng.standard_normal(400))
    domain = Expressions()
    bank = RealBank(problem, domain.language(problem), domain.constant_values, 1 << 26)
    while len(bank) < 2_000 + bank.monomial_count:
        bank.grow(20_000)
    rows = fit_rows(problem)
    library = Library(bank.native, bank.selection(2_000), rows.inputs, bank.constant_values)
    shelf = BankShelf(bank, library, rows.screened.tolist())
    mass = rows.inputs[2]
    # y = m / u: u is the entry sqrt(c^2 - v^2) as it is.
    step = Step("div", 1, 2, mass)
    goal = Goal((step,), mass / rows.target, -mass / np.square(rows.target), 10.0, 10.0)
    found = matches(shelf, [goal], rows, threads=1)
    assert len(found) == 2 * NEAREST
    best = min(found, key=lambda match: match.bits)
    assert not best.scaled
    np.testing.assert_allclose(best.part.column, np.sqrt(rows.inputs[1] ** 2 - rows.inputs[0] ** 2))
    (program,) = best.programs(bank, rows)
    assert not program.parameters
    scaled = next(match for match in found if match.scaled)
    assert len(list(scaled.programs(bank, rows))[-1].parameters) == 1
    assert scaled.refined(rows) is scaled


def test_nothing_is_matched_with_nothing() -> None:
    problem = problem_from_arrays(np.arange(1.0, 9.0)[:, None], np.arange(1.0, 9.0))
    domain = Expressions()
    bank = RealBank(problem, domain.language(problem), domain.constant_values, 1 << 22)
    rows = fit_rows(problem)
    library = Library(bank.native, bank.selection(10), rows.inputs, bank.constant_values)
    assert matches(BankShelf(bank, library, rows.screened.tolist()), [], rows, threads=1) == []
