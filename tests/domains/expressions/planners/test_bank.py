"""What the bank has before enumeration in order of cost comes to it."""

import numpy as np
import pytest

from sagredo.domains.expressions.domain import Expressions
from sagredo.domains.expressions.planners.bank import RealBank
from sagredo.domains.expressions.simulator import NativeSimulator
from sagredo.domains.expressions.syntax import ExpressionSyntax
from sagredo.language.term import Program
from sagredo.problem.build import problem_from_arrays

SYMBOLS = ("a", "b", "c", "d", "f", "g")
ROWS = 40


@pytest.fixture(scope="module")
def bank() -> RealBank:
    rng = np.random.default_rng(1)
    problem = problem_from_arrays(
        rng.uniform(0.5, 2.0, (ROWS, len(SYMBOLS))), rng.uniform(1.0, 2.0, ROWS), input_names=SYMBOLS
    )
    domain = Expressions()
    bank = RealBank(problem, domain.language(problem), domain.constant_values, 1 << 26)
    bank.grow(1)
    return bank


@pytest.mark.parametrize(
    "text",
    [
        "a*b**2/(c*d)",
        "sqrt(a**2 + b**2)",
        "(a - b)**2 + (c - d)**2",
        "a*b + c*d",
        "(a - 1)*(b - 1)",
        "(a + b)*(c - d)",
        "a + f*g",
        "g - b*c",
        "1 + a*g",
        "1 - a/g",
    ],
)
def test_common_parts_of_laws_are_filed_ahead_and_take_part_in_sums_and_products(
    text: str, bank: RealBank
) -> None:
    term = ExpressionSyntax(SYMBOLS).parse(text)
    values = NativeSimulator({}).run(Program(term), dict(zip(bank.symbols, bank.columns, strict=True))).values
    entry = bank.native.find(np.ascontiguousarray(values))
    assert entry >= 0
    assert entry in bank.selection(10)
