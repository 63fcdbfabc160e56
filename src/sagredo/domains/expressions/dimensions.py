"""Dimensional analysis: which terms can be right in the units of the columns."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Final, final

from sagredo.domains.expressions.primitives import NAMED_CONSTANTS
from sagredo.language.term import Apply, Hole, Literal, Term, Variable, postorder

if TYPE_CHECKING:
    from sagredo.problem.column import Column
    from sagredo.problem.problem import Problem

Dimensions = Mapping[Hashable, int | Fraction]
"""A product of powers, by its exponents that aren't 0. An integer stands for a base dimension, by its index
in `BASE_DIMENSIONS`; anything else for an unknown dimension."""

_NONE: Final[Dimensions] = {}
_FACTORS: Final[Mapping[str, int | Fraction]] = {
    "neg": 1,
    "abs": 1,
    "inv": -1,
    "square": 2,
    "cube": 3,
    "sqrt": Fraction(1, 2),
    "cbrt": Fraction(1, 3),
}
"""What operations of one argument multiply its exponents with; all others are functions of pure numbers."""

_SUMS: Final = frozenset({"add", "sub", "min", "max"})
"""Operations whose arguments and value have the same dimension."""


@final
class DimensionChecker:
    """Says which terms can have the dimension of a problem's target.

    The dimension of a term is a product of powers of the base dimensions and of unknown dimensions:

    - a column has that of its unit; without a unit it is unknown, one for the column;
    - literals, pi and e are pure numbers, but 0 has any dimension; free parameters, the user's ``constants``
      and holes have unknown ones;
    - ``* / neg abs inv square cube sqrt cbrt`` and powers to a literal act on the exponents linearly;
    - ``+ - min max`` need equal dimensions; all other functions need and give pure numbers;
    - so do base and exponent of a power whose exponent varies from row to row. An exponent that doesn't is a
      pure number; it need not be rational, so that the power of a dimension is unknown.

    A term is possible when the unknown dimensions can be chosen to meet all of these linear equations over
    the rationals: what is refused is wrong whatever its parameters are.
    """

    def __init__(self, problem: Problem, constants: Collection[str] = ()) -> None:
        self._columns = {column.symbol: _column_dimensions(column) for column in problem.inputs}
        self._target = _column_dimensions(problem.target)
        self._pure = NAMED_CONSTANTS.keys() - set(constants)

    def possible(self, term: Term) -> bool:
        """Whether the term can have the dimension of the target."""
        equations = _Equations()
        dimensions = self._dimensions(term, equations)
        return dimensions is not None and equations.equate(dimensions, self._target)

    def _dimensions(self, term: Term, equations: _Equations) -> Dimensions | None:
        """The dimensions of a term, None if it is impossible; adds what they require to the equations."""
        if isinstance(term, Apply):
            return self._applied(term, equations)
        if isinstance(term, Variable):
            return self._columns[term.symbol]
        if isinstance(term, Literal):
            return _NONE if term.value else {object(): 1}
        return {term: 1}

    def _applied(self, term: Apply, equations: _Equations) -> Dimensions | None:
        """The dimensions of a primitive applied to its arguments."""
        name, arguments = term.primitive, term.arguments
        if not arguments:
            return _NONE if name in self._pure else {term: 1}
        if len(arguments) == 1:
            return self._unary(name, arguments[0], equations)
        if name == "pow":
            return self._power(arguments[0], arguments[1], equations)
        left = self._dimensions(arguments[0], equations)
        right = None if left is None else self._dimensions(arguments[1], equations)
        if left is None or right is None:
            return None
        if name in _SUMS:
            return left if equations.equate(left, right) else None
        return _product(left, right, 1 if name == "mul" else -1)

    def _unary(self, name: str, argument: Term, equations: _Equations) -> Dimensions | None:
        """The dimensions of an operation of one argument."""
        dimensions = self._dimensions(argument, equations)
        if dimensions is None:
            return None
        factor = _FACTORS.get(name)
        if factor is None:
            return _NONE if equations.equate(dimensions, _NONE) else None
        return _scaled(dimensions, factor)

    def _power(self, base: Term, exponent: Term, equations: _Equations) -> Dimensions | None:
        """The dimensions of a power."""
        below = self._dimensions(base, equations)
        if below is None:
            return None
        if isinstance(exponent, Literal):
            assert isinstance(exponent.value, Fraction)
            return _scaled(below, exponent.value)
        above = self._dimensions(exponent, equations)
        if above is None or not equations.equate(above, _NONE):
            return None
        if any(isinstance(node, Variable | Hole) for node in postorder(exponent)):
            return _NONE if equations.equate(below, _NONE) else None
        return {object(): 1} if below else _NONE


@final
class _Equations:
    """Linear equations over unknown dimensions, solved one by one as they come.

    Each solution is free of the unknowns solved for before it, so one pass in order removes them all.
    """

    def __init__(self) -> None:
        self._solutions: dict[Hashable, Dimensions] = {}

    def equate(self, left: Dimensions, right: Dimensions) -> bool:
        """Add left = right; False if that contradicts what was added before."""
        if left == right:
            return True
        quotient = _product(left, right, -1)
        for unknown, solution in self._solutions.items():
            power = quotient.pop(unknown, 0)
            if power:
                quotient = _product(quotient, solution, power)
        unknown = next((key for key in quotient if not isinstance(key, int)), None)
        if unknown is None:
            return not quotient
        power = quotient.pop(unknown)
        self._solutions[unknown] = {key: Fraction(-value) / power for key, value in quotient.items()}
        return True


def _column_dimensions(column: Column) -> Dimensions:
    """The dimensions of a column; an unknown one, named by the symbol, if it has no unit."""
    if column.unit is None:
        return {column.symbol: 1}
    exponents = enumerate(column.unit.exponents)
    return {index: _plain(exponent) for index, exponent in exponents if exponent}


def _plain(value: Fraction) -> int | Fraction:
    """The same number as an integer if it is one: integers are ten times faster."""
    return value.numerator if value.denominator == 1 else value


def _product(left: Dimensions, right: Dimensions, power: int | Fraction) -> dict[Hashable, int | Fraction]:
    """left times right to a power."""
    product = dict(left)
    for key, value in right.items():
        total = product.get(key, 0) + power * value
        if total:
            product[key] = total
        else:
            del product[key]
    return product


def _scaled(dimensions: Dimensions, power: int | Fraction) -> Dimensions:
    """The dimensions to a power."""
    if not power:
        return _NONE
    return {key: power * value for key, value in dimensions.items()}
