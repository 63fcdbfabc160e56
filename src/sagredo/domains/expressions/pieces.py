"""Pieces of formulas: layouts that know how tightly they hold together, and how they are put side by side."""

from __future__ import annotations

from typing import NamedTuple

from sagredo.domains.expressions.layout import (
    APPLY,
    COMMA,
    CROSS,
    DOT,
    NEGATIVE,
    SPACED_TIMES,
    TIMES,
    TIMES_FUNCTION,
    Digits,
    Fence,
    Function,
    Layout,
    Operator,
    Over,
    Root,
    Row,
    Subscript,
    Superscript,
    row,
)
from sagredo.domains.expressions.names import is_word
from sagredo.domains.expressions.numerals import Numeral

SUM, PRODUCT, FUNCTION, POWER, ATOM = range(5)
"""How tightly a layout holds together."""

NUMBER, CONSTANT, FACTOR, BRACKETS, EXPONENTIAL, CALL = range(6)
"""The order of the factors in a product."""


class Piece(NamedTuple):
    """A layout, how tightly it holds together, and its place in products."""

    layout: Layout
    level: int = ATOM
    order: int = FACTOR


def call(function: Layout, *arguments: Layout) -> Piece:
    """A function of arguments in brackets."""
    listed: list[Layout] = []
    for argument in arguments:
        listed += (COMMA, argument)
    return Piece(row(function, APPLY, Fence(row(*listed[1:]))), FUNCTION, CALL)


def numeral(numeral: Numeral) -> Piece:
    """A number, with its power of ten."""
    if not numeral.exponent:
        return Piece(Digits(numeral.digits), ATOM, NUMBER)
    exponent: Layout = Digits(str(abs(numeral.exponent)))
    power = Superscript(Digits("10"), row(NEGATIVE, exponent) if numeral.exponent < 0 else exponent)
    if numeral.digits == "1":
        return Piece(power, POWER, NUMBER)
    return Piece(row(Digits(numeral.digits), CROSS, power), PRODUCT, NUMBER)


def joined(factors: list[Piece]) -> Piece:
    """The product of factors, numbers first and functions last; 1 if there are none."""
    if not factors:
        return Piece(Digits("1"), ATOM, NUMBER)
    if len(factors) == 1:
        return factors[0]
    layouts: list[Layout] = []
    for piece in sorted(factors, key=lambda piece: piece.order):
        layout = inside(piece, PRODUCT)
        if layouts:
            layouts.append(_times(layouts[-1], layout))
        layouts.append(layout)
    return Piece(row(*layouts), PRODUCT)


def _times(left: Layout, right: Layout) -> Operator:
    """What stands between two factors: mostly nothing."""
    first, last = _edge(right, 0), _edge(left, -1)
    if isinstance(first, Digits):
        return DOT
    if isinstance(first, Function):
        return TIMES_FUNCTION
    return SPACED_TIMES if is_word(first) or is_word(last) else TIMES


def _edge(layout: Layout, position: int) -> Layout:
    """What stands first (0) or last (-1) in a layout."""
    match layout:
        case Row(parts):
            return _edge(parts[position], position)
        case Superscript(base, _) | Subscript(base, _):
            return _edge(base, position)
        case Over(numerator, _):
            return _edge(numerator, position)
    return layout


def inside(piece: Piece, level: int) -> Layout:
    """The layout, in brackets if it holds together less tightly than ``level``."""
    return piece.layout if piece.level >= level else Fence(piece.layout)


def script_depth(layout: Layout) -> int:
    """How many levels of exponents a layout has."""
    match layout:
        case Row(parts):
            return max(map(script_depth, parts), default=0)
        case Superscript(base, script):
            return max(script_depth(base), 1 + script_depth(script))
        case Subscript(body, _) | Root(body) | Fence(body):
            return script_depth(body)
        case Over(numerator, denominator):
            return max(script_depth(numerator), script_depth(denominator))
    return 0


def is_one(piece: Piece) -> bool:
    """Whether a piece is the number 1."""
    return piece.layout == Digits("1")
