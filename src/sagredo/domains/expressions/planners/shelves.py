"""Shelves: what sums and products are made of, as columns to be screened and as terms to be built."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, NamedTuple, final

import numpy as np

from sagredo._native import Library
from sagredo.domains.expressions.planners.bank import COSTS_PER_BIT, RealBank
from sagredo.language.term import Apply, Literal, Parameter, Term

if TYPE_CHECKING:
    from jaxtyping import Float64

    Column = Float64[np.ndarray, " rows"]
    LeftBy = Callable[[Float64[np.ndarray, "columns rows"]], Float64[np.ndarray, " columns"]]
    """The weighted sum of squares that is left when one of these columns is fitted beside the other parts."""

ONE: Final = Literal(Fraction(1))

SCALES: Final = (0.1, 0.2, 0.35, 0.6, 1.0, 1.7, 3.0, 5.0)
"""Arguments, in units of their root mean square, at which smooth families are screened: a factor of 1.7 apart, between
which a fit finds its way."""

PHASES: Final = tuple(0.5 * k for k in range(1, 13))
"""Arguments of periodic families: half a radian apart, up to a whole turn."""


class Part(NamedTuple):
    """A candidate for a sum or product: its term over parameters of its own, and its column on the rows.

    With ``logarithmic`` the column is log|term|. ``place`` is where the library of its shelf has it.
    """

    shelf: Shelf
    place: int
    term: Term
    parameters: tuple[float, ...]
    column: Column
    bits: float
    logarithmic: bool


class Shelf(ABC):
    """Parts, with a native library of their columns on the rows that are screened."""

    library: Any

    @abstractmethod
    def columns(self, places: Sequence[int]) -> Float64[np.ndarray, "places rows"]:
        """The parts' columns on all rows that goals are compared on."""

    @abstractmethod
    def part(self, place: int) -> Part:
        """The part at this place of the library."""

    def refined(self, part: Part, left_by: LeftBy) -> Part:
        """The part with its own parameters moved to where the least is left."""
        return part


@final
class BankShelf(Shelf):
    """Entries of the bank, or their logarithms, from a library of them on all rows."""

    def __init__(
        self, bank: RealBank, on_all_rows: Any, screened: Sequence[int], *, logarithmic: bool = False
    ) -> None:
        self.bank = bank
        self.library = on_all_rows.on_rows(screened)
        self._on_all_rows = on_all_rows
        self._screened = screened
        self._logarithmic = logarithmic

    def columns(self, places: Sequence[int]) -> Float64[np.ndarray, "places rows"]:
        """The entries' values."""
        return np.asarray(self._on_all_rows.columns(places))

    def part(self, place: int) -> Part:
        """The entry, which has no parameters."""
        entry = self.library.entry(place)
        bits = self.bank.native.cost(entry) / COSTS_PER_BIT
        return Part(self, place, self.bank.term(entry), (), self.columns([place])[0], bits, self._logarithmic)

    def subset(self, entries: Sequence[int]) -> BankShelf:
        """Those of these entries."""
        return BankShelf(self.bank, self._on_all_rows.subset(entries), self._screened)

    def logarithms(self) -> BankShelf:
        """The same entries as factors."""
        return BankShelf(self.bank, self._on_all_rows.logarithms(), self._screened, logarithmic=True)


@final
class JoinedShelf(Shelf):
    """The parts of several shelves, so that a fit may have some of each."""

    def __init__(self, *shelves: Shelf) -> None:
        self._shelves = shelves
        self._ends = np.cumsum([len(shelf.library) for shelf in shelves])
        self.library = shelves[0].library
        for shelf in shelves[1:]:
            self.library = self.library.beside(shelf.library)

    def columns(self, places: Sequence[int]) -> Float64[np.ndarray, "places rows"]:
        """The parts' columns, each of its own shelf."""
        found = (self._found(place) for place in places)
        return np.array([shelf.columns([place])[0] for shelf, place in found])

    def part(self, place: int) -> Part:
        """The part, which stays one of its own shelf."""
        shelf, place = self._found(place)
        return shelf.part(place)

    def _found(self, place: int) -> tuple[Shelf, int]:
        which = int(np.searchsorted(self._ends, place, side="right"))
        return self._shelves[which], place - (int(self._ends[which - 1]) if which else 0)


