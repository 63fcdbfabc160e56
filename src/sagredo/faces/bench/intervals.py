"""Intervals of shares."""

from __future__ import annotations


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
