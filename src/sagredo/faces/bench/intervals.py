"""Intervals of shares."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """The interval of 95% of a share (Wilson 1927); (0, 1) without a trial."""
    from scipy.stats import binomtest

    if trials == 0:
        return 0.0, 1.0
    interval = binomtest(successes, trials).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)


def share(successes: int, trials: int) -> str:
    """A count with its share's interval, as text."""
    low, high = wilson(successes, trials)
    return f"{successes} of {trials} ({low:.3f} to {high:.3f})"


def paired_difference(pairs: Sequence[tuple[bool, bool]]) -> tuple[float, float, float]:
    """The share of the first less that of the second, with its interval of 95%: (difference, low, high).

    Newcombe's hybrid score interval for paired proportions (Newcombe 1998, Statistics in Medicine 17,
    method 10): Wilson's intervals of the two shares, combined with the correlation of the pairs.
    """
    both = sum(first and second for first, second in pairs)
    only_first = sum(first and not second for first, second in pairs)
    only_second = sum(second and not first for first, second in pairs)
    neither = len(pairs) - both - only_first - only_second
    if not pairs:
        return 0.0, -1.0, 1.0
    first, second = (both + only_first) / len(pairs), (both + only_second) / len(pairs)
    (low_1, high_1), (low_2, high_2) = (wilson(both + only, len(pairs)) for only in (only_first, only_second))
    correlation = _correlation(both, only_first, only_second, neither)
    below = _combined(first - low_1, high_2 - second, correlation)
    above = _combined(high_1 - first, second - low_2, correlation)
    difference = first - second
    return difference, difference - below, difference + above


def _combined(one: float, other: float, correlation: float) -> float:
    return sqrt(max(0.0, one * one - 2 * correlation * one * other + other * other))


def _correlation(both: int, only_first: int, only_second: int, neither: int) -> float:
    """The phi coefficient of a table of pairs; a positive one with a continuity correction, 0 without variation."""
    margins = (both + only_first) * (only_second + neither) * (both + only_second) * (only_first + neither)
    if margins == 0:
        return 0.0
    determinant = float(both * neither - only_first * only_second)
    if determinant > 0:
        determinant = max(determinant - (both + only_first + only_second + neither) / 2, 0.0)
    return determinant / sqrt(margins)
