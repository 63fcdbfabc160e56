"""Scales of free parameters by dimensional analysis, with the magnitude of every column as its own base unit.

A parameter kappa_j has the prior Cauchy(0, s_j). Its scale s_j is the magnitude that the parameter must
have for the program to come out at the magnitude of the target. It is found from the top down: each node is
told the magnitude that is *wanted* of it, the root that of the target.

=================================  =================================================================
node                               wanted of its arguments
=================================  =================================================================
``add sub min max neg abs``        the same
``inv square cube sqrt cbrt``      the inverse function of what is wanted of the node
``pow`` with a constant exponent p want^(1/p)
``pow`` otherwise                  1 of the exponent, the base's own magnitude of the base
``exp log sin ... tanh``           1: their arguments are pure numbers
``mul div``                        want, divided by the magnitudes of the factors that have their own
=================================  =================================================================

A term is *elastic* when scaling one of its parameters scales it: a parameter, a product with an elastic
factor, a sum of elastic terms. Any other term has a magnitude of its own, the root mean square of its
values on the rows. Where a product has several elastic factors they share its want in equal (geometric)
parts, so that the order of factors doesn't matter; where it has several factors with parameters of which
none is elastic, as in
``(x + a) * (z + b)``, each is wanted at the magnitude of its own parameter-free part.

The magnitude of ``exp(a * x)`` or ``x ** a`` depends on ``a``, so the prior is hierarchical: such
parameters come first, and the scales of elastic ones are conditional on them. It is proper, and it follows
any change of units.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from math import isfinite
from typing import TYPE_CHECKING, Final, Union, final

import numpy as np

from sagredo.domains.expressions.encoding import literal_value
from sagredo.domains.expressions.primitives import NAMED_CONSTANTS
from sagredo.language.term import Apply, Literal, Parameter, Term, Variable, postorder

if TYPE_CHECKING:
    from jaxtyping import Float64

SAME_MAGNITUDE: Final = frozenset({"add", "sub", "min", "max", "neg", "abs"})
"""Operations whose arguments have the magnitude of the result."""

EXPONENT: Final[Mapping[str, float]] = {
    "inv": -1.0,
    "square": 2.0,
    "cube": 3.0,
    "sqrt": 1 / 2,
    "cbrt": 1 / 3,
}
"""Operations that are powers, with their exponents."""

Size = Union[float, "Float64[np.ndarray, ' draws']"]
"""A magnitude or a scale: of one program, or one for each of many draws of its parameters."""

Magnitude = Callable[[Term], Size]
"""The root mean square of a term's values on the rows, with the parameters that are set so far."""

Visit = Callable[[int, Size], None]
"""Called once for each parameter with its index and its scale, each after those that its scale depends on."""


def root_mean_square(values: Float64[np.ndarray, " *shape"]) -> float:
    """sqrt(mean v^2) over the finite values; 1 where there are none or all are 0, as for a pure number."""
    return float(root_mean_squares(values.reshape(1, -1))[0])


def root_mean_squares(values: Float64[np.ndarray, "draws rows"]) -> Float64[np.ndarray, " draws"]:
    """:func:`root_mean_square` of each draw's values."""
    finite = np.isfinite(values)
    known = np.where(finite, values, 0.0)
    largest = np.abs(known).max(axis=1, initial=0.0)
    unit = np.where(largest > 0, largest, 1.0)
    squares = np.square(known / unit[:, np.newaxis]).sum(axis=1)
    count = np.maximum(finite.sum(axis=1), 1)
    return np.asarray(np.where(largest > 0, unit * np.sqrt(squares / count), 1.0), dtype=float)


def assign_scales(
    term: Term,
    target_magnitude: float,
    magnitude: Magnitude,
    visit: Visit,
    constants: Mapping[str, float] = NAMED_CONSTANTS,
) -> None:
    """Visit every parameter of the term with its scale; one that occurs twice is scaled by its first
    visit. ``constants`` are the values of the named ones."""
    with np.errstate(over="ignore", under="ignore"):
        _Assignment(magnitude, visit, constants).walk(term, target_magnitude)


def magnitudes(
    term: Term, nodes: Float64[np.ndarray, "nodes rows"], declared: Mapping[str, float]
) -> Magnitude:
    """Magnitudes from the values of every node in postorder; columns with a declared scale have that."""
    place = {id(node): index for index, node in enumerate(postorder(term))}

    def magnitude(node: Term) -> float:
        if isinstance(node, Variable) and node.symbol in declared:
            return declared[node.symbol]
        return root_mean_square(nodes[place[id(node)]])

    return magnitude


