from __future__ import annotations

import pytest

from sagredo.domains.expressions.domain import Expressions
from sagredo.faces import rendering
from sagredo.language.term import Apply, Parameter, Program, Variable

DOMAIN = Expressions(constants={"g": 9.81})


def test_the_users_constants_have_their_values():
    program = Program(Apply("mul", (Apply("g"), Variable("x"))))
    assert "9.81" in rendering.to_python(DOMAIN, program)
    assert float(rendering.to_sympy(DOMAIN, program).subs("x", 2)) == pytest.approx(19.62, rel=1e-15)


def test_formulas_show_the_digits_that_standard_errors_leave():
    program = Program(Apply("mul", (Parameter(0), Variable("x"))), (1.23456789,))
    for convert in (rendering.to_latex, rendering.to_mathml):
        assert "1.2346" in convert(DOMAIN, program, (0.0011,))
        assert "1.23457" in convert(DOMAIN, program)
