"""Fits: goals explained by sums and products of parts, compared in bits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeVar, final

import numpy as np

from sagredo._native import pursue
from sagredo.domains.expressions.planners.bank import COSTS_PER_BIT, RealBank, representative_rows
from sagredo.domains.expressions.planners.goals import Goal, forward
from sagredo.domains.expressions.planners.regression import product_programs, sum_programs
from sagredo.domains.expressions.planners.shelves import COEFFICIENT_BITS, Part, Shelf
from sagredo.language.term import Program

if TYPE_CHECKING:
    from jaxtyping import Float64, Int64

    from sagredo.problem.problem import Problem

SCREENED_ROWS: Final = 64
"""Rows that all parts are screened on: at a tenth of noise, two sums that differ by as much are 32 bits apart."""

MOST_ROWS: Final = 256
"""Rows that the best of each goal are compared on; the objective has all rows."""

FITS_A_BATCH: Final = 12
"""Fits kept of one pursuit."""

CLEAR: Final = 3.0
"""Standard errors from zero at which a value has a logarithm that is normal about that of its mean."""

REFINEMENTS: Final = 2
"""Gauss-Newton steps from where the data were measured to where the fit lies."""

KEY_DIGITS: Final = 6
"""Values that agree to so many digits of the largest are one."""

DISTINCT_DECIMALS: Final = 1
"""Fits whose data bits agree to so many decimals are one fit in two dresses."""

SINGULAR: Final = 1e-10
"""Of a column's length, what rounding leaves when all of it lies in the span of others."""

LEAST_RESIDUAL: Final = 1e-28
"""Relative to the response's own square: a smaller residual is zero up to rounding."""


@final
@dataclass(frozen=True, eq=False)
class FitRows:
    """The data on the rows that goals are compared on.

    ``weights`` are multiplicity / sigma^2. ``span`` is that of products: a constant and the logarithms of the
    inputs ``usable``, which have no zero. ``screened`` are the rows that all parts are screened on. ``represented`` is
    how many rows of the data each stands for.
    """

    inputs: Float64[np.ndarray, "inputs rows"]
    target: Float64[np.ndarray, " rows"]
    weights: Float64[np.ndarray, " rows"]
    usable: tuple[int, ...]
    span: Float64[np.ndarray, "dimension rows"]
    screened: Int64[np.ndarray, " screened"]
    represented: float


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
    target = np.ascontiguousarray(distinct[chosen, -1])
    screened = representative_rows(target, SCREENED_ROWS)
    return FitRows(inputs, target, total[chosen], usable, span, screened, len(distinct) / len(chosen))


def least_squares(
    designs: Float64[np.ndarray, "fits columns rows"],
    values: Float64[np.ndarray, "fits rows"],
    weights: Float64[np.ndarray, "fits rows"],
) -> Float64[np.ndarray, "fits rows"]:
    """The values that each design has where it fits best; nan where its columns depend on one another."""
    fits, columns, rows = designs.shape
    if columns > rows:
        return np.full((fits, rows), np.nan)
    roots = np.sqrt(weights)[:, None]
    weighted = designs * roots
    # Columns of one size: a small one is no less independent of the others.
    norms = np.sqrt(np.sum(np.square(weighted), axis=2, keepdims=True))
    norms[norms == 0] = 1.0
    basis, triangle = np.linalg.qr((weighted / norms).transpose(0, 2, 1))
    sound = np.all(np.abs(np.diagonal(triangle, axis1=1, axis2=2)) > SINGULAR, axis=1)
    triangle[~sound] = np.eye(triangle.shape[1])
    along = (roots * values[:, None]) @ basis
    coefficients = np.linalg.solve(triangle, along.transpose(0, 2, 1)) / norms
    result: Float64[np.ndarray, "fits rows"] = np.sum(coefficients * designs, axis=1)
    result[~sound] = np.nan
    return result


