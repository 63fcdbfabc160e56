"""The workshop of one round of pursuit: what goals are met with, and how hard it is tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import Final, final

import numpy as np

from sagredo._native import Library
from sagredo.domains.expressions.planners.bank import COSTS_PER_BIT, RealBank
from sagredo.domains.expressions.planners.fits import (
    Fit,
    carried_on,
    distinct,
    monomials,
    pursue_parts,
)
from sagredo.domains.expressions.planners.goals import Goal, rest_of
from sagredo.domains.expressions.planners.matches import Match, matches
from sagredo.domains.expressions.planners.regression import (
    FitRows,
    Regression,
    Unseen,
    regression_of_sum,
    regressions_of_product,
)
from sagredo.domains.expressions.planners.shelves import (
    FACTOR_FAMILIES,
    SUMMAND_FAMILIES,
    BankShelf,
    FamilyShelf,
    JoinedShelf,
    Shelf,
)

SUM_LIBRARY: Final = 500
"""Entries out of which sums and products of several terms are made."""

SUM_TERMS: Final = 4
PRODUCT_TERMS: Final = 3
BEAM: Final = 8
"""Terms and sums carried on: each term takes as many screenings of the library as there are sums."""

SINGLES: Final = 24
"""Single entries of the large library that are compared on more rows than they were screened on."""

PROMISING: Final = 6
PROMISING_TERMS: Final = 3
PROMISING_BEAM: Final = 4
"""The goals of a batch that one entry fits best are pursued by sums out of the large library, too."""

MOST_STEPS: Final = 1
RESTS: Final = 12
"""So many parts of a batch's best sums are taken away from their goals, if these have so few steps, and products are
pursued by what is left."""

CARRIED_ON: Final = 3
CARRIED_ON_BEAM: Final = 3
"""So many of a batch's best sums, and of its products, are carried on by one part more from every shelf."""

STUDIED_TERMS: Final = 2
STUDIED_BEAM: Final = 48
"""The first goals are studied: so many of everything are carried on together, since of two functions that are
multiplied neither may come near to a goal alone."""

MATCHING_SPEED: Final = 2
"""Entries compared with a goal as they are, in the time of one part that is screened: most are given up early."""

SCOUTING_BEAM: Final = 2
"""A goal that comes late is met by sums out of the small library alone, and only so many are carried on."""

RESTS_BEAM: Final = 4
"""Products by one factor of what is left of a goal."""


