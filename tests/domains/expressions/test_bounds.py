"""The bounds of a form's parameters: the fit keeps to them, and so does the prior."""

from __future__ import annotations

from math import atan, inf, log2, pi
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import least_squares

from sagredo.domains.expressions.domain import Expressions
from sagredo.domains.expressions.forms import fill
from sagredo.language.term import Parameter, Program
from sagredo.objective.objective import Score
from sagredo.problem.column import Column
from sagredo.problem.problem import Problem

if TYPE_CHECKING:
    from jaxtyping import Float64

X = np.linspace(0.1, 4.0, 30)
Y = 3.0 * np.exp(-X / 1.5) + 0.02 * np.cos(7.0 * X)
PROBLEM = Problem((Column("x", "x", X),), Column("y", "y", Y))


def score(form: str, bounds: dict[str, tuple[float, float]]) -> Score:
    domain = Expressions(form=form, bounds=bounds)
    parsed = domain.parsed_form(PROBLEM)
    assert parsed is not None
    return domain.objective(PROBLEM, domain.language(PROBLEM)).score(fill(parsed, {}))


@given(st.floats(0.5, 2.5), st.floats(0.3, 3.0), st.floats(0.2, 2.0), st.floats(0.1, 2.0))
@settings(max_examples=40, deadline=None)
def test_the_fit_is_that_of_a_bounded_least_squares(
    low: float, width: float, low_time: float, width_time: float
) -> None:
    bounds = {"A": (low, low + width), "T": (low_time, low_time + width_time)}
    found = score("A*exp(-x/T)", bounds)
    lower, upper = np.array(list(bounds.values())).T

    def residuals(parameters: Float64[np.ndarray, " 2"]) -> Float64[np.ndarray, " rows"]:
        amplitude, time = parameters
        difference: Float64[np.ndarray, " rows"] = amplitude * np.exp(-X / time) - Y
        return difference

    wanted = least_squares(
        residuals,
        (lower + upper) / 2,
        bounds=(lower, upper),
        xtol=1e-14,
        ftol=1e-14,
        gtol=1e-14,
    )
    assert found.residual_rms == pytest.approx(np.sqrt(2 * wanted.cost / len(X)), rel=1e-6)
    assert (lower <= found.program.parameters).all()
    assert (upper >= found.program.parameters).all()


@pytest.mark.parametrize("interval", [(-inf, 2.0), (2.0, 2.5), (4.0, inf)])
def test_a_bound_without_the_optimum_is_attained(interval: tuple[float, float]) -> None:
    free, bounded = score("A*exp(-x/T)", {}), score("A*exp(-x/T)", {"A": interval})
    assert free.program.parameters[0] == pytest.approx(3.0, rel=0.02)
    assert bounded.program.parameters[0] == min(max(free.program.parameters[0], interval[0]), interval[1])
    assert bounded.residual_rms > free.residual_rms


@pytest.mark.parametrize("interval", [(1.0, 8.0), (2.0, inf), (-inf, 4.0), (-inf, inf)])
def test_a_bound_about_the_optimum_saves_the_bits_of_what_it_rules_out(
    interval: tuple[float, float],
) -> None:
    free, bounded = score("A*exp(-x/1.5)", {}), score("A*exp(-x/1.5)", {"A": interval})
    # The prior's scale: the magnitude of y over that of the other factor.
    scale = np.sqrt(np.mean(Y**2) / np.mean(np.exp(-X / 1.5) ** 2))
    probability = (atan(interval[1] / scale) - atan(interval[0] / scale)) / pi
    assert bounded.data_bits == pytest.approx(free.data_bits + log2(probability), abs=1e-3)
    assert bounded.program.parameters == pytest.approx(free.program.parameters, rel=1e-9)


def test_bounds_are_not_those_of_the_null_program() -> None:
    domain, bounded = Expressions(), Expressions(form="A*x", bounds={"A": (100.0, 101.0)})
    nulls = [each.objective(PROBLEM, each.language(PROBLEM)).null_bits for each in (domain, bounded)]
    assert nulls[0] == nulls[1]


def test_the_parameters_of_a_form_keep_their_names() -> None:
    syntax = Expressions(form="V*x/(K + x) + f(x)").syntax(PROBLEM)
    term = Expressions(form="V*x/(K + x)").parsed_form(PROBLEM)
    assert term is not None
    assert syntax.print_term(term.term) == "V*x/(K + x)"
    assert [syntax.parameter_name(k) for k in range(4)] == ["V", "K", "p0", "p1"]
    for k in range(4):
        assert syntax.parse(syntax.parameter_name(k)) == Parameter(k)
    assert syntax.print_program(Program(term.term, (2.0, 3.0))) == "2*x/(3 + x)"


def test_other_parameters_give_way_to_the_names_of_a_form() -> None:
    syntax = Expressions(form="p1*x").syntax(PROBLEM)
    assert [syntax.parameter_name(k) for k in range(2)] == ["p1", "c0"]
