"""Exact constants in place of fitted parameters, wherever the message gets shorter by it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import floor, isfinite
from typing import TYPE_CHECKING, Final

from sagredo.language.term import Apply, Literal, Parameter, Program, Term, rebuild, renumber, substitute

if TYPE_CHECKING:
    from sagredo.domains.expressions.objective import RealObjective
    from sagredo.language.language import Language
    from sagredo.objective.objective import Score

WIDTHS: Final = (0.5, 1.0, 2.0, 4.0)
"""Half widths, in standard errors, of the intervals in which the simplest constant is sought: further than
four the data speak against it by over eight nats."""

ROUNDING: Final = 2.0**-50
"""Relative half width below which a fitted value means nothing: four spacings of a double."""

TRIES: Final = 6
"""Candidates that are scored for a parameter, the shortest first; their bits then grow faster than their
fit."""

NEUTRAL: Final = {"add": (0, True), "sub": (0, False), "mul": (1, True), "div": (1, False), "pow": (1, False)}
"""The literal that leaves the other argument as it is, and whether it may stand on the left, too."""


def snap(objective: RealObjective, score: Score) -> Score:
    """Replace parameters by exact constants of the language, one at a time, as long as L gets smaller.

    The candidates near a value are the simplest rationals of intervals around it (Stern-Brocot), those
    times or over the powers of a named constant, and square roots of all these, as far as the language has
    them; the grammar's bits and the data decide. The remaining parameters are fitted anew each time.
    """
    improved = True
    while improved:
        improved = False
        for index in range(len(score.program.parameters)):
            better = _snap_one(objective, score, index)
            if better is not None:
                score, improved = better, True
                break
    return score


def simplest_rational(low: Fraction, high: Fraction) -> Fraction:
    """The rational in [low, high] with the least numerator and denominator (Stern-Brocot).

    Both are least at once: any other rational of the interval is a descendant of it in the tree.
    """
    if low <= 0 <= high:
        return Fraction(0)
    if high < 0:
        return -simplest_rational(-high, -low)
    whole = floor(low)
    if whole == low:
        return Fraction(whole)
    if whole + 1 <= high:
        return Fraction(whole + 1)
    return whole + 1 / simplest_rational(1 / (high - whole), 1 / (low - whole))


def _snap_one(objective: RealObjective, score: Score, index: int) -> Score | None:
    """The best score with an exact constant for one parameter, if any is better than the parameter itself."""
    value, error = score.program.parameters[index], score.standard_errors[index]
    language, parameters = objective.language, score.program.parameters
    programs = [
        renumber(Program(_drop_neutral(substitute(score.program.term, {Parameter(index): term})), parameters))
        for term in dict.fromkeys(_constants_near(objective, value, error))
    ]
    limit = score.description_length_bits - objective.floor_bits
    priced = ((language.code_bits(program), program) for program in programs)
    shorter = sorted((pair for pair in priced if pair[0] < limit), key=lambda pair: pair[0])
    tried = objective.score_batch([program for _, program in shorter[:TRIES]])
    return min(
        (other for other in tried if other.description_length_bits < score.description_length_bits),
        key=lambda other: other.description_length_bits,
        default=None,
    )


def _constants_near(objective: RealObjective, value: float, error: float) -> Iterator[Term]:
    """Exact terms whose value lies within a few standard errors of a number."""
    if not (isfinite(value) and isfinite(error)):
        return
    names = objective.language.primitive_by_name
    for width in WIDTHS:
        half = max(width * error, ROUNDING * abs(value))
        low, high = Fraction(value) - Fraction(half), Fraction(value) + Fraction(half)
        yield Literal(simplest_rational(low, high))
        if low > 0 and "sqrt" in names:
            yield Apply("sqrt", (Literal(simplest_rational(low * low, high * high)),))
        for factor, size in _multipliers(objective.language, objective.constants):
            if not (isfinite(size) and size != 0):
                continue
            ends = sorted((low / Fraction(size), high / Fraction(size)))
            yield _times(simplest_rational(*ends), factor)
            if low > 0 and size > 0 and "sqrt" in names:
                inside = simplest_rational(low * low / Fraction(size), high * high / Fraction(size))
                yield Apply("sqrt", (_times(inside, factor),))


def _multipliers(language: Language, constants: Mapping[str, float]) -> Iterator[tuple[Term, float]]:
    """Powers of the language's named constants, with their values."""
    names = language.primitive_by_name
    for name, value in constants.items():
        if name not in names:
            continue
        named = Apply(name)
        yield named, value
        if "inv" in names and value != 0:
            yield Apply("inv", (named,)), 1 / value
        for power, exponent in (("square", 2), ("cube", 3)):
            if power in names:
                yield Apply(power, (named,)), value**exponent
                if "inv" in names and value != 0:
                    yield Apply("inv", (Apply(power, (named,)),)), value**-exponent
        if "sqrt" in names and value > 0:
            yield Apply("sqrt", (named,)), value**0.5
            if "inv" in names:
                yield Apply("inv", (Apply("sqrt", (named,)),)), value**-0.5


def _times(rational: Fraction, factor: Term) -> Term:
    """rational * factor, in the spelling with the fewest nodes."""
    if rational == 1 or rational == 0:
        return factor if rational else Literal(rational)
    if isinstance(factor, Apply) and factor.primitive == "inv":
        return Apply("div", (Literal(rational), factor.arguments[0]))
    if rational.numerator == 1:
        return Apply("div", (factor, Literal(Fraction(rational.denominator))))
    return Apply("mul", (Literal(rational), factor))


def _drop_neutral(term: Term) -> Term:
    """The term without additions of 0, factors of 1 and exponents of 1."""

    def change(node: Term) -> Term:
        if isinstance(node, Apply) and node.primitive in NEUTRAL:
            neutral, both = NEUTRAL[node.primitive]
            left, right = node.arguments
            if right == Literal(Fraction(neutral)):
                return left
            if both and left == Literal(Fraction(neutral)):
                return right
        return node

    return rebuild(term, change)
