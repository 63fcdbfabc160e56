"""The axis of a picture: its range, whether it is logarithmic, and its tick marks."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, isfinite, log10
from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Float64

_LOG_SPAN_ALONE = 1000.0
"""A positive quantity that spans this ratio is drawn on a logarithmic axis whatever the other axis does."""

_LOG_SPAN_TOGETHER = 30.0
"""Two positive quantities that both span this ratio get logarithmic axes, where power laws are lines."""

_MARGIN = 0.04
"""The part of an axis that stays free at each end."""


@final
@dataclass(frozen=True)
class Axis:
    """Maps values to [0, 1], linearly or by their logarithm; ``low`` and ``high`` are the ends."""

    low: float
    high: float
    logarithmic: bool
    ticks: tuple[float, ...]

    def position(self, values: Float64[np.ndarray, " n"]) -> Float64[np.ndarray, " n"]:
        """Where the values lie, 0 at the low end and 1 at the high end; NaN where they have no place."""
        values = np.asarray(values, dtype=np.float64)
        if not self.logarithmic:
            # Halves first: the width of a range may be beyond the largest float when its ends are not.
            return (values / 2 - self.low / 2) / (self.high / 2 - self.low / 2)
        logs = np.log10(np.where(values > 0, values, np.nan))
        low = log10(self.low)
        return np.asarray((logs - low) / (log10(self.high) - low))

    def grid(self, points: int) -> Float64[np.ndarray, " points"]:
        """Values at equal steps along the axis, from end to end."""
        if self.logarithmic:
            return np.asarray(np.geomspace(self.low, self.high, points))
        return np.asarray(self.low + (self.high / 2 - self.low / 2) * 2 * np.linspace(0, 1, points))


def axes_for(horizontal: Float64[np.ndarray, " n"], vertical: Float64[np.ndarray, " n"]) -> tuple[Axis, Axis]:
    """The two axes of a scatter of points."""
    spans = (_span(horizontal), _span(vertical))
    together = min(spans) >= _LOG_SPAN_TOGETHER
    return (
        axis_of(horizontal, logarithmic=together or spans[0] >= _LOG_SPAN_ALONE),
        axis_of(vertical, logarithmic=together or spans[1] >= _LOG_SPAN_ALONE),
    )


def axis_of(values: Float64[np.ndarray, " n"], *, logarithmic: bool = False, ticks: int = 6) -> Axis:
    """An axis with a little room around the finite values."""
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if logarithmic:
        room = max((log10(high) - log10(low)) * _MARGIN, 0.01)
        low, high = 10.0 ** max(log10(low) - room, -307.0), 10.0 ** min(log10(high) + room, 308.0)
        return Axis(low, high, True, _logarithmic_ticks(low, high, ticks))
    room = (high / 2 - low / 2) * 2 * _MARGIN
    if not room > abs(high) * 1e-12:
        room = abs(high) * _MARGIN or 1.0
    low, high = max(low - room, -1e308), min(high + room, 1e308)
    return Axis(low, high, False, _linear_ticks(low, high, ticks))


def tick_label(value: float) -> str:
    """A short text for a tick."""
    text = f"{value:.6g}"
    if "e" in text:
        mantissa, exponent = text.split("e")
        return f"{mantissa}e{int(exponent)}"
    return text


def _span(values: Float64[np.ndarray, " n"]) -> float:
    finite = values[np.isfinite(values)]
    if not finite.size or finite.min() <= 0:
        return 0.0
    with np.errstate(over="ignore"):
        span = float(finite.max() / finite.min())
    return span if isfinite(span) else 0.0


def _linear_ticks(low: float, high: float, count: int) -> tuple[float, ...]:
    """Round numbers (1, 2 or 5 times a power of ten apart), at most ``count`` + 1 of them."""
    rough = (high / 2 - low / 2) * 2 / count
    if not isfinite(rough) or rough <= 0:
        return (low, high)
    power = 10.0 ** floor(log10(rough))
    if power == 0:
        return (low, high)
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return tuple(float(f"{k * step:.10g}") for k in range(first, last + 1)) or (low, high)


def _logarithmic_ticks(low: float, high: float, count: int) -> tuple[float, ...]:
    """Powers of ten, thinned to ``count``; 1, 2 and 5 times them where there are few."""
    first, last = ceil(log10(low)), floor(log10(high))
    if last - first >= 2:
        every = ceil((last - first + 1) / count)
        return tuple(10.0**k for k in range(first, last + 1, every))
    values = [factor * 10.0**k for k in range(first - 1, last + 1) for factor in (1, 2, 5)]
    return tuple(float(f"{v:.10g}") for v in values if low <= v <= high)
