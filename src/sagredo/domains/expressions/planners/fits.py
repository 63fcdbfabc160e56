"""Fits: goals explained by sums and products of parts, compared in bits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeVar, final

import numpy as np

from sagredo._native import least_squares, pursue
from sagredo.domains.expressions.planners.bank import COSTS_PER_BIT, RealBank
from sagredo.domains.expressions.planners.fit_programs import product_programs, sum_programs
from sagredo.domains.expressions.planners.goals import Goal
from sagredo.domains.expressions.planners.regression import FitRows, Regression
from sagredo.domains.expressions.planners.shelves import COEFFICIENT_BITS, Part, Shelf
from sagredo.language.term import Program

if TYPE_CHECKING:
    from jaxtyping import Float64


FITS_A_BATCH: Final = 12
"""Fits kept of one pursuit."""

REFINEMENTS: Final = 2
"""Gauss-Newton steps from where the data were measured to where the fit lies."""

DISTINCT_DECIMALS: Final = 1
"""Fits whose data bits agree to so many decimals are one fit in two dresses."""

LEAST_RESIDUAL: Final = 1e-28
"""Relative to the response's own square: a smaller residual is zero up to rounding."""


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
        return self.data_bits + self.goal.bits + code_bits

    @property
    def goal(self) -> Goal:
        """What is explained."""
        return self.regression.goal

    @property
    def has_parameters(self) -> bool:
        """Whether a part has a parameter of its own."""
        return any(part.parameters for part in self.parts)

    def programs(self, bank: RealBank, rows: FitRows) -> Iterator[Program]:
        """What the goal may be."""
        if self.regression.logarithmic:
            return product_programs(bank, self.parts, rows, self.regression)
        return sum_programs(bank, self.parts, self.regression)

    def refined(self, rows: FitRows) -> Fit:
        """The fit made linear where it lies, its parts' own parameters refined (Gauss-Newton)."""
        best, regression, parts = self, self.regression, list(self.parts)
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


class Explanation(Judged, Protocol):
    """What a goal may be."""

    @property
    def goal(self) -> Goal:
        """What is explained."""

    def refined(self, rows: FitRows) -> Explanation:
        """The same, its own parameters moved to where the least is left."""

    def programs(self, bank: RealBank, rows: FitRows) -> Iterator[Program]:
        """What the goal may be."""


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
    screened = rows.screened_share
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
    return Pursued(tuple(fit.refined(rows) if fit.has_parameters else fit for fit in fits), ranked)


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
            yield Fit(longer.data_bits, regression, (*fit.parts, *longer.parts)).refined(rows)


def _compared(
    shelf: Shelf,
    regressions: Sequence[Regression],
    rows: FitRows,
    found: Sequence[tuple[float, float, int, Sequence[int]]],
) -> Iterator[Candidate]:
    """The best fits of each goal with the bits that the response has."""
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
                    yield Candidate(data_bits + code_bits / rows.screened_share, data_bits, k, places)


def _changes(keys: Sequence[int]) -> list[int]:
    """Where runs of equal keys begin, and the end."""
    return [0, *(i for i in range(1, len(keys)) if keys[i] != keys[i - 1]), len(keys)]


def _data_bits(
    regression: Regression, rows: FitRows, fitted: Float64[np.ndarray, "fits rows"]
) -> Float64[np.ndarray, " fits"]:
    """The bits of the data where these are the values of what is fitted."""
    with np.errstate(all="ignore"):
        response, _ = regression.response(fitted)
    return bits_of_responses(rows, response)


def bits_of_responses(
    rows: FitRows, responses: Float64[np.ndarray, "fits rows"]
) -> Float64[np.ndarray, " fits"]:
    """n/2 log2(mean square that is left of the response), n being all rows; inf where a row has no value."""
    with np.errstate(all="ignore"):
        squares = np.sum(rows.weights * np.square(rows.target - responses), axis=1)
    least = LEAST_RESIDUAL * float(np.sum(rows.weights * np.square(rows.target)))
    mean = np.maximum(np.nan_to_num(squares, nan=np.inf), max(least, np.finfo(float).tiny)) / len(rows.target)
    bits: Float64[np.ndarray, " fits"] = rows.count / 2 * np.log2(mean)
    return bits


def best_of(fits: Sequence[Explanation], rows: FitRows, most: int) -> list[Explanation]:
    """The best of the fits, made linear where they lie."""
    # Twice as many are refined, since some turn out to be the same.
    return distinct(fit.refined(rows) for fit in distinct(fits)[: 2 * most])[:most]
