"""The recorded resolution of a column: the finest decimal step seen in it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Float64

COMPUTED_RELATIVE_RESOLUTION = 2.0**-40
"""The resolution of a computed column relative to its root mean square: of the 52 bits of a double's
significand, 12 are left for the rounding errors of whatever program computed the values."""

_LARGEST_EXACT_POWER_OF_TEN = 22
"""10^22 = 2^22 5^22 is the largest power of ten that a double holds exactly, as 5^22 < 2^53 < 5^23."""


def recorded_resolution(values: Float64[np.ndarray, " rows"]) -> float:
    r"""The width of the bins in which the values were recorded.

    :math:`\max(10^{-d}, 2^{-40} \sqrt{\overline{v^2}})`, where d is the largest number of decimals in the
    shortest decimal text that reads back as each value: ``0.25`` and ``2.5e-1`` have two, ``2e-4`` has four,
    ``1200`` has none. It depends on the values alone, not on how they were spelled, so a file and its frame
    agree; and not on their order. A column whose shortest texts need all 16 or 17 digits of a double was
    computed, not recorded: the second term is its resolution, its float spacing in a wider sense. Values
    that are not finite are left aside; a column of zeros has resolution 1.
    """
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 1.0
    largest = float(np.max(np.abs(finite)))
    if largest == 0.0:
        return 1.0
    root_mean_square = largest * math.sqrt(float(np.mean(np.square(finite / largest))))
    spacing = COMPUTED_RELATIVE_RESOLUTION * root_mean_square
    decimals = 0
    remaining = finite
    while 10.0**-decimals > spacing and decimals <= _LARGEST_EXACT_POWER_OF_TEN:
        # The integer k and 10^d are exact, so k / 10^d is the double nearest to that decimal: the decimal
        # reads back as v exactly if the two are equal. Beyond 2^53 every double is an integer anyway.
        power = 10.0**decimals
        remaining = remaining[np.rint(remaining * power) / power != remaining]
        if not remaining.size:
            return max(10.0**-decimals, spacing)
        decimals += 1
    if 10.0**-decimals <= spacing:
        return spacing
    finest = 0
    for value in remaining.tolist():
        finest = max(finest, _decimals(value))
        if 10.0**-finest <= spacing:
            return spacing
    return max(10.0**-finest, spacing)


def _decimals(value: float) -> int:
    """The number of decimals of the shortest text that reads back as the value."""
    mantissa, _, exponent = repr(value).partition("e")
    fraction = mantissa.partition(".")[2].rstrip("0")
    return max(0, len(fraction) - int(exponent or 0))
