"""The ways in which goals are met, on laws that each of them is there for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import log

import numpy as np
import pytest

from sagredo.domains.expressions.domain import Expressions
from sagredo.domains.expressions.planners.bank import RealBank
from sagredo.domains.expressions.planners.fits import best_of
from sagredo.domains.expressions.planners.goals import Goal, rest_of
from sagredo.domains.expressions.planners.regression import FitRows, fit_rows, regressions_of_product
from sagredo.domains.expressions.planners.shelves import FACTOR_FAMILIES, BankShelf, JoinedShelf
from sagredo.domains.expressions.planners.workshop import Workshop, set_up
from sagredo.problem.build import problem_from_arrays

ROWS = 150
NOISE = 0.01


def setting(law: Callable[..., np.ndarray]) -> tuple[RealBank, FitRows, Workshop, Goal]:
    """A bank and a workshop for noisy values of a law in three inputs, and the response as a goal."""
    rng = np.random.default_rng(5)
    inputs = rng.uniform(1.0, 3.0, (ROWS, 3))
    clean = law(*inputs.T)
    noisy = clean + NOISE * np.std(clean) * rng.standard_normal(ROWS)
    problem = problem_from_arrays(inputs, noisy)
    domain = Expressions()
    bank = RealBank(problem, domain.language(problem), domain.constant_values, 1 << 26)
    while len(bank) < 3_000:
        bank.grow(3_000)
    rows = fit_rows(problem)
    workshop = set_up(bank, rows, 2_000, 60, NOISE * float(np.std(clean)), 1)
    return bank, rows, workshop, Goal((), rows.target, np.ones(ROWS), 0.0, 0.0)


def noise_bits(law: Callable[..., np.ndarray], rows: FitRows) -> float:
    """What the law itself leaves, as the bits of a fit."""
    return ROWS / 2 * float(np.log2(np.mean(np.square(rows.target - law(*rows.inputs)))))


def test_of_two_functions_that_are_multiplied_both_are_met_when_a_goal_is_studied() -> None:
    def law(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
        result: np.ndarray = a * np.sin(0.9 * b * c) ** 2 / np.sin(0.45 * b) ** 2
        return result

    _, rows, workshop, goal = setting(law)
    best = min(fit.data_bits for fit in best_of(workshop.study([goal]), rows, 24))
    assert best < noise_bits(law, rows) + 0.1 * ROWS


def test_what_is_left_of_a_sum_is_met_as_a_product() -> None:
    def law(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
        result: np.ndarray = a**2 + b**2 - 2 * a * b * np.cos(c)
        return result

    bank, rows, workshop, goal = setting(law)
    squares = np.square(rows.inputs[0]) + np.square(rows.inputs[1])
    entry = int(bank.native.find(np.square(bank.columns[0]) + np.square(bank.columns[1])))
    rest = rest_of(goal, entry, squares, 20.0)
    fits = best_of(workshop.scout_products([rest]), rows, 8)
    assert fits[0].data_bits < noise_bits(law, rows) + 0.1 * ROWS
    programs = list(fits[0].programs(bank, rows))
    # The factor may be the number that it is near to.
    assert any(not program.parameters for program in programs)


def test_a_joined_shelf_has_the_parts_of_each() -> None:
    _, rows, workshop, _ = setting(lambda a, b, c: a * b + c)
    joined = JoinedShelf(workshop.small, workshop.summands)
    first = len(workshop.small.library)
    assert len(joined.library) == first + len(workshop.summands.library)
    places = [0, first - 1, first, first + 7]
    columns = joined.columns(places)
    np.testing.assert_array_equal(joined.library.columns(places), columns[:, rows.screened])
    for place, column in zip(places, columns, strict=True):
        part = joined.part(place)
        assert isinstance(part.shelf, BankShelf) == (place < first)
        np.testing.assert_array_equal(part.column, column)


def test_a_parameter_inside_of_a_function_is_refined_to_seven_digits() -> None:
    scale = 0.37
    _, rows, workshop, _ = setting(lambda a, b, c: a * b + c)
    argument = rows.inputs[0] * rows.inputs[1]
    for family in ("tanh(u)", "cos(u)"):
        function = FACTOR_FAMILIES[family].function
        goal = Goal((), rows.inputs[2] * function(scale * argument), np.ones(ROWS), 0.0, 0.0)
        regression = next(regressions_of_product(goal, rows, 0.0))
        parts = map(workshop.factors.part, range(len(workshop.factors.library)))
        alike = [
            part
            for part in parts
            if np.allclose(part.column, np.log(np.abs(function(part.parameters[0] * argument))))
        ]
        nearest = min(alike, key=lambda part: abs(log(abs(part.parameters[0]) / scale)))
        refined = nearest.shelf.refined(nearest, partial(regression.left_by, []))
        assert abs(refined.parameters[0]) == pytest.approx(scale, rel=1e-7)