@final
@dataclass(frozen=True, eq=False)
class Regression:
    """What is fitted for a goal: values with their weights beside a span; with ``logarithmic``, log|goal|."""

    goal: Goal
    values: Float64[np.ndarray, " rows"]
    weights: Float64[np.ndarray, " rows"]
    span: Float64[np.ndarray, "dimension rows"]
    logarithmic: bool

    def fitted(self, parts: Sequence[Part]) -> Float64[np.ndarray, " rows"]:
        """The values that the span and the parts have where they fit best."""
        design = np.array([*self.span, *(part.column for part in parts)])
        fitted: Float64[np.ndarray, " rows"]
        (fitted,) = least_squares(design[None], self.values[None], self.weights[None])
        return fitted

    def response(
        self, fitted: Float64[np.ndarray, "fits rows"]
    ) -> tuple[Float64[np.ndarray, "fits rows"], Float64[np.ndarray, "fits rows"]]:
        """The response where these are the values, and its derivative with respect to them."""
        if not self.logarithmic:
            return forward(self.goal.steps, fitted)
        values = np.where(self.goal.values < 0, -1.0, 1.0) * np.exp(fitted)
        response, slopes = forward(self.goal.steps, values)
        return response, slopes * values

    def around(self, fitted: Float64[np.ndarray, " rows"], rows: FitRows) -> Regression:
        """The regression made linear at fitted values instead of at what was measured (Gauss-Newton)."""
        with np.errstate(all="ignore"):
            response, slopes = self.response(fitted)
            values = fitted + (rows.target - response) / slopes
            weights = rows.weights * np.square(slopes)
        known = np.isfinite(values) & np.isfinite(weights)
        return replace(self, values=np.where(known, values, 0.0), weights=np.where(known, weights, 0.0))

    def left_by(
        self, others: Sequence[Float64[np.ndarray, " rows"]], columns: Float64[np.ndarray, "columns rows"]
    ) -> Float64[np.ndarray, " columns"]:
        """The weighted sum of squares that the span and the others leave together with each of the columns."""
        roots = np.sqrt(self.weights)
        basis, _ = np.linalg.qr((np.array([*self.span, *others]) * roots).T)
        response = self.values * roots
        rest = response - basis @ (basis.T @ response)
        weighted = columns * roots
        across = weighted - (weighted @ basis) @ basis.T
        squares = np.sum(np.square(across), axis=1)
        with np.errstate(all="ignore"):
            explained = np.square(across @ rest) / squares
        # What is left of a column in the span of the others is rounding.
        own = squares > SINGULAR**2 * np.sum(np.square(weighted), axis=1)
        return float(rest @ rest) - np.where(own, explained, 0.0)


def regression_of_sum(goal: Goal, rows: FitRows) -> Regression:
    """goal ~ c_0 + sum_k c_k part_k."""
    ones = np.ones((1, len(rows.target)))
    return Regression(goal, np.nan_to_num(goal.values), rows.weights * goal.weights, ones, False)


def regressions_of_product(goal: Goal, rows: FitRows, noise_scale: float) -> Iterator[Regression]:
    """log|goal| ~ c_0 + sum_i p_i log|x_i| + sum_k c_k part_k, weighted by goal^2 (dy/dgoal)^2.

    Where the noise is nearly as large as the goal its logarithm may be anything, however little it weighs; so once with
    those rows, and once without them if enough others are left.
    """
    with np.errstate(all="ignore"):
        values = np.nan_to_num(np.log(np.abs(goal.values)), neginf=0.0)
        clear = np.abs(goal.values) > CLEAR * noise_scale * np.abs(goal.slopes)
    weights = rows.weights * goal.weights * np.square(np.nan_to_num(goal.values))
    yield Regression(goal, values, weights, rows.span, True)
    if 2 * len(rows.span) < np.count_nonzero(clear & (weights > 0)) < np.count_nonzero(weights):
        yield Regression(goal, values, np.where(clear, weights, 0.0), rows.span, True)


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

    @property
    def has_parameters(self) -> bool:
        """Whether a part has a parameter of its own."""
        return any(part.parameters for part in self.parts)

    def programs(self, bank: RealBank, rows: FitRows) -> Iterator[Program]:
        """What the goal may be."""
        if self.regression.logarithmic:
            return product_programs(bank, self.parts, rows, self.regression)
        return sum_programs(bank, self.parts, self.regression)


class Candidate(NamedTuple):
    """A fit that was found, before it is built."""

    bits: float
    data_bits: float
    regression: int
    places: Sequence[int]


@final
@dataclass(frozen=True)
class Pursued:
    """The best fits of some regressions, and all that they were chosen from, the best first."""

    fits: tuple[Fit, ...]
    ranked: tuple[Candidate, ...]

    @property
    def promising(self) -> tuple[int, ...]:
        """The regressions in the order of their best fits."""
        return tuple(dict.fromkeys(one.regression for one in self.ranked))


class Judged(Protocol):
    """A fit with its bits."""

    @property
    def bits(self) -> float:
        """An estimate of the description length."""

    @property
    def data_bits(self) -> float:
        """Those of the data alone."""


OfFit = TypeVar("OfFit", bound=Judged)


def distinct(fits: Iterable[OfFit]) -> list[OfFit]:
    """The fits from the best on; of those that leave the same, which are one fit in several dresses, the shortest."""
    found: dict[float, OfFit] = {}
    for fit in sorted(fits, key=lambda fit: fit.bits):
        found.setdefault(round(fit.data_bits, DISTINCT_DECIMALS), fit)
    return list(found.values())


