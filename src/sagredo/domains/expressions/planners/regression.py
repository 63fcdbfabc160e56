"""Regressions: what is fitted for a goal, on which rows and at what precision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, final

import numpy as np

from sagredo._native import least_squares, left_beside
from sagredo.domains.expressions.planners.goals import Goal, forward
from sagredo.domains.expressions.planners.shelves import Part
from sagredo.domains.expressions.response_models import response_model

if TYPE_CHECKING:
    from jaxtyping import Float64, Int64

    from sagredo.problem.problem import Problem

SCREENED_ROWS: Final = 128
"""Rows that all parts are screened on: at a tenth of noise, two sums that differ by as much are 32 bits apart."""

MOST_ROWS: Final = 256
"""Rows that the best of each goal are compared on; the objective has all rows."""

CLEAR: Final = 3.0
"""Standard errors from zero at which a value has a logarithm that is normal about that of its mean."""

KEY_DIGITS: Final = 6
"""Values that agree to so many digits of the largest are one."""


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

    @property
    def count(self) -> float:
        """The rows of the data that these stand for."""
        return self.represented * len(self.target)

    @property
    def screened_share(self) -> float:
        """The part of all rows of the data that is screened: bits of those rows are so many of the bits of all."""
        return len(self.screened) / self.count


def telling_rows(responses: Float64[np.ndarray, " rows"], most: int) -> Int64[np.ndarray, " chosen"]:
    """At most ``most`` rows, each chosen once; independent of the rows' own order.

    Half of them are spread evenly in the order of the responses, half by the squared distance from their median, which
    is where laws differ most beside noise that is the same everywhere: where a few responses are large, all that is
    known of the law's exponents is in those.
    """
    rows = len(responses)
    if rows <= most:
        return np.arange(rows)
    order = np.argsort(responses, kind="stable")
    distances = np.square(responses[order] - np.median(responses))
    shares = 1 / rows + distances / max(float(np.sum(distances)), np.finfo(float).tiny)
    # The rows of the largest shares are certain to be chosen; the others share in proportion what is left.
    descending = np.sort(shares)[::-1]
    left = np.cumsum(descending[::-1])[::-1]
    scales = (most - np.arange(most)) / left[:most]
    scale = scales[np.argmax(scales * descending[:most] <= 1)]
    passed = np.cumsum(np.minimum(scale * shares, 1.0))
    return np.sort(order[np.unique(np.minimum(np.searchsorted(passed, np.arange(most) + 0.5), rows - 1))])


def fit_rows(problem: Problem) -> FitRows:
    """Choose representative rows; equal rows count as one of their total weight, whatever the order of the rows."""
    problem = response_model(problem).working_problem()
    responses = np.asarray(problem.responses, dtype=float)
    weights = np.ones(len(responses)) if problem.weights is None else np.asarray(problem.weights, dtype=float)
    if problem.sigma is not None:
        weights = weights / np.square(problem.sigma / np.mean(problem.sigma))
    table = np.column_stack([*(column.values for column in problem.inputs), responses])[weights > 0]
    distinct, which = np.unique(table, axis=0, return_inverse=True)
    total = np.bincount(which.ravel(), weights[weights > 0])
    chosen = telling_rows(distinct[:, -1], MOST_ROWS)
    inputs = np.ascontiguousarray(distinct[chosen, :-1].T)
    usable = tuple(k for k, column in enumerate(inputs) if np.all(column != 0) and np.ptp(np.abs(column)) > 0)
    span = np.vstack([np.ones((1, len(chosen))), *(np.log(np.abs(inputs[k]))[None] for k in usable)])
    target = np.ascontiguousarray(distinct[chosen, -1])
    screened = telling_rows(target, SCREENED_ROWS)
    return FitRows(inputs, target, total[chosen], usable, span, screened, len(distinct) / len(chosen))


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
        fitted: Float64[np.ndarray, " rows"] = least_squares(
            design[None], self.values[None], self.weights[None]
        )[0]
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
        return left_beside(np.array([*self.span, *others]), self.values, self.weights, columns)


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
