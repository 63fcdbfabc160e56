"""Matches: goals met by one entry of the bank, as it is or times a factor, where noise lets nothing agree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, final

import numpy as np

from sagredo._native import nearest
from sagredo.domains.expressions.planners.bank import COSTS_PER_BIT, RealBank
from sagredo.domains.expressions.planners.fit_programs import multiples
from sagredo.domains.expressions.planners.fits import bits_of_responses
from sagredo.domains.expressions.planners.goals import Goal, forward
from sagredo.domains.expressions.planners.regression import FitRows
from sagredo.domains.expressions.planners.shelves import COEFFICIENT_BITS, BankShelf, Part
from sagredo.language.term import Program

if TYPE_CHECKING:
    from jaxtyping import Float64

NEAREST: Final = 4
"""Entries of each kind, as they are and times a factor, whose response is looked at for a goal."""


@final
@dataclass(frozen=True, eq=False)
class Match:
    """A goal met by an entry; without ``scaled`` the entry has no factor."""

    data_bits: float
    goal: Goal
    part: Part
    scaled: bool

    @property
    def bits(self) -> float:
        """An estimate of the description length, up to what all fits share."""
        return self.data_bits + self.goal.bits + self.part.bits + (COEFFICIENT_BITS if self.scaled else 0.0)

    def refined(self, rows: FitRows) -> Match:
        """The match itself, whose factor the objective fits."""
        return self

    def programs(self, bank: RealBank, rows: FitRows) -> Iterator[Program]:
        """What the goal may be."""
        if not self.scaled:
            return iter((Program(self.part.term),))
        return multiples(bank, self.part, np.nan_to_num(self.goal.values), rows.weights * self.goal.weights)


def matches(shelf: BankShelf, goals: Sequence[Goal], rows: FitRows, threads: int) -> list[Match]:
    """The entries nearest to each goal, compared by the response that they make.

    A law is mostly a product, a quotient or a root around an entry that needs no parameter. A fit with a factor and an
    offset of its own comes as near for thousands of others; as it is, hardly any does.
    """
    if not goals or not len(shelf.library):
        return []
    values = np.array([np.nan_to_num(goal.values) for goal in goals])
    weights = np.array([rows.weights * goal.weights for goal in goals])
    share = rows.screened_share
    found = nearest(
        shelf.library,
        np.ascontiguousarray(values[:, rows.screened]),
        np.ascontiguousarray(weights[:, rows.screened]),
        NEAREST,
        share / COSTS_PER_BIT,
        share * COEFFICIENT_BITS,
        threads,
    )
    of_goals: dict[int, list[tuple[int, bool]]] = {}
    for which, place, factor in found:
        of_goals.setdefault(which, []).append((place, factor != 1.0))
    matched: list[Match] = []
    for which, chosen in of_goals.items():
        goal = goals[which]
        columns = shelf.columns([place for place, _ in chosen])
        scaled = np.array([one for _, one in chosen])
        factors = np.where(scaled, _factors(columns, values[which], weights[which]), 1.0)
        with np.errstate(all="ignore"):
            responses, _ = forward(goal.steps, factors[:, None] * columns)
        bits = bits_of_responses(rows, responses).tolist()
        matched += [
            Match(own, goal, shelf.part(place), one)
            for own, (place, one) in zip(bits, chosen, strict=True)
            if own < np.inf
        ]
    return matched


def _factors(
    columns: Float64[np.ndarray, "entries rows"],
    values: Float64[np.ndarray, " rows"],
    weights: Float64[np.ndarray, " rows"],
) -> Float64[np.ndarray, " entries"]:
    """The factors a that make sum w (value - a column)^2 least."""
    products = (columns * weights) @ values
    factors: Float64[np.ndarray, " entries"] = products / np.sum(weights * np.square(columns), axis=1)
    return factors
