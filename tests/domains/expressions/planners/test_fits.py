"""Fits against least squares by hand, and what they do with noise."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagredo._native import Library, least_squares
from sagredo.domains.expressions.domain import Expressions
from sagredo.domains.expressions.planners.bank import RealBank
from sagredo.domains.expressions.planners.fits import carried_on, monomials, pursue_parts
from sagredo.domains.expressions.planners.goals import Goal
from sagredo.domains.expressions.planners.regression import (
    FitRows,
    fit_rows,
    regression_of_sum,
    regressions_of_product,
)
from sagredo.domains.expressions.planners.shelves import FACTOR_FAMILIES, BankShelf, Family, FamilyShelf
from sagredo.problem.build import problem_from_arrays

ROWS = 48


def setting(inputs: np.ndarray, responses: np.ndarray) -> tuple[BankShelf, FitRows, Goal]:
    """The bank's cheapest entries, the rows, and the response as a goal."""
    problem = problem_from_arrays(inputs, responses)
    domain = Expressions()
    bank = RealBank(problem, domain.language(problem), domain.constant_values, 1 << 24)
    while len(bank) < 100:
        bank.grow(100)
    rows = fit_rows(problem)
    library = Library(bank.native, bank.selection(100), rows.inputs, bank.constant_values)
    goal = Goal((), rows.target, np.ones_like(rows.target), 0.0, 0.0)
    return BankShelf(bank, library, rows.screened.tolist()), rows, goal


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=10)
def test_what_a_column_leaves_is_what_least_squares_leaves(seed: int) -> None:
    rng = np.random.default_rng(seed)
    inputs = rng.uniform(1.0, 2.0, (ROWS, 2))
    _, rows, goal = setting(inputs, rng.uniform(1.0, 2.0, ROWS))
    regression = regression_of_sum(goal, rows)
    other, *columns = rng.standard_normal((4, ROWS))
    left = regression.left_by([other], np.array([*columns, 2 * other]))
    for column, residual in zip(columns, left, strict=False):
        design = np.array([*regression.span, other, column])
        (fitted,) = least_squares(design[None], regression.values[None], regression.weights[None])
        expected = np.sum(regression.weights * np.square(regression.values - fitted))
        assert residual == pytest.approx(expected, rel=1e-9)
    # A column in the span of the others leaves what they leave.
    design = np.array([*regression.span, other])
    (fitted,) = least_squares(design[None], regression.values[None], regression.weights[None])
    assert left[-1] == pytest.approx(np.sum(np.square(regression.values - fitted)), rel=1e-9)


def family_shelf(shelf: BankShelf, names: list[str]) -> FamilyShelf:
    families: Mapping[str, Family] = {name: FACTOR_FAMILIES[name] for name in names}
    return FamilyShelf(shelf.bank, shelf.subset(shelf.bank.arguments(20)), families, logarithmic=True)


@pytest.mark.parametrize("parameter", [0.4, 0.8, 1.9])
def test_a_part_s_own_parameter_is_found(parameter: float) -> None:
    rng = np.random.default_rng(1)
    inputs = rng.uniform(0.2, 2.0, (ROWS, 2))
    shelf, rows, goal = setting(inputs, 3.0 * inputs[:, 1] * np.cosh(parameter * inputs[:, 0]))
    family = family_shelf(shelf, ["cosh(u)"])
    regressions = list(regressions_of_product(goal, rows, 0.0))
    best = pursue_parts(family, regressions, rows, 1, 4, 1).fits[0]
    assert best.parts[0].parameters[0] == pytest.approx(parameter, rel=2e-4)


def test_a_product_of_two_functions_is_explained_one_after_the_other() -> None:
    rng = np.random.default_rng(2)
    inputs = rng.uniform(0.2, 1.5, (ROWS, 2))
    shelf, rows, goal = setting(inputs, np.cos(1.3 * inputs[:, 0]) * (1 + 2.0 * inputs[:, 1]))
    families = [family_shelf(shelf, ["cos(u)"]), family_shelf(shelf, ["1 + u"])]
    regressions = list(regressions_of_product(goal, rows, 0.0))
    singles = pursue_parts(families[0], regressions, rows, 1, 4, 1).fits
    longer = [both for fit in singles for both in carried_on(fit, families[1:], rows, 3, 1)]
    assert all(len(fit.parts) == 2 for fit in longer)
    assert min(fit.data_bits for fit in longer) < min(fit.data_bits for fit in singles) - 2 * ROWS


def test_rows_lost_in_the_noise_do_not_spoil_a_decay() -> None:
    rng = np.random.default_rng(3)
    inputs = rng.uniform(1.0, 5.0, (ROWS, 3))
    x, y, z = inputs.T
    clean = x * np.exp(-y * z)
    noise_scale = 0.05 * float(np.sqrt(np.mean(np.square(clean))))
    shelf, rows, goal = setting(inputs, clean + noise_scale * rng.standard_normal(ROWS))
    regressions = list(regressions_of_product(goal, rows, noise_scale))
    assert len(regressions) == 2
    fits = pursue_parts(shelf, regressions, rows, 1, 4, 1).fits
    best = min(fits, key=lambda fit: fit.data_bits)
    assert best.data_bits == pytest.approx(ROWS * np.log2(noise_scale), abs=25)


@pytest.mark.parametrize(("factor", "parameters"), [(3.0, [(), (3.0,)]), (3.3, [(3.3,)])])
def test_a_product_of_powers_alone_is_a_fit_by_a_simple_factor_or_another(
    factor: float, parameters: list[tuple[float, ...]]
) -> None:
    rng = np.random.default_rng(4)
    inputs = rng.uniform(1.0, 2.0, (ROWS, 3))
    x, y, z = inputs.T
    shelf, rows, goal = setting(inputs, factor * x**1.5 / (y * z**2))
    (fit,) = monomials(list(regressions_of_product(goal, rows, 0.0)), rows)
    assert fit.parts == ()
    assert [program.parameters for program in fit.programs(shelf.bank, rows)] == [
        pytest.approx(wanted) for wanted in parameters
    ]
    assert fit.data_bits < -30 * ROWS
