"""Numbers as people write them."""

from __future__ import annotations

import math
import re
from typing import Any

MISSING_TEXTS = frozenset(["", "na", "n/a", "#n/a", "nan", "null", "none", "<na>", "-", "--", "?"])
"""What stands for a missing value, in small letters."""

SIDES = {"<": -1, "\N{LESS-THAN OR EQUAL TO}": -1, ">": 1, "\N{GREATER-THAN OR EQUAL TO}": 1}
"""What stands before a bound: the quantity itself is less, or more."""

_THOUSANDS = {
    ".": re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d*)?(?:[eE][-+]?\d+)?"),
    ",": re.compile(r"[-+]?\d{1,3}(?:\.\d{3})+(?:,\d*)?(?:[eE][-+]?\d+)?"),
}


def number_from_text(text: str, decimal: str = ".") -> float | None:
    """The number that a text holds, NaN where it stands for a missing value, None where it holds neither.

    Understood are ``12``, ``-1.2e3``, ``1,234.5`` (thousands in groups), the minus sign U+2212 and ``inf``;
    with the decimal mark ``,`` also ``1,5`` and ``1.234,5``.
    """
    stripped = text.strip()
    if stripped.lower() in MISSING_TEXTS:
        return math.nan
    plain = stripped.replace("\N{MINUS SIGN}", "-")
    if decimal == ",":
        if _THOUSANDS[","].fullmatch(plain) and "," in plain:
            plain = plain.replace(".", "")
        plain = plain.replace(",", ".")
    elif "," in plain and _THOUSANDS["."].fullmatch(plain):
        plain = plain.replace(",", "")
    if "_" in plain:  # Python's own spelling of thousands is no number to anyone else
        return None
    try:
        return float(plain)
    except ValueError:
        return None


def bound_from_text(text: str, decimal: str = ".") -> tuple[float, int] | None:
    """A number and its side: ``<0.05`` is (0.05, -1), ``> 3`` is (3, 1), ``2`` is (2, 0), ``<`` alone (NaN, -1).

    None where the text is neither a number nor a bound nor a missing value.
    """
    plain = text.strip()
    side = SIDES.get(plain[:1], 0)
    number = number_from_text(plain[1:].removeprefix("=") if side else plain, decimal)
    return None if number is None else (number, side)


def missing_or_number(value: Any) -> float | None:
    """The same for an object of a frame: a number of any type, a text, or None for a missing value."""
    if value is None:
        return math.nan
    if isinstance(value, str):
        return number_from_text(value)
    if type(value).__name__ in ("NAType", "NaTType"):
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None
