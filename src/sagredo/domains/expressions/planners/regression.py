"""From a weighted least-squares fit to programs: which coefficients stay, which become simple numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import exp
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from sagredo.domains.expressions.planners.bank import RealBank
from sagredo.domains.expressions.planners.solutions import ProgramBuilder
from sagredo.language.term import Apply, Program, Term, Variable

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.domains.expressions.planners.pursuit import PursuitRows

    Column = Float64[np.ndarray, " rows"]

STANDARD_ERRORS: Final = 3.0
"""A coefficient that is so near to a simple number may be that number; the objective decides."""

EXACT: Final = 1e-9
"""The relative error of a coefficient that least squares leaves in data without noise."""

LARGEST_LOGARITHM: Final = 700.0
"""Of a double, nearly: log(1.8e308) = 709.8."""

LARGEST_EXPONENT: Final = 8.0


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


class Part(NamedTuple):
    """An entry of the bank with its column on the rows of the fit."""

    entry: int
    column: Column


def sum_programs(bank: RealBank, parts: Sequence[Part], values: Column, weights: Column) -> Iterator[Program]:
    """sum_k c_k entry_k + c_0: with all its coefficients, and with those that may be left out, left out."""
    columns = [part.column for part in parts]
    design = np.array([*columns, np.ones_like(values)])
    coefficients, errors = weighted_least_squares(design, values, weights)
    if not np.all(np.isfinite(coefficients)):
        return
    terms = [bank.term(part.entry) for part in parts]
    offset, offset_error = float(coefficients[-1]), float(errors[-1])
    scale = max(float(np.max(np.abs(c * column))) for c, column in zip(coefficients, columns, strict=False))
    droppable = abs(offset) <= max(STANDARD_ERRORS * offset_error, EXACT * scale)
    units = [
        round(float(c)) if _near(float(c), s, float(e)) else None
        for c, e in zip(coefficients[:-1], errors[:-1], strict=True)
        for s in (np.copysign(1.0, c),)
    ]
    kept = coefficients[:-1].tolist()
    if any(unit is not None for unit in units) or droppable:
        yield _sum(bank, terms, kept, units, None if droppable else offset)
    if droppable and any(unit is not None for unit in units):
        yield _sum(bank, terms, kept, [None] * len(terms), None)
    if not droppable:
        yield _sum(bank, terms, kept, [None] * len(terms), offset)


def _sum(
    bank: RealBank,
    terms: Sequence[Term],
    coefficients: Sequence[float],
    units: Sequence[int | None],
    offset: float | None,
) -> Program:
    """The sum; a coefficient with a unit is that unit, 1 or -1."""
    builder = ProgramBuilder(bank)
    result: Term | None = None
    order = sorted(range(len(terms)), key=lambda k: units[k] == -1)
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


def product_programs(
    bank: RealBank,
    parts: Sequence[Part],
    rows: PursuitRows,
    values: Column,
    weights: Column,
) -> Iterator[Program]:
    """c prod_i x_i^p_i prod_k entry_k^q_k: with the exponents that are near to simple ones rounded to them, and with
    all of them rounded to halves.

    ``values`` and the parts' columns are logarithms of magnitudes; so is the rows' span.
    """
    design = np.array([*rows.span, *(part.column for part in parts)])
    coefficients, errors = weighted_least_squares(design, values, weights)
    if (
        not np.all(np.isfinite(coefficients))
        or np.max(np.abs(coefficients[1:]), initial=0.0) > LARGEST_EXPONENT
    ):
        return
    bases: list[Term] = [Variable(bank.symbols[k]) for k in rows.usable]
    bases += [bank.term(part.entry) for part in parts]
    exponents, exponent_errors = coefficients[1:].tolist(), errors[1:].tolist()
    rounded = [
        _simple_exponent(power, error) for power, error in zip(exponents, exponent_errors, strict=True)
    ]
    halves = [round(2 * power) / 2 for power in exponents]
    scale = exp(min(max(coefficients[0], -LARGEST_LOGARITHM), LARGEST_LOGARITHM))
    free_scale = not _near(float(coefficients[0]), 0.0, float(errors[0]))
    for powers in dict.fromkeys((tuple(halves), tuple(rounded))):
        if any(powers):
            if not free_scale:
                yield _product(bank, bases, powers, None)
            yield _product(bank, bases, powers, scale)


def _simple_exponent(power: float, error: float) -> float:
    """The multiple of a half or a third that the exponent may be, or else the exponent itself."""
    for denominator in (1, 2, 3):
        simple = round(power * denominator) / denominator
        if _near(power, simple, error):
            return simple
    return power


def _product(bank: RealBank, bases: Sequence[Term], powers: Sequence[float], scale: float | None) -> Program:
    """The product, with a fitted factor unless the scale is None."""
    builder = ProgramBuilder(bank)
    constant = None if scale is None else builder.parameter(scale)
    factors = [(base, power) for base, power in zip(bases, powers, strict=True) if power != 0]
    product = builder.product(factors, 1.0)
    term = product if constant is None else Apply("mul", (constant, product))
    return Program(term, tuple(builder.parameters))
