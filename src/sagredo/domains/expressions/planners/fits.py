"""Fits: goals explained by sums and products of parts, compared in bits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, final

import numpy as np

from sagredo._native import pursue
from sagredo.domains.expressions.planners.bank import COSTS_PER_BIT, RealBank, representative_rows
from sagredo.domains.expressions.planners.goals import Goal
from sagredo.domains.expressions.planners.regression import product_programs, sum_programs, weighted_residual
from sagredo.domains.expressions.planners.shelves import COEFFICIENT_BITS, Part, Shelf
from sagredo.language.term import Program

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.problem.problem import Problem

MOST_ROWS: Final = 64
"""Rows that goals are compared on: at a tenth of noise two sums that differ by as much are told apart by 32 bits;
the objective has all rows."""

FITS_A_BATCH: Final = 24
"""Fits kept of one pursuit."""

KEY_DIGITS: Final = 6
"""Values that agree to so many digits of the largest are one."""

RESIDUAL_DIGITS: Final = 9
"""Fits that leave the same, to so many digits, are one fit in two dresses."""

LEAST_RESIDUAL: Final = 1e-22
"""Relative to the goal's own square: a smaller residual is zero up to rounding."""


@final
@dataclass(frozen=True, eq=False)
class FitRows:
    """The data on the rows that goals are compared on.

    ``weights`` are multiplicity / sigma^2. ``span`` is that of products: a constant and the logarithms of the
    inputs ``usable``, which have no zero.
    """

    inputs: Float64[np.ndarray, "inputs rows"]
    target: Float64[np.ndarray, " rows"]
    weights: Float64[np.ndarray, " rows"]
    usable: tuple[int, ...]
    span: Float64[np.ndarray, "dimension rows"]


def fit_rows(problem: Problem) -> FitRows:
    """Choose representative rows; equal rows count as one of their total weight, whatever the order of the rows."""
    responses = np.asarray(problem.responses, dtype=float)
    weights = np.ones(len(responses)) if problem.weights is None else np.asarray(problem.weights, dtype=float)
    if problem.sigma is not None:
        weights = weights / np.square(problem.sigma / np.mean(problem.sigma))
    table = np.column_stack([*(column.values for column in problem.inputs), responses])[weights > 0]
    distinct, which = np.unique(table, axis=0, return_inverse=True)
    total = np.bincount(which.ravel(), weights[weights > 0])
    chosen = representative_rows(distinct[:, -1], MOST_ROWS)
    inputs = np.ascontiguousarray(distinct[chosen, :-1].T)
    usable = tuple(k for k, column in enumerate(inputs) if np.all(column != 0) and np.ptp(np.abs(column)) > 0)
    span = np.vstack([np.ones((1, len(chosen))), *(np.log(np.abs(inputs[k]))[None] for k in usable)])
    return FitRows(inputs, np.ascontiguousarray(distinct[chosen, -1]), total[chosen], usable, span)


@final
@dataclass(frozen=True, eq=False)
class Regression:
    """What is fitted for a goal: values with their weights beside a span; with ``logarithmic``, log|goal|."""

    goal: Goal
    values: Float64[np.ndarray, " rows"]
    weights: Float64[np.ndarray, " rows"]
    span: Float64[np.ndarray, "dimension rows"]
    logarithmic: bool

    def residual(self, columns: Sequence[Float64[np.ndarray, " rows"]]) -> float:
        """The weighted sum of squares that the span and the columns leave."""
        return weighted_residual(np.array([*self.span, *columns]), self.values, self.weights)


def regression_of_sum(goal: Goal, rows: FitRows) -> Regression:
    """goal ~ c_0 + sum_k c_k part_k."""
    ones = np.ones((1, len(rows.target)))
    return Regression(goal, np.nan_to_num(goal.values), rows.weights * goal.weights, ones, False)