@final
class _Assignment:
    """One walk over a term."""

    def __init__(self, magnitude: Magnitude, visit: Visit, constants: Mapping[str, float]) -> None:
        self.magnitude = magnitude
        self.visit = visit
        self.constants = constants
        self.visited: set[int] = set()

    def walk(self, term: Term, want: Size | None) -> None:
        """Visit the parameters of a term; a want of None stands for the magnitude of its parameter-free
        part."""
        if not _free(term):
            return
        if isinstance(term, Parameter):
            if term.index not in self.visited:
                self.visited.add(term.index)
                self.visit(term.index, _positive(want))
            return
        assert isinstance(term, Apply)
        if term.primitive in SAME_MAGNITUDE:
            self._sum(term, want)
        elif term.primitive in ("mul", "div"):
            self._product(term, want)
        elif (exponent := self._exponent(term)) != 0:
            self.walk(term.arguments[0], _power(want, 1 / exponent))
        elif term.primitive == "pow":
            self.walk(term.arguments[1], 1.0)
            self.walk(term.arguments[0], None)
        else:
            for argument in term.arguments:
                self.walk(argument, 1.0)

    def _sum(self, term: Apply, want: Size | None) -> None:
        """All terms of a sum have one magnitude: that which is wanted, or the largest that one has of its
        own."""
        rigid = [argument for argument in term.arguments if not self._elastic(argument)]
        for argument in rigid:
            self.walk(argument, want)
        if want is None and rigid:
            want = reduce(np.maximum, map(self.magnitude, rigid))
        for argument in term.arguments:
            if self._elastic(argument):
                self.walk(argument, want)

    def _product(self, term: Apply, want: Size | None) -> None:
        """The want of a product, shared among its factors."""
        factors = [factor for factor in _factors(term, 1) if _free(factor[0])]
        elastic = [factor for factor in factors if self._elastic(factor[0])]
        shared = elastic or (factors if len(factors) == 1 else [])
        for factor, _ in factors:
            if not any(factor is other for other, _ in shared):
                self.walk(factor, None)
        if want is not None:
            for factor, sign in _factors(term, 1):
                if not any(factor is other for other, _ in shared):
                    own = _positive(self.magnitude(factor))
                    want = want / own if sign > 0 else want * own
        for factor, sign in shared:
            self.walk(factor, _power(want, sign / len(shared)))

    def _elastic(self, term: Term) -> bool:
        """Whether the term scales with one of its parameters, and so has no magnitude of its own."""
        if isinstance(term, Parameter):
            return True
        if not isinstance(term, Apply):
            return False
        if term.primitive in SAME_MAGNITUDE:
            return all(self._elastic(argument) for argument in term.arguments)
        if term.primitive in ("mul", "div"):
            return any(self._elastic(argument) for argument in term.arguments)
        return self._exponent(term) != 0 and self._elastic(term.arguments[0])

    def _exponent(self, term: Apply) -> float:
        """The exponent of a power with a constant one; 0 for anything else."""
        if term.primitive != "pow":
            return EXPONENT.get(term.primitive, 0.0)
        match term.arguments[1]:
            case Literal(value):
                exponent = literal_value(value)
            case Apply(name, ()) if name in self.constants:
                exponent = self.constants[name]
            case _:
                return 0.0
        return exponent if isfinite(exponent) else 0.0


def _free(term: Term) -> bool:
    """Whether the term has parameters."""
    return any(isinstance(node, Parameter) for node in postorder(term))


def _factors(term: Term, sign: int) -> list[tuple[Term, int]]:
    """The factors of a product with the sign of their exponents."""
    if isinstance(term, Apply) and term.primitive in ("mul", "div"):
        left, right = term.arguments
        return _factors(left, sign) + _factors(right, sign if term.primitive == "mul" else -sign)
    return [(term, sign)]


def _power(want: Size | None, exponent: float) -> Size | None:
    """want^exponent; a magnitude that is left open stays so."""
    if want is None:
        return None
    with np.errstate(over="ignore", under="ignore"):
        power: Size = np.power(_positive(want), exponent)
        return power


def _positive(want: Size | None) -> Size:
    """The want as a positive finite number; 1, a pure number's, where it is none."""
    if want is None:
        return 1.0
    positive: Size = np.where(np.isfinite(want) & (np.asarray(want) > 0), want, 1.0)[()]
    return positive
