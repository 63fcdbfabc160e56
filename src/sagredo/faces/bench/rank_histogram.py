"""Whether predictive distributions are those that the responses come from: a test of their ranks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from sagredo.objective.normal_mixture import NormalMixture

if TYPE_CHECKING:
    from jaxtyping import Float64

BINS: Final = 10
"""Bins of the histogram: with 50 ranks each holds five on average, as the chi-squared test wants (Cochran 1954)."""


def ranks(
    rng: np.random.Generator,
    predicted: NormalMixture,
    responses: Float64[np.ndarray, " rows"],
    bin_width: float,
) -> Float64[np.ndarray, " rows"]:
    """F(y) of recorded responses: uniform on [0, 1] if and only if F is their distribution; NaN without one.

    A response y recorded in a bin of width w stands for all values in it: F is that of responses before they
    are recorded, whose variance is less by w^2 / 12, and the rank is drawn uniformly between F(y - w/2) and
    F(y + w/2) (the randomised probability integral transform; Czado, Gneiting and Held 2009, Biometrics 65).
    """
    variances = np.maximum(np.square(predicted.deviations) - bin_width**2 / 12, 0.0)
    sharp = NormalMixture(predicted.weights, predicted.means, np.sqrt(variances))
    below, above = (sharp.cumulative(responses + side * bin_width / 2) for side in (-1, 1))
    return np.asarray(below + rng.uniform(size=len(responses)) * (above - below), dtype=float)


def twice_as_sure(predicted: NormalMixture) -> NormalMixture:
    """The same shapes about the same means at half the deviations: too sure, which a test of ranks must notice."""
    centre = predicted.mean[:, np.newaxis]
    means = np.where(predicted.weights > 0, centre + 0.5 * (predicted.means - centre), predicted.means)
    return NormalMixture(predicted.weights, means, 0.5 * predicted.deviations)


def uniformity(found: Sequence[float], bins: int = BINS) -> float:
    """The p-value of the chi-squared test that independent ranks are uniform on [0, 1]; 1 for none."""
    from scipy.stats import chisquare

    if not len(found):
        return 1.0
    counts, _ = np.histogram(found, bins=bins, range=(0.0, 1.0))
    return float(chisquare(counts).pvalue)
