from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from sagredo.domains.expressions.scales import assign_scales, root_mean_square
from sagredo.language.term import Apply, Literal, Parameter, Term, Variable

X, Z = Variable("x"), Variable("z")
A, B = Parameter(0), Parameter(1)


def f(name: str, *arguments: Term) -> Term:
    return Apply(name, arguments)


def scales(term: Term, *, target: float = 8.0, x: float = 2.0) -> dict[int, float]:
    found: dict[int, float] = {}
    known: dict[Term, float] = {X: x, Z: 5.0}
    assign_scales(term, target, lambda node: known.get(node, 3.0), found.__setitem__)
    return found


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        (A, {0: 8.0}),
        (f("add", A, X), {0: 8.0}),
        (f("mul", A, X), {0: 4.0}),
        (f("div", A, X), {0: 16.0}),
        (f("div", X, A), {0: 0.25}),
        (f("mul", A, B), {0: 8.0**0.5, 1: 8.0**0.5}),
        (f("exp", f("mul", A, X)), {0: 0.5}),
        (f("mul", A, f("exp", f("mul", B, X))), {0: 8 / 3, 1: 0.5}),
        (f("mul", f("exp", f("mul", B, X)), A), {0: 8 / 3, 1: 0.5}),
        (f("mul", f("add", X, A), f("add", Z, B)), {0: 2.0, 1: 5.0}),
        (f("cube", A), {0: 2.0}),
        (f("sqrt", A), {0: 64.0}),
        (f("pow", f("mul", A, X), Literal(Fraction(3))), {0: 1.0}),
        (f("mul", A, f("pow", X, B)), {0: 8 / 3, 1: 1.0}),
    ],
)
def test_scales_come_from_dimensional_analysis(term: Term, expected: dict[int, float]) -> None:
    assert scales(term) == pytest.approx(expected)


@pytest.mark.parametrize("factor", [1e-6, 10.0])
def test_scales_follow_units(factor: float) -> None:
    linear = f("add", f("mul", A, X), B)
    before, after = scales(linear), scales(linear, x=2.0 * factor)
    assert after == pytest.approx({0: before[0] / factor, 1: before[1]})
    before, after = scales(linear), scales(linear, target=8.0 * factor)
    assert after == pytest.approx({index: scale * factor for index, scale in before.items()})


def test_the_root_mean_square_is_of_finite_values() -> None:
    assert root_mean_square(np.array([3.0, -4.0, np.nan])) == pytest.approx(12.5**0.5)
    assert root_mean_square(np.array([1e200, 1e200])) == pytest.approx(1e200)
    assert root_mean_square(np.zeros(3)) == 1.0
