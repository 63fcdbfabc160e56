"""Whether Markov chains have forgotten where they began."""

from __future__ import annotations

from math import inf, nan
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Float64

WINDOW: Final = 5.0
"""The autocorrelation is summed up to this many integrated times, where what is left of it is under its noise
(Sokal 1997: 4 to 6 for a nearly exponential decay)."""


def integrated_autocorrelation_time(chains: Float64[np.ndarray, "chains steps"]) -> float:
    """tau = 1 + 2 sum_t rho(t), in steps: a chain of n steps is worth n / tau independent draws.

    rho is the mean autocorrelation over the chains about their common mean, summed up to the first lag of at least
    ``WINDOW`` tau (Sokal 1997). inf where the chains are too short for that, 1 where they are constant.
    """
    steps = chains.shape[1]
    centred = chains - chains.mean()
    # Zero padding keeps the end of a chain from being correlated with its beginning.
    spectrum = np.fft.rfft(centred, 2 * steps, axis=1)
    products = np.fft.irfft(np.abs(spectrum) ** 2, 2 * steps, axis=1)[:, :steps].mean(axis=0)
    if products[0] <= 0.0:
        return 1.0
    times = 2.0 * np.cumsum(products / products[0]) - 1.0
    enough = np.arange(steps) >= WINDOW * times
    return float(times[np.argmax(enough)]) if enough.any() else inf


def potential_scale_reduction(chains: Float64[np.ndarray, "chains steps"]) -> float:
    """R-hat of the halves of the chains: near 1 once all have the same distribution (Gelman 2013).

    sqrt((W (n - 1)/n + B/n) / W), W the mean variance inside the halves of n steps, B/n that of their means. inf where
    the halves are constant and differ; nan for fewer than 4 steps.
    """
    half = chains.shape[1] // 2
    if half < 2:
        return nan
    halves = np.concatenate([chains[:, :half], chains[:, -half:]])
    within = float(halves.var(axis=1, ddof=1).mean())
    between = float(halves.mean(axis=1).var(ddof=1))
    if within == 0.0:
        return 1.0 if between == 0.0 else inf
    return float(np.sqrt((within * (half - 1) / half + between) / within))
