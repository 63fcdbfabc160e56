"""From a weighted least-squares fit to programs: which coefficients stay, which become simple numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import islice
from math import exp
from typing import TYPE_CHECKING, Final

import numpy as np

from sagredo.domains.expressions.planners.bank import RealBank
from sagredo.domains.expressions.planners.shelves import Part
from sagredo.domains.expressions.planners.solutions import ProgramBuilder, times
from sagredo.language.term import Apply, Parameter, Program, Term, Variable, substitute

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.domains.expressions.planners.regression import FitRows, Regression

    Column = Float64[np.ndarray, " rows"]

STANDARD_ERRORS: Final = 3.0
"""A coefficient that is so near to a simple number may be that number; the objective decides."""

BENT: Final = 0.05
"""The relative error that a fit may have beside that of the noise, where the goal is far from linear in the response. A
program that is undefined a little beyond its true factor has no other way to be met."""

EXACT: Final = 1e-9
"""The relative error of a coefficient that least squares leaves in data without noise."""

LARGEST_LOGARITHM: Final = 700.0
"""Of a double, nearly: log(1.8e308) = 709.8."""

LARGEST_EXPONENT: Final = 8.0

LARGEST_IN_FACTOR: Final = 4
SIMPLE_FACTORS: Final = tuple(
    sorted(
        {Fraction(p, q) for p in range(1, LARGEST_IN_FACTOR + 1) for q in range(1, LARGEST_IN_FACTOR + 1)},
        key=lambda number: (number.numerator * number.denominator, number.denominator),
    )
)
"""What a factor may be said as, the simplest first."""


def weighted_least_squares(
    design: np.ndarray, values: Column, weights: Column
) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients of the rows of ``design`` and their standard errors, the noise estimated from the residuals."""
    roots = np.sqrt(weights)
    matrix, response = (design * roots).T, values * roots
    # Columns of one size: the cut-off of small singular values is relative.
    norms = np.sqrt(np.sum(np.square(matrix), axis=0))
    norms[norms == 0] = 1.0
    scaled: Float64[np.ndarray, "rows coefficients"] = matrix / norms
    solution = np.linalg.lstsq(scaled, response, rcond=None)[0]
    freedom = max(1, int(np.count_nonzero(weights)) - len(solution))
    variance = float(np.sum(np.square(response - scaled @ solution))) / freedom
    inverse = np.linalg.pinv(scaled)
    return solution / norms, np.sqrt(variance * np.sum(np.square(inverse), axis=1)) / norms


def _near(value: float, simple: float, error: float) -> bool:
    return abs(value - simple) <= max(STANDARD_ERRORS * error, EXACT * abs(simple))


def _adopted(builder: ProgramBuilder, part: Part) -> Term:
    """The part's term, its parameters numbered among the builder's."""
    new: dict[Term, Term] = {
        Parameter(k): builder.parameter(value) for k, value in enumerate(part.parameters)
    }
    return substitute(part.term, new) if new else part.term


def sum_programs(bank: RealBank, parts: Sequence[Part], regression: Regression) -> Iterator[Program]:
    """sum_k c_k part_k + c_0: with all its coefficients, and with those that may be left out, left out."""
    columns = [part.column for part in parts]
    design = np.array([*columns, *regression.span])
    coefficients, errors = weighted_least_squares(design, regression.values, regression.weights)
    if not np.all(np.isfinite(coefficients)):
        return
    offset, offset_error = float(coefficients[-1]), float(errors[-1])
    scale = max(float(np.max(np.abs(c * column))) for c, column in zip(coefficients, columns, strict=False))
    droppable = abs(offset) <= max(STANDARD_ERRORS * offset_error, EXACT * scale)
    units = [
        round(float(c)) if _near(float(c), float(np.copysign(1.0, c)), float(e)) else None
        for c, e in zip(coefficients[:-1], errors[:-1], strict=True)
    ]
    kept = coefficients[:-1].tolist()
    if any(unit is not None for unit in units) or droppable:
        yield _sum(bank, parts, kept, units, None if droppable else offset)
    if droppable and any(unit is not None for unit in units):
        yield _sum(bank, parts, kept, [None] * len(parts), None)
    if not droppable:
        yield _sum(bank, parts, kept, [None] * len(parts), offset)


def _sum(
    bank: RealBank,
    parts: Sequence[Part],
    coefficients: Sequence[float],
    units: Sequence[int | None],
    offset: float | None,
) -> Program:
    """The sum; a coefficient with a unit is that unit, 1 or -1."""
    builder = ProgramBuilder(bank)
    result: Term | None = None
    terms = [_adopted(builder, part) for part in parts]
    order = sorted(range(len(parts)), key=lambda k: units[k] == -1)
    for k in order:
        unit = units[k]
        term = terms[k] if unit is not None else Apply("mul", (builder.parameter(coefficients[k]), terms[k]))
        if result is None:
            result = Apply("neg", (term,)) if unit == -1 else term
        else:
            result = Apply("sub" if unit == -1 else "add", (result, term))
    assert result is not None
    if offset is not None:
        result = Apply("add", (result, builder.parameter(offset)))
    return Program(result, tuple(builder.parameters))


