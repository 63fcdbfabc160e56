"""Units of measurement as vectors of exponents over the SI base dimensions."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

from sagredo.problem.errors import InvalidInput

BASE_DIMENSIONS = ("length", "mass", "time", "current", "temperature", "substance", "luminosity")
"""The dimensions of the SI base units metre, kilogram, second, ampere, kelvin, mole and candela, in order."""

_LARGEST_DENOMINATOR = 64
"""Exponents such as 1/3 reach us as floats; they are the nearest fraction with at most this denominator."""

_TEXT_LIMIT = 100
"""Longer texts are no units; the limit keeps pint's parser cheap on hostile input."""

_UNIT_TEXT = re.compile(
    r"(?:1(?=\s*/)|[^\W\d_]\w*|[°%‰µΩÅ]+[^\W\d_]*|(?:\^|\*\*)\s*\(?\s*[-+]?\d{1,2}(?:\.\d{1,6})?(?:\s*/\s*\d{1,2})?\s*\)?"
    r"|[⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+|[*/·⋅×()]|\s)+"
)
"""Names, products, quotients, brackets and small exponents: all that a unit needs. In particular no numbers
but exponents, so that no text makes pint compute a huge power, and no full stops (``a.u.`` isn't year times
dalton)."""

_LOOK_ALIKES = frozenset({"pH", "pOH", "pKa"})
"""Names of quantities that pint would read as prefixed units (pH as picohenry)."""

_LOGARITHMIC = re.compile(r"\b(?:delta_)?(?:decibel\w*|bel|neper|octave|decade)\b")
"""Pint's names of logarithmic units."""

_HEADER = re.compile(r"(?P<name>.*\S)\s*(?:\[(?P<square>[^\[\]]*)\]|\((?P<round>.*)\))\s*")


@final
@dataclass(frozen=True)
class Dimension:
    """A physical dimension: rational exponents over `BASE_DIMENSIONS`.

    Dimensions form a vector space over the rationals, written multiplicatively: ``a * b``, ``a / b`` and
    ``a ** Fraction(1, 2)`` add, subtract and scale the exponents.
    """

    exponents: tuple[Fraction, ...] = (Fraction(0),) * len(BASE_DIMENSIONS)

    def __mul__(self, other: Dimension) -> Dimension:
        return Dimension(tuple(a + b for a, b in zip(self.exponents, other.exponents, strict=True)))

    def __truediv__(self, other: Dimension) -> Dimension:
        return Dimension(tuple(a - b for a, b in zip(self.exponents, other.exponents, strict=True)))

    def __pow__(self, power: Fraction | int) -> Dimension:
        return Dimension(tuple(exponent * power for exponent in self.exponents))

    @property
    def is_dimensionless(self) -> bool:
        """Whether every exponent is zero."""
        return not any(self.exponents)

    def __str__(self) -> str:
        powers = [
            name if exponent == 1 else f"{name}^{exponent}"
            for name, exponent in zip(BASE_DIMENSIONS, self.exponents, strict=True)
            if exponent
        ]
        return " ".join(powers) or "1"


DIMENSIONLESS = Dimension()


@final
@dataclass(frozen=True)
class Unit:
    """A unit: its dimension, the number of SI units in it, and the text that the user wrote.

    Offsets are left aside: a degree Celsius is a step of one kelvin, and values keep the zero they came with.
    """

    dimension: Dimension = DIMENSIONLESS
    factor: float = 1.0
    text: str = "1"

    @property
    def exponents(self) -> tuple[Fraction, ...]:
        """The exponents over `BASE_DIMENSIONS`."""
        return self.dimension.exponents

    def __str__(self) -> str:
        return self.text

    def is_same_as(self, other: Unit) -> bool:
        """Whether a number means the same in both units, however they are spelled."""
        # Factors are products of a few rounded constants, so equal ones differ by rounding only.
        return self.dimension == other.dimension and abs(self.factor / other.factor - 1.0) < 1e-9


@functools.lru_cache(maxsize=1024)
def parse_unit(text: str) -> Unit:
    """The unit that a text such as ``m/s``, ``kg m^2 s^-2``, ``1/cm``, ``degC``, ``%`` or ``1`` names.

    Texts are read by pint (the extra ``units``) with its default registry of names; ``1``, ``-`` and the
    empty text are the dimensionless unit and need no pint.

    Raises:
        InvalidInput: the text names no unit, or a logarithmic one (dB), or pint is missing.
    """
    stripped = text.strip()
    if stripped in ("", "1", "-", "–", "—"):
        return Unit(text="1")
    registry = _registry()
    if registry is None:
        raise InvalidInput(
            f"Reading the unit {stripped!r} needs the package pint. Got a Python without it: "
            "run `pip install 'sagredo[units]'`, or leave the unit out."
        )
    unknown = InvalidInput(
        f"A unit must be a product of powers of known units, such as 'm/s', 'kg m^2 s^-2', '1/cm' or '%'. "
        f"Got {stripped[:_TEXT_LIMIT]!r} instead."
    )
    if len(stripped) > _TEXT_LIMIT or stripped in _LOOK_ALIKES or not _UNIT_TEXT.fullmatch(stripped):
        raise unknown
    try:
        parsed = registry.parse_units(re.sub("[⋅×]", "*", stripped))
        factor, _ = registry.get_base_units(parsed)
        powers = dict(parsed.dimensionality)
    # pint answers malformed text with whatever its tokenizer and evaluator raise: AssertionError, TokenError,
    # TypeError, RecursionError and its own errors have been seen. All mean the same to the user.
    except Exception as error:
        raise unknown from error
    if _LOGARITHMIC.search(str(parsed)):
        raise InvalidInput(
            f"A unit must be a linear scale. Got the logarithmic unit {stripped!r}: "
            "convert the column to a linear one, or leave the unit out."
        )
    by_name = {str(name).strip("[]"): power for name, power in powers.items()}
    if set(by_name) - set(BASE_DIMENSIONS):
        raise unknown
    exponents = tuple(
        Fraction(by_name.get(name, 0)).limit_denominator(_LARGEST_DENOMINATOR) for name in BASE_DIMENSIONS
    )
    return Unit(Dimension(exponents), float(factor), stripped)


@functools.lru_cache(maxsize=1)
def _registry() -> Any:
    """Pint's default registry (0.4 s to build, so only when a unit is to be read), or None without pint."""
    try:
        import pint
    except ImportError:
        return None
    return pint.UnitRegistry(cache_folder=None)


def split_header(header: str) -> tuple[str, str | None]:
    """Split a header such as ``v [m/s]`` or ``v (m/s)`` into the column's name and the text of its unit.

    Square brackets at the end always hold a unit, known or not (``signal [arb. units]``). Round ones do only
    if pint reads them as a unit, as ``f (x)`` and ``height (m)`` look alike. The unit is
    None where there is none.
    """
    match = _HEADER.fullmatch(header)
    if match is None:
        return header.strip(), None
    if match["square"] is not None:
        return match["name"], match["square"].strip()
    try:
        parse_unit(match["round"])
    except InvalidInput:
        return header.strip(), None
    return match["name"], match["round"].strip()
