"""Dimensional analysis against the laws of physics, homogeneity, and brute force."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sagredo.domains.expressions.dimensions import DimensionChecker
from sagredo.domains.expressions.primitives import parse_operators
from sagredo.domains.expressions.prior import expression_grammar
from sagredo.domains.expressions.syntax import ExpressionSyntax
from sagredo.language.term import Apply, Hole, Literal, Parameter, Term, Variable, postorder
from sagredo.problem.column import Column
from sagredo.problem.problem import Problem
from sagredo.problem.units import BASE_DIMENSIONS, Dimension, Unit

ROWS = np.zeros(3)
LENGTH, MASS, TIME = (
    Dimension(tuple(Fraction(name == base) for base in BASE_DIMENSIONS)) for name in BASE_DIMENSIONS[:3]
)
PURE = Dimension()
ENERGY = MASS * (LENGTH / TIME) ** 2


def checker(
    target: Dimension | None, constants: tuple[str, ...] = (), **inputs: Dimension | None
) -> DimensionChecker:
    """The checker of a problem whose columns have these dimensions; None: no unit is known."""

    def column(symbol: str, dimension: Dimension | None) -> Column:
        return Column(symbol, symbol, ROWS, unit=None if dimension is None else Unit(dimension))

    return DimensionChecker(
        Problem(tuple(column(*item) for item in inputs.items()), column("y_", target)), constants
    )


COLUMNS = {"m": MASS, "v": LENGTH / TIME, "t": TIME, "a": PURE, "w": None}
SYNTAX = ExpressionSyntax(list(COLUMNS), ("pi", "e", "g"))


@pytest.mark.parametrize(
    "text",
    [
        "m*v**2",
        "0.5*m*v**2 + a*m*square(v)",
        "p0*m",
        "p0",
        "p0*sin(p1*t + p2)",
        "p0*exp(-t/p1)",
        "p0*exp(p1*t)*m",
        "m*v**2*exp(w)",
        "w",
        "w*m",
        "m*v**2 + w",
        "max(m*v**2, 0)",
        "0*m + m*v**2",
        "sqrt(m)*sqrt(m)*v**2",
        "cbrt(m**3*v**6)",
        "abs(-m*v**2)",
        "v**2/inv(m)",
        "m*v**2*a**a",
        "m*v**2*2**a",
        "m*v**2*2**(t/p0)",
        "p0*m**p1",
        "m*v**p0",
        "m*v**pi*p0",
        "m*v**2*a**p0",
        "m*v**2*arctan(w*t)",
        "m*g*v*t",
        "m*pow(v, 2)",
        "m*v**2*m**0",
    ],
)
def test_what_can_be_an_energy(text: str) -> None:
    assert checker(ENERGY, **COLUMNS).possible(SYNTAX.parse(text))


@pytest.mark.parametrize(
    "text",
    [
        "m",
        "m*v",
        "2*m*v",
        "pi*m",
        "m*v**2 + m",
        "m*v**2 - t",
        "max(m*v**2, 1)",
        "exp(t)*m*v**2",
        "log(m*v**2)",
        "p0*exp(p0*t)",
        "p0*sin(p1*t + p1)",
        "p0*sin(p1*t + t)",
        "m*v**2*exp(w)*exp(w*t)",
        "w*m + w",
        "m*v**2*a**m",
        "m*v**2*t**a",
        "m*v**2*2**t",
        "m**p0 + p0*m*v**2 + 1",
        "m**2.5*v**2",
        "sqrt(m*v**2)",
        "m*v**2*a**(p0*t)*a**p0",
        "m*v**2*tanh(v/p0)*tanh(m/p0)",
    ],
)
def test_what_cannot_be_an_energy(text: str) -> None:
    assert not checker(ENERGY, **COLUMNS).possible(SYNTAX.parse(text))


def test_a_target_without_unit_may_be_anything_but_its_terms_must_agree() -> None:
    lenient = checker(None, **COLUMNS)
    assert lenient.possible(SYNTAX.parse("m*v"))
    assert not lenient.possible(SYNTAX.parse("m + v"))


def test_constants_of_mathematics_are_pure_numbers_unless_the_user_took_their_name() -> None:
    term = SYNTAX.parse("e*m")
    assert not checker(ENERGY, **COLUMNS).possible(term)
    assert checker(ENERGY, constants=("e",), **COLUMNS).possible(term)


def test_a_hole_has_one_unknown_dimension() -> None:
    hole = Hole("f", ("m",))
    energies = checker(ENERGY, **COLUMNS)
    assert energies.possible(Apply("mul", (hole, Variable("t"))))
    assert not energies.possible(Apply("add", (hole, Apply("mul", (hole, Variable("t"))))))


BOUNDED = parse_operators("+,-,*,/,sqrt,cbrt,square,cube,sin,arctan,tanh,abs,min,max,pi")
UNITLESS = expression_grammar(["r", "s", "q"], BOUNDED, kind_weights={"parameter": 0.0})
FUNCTIONS = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "neg": lambda x: -x,
    "inv": lambda x: 1 / x,
    "square": lambda x: x**2,
    "cube": lambda x: x**3,
    "sqrt": mpmath.sqrt,
    "cbrt": lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)),
    "sin": mpmath.sin,
    "arctan": mpmath.atan,
    "tanh": mpmath.tanh,
    "abs": abs,
    "min": min,
    "max": max,
}


def value(term: Term, variables: dict[str, mpmath.mpf]) -> mpmath.mpf:
    """The value of a term to 60 digits."""
    match term:
        case Variable(symbol):
            return variables[symbol]
        case Literal(Fraction() as number):
            return mpmath.mpf(number.numerator) / number.denominator
        case Apply("pi"):
            return +mpmath.pi
        case Apply(name, arguments):
            return FUNCTIONS[name](*(value(argument, variables) for argument in arguments))
    raise AssertionError(term)


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_what_is_possible_scales_with_the_units(seed: int) -> None:
    term = UNITLESS.sample(np.random.default_rng(seed))
    assume(Literal(Fraction(0)) not in set(postorder(term)))
    possible = [
        power
        for power in (0, 1, 2, -1, Fraction(1, 2))
        if checker(LENGTH**power, r=LENGTH, s=LENGTH**2, q=PURE).possible(term)
    ]
    assert len(possible) <= 1
    with mpmath.workdps(60):
        factor = mpmath.mpf(3) / 2
        try:
            plain = value(term, {"r": mpmath.mpf("1.7"), "s": mpmath.mpf("0.6"), "q": mpmath.mpf("0.3")})
            scaled = value(
                term,
                {"r": factor * mpmath.mpf("1.7"), "s": factor**2 * mpmath.mpf("0.6"), "q": mpmath.mpf("0.3")},
            )
        except (ZeroDivisionError, TypeError):
            assume(False)
        # Powers of powers may leave even the range of arbitrary precision.
        assume(mpmath.isfinite(plain) and mpmath.isfinite(scaled))
        for power in possible:
            wanted = plain * factor ** (mpmath.mpf(Fraction(power).numerator) / Fraction(power).denominator)
            assert abs(scaled - wanted) <= mpmath.mpf(10) ** -40 * max(1, abs(wanted))


MIXED = expression_grammar(["r", "w"], parse_operators("+,-,*,/,sqrt,square,exp,sin,min"))
CHOICES = [Fraction(half, 2) for half in range(-4, 5)]


def length_power(term: Term, unknowns: dict[Term, Fraction]) -> Fraction | None:
    """The power of a length that a term is, the unknown ones being given; None if it is inconsistent."""
    match term:
        case Variable("r"):
            return Fraction(1)
        case Variable() | Parameter():
            return unknowns[term]
        case Literal():
            return Fraction(0)
        case Apply(name, arguments):
            powers = [length_power(argument, unknowns) for argument in arguments]
            known = [power for power in powers if power is not None]
            if len(known) < len(powers):
                return None
            match name, known:
                case "mul", [left, right]:
                    return left + right
                case "div", [left, right]:
                    return left - right
                case "add" | "sub" | "min", [left, right]:
                    return left if left == right else None
                case "exp" | "sin", [power]:
                    return Fraction(0) if power == 0 else None
                case _, [power]:
                    return power * {"neg": 1, "inv": -1, "square": 2, "sqrt": Fraction(1, 2)}[name]
    raise AssertionError(term)


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_what_some_choice_of_the_unknown_dimensions_makes_consistent_is_possible(seed: int) -> None:
    term = MIXED.sample(np.random.default_rng(seed))
    nodes = set(postorder(term))
    unknowns = sorted(nodes & {Variable("w"), *map(Parameter, range(20))}, key=str)
    assume(len(unknowns) <= 3)
    consistent = any(
        length_power(term, dict(zip(unknowns, choice, strict=True))) == 1
        for choice in product(CHOICES, repeat=len(unknowns))
    )
    possible = checker(LENGTH, r=LENGTH, w=None).possible(term)
    assert possible or not consistent
    if not unknowns and Literal(Fraction(0)) not in nodes:
        assert possible is consistent
