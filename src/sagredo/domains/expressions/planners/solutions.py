"""From what the native backward search reports to programs: the steps undone are done again around the solution."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import isclose
from typing import Final, final

import numpy as np

from sagredo._native import OPERATION_CODES, SHAPES
from sagredo.domains.expressions.planners.bank import RealBank
from sagredo.domains.expressions.planners.goals import Step, around
from sagredo.language.term import Apply, Literal, Parameter, Program, Term, Variable

Hit = tuple[list[tuple[int, int, int]], int, int, int, list[float], int]
"""(steps, shape, first, second, coefficients, cost); a step is (operation, position of the goal, other entry)."""

OPERATION_NAMES: Final = {code: name for name, code in OPERATION_CODES.items()}

SIMPLE_DENOMINATOR: Final = 12
SIMPLE_NUMERATOR: Final = 144
"""Coefficients that are so simple a fraction, to the precision of a match, are written as one; the rest is fitted."""

SIMPLE_TOLERANCE: Final = 1e-9
"""Least squares on some dozens of rows gives the coefficients of an exact match to a few more digits than this."""


def _simple(value: float) -> Fraction | None:
    """The simple fraction that the value is to the precision of a match, if it is one."""
    fraction = Fraction(value).limit_denominator(SIMPLE_DENOMINATOR)
    if abs(fraction.numerator) <= SIMPLE_NUMERATOR and isclose(value, fraction, rel_tol=SIMPLE_TOLERANCE):
        return fraction
    return None


@final
class ProgramBuilder:
    """Builds one program, numbering its parameters as they come."""

    def __init__(self, bank: RealBank) -> None:
        self._bank = bank
        self.parameters: list[float] = []

    def number(self, value: float) -> Term:
        """A literal where the value is simple, else a new parameter."""
        fraction = _simple(value)
        return self.parameter(value) if fraction is None else Literal(fraction)

    def parameter(self, value: float) -> Term:
        """A new parameter that starts at the value."""
        self.parameters.append(value)
        return Parameter(len(self.parameters) - 1)

    def scaled(self, coefficient: float, term: Term) -> Term:
        """coefficient * term, written as shortly as it can be."""
        number = self.number(coefficient)
        if isinstance(number, Literal):
            return times(number.value, term)
        return Apply("mul", (number, term))

    def total(self, terms: Sequence[tuple[float, Term]], offset: float, magnitude: float) -> Term:
        """sum_k c_k t_k + offset; an offset that is nothing beside the magnitude is left out.

        A coefficient that all terms share but for its sign stands before their sum.
        """
        sizes = [abs(coefficient) for coefficient, _ in terms]
        alike = len(sizes) > 1 and all(isclose(size, sizes[0], rel_tol=SIMPLE_TOLERANCE) for size in sizes)
        if alike and sizes[0] != 1 and abs(offset) <= SIMPLE_TOLERANCE * magnitude:
            signs = [(coefficient / abs(coefficient), term) for coefficient, term in terms]
            return self.scaled(sizes[0], self.total(signs, 0.0, 1.0))
        result: Term | None = None
        for coefficient, term in sorted(terms, key=lambda pair: pair[0] < 0):
            if result is None:
                result = self.scaled(coefficient, term)
            elif coefficient < 0:
                result = Apply("sub", (result, self.scaled(-coefficient, term)))
            else:
                result = Apply("add", (result, self.scaled(coefficient, term)))
        if abs(offset) <= SIMPLE_TOLERANCE * magnitude:
            return Literal(Fraction(0)) if result is None else result
        if result is None:
            return self.number(offset)
        if isinstance(result, Apply) and result.primitive == "neg" and offset > 0:
            return Apply("sub", (self.number(offset), result.arguments[0]))
        if offset < 0:
            return Apply("sub", (result, self.number(-offset)))
        return Apply("add", (result, self.number(offset)))

    def product(self, factors: Sequence[tuple[Term, float]], scale: float) -> Term:
        """scale * prod_k t_k^p_k, as a fraction with one square root above and one below at the most."""
        above: list[Term] = []
        below: list[Term] = []
        for side, sign in ((above, 1), (below, -1)):
            whole = [(t, sign * p) for t, p in factors if sign * p > 0 and float(p).is_integer()]
            halves = [(t, 2 * sign * p) for t, p in factors if sign * p > 0 and not float(p).is_integer()]
            if halves and all(float(p).is_integer() for _, p in halves):
                root = [self.power(t, p) for t, p in halves]
                side += [self.power(t, p) for t, p in whole]
                side.append(Apply("sqrt", (chain(root),)))
            else:
                side += [self.power(t, p) for t, p in whole]
                side += [self.power(t, p / 2) for t, p in halves]
        return self._fraction(above, below, scale)

    def _fraction(self, above: list[Term], below: list[Term], scale: float) -> Term:
        number = _simple(scale)
        if number is None:
            above = [self.parameter(scale), *above]
        else:
            if abs(number.numerator) != 1:
                above = [Literal(Fraction(abs(number.numerator))), *above]
            if number.denominator != 1:
                below = [Literal(Fraction(number.denominator)), *below]
        negative = number is not None and number < 0
        if below and not above:
            result: Term = Apply("inv", (chain(below),))
        elif below:
            result = Apply("div", (chain(above), chain(below)))
        else:
            result = chain(above) if above else Literal(Fraction(1))
        return Apply("neg", (result,)) if negative else result

    def power(self, term: Term, exponent: float) -> Term:
        """term^exponent by the shortest primitive."""
        named = {1.0: None, 2.0: "square", 3.0: "cube", 0.5: "sqrt"}
        if exponent in named:
            name = named[exponent]
            return term if name is None else Apply(name, (term,))
        return Apply("pow", (term, self.number(exponent)))


def chain(terms: Sequence[Term]) -> Term:
    """The product of the terms, from the left."""
    result = terms[0]
    for term in terms[1:]:
        result = Apply("mul", (result, term))
    return result


def times(number: object, term: Term) -> Term:
    """number * term for a simple fraction."""
    fraction = Fraction(str(number))
    if fraction == 1:
        return term
    if fraction < 0:
        return Apply("neg", (times(-fraction, term),))
    if fraction.numerator == 1:
        return Apply("div", (term, Literal(Fraction(fraction.denominator))))
    return Apply("mul", (Literal(fraction), term))


def program_of(hit: Hit, bank: RealBank, monomials: Sequence[tuple[int, int]]) -> Program | None:
    """The program that a hit describes; None where it would take a fractional power of negative numbers."""
    steps, shape, first, second, coefficients, _ = hit
    builder = ProgramBuilder(bank)
    term = _solution(builder, bank, SHAPES[shape], first, second, coefficients, monomials)
    if term is None:
        return None
    named = [Step(OPERATION_NAMES[operation], position, other) for operation, position, other in steps]
    return Program(around(term, named, bank.term), tuple(builder.parameters))


def _solution(
    builder: ProgramBuilder,
    bank: RealBank,
    shape: str,
    first: int,
    second: int,
    coefficients: Sequence[float],
    monomials: Sequence[tuple[int, int]],
) -> Term | None:
    """The term of the innermost goal."""
    if shape == "power":
        factors: list[tuple[Term, float]] = [
            (Variable(symbol), power)
            for symbol, power in zip(bank.symbols, coefficients[2:], strict=True)
            if power != 0
        ]
        columns = [bank.columns[k] for k, power in enumerate(coefficients[2:]) if power != 0]
        if first >= 0:
            factors.append((bank.term(first), coefficients[1]))
            columns.append(bank.values(first))
        for (_, power), column in zip(factors, columns, strict=True):
            if not float(power).is_integer() and np.any(column < 0):
                return None
        return builder.product(factors, coefficients[0])
    if shape == "polynomial":
        terms: list[tuple[float, Term]] = []
        magnitude = abs(coefficients[0])
        for coefficient, (i, j) in zip(coefficients[1:], monomials, strict=True):
            if coefficient != 0:
                terms.append((coefficient, _monomial(bank, i, j)))
                column = bank.columns[i] * (bank.columns[j] if j >= 0 else 1.0)
                magnitude = max(magnitude, float(np.abs(coefficient * column).max()))
        return builder.total(terms, coefficients[0], magnitude)
    entries = [entry for entry in (first, second) if entry >= 0]
    terms = [
        (coefficient, bank.term(entry)) for coefficient, entry in zip(coefficients, entries, strict=False)
    ]
    magnitude = max(
        float(np.abs(c * bank.values(entry)).max()) for c, entry in zip(coefficients, entries, strict=False)
    )
    return builder.total(terms, coefficients[len(entries)], magnitude)


def _monomial(bank: RealBank, i: int, j: int) -> Term:
    left = Variable(bank.symbols[i])
    if j < 0:
        return left
    if i == j:
        return Apply("square", (left,))
    return Apply("mul", (left, Variable(bank.symbols[j])))
