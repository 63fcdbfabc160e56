"""Numbers as text that is read back exactly."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import isfinite
from typing import Final

_SMALLEST_PLAIN_EXPONENT: Final = -4
_LARGEST_PLAIN_EXPONENT: Final = 6
"""Powers of ten between which numbers are written out: 0.0001 and 1000000, as by C's ``%g``."""


def decimal_text(value: float) -> str:
    """The shortest decimal that is read back as this double; ``nan`` and ``inf`` where there is none."""
    if not isfinite(value):
        return str(value)
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    assert isinstance(exponent, int)
    return _decimal("-" if sign and value else "", "".join(map(str, digits)), exponent)


def rational_text(value: Fraction) -> str:
    """The exact text of a rational: an integer or a decimal, or p/q where that is shorter."""
    ratio = str(value)
    rest, places = value.denominator, 0
    for factor in (2, 5):
        power = 0
        while rest % factor == 0:
            rest, power = rest // factor, power + 1
        places = max(places, power)
    if rest != 1:
        return ratio
    digits = str(abs(value.numerator) * 10**places // value.denominator)
    return min(_decimal("-" if value < 0 else "", digits, -places), ratio, key=len)


def _decimal(sign: str, digits: str, exponent: int) -> str:
    """digits * 10^exponent, written out where its size allows it or that is no longer."""
    significant = digits.strip("0") or "0"
    exponent += len(digits) - len(digits.rstrip("0")) if significant != "0" else -exponent
    leading = exponent + len(significant) - 1
    point = "." if len(significant) > 1 else ""
    scientific = f"{significant[0]}{point}{significant[1:]}e{leading}"
    if leading < 0:
        plain = f"0.{'0' * (-leading - 1)}{significant}"
    elif exponent < 0:
        plain = f"{significant[: leading + 1]}.{significant[leading + 1 :]}"
    else:
        plain = f"{significant}{'0' * exponent}"
    is_plain = _SMALLEST_PLAIN_EXPONENT <= leading <= _LARGEST_PLAIN_EXPONENT
    return sign + (plain if is_plain or len(plain) <= len(scientific) else scientific)