@final
@dataclass(frozen=True, eq=False)
class Workshop:
    """What the goals of one round are met with: entries and families for sums, and the same for products.

    ``noise_scale`` is how large the response's errors are taken to be.
    """

    large: BankShelf
    small: BankShelf
    summands: FamilyShelf
    large_factors: BankShelf
    small_factors: BankShelf
    factors: FamilyShelf
    rows: FitRows
    noise_scale: float
    unseen: Unseen
    threads: int

    @property
    def parts_a_goal(self) -> int:
        """How many parts are screened for one goal that is pursued."""
        families = len(self.summands.library) + len(self.factors.library)
        several = len(self.small.library) * BEAM * (SUM_TERMS + PRODUCT_TERMS)
        return 3 * len(self.large.library) + families + several

    @property
    def parts_a_scouted_goal(self) -> int:
        """The same for one that is scouted, in the time of these: comparing the fits takes longer than screening."""
        return len(self.small.library) * BEAM * SUM_TERMS

    @property
    def parts_a_studied_goal(self) -> int:
        """The same for one that is studied."""
        families = len(self.summands.library) + len(self.factors.library)
        everything = 2 * len(self.large.library) + len(self.large_factors.library) + families
        return everything * (1 + STUDIED_BEAM * (STUDIED_TERMS - 1))

    @property
    def parts_a_matched_goal(self) -> int:
        """The same for one that is matched."""
        return len(self.large.library) // MATCHING_SPEED

    @property
    def parts_a_rest(self) -> int:
        """The same for what is left of one, by products."""
        return len(self.large_factors.library)

    @cached_property
    def everything(self) -> JoinedShelf:
        """All that a sum may be made of."""
        return JoinedShelf(self.large, self.summands)

    @cached_property
    def every_factor(self) -> JoinedShelf:
        """All that a product may be made of; one with an exponential is linear in its exponent."""
        return JoinedShelf(self.large_factors, self.factors, self.large)

    def pursue(self, goals: Sequence[Goal]) -> list[Fit]:
        """Fits of these goals, by sums and by products."""
        rows, threads = self.rows, self.threads
        sums = [regression_of_sum(goal, rows) for goal in goals]
        singles = pursue_parts(self.large, sums, rows, 1, SINGLES, threads)
        promising = [sums[k] for k in singles.promising[:PROMISING]]
        added = [
            *singles.fits,
            *pursue_parts(self.large, promising, rows, PROMISING_TERMS, PROMISING_BEAM, threads).fits,
            *pursue_parts(self.small, sums, rows, SUM_TERMS, BEAM, threads).fits,
            *pursue_parts(self.summands, sums, rows, 1, BEAM, threads).fits,
        ]
        products = self._products([*goals, *self._rests(added)])
        multiplied = [
            *monomials(products, rows),
            *pursue_parts(self.large_factors, products, rows, 1, SINGLES, threads).fits,
            *pursue_parts(self.small_factors, products, rows, PRODUCT_TERMS, BEAM, threads).fits,
            *pursue_parts(self.factors, products, rows, 1, BEAM, threads).fits,
            # A product with an exponential is linear in its exponent.
            *pursue_parts(self.large, products, rows, 1, SINGLES, threads).fits,
        ]
        fits = distinct([*added, *multiplied])
        return [*fits, *self._carried_on(fits)]

    def study(self, goals: Sequence[Goal]) -> list[Fit]:
        """Fits of these goals by any two parts together, and a third."""
        rows, threads = self.rows, self.threads
        sums = [regression_of_sum(goal, rows) for goal in goals]
        products = [one for goal in goals for one in regressions_of_product(goal, rows, self.noise_scale)]
        added = pursue_parts(self.everything, sums, rows, STUDIED_TERMS, STUDIED_BEAM, threads)
        multiplied = pursue_parts(self.every_factor, products, rows, STUDIED_TERMS, STUDIED_BEAM, threads)
        fits = distinct([*added.fits, *multiplied.fits])
        return [*fits, *self._carried_on(fits)]

    def scout_products(self, goals: Sequence[Goal]) -> list[Fit]:
        """Fits of what is left of goals, by powers of the inputs and one factor."""
        products = [next(regressions_of_product(goal, self.rows, self.noise_scale)) for goal in goals]
        found = pursue_parts(self.large_factors, products, self.rows, 1, RESTS_BEAM, self.threads)
        return [*monomials(products, self.rows), *found.fits]

    def scout(self, goals: Sequence[Goal]) -> list[Fit]:
        """Fits of these goals by sums of short entries, in a small part of the time.

        What is left of a law of many variables once its monomial is divided away is often such a sum.
        """
        sums = [regression_of_sum(goal, self.rows) for goal in goals]
        found = pursue_parts(self.small, sums, self.rows, SUM_TERMS, SCOUTING_BEAM, self.threads)
        return list(found.fits)

    def match(self, goals: Sequence[Goal]) -> list[Match]:
        """The entries that come nearest to these goals as they are, or times a factor."""
        return matches(self.large, goals, self.rows, self.threads)

    def _rests(self, fits: Sequence[Fit]) -> list[Goal]:
        """What is left of goals when one part of a sum that comes near to them, or 1, is taken away.

        It may be a product, which no sum of entries is.
        """
        bank = self.large.bank
        add_bits = bank.operation_bits(2).get("add", inf)
        one = int(bank.native.find(np.ones(len(bank.target))))
        rests: dict[tuple[int, int], Goal] = {}
        for fit in distinct(fits):
            goal = fit.regression.goal
            if len(goal.steps) > MOST_STEPS:
                continue
            parts = [part for part in fit.parts if isinstance(part.shelf, BankShelf)]
            taken = [(part.shelf.library.entry(part.place), part.column) for part in parts]
            for entry, column in [*taken, (one, np.ones(len(goal.values)))]:
                if entry >= 0:
                    bits = add_bits + bank.native.cost(entry) / COSTS_PER_BIT
                    rests.setdefault((id(goal), entry), rest_of(goal, entry, column, bits))
        return list(rests.values())[:RESTS]

    def _products(self, goals: Sequence[Goal]) -> list[Regression]:
        products: list[Regression] = []
        for goal in goals:
            first, *others = regressions_of_product(goal, self.rows, self.noise_scale)
            # Undoing a product of powers changes nothing about what products can be fitted.
            if self.unseen(first):
                products += [first, *others]
        return products

    def _carried_on(self, fits: Sequence[Fit]) -> list[Fit]:
        shelves: dict[bool, tuple[Shelf, ...]] = {
            False: (self.large, self.summands),
            True: (self.large_factors, self.factors, self.large),
        }
        longer: list[Fit] = []
        for logarithmic, own in shelves.items():
            alike = (fit for fit in fits if fit.regression.logarithmic is logarithmic)
            short = [fit for fit in alike if len(fit.parts) < SUM_TERMS]
            for fit in short[:CARRIED_ON]:
                longer += carried_on(fit, own, self.rows, CARRIED_ON_BEAM, self.threads)
        return longer


def set_up(
    bank: RealBank, rows: FitRows, entries: int, arguments: int, noise_scale: float, threads: int
) -> Workshop:
    """A workshop with so many of the bank's entries, and families of so many arguments."""
    library = Library(bank.native, bank.selection(entries), rows.inputs, bank.constant_values)
    large = BankShelf(bank, library, rows.screened.tolist())
    small = large.subset(bank.library(SUM_LIBRARY))
    inside = large.subset(bank.arguments(arguments))
    return Workshop(
        large,
        small,
        FamilyShelf(bank, inside, SUMMAND_FAMILIES, logarithmic=False),
        large.logarithms(),
        small.logarithms(),
        FamilyShelf(bank, inside, FACTOR_FAMILIES, logarithmic=True),
        rows,
        noise_scale,
        Unseen(),
        threads,
    )
