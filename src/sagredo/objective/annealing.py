"""The parts of annealed sequential Monte Carlo that know nothing of what a particle is."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Float64, Int64

BISECTIONS: Final = 60
"""Halvings of an interval of inverse temperatures: more than the 52 bits of a double's fraction."""


def effective_sample_size(log_weights: Float64[np.ndarray, " particles"]) -> float:
    """(sum w)^2 / sum w^2 (Kong, Liu & Wong 1994); 0 where all weights are 0."""
    finite = log_weights[log_weights > -inf]
    if finite.size == 0:
        return 0.0
    return float(np.exp(2 * np.logaddexp.reduce(finite) - np.logaddexp.reduce(2 * finite)))


def next_inverse_temperature(
    log_likelihoods: Float64[np.ndarray, " particles"], beta: float, remaining: float
) -> float:
    """The largest beta' <= 1 at which the part ``remaining`` of the effective sample size is left.

    Particles are equally weighted at beta and get the weights L^(beta' - beta). The size is compared with that just
    above beta, the number of particles with a likelihood: those without lose their weight at any step. It falls with
    beta', so that bisection finds the step (Jasra 2011; Del Moral 2012).
    """
    alive = log_likelihoods[log_likelihoods > -inf]
    wanted = remaining * alive.size
    if effective_sample_size((1.0 - beta) * alive) >= wanted:
        return 1.0
    low, high = beta, 1.0
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        if effective_sample_size((middle - beta) * alive) >= wanted:
            low = middle
        else:
            high = middle
    # A step is made even where one particle outweighs all others by more than a double can tell.
    return low if low > beta else high


def systematic_resampling(
    rng: np.random.Generator, log_weights: Float64[np.ndarray, " particles"], count: int
) -> Int64[np.ndarray, " count"]:
    """The indices of ``count`` particles that go on: each as often as its share of the weight, rounded up or down.

    One uniform u places the points (k + u) / count in the cumulative weights (Kitagawa 1996; Douc & Cappe 2005).
    """
    cumulative = np.cumsum(np.exp(log_weights - np.logaddexp.reduce(log_weights)))
    points = (np.arange(count) + rng.random()) / count
    chosen = np.searchsorted(cumulative, points * cumulative[-1], side="right")
    indices: Int64[np.ndarray, " count"] = np.minimum(chosen, len(log_weights) - 1)
    return indices
