"""Products and sums taken apart, and sums put together: a term as powers of factors, or as signed terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import exp
from typing import final

from sagredo.language.term import Apply, Literal, Parameter, Term

LARGEST_LOGARITHM = 700.0
"""Of a double, nearly: log(1.8e308) = 709.8."""


@final
@dataclass
class Factors:
    """number * parameter * prod_k base_k^exponent_k; ``parameter`` is None where there is no free factor."""

    number: Fraction = Fraction(1)
    parameter: float | None = None
    powers: dict[Term, Fraction] = field(default_factory=dict)

    def take(self, base: Term, exponent: Fraction) -> None:
        """Multiply by base^exponent."""
        total = self.powers.pop(base, Fraction(0)) + exponent
        if total != 0:
            self.powers[base] = total

    def cancels(self, powers: Mapping[Term, Fraction]) -> bool:
        """Whether one of these powers is of a base that stands here on the other side of the fraction bar."""
        return any(self.powers.get(base, 0) * exponent < 0 for base, exponent in powers.items())

    def turn_round(self) -> None:
        """Put a minus sign into a difference, where there is one of odd exponent."""
        if self.number > 0:
            return
        for base, exponent in list(self.powers.items()):
            if exponent % 2 == 1 and (opposite := _opposite(base)) is not None:
                self.take(base, -exponent)
                self.take(opposite, exponent)
                self.number = -self.number
                return

    def scale(self, factor: float) -> None:
        """Multiply the free factor."""
        self.parameter = factor if self.parameter is None else self.parameter * factor


def factors_of(term: Term, parameters: tuple[float, ...]) -> Factors:
    """The term as a product; a free factor, also one inside exp(a + p), is merged with the others.

    A minus sign goes into a difference, which is turned round.
    """
    result = Factors()
    _gather(term, Fraction(1), parameters, result)
    result.turn_round()
    return result


def _gather(term: Term, exponent: Fraction, parameters: tuple[float, ...], into: Factors) -> None:
    whole = exponent.denominator == 1
    match term:
        case Literal(Fraction() as value) if whole and value != 0:
            into.number *= value ** int(exponent)
        case Parameter(index) if whole and parameters[index] != 0:
            into.scale(parameters[index] ** int(exponent))
        case Apply("mul", (left, right)):
            _gather(left, exponent, parameters, into)
            _gather(right, exponent, parameters, into)
        case Apply("div", (left, right)):
            _gather(left, exponent, parameters, into)
            _gather(right, -exponent, parameters, into)
        case Apply("neg", (inner,)) if whole:
            into.number *= (-1) ** int(exponent)
            _gather(inner, exponent, parameters, into)
        case Apply("neg", (inner,)) if (opposite := _opposite(inner)) is not None:
            _gather(opposite, exponent, parameters, into)
        case Apply("inv", (inner,)):
            _gather(inner, -exponent, parameters, into)
        case Apply("square", (inner,)):
            _gather(inner, 2 * exponent, parameters, into)
        case Apply("cube", (inner,)):
            _gather(inner, 3 * exponent, parameters, into)
        case Apply("sqrt", (inner,)):
            _gather(inner, exponent / 2, parameters, into)
        case Apply("pow", (inner, Literal(Fraction() as power))):
            _gather(inner, exponent * power, parameters, into)
        case Apply("exp", (Apply("add" | "sub" as name, (inner, Parameter(k))),)) if _harmless(parameters[k]):
            into.scale(exp((parameters[k] if name == "add" else -parameters[k]) * float(exponent)))
            _gather(Apply("exp", (inner,)), exponent, parameters, into)
        case Apply("exp", (Apply("add", (Parameter(k), inner)),)) if _harmless(parameters[k]):
            into.scale(exp(parameters[k] * float(exponent)))
            _gather(Apply("exp", (inner,)), exponent, parameters, into)
        case Apply("exp", (Apply("sub", (Parameter(k), inner)),)) if _harmless(parameters[k]):
            into.scale(exp(parameters[k] * float(exponent)))
            _gather(Apply("exp", (inner,)), -exponent, parameters, into)
        case Apply("exp", (Apply("neg", (inner,)),)):
            into.take(Apply("exp", (inner,)), -exponent)
        case _:
            into.take(term, exponent)


def _opposite(term: Term) -> Term | None:
    """The term with the opposite sign, where a difference in it can be turned round."""
    match term:
        case Apply("sub", (left, right)):
            return Apply("sub", (right, left))
        case Apply("neg", (inner,)):
            return inner
        case Apply("mul" | "div" as name, (left, right)):
            if (first := _opposite(left)) is not None:
                return Apply(name, (first, right))
            second = _opposite(right)
            return None if second is None else Apply(name, (left, second))
    return None


def without_minus(term: Term) -> Term | None:
    """The opposite of a product that has a minus sign in front of it or of a factor; None where it has none."""
    match term:
        case Literal(Fraction() as value) if value < 0:
            return Literal(-value)
        case Apply("neg", (inner,)):
            return inner
        case Apply("mul" | "div" as name, (left, right)):
            if (first := without_minus(left)) is not None:
                return Apply(name, (first, right))
            second = without_minus(right)
            return None if second is None else Apply(name, (left, second))
    return None


def _harmless(shift: float) -> bool:
    """Whether the exponential of the shift may become a factor."""
    return abs(shift) < LARGEST_LOGARITHM / 2


def summands_of(term: Term) -> list[tuple[int, Term]]:
    """The signed terms of a sum; a term and its opposite cancel."""
    counts: dict[Term, int] = {}
    _sum(term, 1, counts)
    result: list[tuple[int, Term]] = []
    for inner, count in counts.items():
        if abs(count) > 1:
            inner = Apply("mul", (Literal(Fraction(abs(count))), inner))
        if count:
            result.append((1 if count > 0 else -1, inner))
    return result


def _sum(term: Term, sign: int, into: dict[Term, int]) -> None:
    match term:
        case Apply("add", (left, right)):
            _sum(left, sign, into)
            _sum(right, sign, into)
        case Apply("sub", (left, right)):
            _sum(left, sign, into)
            _sum(right, -sign, into)
        case Apply("neg", (inner,)):
            _sum(inner, -sign, into)
        case _ if (positive := without_minus(term)) is not None:
            _sum(positive, -sign, into)
        case _:
            into[term] = into.get(term, 0) + sign


def signed_sum(summands: Sequence[tuple[int, Term]]) -> Term:
    """The sum of signed terms, of which there are some, from the left; what is added comes first."""
    result: Term | None = None
    for sign, term in sorted(summands, key=lambda one: -one[0]):
        if result is None:
            result = term if sign > 0 else Apply("neg", (term,))
        else:
            result = Apply("add" if sign > 0 else "sub", (result, term))
    assert result is not None
    return result