class Family(NamedTuple):
    """f(p v) with a parameter p; ``primitives`` are what its term takes besides the product."""

    function: Callable[[Column], Column]
    build: Callable[[Term], Term]
    scales: Sequence[float]
    primitives: tuple[str, ...]


def _one_plus(term: Term) -> Term:
    return Apply("add", (ONE, term))


def _exponential_less_one(term: Term) -> Term:
    return Apply("sub", (Apply("exp", (term,)), ONE))


BOTH_SIGNS: Final = (*SCALES, *(-scale for scale in SCALES))

FACTOR_FAMILIES: Final[Mapping[str, Family]] = {
    "1 + u": Family(lambda u: 1 + u, _one_plus, BOTH_SIGNS, ("add",)),
    "exp(u) - 1": Family(np.expm1, _exponential_less_one, BOTH_SIGNS, ("exp", "sub")),
    "exp(u) + 1": Family(
        lambda u: np.exp(u) + 1, lambda term: _one_plus(Apply("exp", (term,))), BOTH_SIGNS, ("exp", "add")
    ),
    "log(1 + u)": Family(np.log1p, lambda term: Apply("log", (_one_plus(term),)), SCALES, ("log", "add")),
    "sin(u)": Family(np.sin, lambda term: Apply("sin", (term,)), PHASES, ("sin",)),
    "cos(u)": Family(np.cos, lambda term: Apply("cos", (term,)), PHASES, ("cos",)),
    "tanh(u)": Family(np.tanh, lambda term: Apply("tanh", (term,)), SCALES, ("tanh",)),
    "cosh(u)": Family(np.cosh, lambda term: Apply("cosh", (term,)), SCALES, ("cosh",)),
}
"""What may stand in a product with a parameter inside."""

SUMMAND_FAMILIES: Final[Mapping[str, Family]] = {
    "exp(u)": Family(np.exp, lambda term: Apply("exp", (term,)), BOTH_SIGNS, ("exp",)),
    "1/(1 + u)": Family(
        lambda u: 1 / (1 + u), lambda term: Apply("inv", (_one_plus(term),)), BOTH_SIGNS, ("inv", "add")
    ),
    "sqrt(1 + u)": Family(
        lambda u: np.sqrt(1 + u), lambda term: Apply("sqrt", (_one_plus(term),)), BOTH_SIGNS, ("sqrt", "add")
    ),
    "log(1 + u)": FACTOR_FAMILIES["log(1 + u)"],
    "sin(u)": FACTOR_FAMILIES["sin(u)"],
    "cos(u)": FACTOR_FAMILIES["cos(u)"],
    "tanh(u)": FACTOR_FAMILIES["tanh(u)"],
    "cosh(u)": FACTOR_FAMILIES["cosh(u)"],
}
"""What may stand in a sum with a parameter inside."""

GRID_RATIO: Final = 1.75
"""A grid's parameter lies at most this factor from its neighbours, except in the first radian of a phase."""

ZOOMS: Final = 4
ZOOM_POINTS: Final = 17
"""Each zoom keeps two of sixteen steps between neighbouring scales: the parameter to one part in ten thousand."""

VERTEX_WIDTHS: Final = (1e-4, 1e-5)
"""Then the vertex of a parabola through three scales so far apart: an exact law must leave nothing, or an approximation
with two parts leaves less."""

COEFFICIENT_BITS: Final = 12.0
"""What a fitted parameter costs about: its node, and half a log2(rows) for its value."""


class _Member(NamedTuple):
    """One of a family: its argument with the parameter."""

    family: Family
    argument: Term
    argument_column: Column
    parameter: float
    bits: float


