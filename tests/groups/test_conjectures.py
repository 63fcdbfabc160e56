from __future__ import annotations

import numpy as np
import pytest

from sagredo.domains.expressions.domain import Expressions
from sagredo.groups.conjectures import for_all_groups, with_bare_parameters
from sagredo.language.term import Program
from sagredo.problem.build import problem_from

PROBLEM = problem_from({"x": [1.0, 2.0, 3.0], "y": [1.0, 2.0, 4.0]}, target="y")
SYNTAX = Expressions().syntax(PROBLEM)
SIMULATOR = Expressions().simulator(PROBLEM)


def value_of(program: Program) -> float:
    return float(SIMULATOR.run(program, {"x": np.ones(1)}).values[0])


@pytest.mark.parametrize(
    ("text", "parameters", "told", "values"),
    [
        ("sqrt(p0)*0.5**x", (4.0,), "p0*0.5**x", (2.0,)),
        ("p0/p1*exp(p2*x)", (1.0, 2.0, 3.0), "p0*exp(p1*x)", (0.5, 3.0)),
        ("exp(x) + sqrt(p0*2 + 1)", (1.5,), "exp(x) + p0", (2.0,)),
        # The same parameter elsewhere too, and a value that is none.
        ("p0*x + sqrt(p0*p1)", (2.0, 8.0), "p0*x + sqrt(p0*p1)", (2.0, 8.0)),
        ("x + log(p0)", (-1.0,), "x + log(p0)", (-1.0,)),
    ],
)
def test_what_is_made_of_parameters_is_one(text, parameters, told, values) -> None:
    plain = with_bare_parameters(Program(SYNTAX.parse(text), parameters), value_of)
    assert SYNTAX.print_term(plain.term) == told
    assert plain.parameters == pytest.approx(values)
    inputs = {"x": np.linspace(0.1, 2, 7)}
    before = SIMULATOR.run(Program(SYNTAX.parse(text), parameters), inputs).values
    assert SIMULATOR.run(plain, inputs).values == pytest.approx(before, nan_ok=True)


def test_numbers_are_set_free_one_by_one_and_together() -> None:
    program = Program(SYNTAX.parse("2*x**p0 + 3"), (0.5,))
    told = {SYNTAX.print_term(other.term): other.parameters for other in for_all_groups(program, value_of)}
    assert told == {
        "2*x**p0 + 3": (0.5,),
        "p0*x**p1 + 3": (2.0, 0.5),
        "2*x**p0 + p1": (0.5, 3.0),
        "p0*x**p1 + p2": (2.0, 0.5, 3.0),
    }
