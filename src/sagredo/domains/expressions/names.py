"""How the symbols of a program look in a formula: ``theta1`` is a Greek letter with a subscript."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from sagredo.domains.expressions.layout import (
    GREEK_LETTERS,
    SCRIPT_COMMA,
    Digits,
    Layout,
    Name,
    Subscript,
    row,
)

PI: Final = Name("π")
EULER: Final = Name("e", upright=True)
"""Upright, as the standard of quantities and units (ISO 80000-2) has it."""

_NUMBERED: Final = re.compile(r"([^\d_]+)(\d+)")
_LONGEST_SUBSCRIPT_OF_WORD: Final = 3
"""Letters that a word may carry as a subscript: ``mass_sun``; longer names are words of their own."""


def name_layouts(symbols: Iterable[str]) -> Mapping[str, Layout]:
    """The layout of every symbol; no two look the same, and none looks like pi or Euler's number.

    Underscores and final digits make subscripts. Of two symbols that would look the same, as ``x1`` and
    ``x_1``, the second is written letter by letter.
    """
    taken: set[Layout] = {PI, Name(EULER.text)}
    layouts: dict[str, Layout] = {}
    for symbol in symbols:
        layout = _layout(symbol)
        if layout in taken:
            layout = Name(symbol, upright=True)
        taken.add(layout)
        layouts[symbol] = layout
    return layouts


def is_word(layout: Layout) -> bool:
    """Whether a layout is the name of a quantity in several letters."""
    return isinstance(layout, Name) and len(layout.text) > 1


def _layout(symbol: str) -> Layout:
    """The layout of one symbol."""
    pieces = [piece for piece in symbol.split("_") if piece]
    if not pieces:
        return Name(symbol, upright=True)
    if numbered := _NUMBERED.fullmatch(pieces[0]):
        pieces[:1] = numbered.groups()
    base, subscripts = _word(pieces[0]), pieces[1:]
    if is_word(base) and any(len(piece) > _LONGEST_SUBSCRIPT_OF_WORD for piece in subscripts):
        return Name(symbol, upright=True)
    if not subscripts:
        return base
    lowered: list[Layout] = []
    for piece in subscripts:
        lowered += (SCRIPT_COMMA, _word(piece))
    return Subscript(base, row(*lowered[1:]))


def _word(text: str) -> Layout:
    """A number, a letter or a word."""
    if text.isdigit():
        return Digits(text)
    letter = GREEK_LETTERS.get(text, text)
    return Name(letter, upright=len(letter) > 1 or "Α" <= letter <= "Ω")
