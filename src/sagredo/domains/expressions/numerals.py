"""Numbers as people write them: rounded to the digits that count, ratios where they are shorter."""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction
from math import floor, isfinite, log10
from typing import Final, NamedTuple

ERROR_DIGITS: Final = 2
"""Digits of a standard error that say something: its own relative error is seldom below one per cent."""

MAXIMUM_DIGITS: Final = 15
"""Significant digits that every double keeps."""

_EXACT_DIGITS: Final = 12
"""Digits up to which an exact number is written out: as long as the longest that people write by hand."""

_PLAIN_EXPONENTS: Final = range(-4, 6)
"""Numbers in [10^-4, 10^6) are written without an exponent, as by C's ``%g``."""


class Numeral(NamedTuple):
    """digits * 10^exponent, where ``digits`` is a plain decimal without a sign."""

    digits: str
    exponent: int = 0


class Ratio(NamedTuple):
    """A fraction of two integers that is shorter than its decimal; the numerator has no sign."""

    numerator: int
    denominator: int


def significant_digits(value: float, standard_error: float, digits: int) -> int:
    """The digits of a value down to the second digit of its standard error.

    Where the error is unknown (not finite, or 0) it is ``digits``.
    """
    if not (isfinite(standard_error) and standard_error > 0 and isfinite(value) and value != 0):
        return digits
    leading = floor(log10(abs(value))) - floor(log10(standard_error))
    return min(max(leading + ERROR_DIGITS, 1), MAXIMUM_DIGITS)


def rounded_numeral(value: Fraction | float, digits: int) -> Numeral:
    """The magnitude of a finite number to ``digits`` significant digits, without trailing zeros."""
    exact = Fraction(value)
    decimal = Context(prec=digits).divide(Decimal(abs(exact.numerator)), Decimal(exact.denominator))
    return _numeral(decimal)


def exact_number(value: Fraction, digits: int) -> Numeral | Ratio:
    """The magnitude of an exact number, as a decimal or a ratio, whichever is shorter.

    It is exact up to ``_EXACT_DIGITS`` digits; longer ones are rounded to ``digits``.
    """
    ratio = Ratio(abs(value.numerator), value.denominator)
    ratio_length = len(str(ratio.numerator)) + len(str(ratio.denominator))
    decimal = Context(prec=_EXACT_DIGITS).divide(Decimal(ratio.numerator), Decimal(ratio.denominator))
    if Fraction(decimal) == abs(value):
        numeral = _numeral(decimal)
        short = ratio.denominator != 1 and ratio_length <= len(numeral.digits.replace(".", ""))
        return ratio if short else numeral
    return ratio if ratio_length <= _EXACT_DIGITS else rounded_numeral(value, digits)


def _numeral(decimal: Decimal) -> Numeral:
    """A decimal without trailing zeros, plain where its size allows it."""
    if decimal == 0:
        return Numeral("0")
    _, figures, _ = decimal.normalize().as_tuple()
    exponent = decimal.adjusted()
    if exponent in _PLAIN_EXPONENTS or 0 <= exponent < len(figures):
        return Numeral(f"{decimal.normalize():f}")
    text = "".join(map(str, figures))
    return Numeral(text[0] + ("." + text[1:] if text[1:] else ""), exponent)