def regression_of_product(goal: Goal, rows: FitRows) -> Regression:
    """log|goal| ~ c_0 + sum_i p_i log|x_i| + sum_k c_k part_k, weighted by goal^2 (dy/dgoal)^2."""
    weights = rows.weights * goal.weights * np.square(np.nan_to_num(goal.values))
    with np.errstate(divide="ignore"):
        values = np.nan_to_num(np.log(np.abs(goal.values)), neginf=0.0)
    return Regression(goal, values, weights, rows.span, True)


@final
class Unseen:
    """Lets each regression through once: two goals that differ by what is in their span are fitted alike."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()

    def __call__(self, regression: Regression) -> bool:
        """Whether no such regression came before; the weights of two such goals are the same, too."""
        basis, _ = np.linalg.qr(regression.span.T)
        rest = regression.values - basis @ (basis.T @ regression.values)
        largest = rest[np.argmax(np.abs(rest))]
        if largest == 0:
            return False
        key = (np.round(rest / largest, KEY_DIGITS) + 0.0).tobytes()
        if key in self._seen:
            return False
        self._seen.add(key)
        return True


@final
@dataclass(frozen=True, eq=False)
class Fit:
    """A goal explained by parts, with the bits of the data."""

    data_bits: float
    regression: Regression
    parts: tuple[Part, ...]

    @property
    def bits(self) -> float:
        """An estimate of the description length, up to what all fits share."""
        code_bits = sum(part.bits + COEFFICIENT_BITS for part in self.parts)
        return self.data_bits + self.regression.goal.bits + code_bits

    def programs(self, bank: RealBank, rows: FitRows) -> Iterator[Program]:
        """What the goal may be."""
        if self.regression.logarithmic:
            return product_programs(bank, self.parts, rows, self.regression)
        return sum_programs(bank, self.parts, self.regression)


@final
@dataclass(frozen=True)
class Pursued:
    """The best fits of some regressions, and which of these are the most promising."""

    fits: tuple[Fit, ...]
    promising: tuple[int, ...]


def pursue_parts(
    shelf: Shelf, regressions: Sequence[Regression], terms: int, beam: int, threads: int
) -> Pursued:
    """The best fits by up to so many parts of the shelf, one for each residual, their own parameters refined."""
    if not len(shelf.library) or not regressions:
        return Pursued((), ())
    found = pursue(
        shelf.library,
        np.array([regression.values for regression in regressions]),
        np.array([regression.weights for regression in regressions]),
        np.array([regression.goal.bits for regression in regressions]),
        regressions[0].span,
        terms,
        beam,
        1 / COSTS_PER_BIT,
        COEFFICIENT_BITS,
        threads,
    )
    found.sort(key=lambda one: one[0])
    promising = tuple(dict.fromkeys(k for _, k, _, _ in found))
    fits: list[Fit] = []
    residuals: set[float] = set()
    for _, k, places, residual in found:
        rounded = float(f"{residual:.{RESIDUAL_DIGITS}g}")
        if rounded not in residuals and len(fits) < FITS_A_BATCH:
            residuals.add(rounded)
            fits.append(_fit(shelf, regressions[k], places))
    return Pursued(tuple(fits), promising)


def _left_by(
    regression: Regression,
    others: Sequence[Float64[np.ndarray, " rows"]],
    column: Float64[np.ndarray, " rows"],
) -> float:
    return regression.residual([*others, column])


def _fit(shelf: Shelf, regression: Regression, places: Sequence[int]) -> Fit:
    parts = [shelf.part(place) for place in places]
    for k, part in enumerate(parts):
        others = [other.column for other in (*parts[:k], *parts[k + 1 :])]
        parts[k] = shelf.refined(part, partial(_left_by, regression, others))
    residual = regression.residual([part.column for part in parts])
    valid = np.count_nonzero(regression.weights)
    least = LEAST_RESIDUAL * float(np.sum(regression.weights * np.square(regression.values)))
    rows = len(regression.values)
    data_bits = rows / 2 * float(np.log2(max(residual, least, np.finfo(float).tiny) / valid))
    return Fit(data_bits, regression, tuple(parts))
