"""The identifiers that stand for columns in programs."""

from __future__ import annotations

import keyword
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

MATHEMATICAL_NAMES = frozenset(
    {
        *("pi", "e", "abs", "min", "max", "add", "sub", "mul", "div", "pow", "neg", "inv"),
        *("sqrt", "cbrt", "square", "cube", "exp", "log", "sin", "cos", "tan"),
        *("arcsin", "arccos", "arctan", "sinh", "cosh", "tanh"),
    }
)
"""Names that mathematics has taken: a column of one of these names gets another symbol."""


def symbols_of(names: Sequence[str], reserved: Collection[str] = MATHEMATICAL_NAMES) -> tuple[str, ...]:
    """Give each column name an identifier of its own, readable and as close to the name as can be.

    A name that is a Python identifier (after the NFKC normalisation that Python applies to source text, so
    that the micro sign and the Greek mu are one symbol), no keyword and not in ``reserved`` is its own
    symbol. Of any other name the runs of characters that can't stand in an identifier become ``_``; a taken
    or reserved result gets a final ``_`` or a number. Names that are their own symbols are served first, so
    the order of the other columns can't take a symbol from them.
    """
    normalised = [unicodedata.normalize("NFKC", name) for name in names]
    symbols: dict[int, str] = {}
    taken = set(reserved)
    for position, name in enumerate(normalised):
        if name.isidentifier() and not keyword.iskeyword(name) and name not in taken:
            symbols[position] = name
            taken.add(name)
    for position, name in enumerate(normalised):
        if position not in symbols:
            symbols[position] = _free_symbol(_identifier(name), taken)
            taken.add(symbols[position])
    return tuple(symbols[position] for position in range(len(names)))


def _identifier(name: str) -> str:
    """The identifier nearest to a name; it may be a keyword."""
    text = "".join(character if f"x{character}".isidentifier() else " " for character in name)
    text = re.sub(r"\s+", "_", text.strip())
    if not text:
        return "x"
    return text if text.isidentifier() else f"x_{text}"


def _free_symbol(identifier: str, taken: Collection[str]) -> str:
    """The identifier itself, or with a final underscore (reserved words) or a number (repetitions)."""

    def is_free(symbol: str) -> bool:
        return symbol not in taken and not keyword.iskeyword(symbol)

    if is_free(identifier):
        return identifier
    if (keyword.iskeyword(identifier) or identifier in MATHEMATICAL_NAMES) and is_free(f"{identifier}_"):
        return f"{identifier}_"
    number = 2
    while not is_free(f"{identifier}_{number}"):
        number += 1
    return f"{identifier}_{number}"
