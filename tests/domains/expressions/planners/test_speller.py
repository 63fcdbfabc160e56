"""Spelling: shorter programs of the same meaning."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagredo.domains.expressions.domain import Expressions
from sagredo.domains.expressions.planners.bank import RealBank
from sagredo.domains.expressions.planners.factors import factors_of, summands_of
from sagredo.domains.expressions.planners.speller import MOST_TERMS, _Speller, spell
from sagredo.domains.expressions.simulator import NativeSimulator
from sagredo.language.language import Language
from sagredo.language.term import Apply, Literal, Parameter, Program, Variable
from sagredo.problem.build import problem_from_arrays

ROWS = 30
SYMBOLS = ("a", "b", "c", "d")


@pytest.fixture(scope="module")
def bank() -> RealBank:
    rng = np.random.default_rng(0)
    inputs = rng.uniform(0.5, 1.0, (ROWS, 4)) + np.array([0.0, 1.0, 2.0, 3.0])
    problem = problem_from_arrays(inputs, rng.uniform(1.0, 2.0, ROWS), input_names=SYMBOLS)
    domain = Expressions()
    bank = RealBank(problem, domain.language(problem), domain.constant_values, 1 << 26)
    while len(bank) < 20_000:
        bank.grow(20_000)
    return bank


@pytest.fixture(scope="module")
def language() -> Language:
    problem = problem_from_arrays(np.arange(12.0).reshape(3, 4), np.arange(3.0), input_names=SYMBOLS)
    return Expressions().language(problem)


def values(program: Program, bank: RealBank) -> np.ndarray:
    run = NativeSimulator(Expressions().constant_values).run
    inputs = dict(zip(bank.symbols, bank.columns, strict=True))
    return np.broadcast_to(np.asarray(run(program, inputs).values), ROWS)


@pytest.mark.parametrize(
    ("long", "short"),
    [
        ("a*b + a*c", "a*(b + c)"),
        ("d**2 + a*b + c*d + a*c - d**2", "a*(b + c) + c*d"),
        ("sqrt((a*b**3)**2/(c**2 - a**2))", "a*b**3/sqrt(c**2 - a**2)"),
        ("sqrt(b**2*(a - c*d)**2/(b**2 - a**2))", "(c*d - a)/sqrt(1 - (a/b)**2)"),
        ("b**3/sqrt((c**2 - b**2)/a**2)", "a*b**3/sqrt(c**2 - b**2)"),
        ("b**3/sqrt(-(b**2 - c**2)/a**2)", "a*b**3/sqrt(c**2 - b**2)"),
        ("a/(b*c**2/d**2*pi)", "a*(d/c)**2/(pi*b)"),
        ("a*sin(0.5*(b*c))**2/sin(0.5*b)**2", "a*(sin(b*c/2)/sin(b/2))**2"),
        ("-a*log(c/d)*b", "a*b*log(d/c)"),
        ("(3 - 3*cos(a*b))*c", "3*(1 - cos(a*b))*c"),
        ("(2*sin(a)*cos(a))**2", "sin(2*a)**2"),
        ("(2*sin(d)*cos(d))**2*b", "sin(2*d)**2*b"),
        ("(2*sin(a*b/c*d)*cos(a*b/c*d))**2", "sin(2*a*b/c*d)**2"),
        ("(2*sin(0.5*a*b))**2*c", "2*(1 - cos(a*b))*c"),
        ("sqrt((a - b)*(c - d))/b", "sqrt((b - a)*(d - c))/b"),
        ("(1 - a/b*(-1)*c)*d", "(1 + a*c/b)*d"),
        ("(1 + 2*(a/(b + c)))*(b + c)", "b + c + 2*a"),
        ("a*cos(2)**2/(b*a)", "cos(2)**2/b"),  # 2 cos(2)^2 is 1 + cos(4), which is 2 cos(2)^2
    ],
)
def test_roundabout_ways_become_straight(long: str, short: str, bank: RealBank, language: Language) -> None:
    program = Program(language.syntax.parse(long))
    spelled = spell(program, bank, Expressions().constant_values)
    np.testing.assert_allclose(values(spelled, bank), values(program, bank), rtol=1e-9)
    assert language.code_bits(spelled) <= language.code_bits(Program(language.syntax.parse(short))) + 1e-9


def test_a_constant_inside_an_exponential_becomes_a_factor(bank: RealBank, language: Language) -> None:
    inner = Apply("add", (Variable("a"), Parameter(0)))
    program = Program(Apply("mul", (Apply("exp", (inner,)), Parameter(1))), (1.25, 3.0))
    spelled = spell(program, bank, Expressions().constant_values)
    np.testing.assert_allclose(values(spelled, bank), values(program, bank), rtol=1e-12)
    assert len(spelled.parameters) == 1
    assert language.code_bits(spelled) < language.code_bits(program)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_the_meaning_stays_and_the_code_gets_no_longer(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = problem_from_arrays(
        rng.uniform(0.5, 2.0, (ROWS, 4)), rng.uniform(1.0, 2.0, ROWS), input_names=SYMBOLS
    )
    domain = Expressions()
    language = domain.language(problem)
    bank = RealBank(problem, language, domain.constant_values, 1 << 26)
    while len(bank) < 3_000:
        bank.grow(3_000)
    program = _random_product(rng)
    spelled = spell(program, bank, domain.constant_values)
    expected = values(program, bank)
    np.testing.assert_allclose(
        values(spelled, bank), expected, rtol=1e-9, atol=1e-9 * np.max(np.abs(expected))
    )
    assert language.code_bits(spelled) <= language.code_bits(program) + 1e-9


def _random_product(rng: np.random.Generator) -> Program:
    """A random expression of positive parts, with a parameter now and then."""
    parameters: list[float] = []

    def grow(depth: int) -> Variable | Apply | Parameter | Literal:
        if depth == 0 or rng.random() < 0.2:
            kind = rng.integers(6)
            if kind == 0:
                parameters.append(float(rng.uniform(0.5, 2.0)))
                return Parameter(len(parameters) - 1)
            return (
                Literal(Fraction(int(rng.integers(1, 5))))
                if kind == 1
                else Variable(SYMBOLS[rng.integers(4)])
            )
        name = ("add", "mul", "div", "square", "sqrt", "inv")[rng.integers(6)]
        count = 2 if name in ("add", "mul", "div") else 1
        return Apply(name, tuple(grow(depth - 1) for _ in range(count)))

    term = grow(4)
    return Program(term, tuple(parameters))


def test_a_sum_of_products_with_parameters_is_spelled_in_bounded_time(bank: RealBank) -> None:
    a, b, c, d = (Variable(symbol) for symbol in SYMBOLS)
    ratio = Apply("div", (Apply("mul", (a, b)), Apply("mul", (c, d))))
    terms = [Apply("mul", (Parameter(0), ratio)), Apply("mul", (Parameter(1), Apply("inv", (ratio,))))]
    program = Program(Apply("sub", (Apply("add", tuple(terms)), Parameter(2))), (6.3, 0.013, 4.3))
    speller = _Speller(program, bank, Expressions().constant_values)
    speller.best(program.term)
    assert len(speller.parameters) < 2 * MOST_TERMS


def test_factors_and_summands() -> None:
    a, b = Variable("a"), Variable("b")
    root = Apply("sqrt", (Apply("div", (a, Apply("square", (b,)))),))
    factors = factors_of(Apply("mul", (root, Apply("neg", (Parameter(0),)))), (3.0,))
    assert factors.number == -1
    assert factors.parameter == 3.0
    assert factors.powers == {a: Fraction(1, 2), b: Fraction(-1)}
    total = Apply("sub", (Apply("add", (a, Apply("add", (b, a)))), b))
    assert summands_of(total) == [(1, Apply("mul", (Literal(Fraction(2)), a)))]
