"""Real responses as the generative model sees them: in the bins that they were recorded in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, final

import numpy as np

from sagredo.domains.expressions.scales import root_mean_square
from sagredo.objective.noise import BIN_FRACTION, GivenNoise, LogUniformNoise, Noise
from sagredo.objective.whitening import Whitening

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.problem.problem import Problem

RECORD_PRECISION: Final = 2.0**-40
"""Relative width of the bin of a response recorded in floating point: 12 of a double's 52 bits are left to
the rounding of whatever program computed it, so that the ordinary spellings of an expression cannot be told
apart."""

ROUNDING_PRECISION: Final = 2.0**-52
"""A double's spacing relative to its value. On the target's magnitude it is the narrowest bin there is: a
response of 0 was computed from numbers of that magnitude."""


@final
@dataclass(frozen=True, eq=False)
class Record:
    """Columns, responses in their bins, and the noise's prior.

    ``magnitudes`` are the declared scales of the inputs that have one. Where errors have a known covariance, ``noise``
    holds its standard deviations and ``whitening`` makes them independent.
    """

    symbols: tuple[str, ...]
    columns: Float64[np.ndarray, "inputs rows"]
    responses: Float64[np.ndarray, " rows"]
    bins: Float64[np.ndarray, " rows"]
    weights: Float64[np.ndarray, " rows"]
    noise: Noise
    target_magnitude: float
    magnitudes: Mapping[str, float]
    whitening: Whitening | None = None


def recorded(problem: Problem) -> Record:
    """The record of a problem of real responses."""
    target = problem.target
    responses = np.ascontiguousarray(target.values, dtype=float)
    rows = len(responses)
    magnitude = target.scale if target.scale is not None else root_mean_square(responses)
    bins = record_bins(responses, target.resolution, magnitude)
    whitening = None if problem.covariance is None else Whitening(problem.covariance)
    sigma = problem.sigma if whitening is None else whitening.standard_deviations
    return Record(
        tuple(column.symbol for column in problem.inputs),
        np.array([column.values for column in problem.inputs], dtype=float).reshape(-1, rows),
        responses,
        bins,
        np.ones(rows) if problem.weights is None else np.asarray(problem.weights, dtype=float),
        noise_prior(bins, responses, target.scale, sigma),
        magnitude,
        {column.symbol: column.scale for column in problem.inputs if column.scale is not None},
        whitening,
    )


def record_bins(
    responses: Float64[np.ndarray, " rows"], resolution: float, magnitude: float
) -> Float64[np.ndarray, " rows"]:
    """w0_i = max(resolution, 2^-40 |y_i|, 2^-52 s_y): the bins in which the responses were recorded."""
    floor = max(resolution, ROUNDING_PRECISION * magnitude)
    bins: Float64[np.ndarray, " rows"] = np.maximum(floor, RECORD_PRECISION * np.abs(responses))
    return bins


def noise_prior(
    bins: Float64[np.ndarray, " rows"],
    responses: Float64[np.ndarray, " rows"],
    scale: float | None,
    sigma: Float64[np.ndarray, " rows"] | None,
) -> Noise:
    """sigma log-uniform on [min w0 / 10, spread of y], or as given.

    The spread is the declared scale of the target or else the standard deviation of its values, and at
    least a bin.
    """
    if sigma is not None:
        return GivenNoise(np.maximum(sigma, BIN_FRACTION * bins))
    magnitude = root_mean_square(responses)
    spread = scale if scale is not None else magnitude * float(np.std(responses / magnitude))
    return LogUniformNoise(BIN_FRACTION * float(bins.min()), max(spread, float(bins.max())))
