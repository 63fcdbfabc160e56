"""Random expressions to time evaluators on."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from sagredo.language.term import Apply, Literal, Term, Variable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

BINARY = ("add", "sub", "mul", "div")
UNARY = ("sqrt", "square", "exp", "log", "sin", "cos", "tanh")
"""Functions that every evaluator has; the four operations are drawn as often as all of these together."""

CONSTANT_SHARE = 0.2
"""The part of the leaves that are constants."""

SHORTEST, LONGEST = 5, 25
"""Nodes of an expression: about the sizes that a search meets."""


def random_expressions(rng: np.random.Generator, symbols: Sequence[str], count: int) -> list[Term]:
    """Expressions of 5 to 25 nodes, sizes uniform, shapes by random splits of the nodes."""
    return [_grow(rng, symbols, int(rng.integers(SHORTEST, LONGEST + 1))) for _ in range(count)]


def _grow(rng: np.random.Generator, symbols: Sequence[str], nodes: int) -> Term:
    if nodes == 1:
        if rng.random() < CONSTANT_SHARE:
            return Literal(Fraction(int(rng.integers(1, 10)), 2))
        return Variable(symbols[int(rng.integers(len(symbols)))])
    if nodes == 2 or rng.random() < 0.5:
        return Apply(UNARY[int(rng.integers(len(UNARY)))], (_grow(rng, symbols, nodes - 1),))
    left = int(rng.integers(1, nodes - 1))
    sides = (_grow(rng, symbols, left), _grow(rng, symbols, nodes - 1 - left))
    return Apply(BINARY[int(rng.integers(len(BINARY)))], sides)