@final
class FamilyShelf(Shelf):
    """f(p v) for families f, arguments v of the bank and parameters p on a grid; the fit refines p."""

    def __init__(
        self, bank: RealBank, arguments: BankShelf, families: Mapping[str, Family], *, logarithmic: bool
    ) -> None:
        self._logarithmic = logarithmic
        self._members: list[_Member] = []
        columns: list[np.ndarray] = []
        known = [f for f in families.values() if bank.primitives.issuperset((*f.primitives, "mul"))]
        for place in range(len(arguments.library)):
            part = arguments.part(place)
            size = float(np.sqrt(np.mean(np.square(part.column))))
            if np.ptp(part.column) <= 0:
                continue
            (screened,) = arguments.library.columns([place])
            for family in known:
                bits = part.bits + sum(
                    bank.grammar.primitive_bits(name) for name in (*family.primitives, "mul")
                )
                parameters = np.array(family.scales) / size
                columns.append(self._columns(family, screened, parameters))
                self._members += [
                    _Member(family, part.term, part.column, p, bits) for p in parameters.tolist()
                ]
        rows = arguments.library.rows
        table = np.vstack(columns) if columns else np.zeros((0, rows))
        costs = [round(COSTS_PER_BIT * (member.bits + COEFFICIENT_BITS)) for member in self._members]
        self.library = Library.of_columns(table, costs)

    def columns(self, places: Sequence[int]) -> Float64[np.ndarray, "places rows"]:
        """The members' values, their parameters on the grid."""
        members = (self._member(place) for place in places)
        return np.array([self._column(member, member.parameter) for member in members])

    def part(self, place: int) -> Part:
        """The member with its parameter on the grid."""
        return self._part(place, self._member(place).parameter)

    def refined(self, part: Part, left_by: LeftBy) -> Part:
        """The parameter between its neighbours on the grid where the least is left, by zooming in."""
        member = self._member(part.place)
        low, high = member.parameter / GRID_RATIO, member.parameter * GRID_RATIO
        for _ in range(ZOOMS):
            parameters = np.linspace(low, high, ZOOM_POINTS)
            best = int(np.argmin(left_by(self._columns(member.family, member.argument_column, parameters))))
            low, high = parameters[max(best - 1, 0)], parameters[min(best + 1, ZOOM_POINTS - 1)]
        parameter = float(parameters[best])
        for width in VERTEX_WIDTHS:
            around = parameter * (1 + width * np.array([-1.0, 0.0, 1.0]))
            left = left_by(self._columns(member.family, member.argument_column, around))
            curvature = left[0] - 2 * left[1] + left[2]
            if curvature > 0:
                parameter += (
                    parameter * width * float(np.clip(0.5 * (left[0] - left[2]) / curvature, -1.0, 1.0))
                )
        return self._part(part.place, parameter)

    def _member(self, place: int) -> _Member:
        return self._members[int(self.library.entry(place))]

    def _part(self, place: int, parameter: float) -> Part:
        member = self._member(place)
        term = member.family.build(Apply("mul", (Parameter(0), member.argument)))
        column = self._column(member, parameter)
        return Part(
            self, place, term, (parameter,), column, member.bits + COEFFICIENT_BITS, self._logarithmic
        )

    def _column(self, member: _Member, parameter: float) -> Column:
        column: Column = self._columns(member.family, member.argument_column, np.array([parameter]))[0]
        return column

    def _columns(
        self, family: Family, argument: Column, parameters: Float64[np.ndarray, " parameters"]
    ) -> Float64[np.ndarray, "parameters rows"]:
        """The family's values; 0, which no library takes, where one of them is missing or has no logarithm."""
        with np.errstate(all="ignore"):
            values: Float64[np.ndarray, "parameters rows"] = family.function(parameters[:, None] * argument)
            if self._logarithmic:
                values = np.log(np.abs(values))
        values[~np.all(np.isfinite(values), axis=1)] = 0.0
        return values