def pursue_parts(
    shelf: Shelf,
    regressions: Sequence[Regression],
    rows: FitRows,
    terms: int,
    beam: int,
    threads: int,
    most: int = FITS_A_BATCH,
) -> Pursued:
    """The ``most`` best fits by up to so many parts of the shelf, one for each residual, their own parameters refined.

    The native search ranks what it finds by a goal's values, made linear where they were measured; the few best of each
    goal are then compared by the response that they make.
    """
    if not len(shelf.library) or not regressions:
        return Pursued((), ())
    # The bits of the data are those of the rows that are screened, a part of all that are compared.
    screened = len(rows.screened) / len(rows.target)
    found = pursue(
        shelf.library,
        np.array([regression.values[rows.screened] for regression in regressions]),
        np.array([regression.weights[rows.screened] for regression in regressions]),
        np.array([screened * regression.goal.bits for regression in regressions]),
        np.ascontiguousarray(regressions[0].span[:, rows.screened]),
        terms,
        beam,
        screened / COSTS_PER_BIT,
        screened * COEFFICIENT_BITS,
        threads,
    )
    ranked = tuple(sorted(_compared(shelf, regressions, rows, found), key=lambda one: one.bits))
    fits = (
        Fit(one.data_bits, regressions[one.regression], tuple(shelf.part(place) for place in one.places))
        for one in distinct(ranked)[:most]
    )
    return Pursued(tuple(refined(fit, rows) if fit.has_parameters else fit for fit in fits), ranked)


def monomials(products: Sequence[Regression], rows: FitRows) -> list[Fit]:
    """The best fits of goals by a product of powers of the inputs alone."""
    if not products:
        return []
    fitted = least_squares(
        np.array([one.span for one in products]),
        np.array([one.values for one in products]),
        np.array([one.weights for one in products]),
    )
    bits = [float(_data_bits(one, rows, own[None])[0]) for one, own in zip(products, fitted, strict=True)]
    fits = [Fit(own, one, ()) for own, one in zip(bits, products, strict=True) if own < np.inf]
    return distinct(fits)[:FITS_A_BATCH]


def carried_on(fit: Fit, shelves: Sequence[Shelf], rows: FitRows, beam: int, threads: int) -> Iterator[Fit]:
    """The best fits that have one part more, from each of the shelves."""
    columns = [part.column for part in fit.parts]
    beside = replace(fit.regression, span=np.vstack([fit.regression.span, *columns]))
    for shelf in shelves:
        for longer in pursue_parts(shelf, [beside], rows, 1, beam, threads, beam).fits:
            regression = replace(longer.regression, span=fit.regression.span)
            yield refined(Fit(longer.data_bits, regression, (*fit.parts, *longer.parts)), rows)


def _compared(
    shelf: Shelf,
    regressions: Sequence[Regression],
    rows: FitRows,
    found: Sequence[tuple[float, float, int, Sequence[int]]],
) -> Iterator[Candidate]:
    """The best fits of each goal with the bits that the response has."""
    screened = len(rows.screened) / len(rows.target)
    for count in sorted({len(places) for *_, places in found}):
        alike = [one for one in found if len(one[3]) == count]
        own = [regressions[k] for _, _, k, _ in alike]
        columns = shelf.columns([place for *_, places in alike for place in places])
        fitted = least_squares(
            np.concatenate(
                (np.array([one.span for one in own]), columns.reshape(len(alike), count, -1)), axis=1
            ),
            np.array([one.values for one in own]),
            np.array([one.weights for one in own]),
        )
        places_of = [slice(*ends) for ends in pairwise(_changes([k for _, _, k, _ in alike]))]
        for together in places_of:
            bits = _data_bits(own[together.start], rows, fitted[together]).tolist()
            for data_bits, (_, code_bits, k, places) in zip(bits, alike[together], strict=True):
                if data_bits < np.inf:
                    yield Candidate(data_bits + code_bits / screened, data_bits, k, places)


def _changes(keys: Sequence[int]) -> list[int]:
    """Where runs of equal keys begin, and the end."""
    return [0, *(i for i in range(1, len(keys)) if keys[i] != keys[i - 1]), len(keys)]


def _data_bits(
    regression: Regression, rows: FitRows, fitted: Float64[np.ndarray, "fits rows"]
) -> Float64[np.ndarray, " fits"]:
    """n/2 log2(mean square that is left of the response), n being all rows; inf where a row has no value."""
    with np.errstate(all="ignore"):
        response, _ = regression.response(fitted)
        squares = np.sum(rows.weights * np.square(rows.target - response), axis=1)
    least = LEAST_RESIDUAL * float(np.sum(rows.weights * np.square(rows.target)))
    mean = np.maximum(np.nan_to_num(squares, nan=np.inf), max(least, np.finfo(float).tiny)) / len(rows.target)
    bits: Float64[np.ndarray, " fits"] = rows.represented * len(rows.target) / 2 * np.log2(mean)
    return bits


def refined(fit: Fit, rows: FitRows) -> Fit:
    """The fit made linear where it lies, its parts' own parameters refined (Gauss-Newton)."""
    best, regression, parts = fit, fit.regression, list(fit.parts)
    for _ in range(REFINEMENTS):
        regression = regression.around(regression.fitted(parts), rows)
        if not np.any(regression.weights):
            break
        for k, part in enumerate(parts):
            others = [other.column for other in (*parts[:k], *parts[k + 1 :])]
            parts[k] = part.shelf.refined(part, partial(regression.left_by, others))
        bits = float(_data_bits(regression, rows, regression.fitted(parts)[None])[0])
        if bits < best.data_bits:
            best = Fit(bits, regression, tuple(parts))
    return best