def multiples(bank: RealBank, part: Part, values: Column, weights: Column) -> Iterator[Program]:
    """c part: with the simple number that the factor may be, and with a parameter."""
    coefficients, errors = weighted_least_squares(part.column[None], values, weights)
    factor, error = float(coefficients[0]), float(errors[0])
    if not np.isfinite(factor) or factor == 0.0:
        return
    builder = ProgramBuilder(bank)
    term = _adopted(builder, part)
    sign = -1 if factor < 0 else 1
    near = (sign * number for number in SIMPLE_FACTORS if _near(factor, float(sign * number), error))
    for simple in islice(near, 1):
        yield Program(times(simple, term), tuple(builder.parameters))
    yield Program(Apply("mul", (builder.parameter(factor), term)), tuple(builder.parameters))


def product_programs(
    bank: RealBank, parts: Sequence[Part], rows: FitRows, regression: Regression
) -> Iterator[Program]:
    """c prod_i x_i^p_i prod_k part_k^q_k, with exp(q_k part_k) for a part that is no logarithm.

    Exponents that are near to simple ones are rounded to them; once more, all of them are rounded to halves. The factor
    that these leave is fitted anew, and may be a simple number.
    """
    design = np.array([*rows.span, *(part.column for part in parts)])
    coefficients, errors = weighted_least_squares(design, regression.values, regression.weights)
    if not np.all(np.isfinite(coefficients)):
        return
    free = len(rows.usable)
    powers = [float(c) for c in coefficients[1:]]
    factor = [True] * free + [part.logarithmic for part in parts]
    if (
        max((abs(p) for p, is_factor in zip(powers, factor, strict=True) if is_factor), default=0.0)
        > LARGEST_EXPONENT
    ):
        return
    rounded = [_simple_exponent(p, float(e)) for p, e in zip(powers, errors[1:], strict=True)]
    halves = [round(2 * p) / 2 if is_factor else p for p, is_factor in zip(powers, factor, strict=True)]
    for chosen in dict.fromkeys((tuple(halves), tuple(rounded))):
        if any(chosen):
            for scale in _scales(regression, np.array(chosen) @ design[1:]):
                yield _product(bank, rows, parts, chosen, scale)


def _scales(regression: Regression, fitted: Column) -> Iterator[float | Fraction]:
    """The factor that is left beside fitted logarithms: the simple number that it may be, and as it comes out."""
    total = float(np.sum(regression.weights))
    left = regression.values - fitted
    mean = float(np.sum(regression.weights * left)) / total
    freedom = max(1, int(np.count_nonzero(regression.weights)) - 1)
    with np.errstate(all="ignore"):
        variance = float(np.sum(regression.weights * np.square(left - mean))) / freedom
    scale = exp(min(max(mean, -LARGEST_LOGARITHM), LARGEST_LOGARITHM))
    error = max(scale * (variance / total) ** 0.5, BENT / STANDARD_ERRORS * scale)
    near = (number for number in SIMPLE_FACTORS if _near(scale, float(number), error))
    yield from islice(near, 1)
    yield scale


def _simple_exponent(power: float, error: float) -> float:
    """The multiple of a half or a third that the exponent may be, or else the exponent itself."""
    for denominator in (1, 2, 3):
        simple = round(power * denominator) / denominator
        if _near(power, simple, error):
            return simple
    return power


def _product(
    bank: RealBank, rows: FitRows, parts: Sequence[Part], powers: Sequence[float], scale: float | Fraction
) -> Program:
    """The product, with a factor that is a simple number or else to be fitted."""
    builder = ProgramBuilder(bank)
    constant = None if isinstance(scale, Fraction) else builder.parameter(scale)
    bases: list[Term] = [Variable(bank.symbols[k]) for k in rows.usable]
    factors = [(base, power) for base, power in zip(bases, powers, strict=False) if power != 0]
    for part, power in zip(parts, powers[len(bases) :], strict=True):
        if power == 0:
            continue
        term = _adopted(builder, part)
        if part.logarithmic:
            factors.append((term, power))
        else:
            factors.append((Apply("exp", (builder.scaled(power, term),)), 1.0))
    product = builder.product(factors, 1.0)
    term = times(scale, product) if constant is None else Apply("mul", (constant, product))
    return Program(term, tuple(builder.parameters))
