"""The shortest spelling of one program, found by what its parts mean rather than by rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING, Final, final

import numpy as np

from sagredo.domains.expressions.planners.bank import RealBank
from sagredo.domains.expressions.planners.factors import (
    Factors,
    factors_of,
    signed_sum,
    summands_of,
    without_minus,
)
from sagredo.domains.expressions.planners.phrases import ONE, TIE_BITS, UNSAYABLE, Phrases, Said, power_of
from sagredo.domains.expressions.planners.solutions import chain
from sagredo.language.term import (
    Apply,
    Literal,
    Parameter,
    Program,
    Term,
    Variable,
    children,
    parameter_count,
    renumber,
)

if TYPE_CHECKING:
    from jaxtyping import Float64

    Column = Float64[np.ndarray, " rows"]

MOST_PARTS: Final = 7
"""Products and sums of more parts are left as they are: all 3^n divisions in two are weighed."""

MOST_WITH_SIGN: Final = 4
"""A product of more factors with a minus sign is spelled without it alone: one spelling of many parts is enough."""

MOST_TERMS: Final = 50
"""Terms spelled for one program; beyond them they are taken as they are, so that a step stays short."""

POWERS: Final = (Fraction(1), Fraction(-1), Fraction(2), Fraction(-2), Fraction(1, 2), Fraction(-1, 2))
"""Powers of a product that are spelled side by side, as each may be said by way of another."""

UNARY: Final[Mapping[str, Fraction]] = {"inv": Fraction(-1), "square": Fraction(2), "sqrt": Fraction(1, 2)}
"""operation(v) = v^exponent, so that v^e is said as operation(v^(e / exponent))."""

NAMED: Final = {Fraction(3): "cube"} | {power: name for name, power in UNARY.items()}

OPPOSITE: Final = tuple(POWERS.index(-power) for power in POWERS)
"""Where the inverse of each power stands."""

WAYS: Final = tuple(
    (e, name, POWERS.index(power / exponent))
    for e, power in enumerate(POWERS)
    for name, exponent in UNARY.items()
    if power / exponent in POWERS
)
"""A power, an operation, and the power that it has to be applied to."""

HALF_ANGLES: Final = {"sin": "sub", "cos": "add"}
"""2 sin(u)^2 = 1 - cos(2 u), 2 cos(u)^2 = 1 + cos(2 u)."""

SAME: Final = 1e-6
"""The relative difference that regrouping may make by rounding, where terms cancel; a lost sign makes far more."""

ROUNDS: Final = 2
"""Passes over the powers of one product: 1/sqrt(v) is said by way of sqrt(v), which is said by way of v."""


Tables = dict[tuple[int, int], Said]
"""The best spelling of a group of parts (a bit each) for each of its powers or signs."""


def spell(program: Program, bank: RealBank, constants: Mapping[str, float]) -> Program:
    """The shortest spelling found of the program."""
    speller = _Speller(program, bank, constants)
    return renumber(Program(speller.best(program.term).term, tuple(speller.parameters)))


@final
class _Speller:
    """Spells the sub-terms of one program; ``parameters`` grows with the constants that are merged."""

    def __init__(self, program: Program, bank: RealBank, constants: Mapping[str, float]) -> None:
        self.parameters = list(program.parameters)
        self._phrases = Phrases(bank, constants)
        self._best: dict[Term, Said] = {}

    def best(self, term: Term) -> Said:
        """The shortest spelling of the term."""
        if term not in self._best:
            parts = [self.best(child) for child in children(term)]
            if isinstance(term, Apply) and parts:
                said = self._phrases.apply(term.primitive, *parts)
                # Regrouping may come back to the term: 2 sin(u)^2 is 1 - cos(2 u), and that is said as 2 sin(u)^2.
                self._best[term] = said
                # A part that was said anew may no longer show what it is made of.
                found = [
                    said,
                    *(one for form in dict.fromkeys((said.term, term)) for one in self._taken_apart(form)),
                ]
                if not parameter_count(said.term):
                    found.append(self._phrases.look_up(self._value(said.term)))
                shorter = sorted((one for one in found if one.bits < said.bits), key=lambda one: one.bits)
                self._best[term] = next((one for one in shorter if self._same(one.term, term)), said)
            else:
                self._best[term] = Said(self._phrases.node_bits(term), term)
        return self._best[term]

    def _taken_apart(self, term: Term) -> Iterator[Said]:
        """The spellings by regrouping."""
        if not isinstance(term, Apply) or len(self._best) > MOST_TERMS:
            return
        if term.primitive in ("add", "sub", "neg"):
            yield from self._sum(term)
        if term.primitive in ("mul", "div", "neg", "inv", "square", "cube", "sqrt", "pow", "exp"):
            yield from self._product(term)

    # -- products ----------------------------------------------------------------------------------------

    def _product(self, term: Term) -> Iterator[Said]:
        factors = self._factors(term)
        if factors.number < 0 and (positive := without_minus(term)) is not None:
            yield self._phrases.apply("neg", self.best(positive))
            if len(factors.powers) > MOST_WITH_SIGN:
                return
        yield from self._distributed(factors)
        yield from self._doubled(factors)
        parts = self._parts(factors.powers)
        if (constant := self._constant_of(factors)) is not None:
            parts.append((constant, Fraction(1)))
        if not parts or len(parts) > MOST_PARTS or (len(parts) == 1 and parts[0] == (term, Fraction(1))):
            return
        # Of each power, with the sign that the root of a square has: (a b)^2 to the 1/2 is a b.
        values = [
            [power_of(self._value(base), exponent * power) for base, exponent in parts] for power in POWERS
        ]
        tables: Tables = {}
        for group in range(1, 1 << len(parts)):
            members = [k for k in range(len(parts)) if group >> k & 1]
            powered = [reduce(np.multiply, (of_power[k] for k in members)) for of_power in values]
            # Two factors without a root may have one together.
            powered = [
                power_of(powered[0], power) if np.any(np.isnan(value)) else value
                for power, value in zip(POWERS, powered, strict=True)
            ]
            free = any(parameter_count(parts[k][0]) for k in members)
            for e, power in enumerate(POWERS):
                if np.any(np.isnan(powered[e])):
                    tables[e, group] = UNSAYABLE
                    continue
                said = UNSAYABLE if free else self._phrases.look_up(powered[e])
                if len(members) == 1:
                    base, exponent = parts[members[0]]
                    said = min(
                        said, self._said_power(self.best(base), exponent * power), key=lambda one: one.bits
                    )
                tables[e, group] = self._halves(tables, e, group, said)
            self._by_way_of_one_another(tables, group, [bool(np.all(value >= 0)) for value in powered])
        yield tables[0, (1 << len(parts)) - 1]

    def _factors(self, term: Term) -> Factors:
        """The factors of the term, with its sign: the root of a square, taken for its base, may be of the opposite."""
        factors = factors_of(term, tuple(self.parameters))
        constant = self._constant_of(factors)
        value = self._value(ONE if constant is None else constant)
        for base, exponent in factors.powers.items():
            value = value * power_of(self._value(base), exponent)
        if np.all(np.sign(value) == -np.sign(self._value(term))):
            factors.number = -factors.number
            factors.turn_round()
        return factors

    def _distributed(self, factors: Factors) -> Iterator[Said]:
        """The product as a sum, where a factor cancels in one of its terms: (a + b/c) c = a c + b."""
        for base, exponent in factors.powers.items():
            if exponent != 1 or not isinstance(base, Apply) or base.primitive not in ("add", "sub"):
                continue
            others = {other: power for other, power in factors.powers.items() if other != base}
            summands = [
                (sign, factors_of(inner, tuple(self.parameters))) for sign, inner in summands_of(base)
            ]
            if not any(own.cancels(others) for _, own in summands):
                continue
            for _, own in summands:
                for other, power in others.items():
                    own.take(other, power)
            said = self.best(signed_sum([(sign, self._plain(own)) for sign, own in summands]))
            constant = self._constant_of(factors)
            yield said if constant is None else self._phrases.apply("mul", self.best(constant), said)

    def _doubled(self, factors: Factors) -> Iterator[Said]:
        """The product with an angle doubled: 2 sin(u) cos(u) = sin(2 u), 2 sin(u)^2 = 1 - cos(2 u)."""
        for base, exponent in factors.powers.items():
            if not isinstance(base, Apply) or base.primitive not in HALF_ANGLES or exponent < 1:
                continue
            (angle,) = base.arguments
            twice = Apply("mul", (Literal(Fraction(2)), angle))
            cosine = Apply("cos", (angle,))
            both = min(exponent, factors.powers.get(cosine, Fraction(0)))
            if base.primitive == "sin" and both >= 1 and both.denominator == 1:
                yield self._halved(factors, [base, cosine], Apply("sin", (twice,)), both)
            if exponent % 2 == 0:
                sum_of_one = Apply(HALF_ANGLES[base.primitive], (ONE, Apply("cos", (twice,))))
                yield self._halved(factors, [base, base], sum_of_one, exponent / 2)

    def _halved(self, factors: Factors, pair: Sequence[Term], other: Term, times: Fraction) -> Said:
        """The product with ``other`` / 2 in the place of a pair of factors, so many times."""
        result = Factors(factors.number / 2 ** int(times), factors.parameter, dict(factors.powers))
        for base in pair:
            result.take(base, -times)
        result.take(other, times)
        return self.best(self._plain(result))

    def _constant_of(self, factors: Factors) -> Term | None:
        """The product of all numbers and free factors; None where it is 1."""
        if factors.parameter is not None:
            return self._constant(factors.parameter * float(factors.number))
        return None if factors.number == 1 else Literal(factors.number)

    def _parts(self, powers: Mapping[Term, Fraction]) -> list[tuple[Term, Fraction]]:
        """The factors; when there are many, variables of the same exponent, 1 or -1, count as one."""
        if len(powers) < MOST_PARTS:
            return list(powers.items())
        parts = [(base, e) for base, e in powers.items() if abs(e) != 1 or not isinstance(base, Variable)]
        for exponent in (Fraction(1), Fraction(-1)):
            alike = [base for base, e in powers.items() if e == exponent and isinstance(base, Variable)]
            if alike:
                parts.append((chain(alike), exponent))
        return parts

    def _halves(self, tables: Tables, e: int, group: int, said: Said) -> Said:
        """The best of the given spelling and of all products and quotients of two parts of the group."""
        opposite = OPPOSITE[e]
        mul, div = self._phrases.operation_bits("mul"), self._phrases.operation_bits("div")
        best, choice = said.bits, (0, "")
        part = (group - 1) & group
        while part:
            rest = group ^ part
            left, right, over = tables[e, part].bits, tables[e, rest], tables[opposite, rest].bits
            nested = (
                TIE_BITS if isinstance(right.term, Apply) and right.term.primitive in ("mul", "div") else 0.0
            )
            if left + mul + right.bits + nested < best:
                best, choice = left + mul + right.bits + nested, (part, "mul")
            if left + div + over < best:
                best, choice = left + div + over, (part, "div")
            part = (part - 1) & group
        part, operation = choice
        if not part:
            return said
        second = tables[e if operation == "mul" else opposite, group ^ part].term
        return Said(best, Apply(operation, (tables[e, part].term, second)))

    def _by_way_of_one_another(self, tables: Tables, group: int, positive: Sequence[bool]) -> None:
        """v^e as a unary operation on another power of v; a root is never negative."""
        for _ in range(ROUNDS):
            for e, name, inner in WAYS:
                if name == "sqrt" and not positive[e]:
                    continue
                if tables[inner, group].bits + self._phrases.operation_bits(name) < tables[e, group].bits:
                    tables[e, group] = self._phrases.apply(name, tables[inner, group])

    def _said_power(self, base: Said, exponent: Fraction) -> Said:
        """base^exponent by the shortest operation."""
        if exponent == 1:
            return base
        if exponent in NAMED:
            return self._phrases.apply(NAMED[exponent], base)
        return self._phrases.apply(
            "pow", base, Said(self._phrases.node_bits(Literal(exponent)), Literal(exponent))
        )

    def _constant(self, value: float) -> Parameter:
        """The parameter of this value: one that was merged before is not another one now."""
        if value not in self.parameters:
            self.parameters.append(value)
        return Parameter(self.parameters.index(value))

    # -- sums --------------------------------------------------------------------------------------------

    def _sum(self, term: Term) -> Iterator[Said]:
        summands = summands_of(term)
        if not summands:
            yield Said(self._phrases.node_bits(Literal(Fraction(0))), Literal(Fraction(0)))
        if not summands or len(summands) > MOST_PARTS or summands == [(1, term)]:
            return
        # With its sign, and with the opposite one.
        tables: Tables = {}
        values = [sign * self._value(inner) for sign, inner in summands]
        for group in range(1, 1 << len(summands)):
            members = [k for k in range(len(summands)) if group >> k & 1]
            value = reduce(np.add, (values[k] for k in members))
            free = any(parameter_count(summands[k][1]) for k in members)
            for e, sign in enumerate((1, -1)):
                said = UNSAYABLE if free else self._phrases.look_up(sign * value)
                if not free and "square" in self._phrases.primitives:
                    root = self._phrases.look_up(power_of(sign * value, Fraction(1, 2)))
                    said = min(said, self._phrases.apply("square", root), key=lambda one: one.bits)
                if len(members) == 1:
                    own_sign, inner = summands[members[0]]
                    plain = self.best(inner)
                    own = plain if own_sign == sign else self._phrases.apply("neg", plain)
                    said = min(said, own, key=lambda one: one.bits)
                tables[e, group] = self._parts_of_sum(tables, e, group, said)
            for e in (0, 1):
                if tables[1 - e, group].bits + self._phrases.operation_bits("neg") < tables[e, group].bits:
                    tables[e, group] = self._phrases.apply("neg", tables[1 - e, group])
        yield tables[0, (1 << len(summands)) - 1]
        yield from self._factored(summands)

    def _parts_of_sum(self, tables: Tables, e: int, group: int, said: Said) -> Said:
        add, sub = self._phrases.operation_bits("add"), self._phrases.operation_bits("sub")
        part = (group - 1) & group
        while part:
            rest = group ^ part
            left = tables[e, part]
            if part > rest and left.bits + add + tables[e, rest].bits < said.bits:
                said = self._phrases.apply("add", left, tables[e, rest])
            if left.bits + sub + tables[1 - e, rest].bits < said.bits:
                said = self._phrases.apply("sub", left, tables[1 - e, rest])
            part = (part - 1) & group
        return said

    def _factored(self, summands: Sequence[tuple[int, Term]]) -> Iterator[Said]:
        """base^exponent * (sum of the terms that have it) + the others."""
        factors = [factors_of(inner, tuple(self.parameters)) for _, inner in summands]
        yield from self._numbered(summands, factors)
        powers = [own.powers for own in factors]
        shared = {
            (base, 1 if exponent > 0 else -1)
            for taken in powers
            for base, exponent in taken.items()
            if sum((base in other) and (other[base] > 0) == (exponent > 0) for other in powers) > 1
        }
        for base, sign in sorted(shared, key=repr):
            having = [
                k for k, taken in enumerate(powers) if base in taken and (taken[base] > 0) == (sign > 0)
            ]
            exponent = min((powers[k][base] for k in having), key=abs)
            inner = self.best(
                signed_sum([(summands[k][0], self._over(summands[k][1], base, exponent)) for k in having])
            )
            outer = self.best(base)
            operation = "mul" if exponent > 0 else "div"
            said = self._phrases.apply(operation, inner, self._said_power(outer, abs(exponent)))
            rest = [summands[k] for k in range(len(summands)) if k not in having]
            if rest:
                said = self._phrases.apply("add", said, self.best(signed_sum(rest)))
            yield said

    def _numbered(self, summands: Sequence[tuple[int, Term]], factors: Sequence[Factors]) -> Iterator[Said]:
        """A number that all terms have, times the rest."""
        number, *others = (own.number for own in factors)
        if number == 1 or any(other != number for other in others) or any(own.parameter for own in factors):
            return
        for own in factors:
            own.number = Fraction(1)
        rest = signed_sum(
            [(sign, self._plain(own)) for (sign, _), own in zip(summands, factors, strict=True)]
        )
        yield self._phrases.apply("mul", self.best(Literal(number)), self.best(rest))

    def _over(self, term: Term, base: Term, exponent: Fraction) -> Term:
        """The term without the factor base^exponent, as a plain quotient."""
        factors = factors_of(term, tuple(self.parameters))
        factors.take(base, -exponent)
        return self._plain(factors)

    def _plain(self, factors: Factors) -> Term:
        """One product over another."""
        constant = self._constant_of(factors)
        above: list[Term] = [] if constant is None else [constant]
        below: list[Term] = []
        for inner, power in factors.powers.items():
            said = self._said_power(Said(0.0, inner), abs(power)).term
            (above if power > 0 else below).append(said)
        result = chain(above) if above else ONE
        return Apply("div", (result, chain(below))) if below else result

    # -- values ------------------------------------------------------------------------------------------

    def _value(self, term: Term) -> Column:
        return self._phrases.value(Program(term, tuple(self.parameters)))

    def _same(self, one: Term, other: Term) -> bool:
        """Whether both have the same values: a base may be negative whose square's root was taken for itself."""
        return np.allclose(self._value(one), self._value(other), rtol=SAME, atol=0.0, equal_nan=True)
