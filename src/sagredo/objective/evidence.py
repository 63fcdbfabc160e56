"""Evidence: the probability of the data under a program, its parameters and the noise integrated out."""

from __future__ import annotations

from dataclasses import dataclass
from math import log, pi, sqrt
from typing import TYPE_CHECKING, Final, final

import numpy as np

from sagredo.objective.noise import BIN_FRACTION, Noise

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.objective.likelihood import Likelihood

LOST: Final = 45.0
"""Nats under the peak at which an integrand no longer counts: exp(-45) is 10^-20."""

WIDE_BIN: Final = 0.5
"""Where sigma is under half the widest bin the likelihood is no bell, and Laplace's method needs a
correction."""

STEPS: Final = 33
"""Steps of the trapezoid rule along a direction; the integrand is smooth on a tenth of a bin."""

RECENTRE: Final = 4.0
"""The nodes are laid anew when the integrand peaks further than this many of its widths from where it was
expected: they are then further apart than it is wide."""


@final
@dataclass(frozen=True, eq=False)
class Evidence:
    """log Z, nats, with the scale of the noise at the integrand's peak and the parameters' covariance
    there."""

    log_evidence: float
    noise_scale: float
    covariance: Float64[np.ndarray, "parameters parameters"]


def log_marginal_likelihood(
    likelihood: Likelihood,
    noise: Noise,
    residuals: Float64[np.ndarray, " rows"],
    bins: Float64[np.ndarray, " rows"],
    weights: Float64[np.ndarray, " rows"],
    jacobian: Float64[np.ndarray, "rows parameters"],
    log_prior_density: Float64[np.ndarray, " parameters"],
) -> Evidence:
    """log integral prod_i P_i(kappa, sigma)^(m_i) p(kappa) p(sigma) d kappa d sigma, nats.

    ``residuals`` y - f are those of the best parameters, ``bins`` the widths w_i of the recorded responses,
    ``weights`` the multiplicities m_i, ``jacobian`` df_i / d kappa_j and ``log_prior_density`` log
    p_j(kappa_j) at the best parameters.

    At each node of the quadrature over log sigma the parameters are integrated by Laplace's method,
    regularised so that a parameter of which the data say nothing costs nothing:

        prod_j p_j (2 pi)^(k/2) det(A(sigma) + diag(2 pi p_j^2))^(-1/2) <= 1,   A = J^T diag(m_i I_i(sigma))
        J,

    with I_i the Fisher information of a recorded response. In the directions that diagonalise A at the peak,
    A(sigma) is replaced by its diagonal, which is exact where information changes by one factor for all rows.
    """
    total = float(weights.sum())
    sigma, log_weights, fit = _nodes_at_peak(likelihood, noise, residuals, bins, weights, total)
    peak = int(np.argmax(fit + log_weights))
    if jacobian.shape[1] == 0:
        return Evidence(_log_sum(fit + log_weights), _scale(sigma, peak), np.zeros((0, 0)))
    information = likelihood.information(bins, sigma)
    units = np.exp(-log_prior_density) / np.sqrt(2 * pi)
    root = np.sqrt(weights * information[peak])
    left, singular, right = np.linalg.svd(root[:, np.newaxis] * jacobian * units, full_matrices=False)
    # Singular values carry a rounding error of about eps times the largest: below it a direction is unseen.
    change = (information / information[peak]) @ (left * left)
    log_factor = -0.5 * np.log1p(change * singular**2).sum(axis=1)
    integrand = fit + log_weights + log_factor
    wide = (sigma.min(axis=1) < WIDE_BIN * float(bins.max())) & (integrand > integrand.max() - LOST)
    if wide.any():
        shifts = left * singular / root[:, np.newaxis]
        deviations = 1.0 / np.sqrt(1.0 + change[wide] * singular**2)
        integrand[wide] += _bin_correction(
            likelihood, sigma[wide], residuals, bins, weights, shifts, deviations
        )
    peak = int(np.argmax(integrand))
    spread = (right.T * units[:, np.newaxis]) / np.sqrt(1.0 + change[peak] * singular**2)
    return Evidence(_log_sum(integrand), _scale(sigma, peak), spread @ spread.T)


def _nodes_at_peak(
    likelihood: Likelihood,
    noise: Noise,
    residuals: Float64[np.ndarray, " rows"],
    bins: Float64[np.ndarray, " rows"],
    weights: Float64[np.ndarray, " rows"],
    total: float,
) -> tuple[Float64[np.ndarray, " nodes #rows"], Float64[np.ndarray, " nodes"], Float64[np.ndarray, " nodes"]]:
    """Scales, log weights and log-likelihoods at nodes that are dense where the integrand is large.

    The peak is first sought at the root mean square of the residuals, or at a fifth of the narrowest bin
    where all residuals are smaller than that; bins of many widths can move it, and then the nodes follow.
    """
    mean_square = float(weights @ (residuals * residuals)) / total
    narrowest, widest = float(bins.min()), float(bins.max())
    mode = max(sqrt(mean_square), narrowest / 5)
    # Where the residuals exceed all bins the integrand is sigma^-n exp(-n mode^2 / 2 sigma^2), which at
    # mode / sigma = sqrt(3 + 2 LOST / n) is LOST nats or more under its peak.
    reach = sqrt(3 + 2 * LOST / total)
    for _ in range(2):
        floor = mode / reach if mode > widest else min(mode, BIN_FRACTION * narrowest)
        sigma, log_weights = noise.nodes(mode, total, floor)
        fit = likelihood.log_probability(residuals, bins, sigma) @ weights
        found = _scale(sigma, int(np.argmax(fit)))
        if len(fit) == 1 or abs(log(found / mode)) < RECENTRE / sqrt(2 * total):
            break
        mode = found
    return sigma, log_weights, fit


def _bin_correction(
    likelihood: Likelihood,
    sigma: Float64[np.ndarray, " nodes #rows"],
    residuals: Float64[np.ndarray, " rows"],
    bins: Float64[np.ndarray, " rows"],
    weights: Float64[np.ndarray, " rows"],
    shifts: Float64[np.ndarray, "rows parameters"],
    deviations: Float64[np.ndarray, "nodes parameters"],
) -> Float64[np.ndarray, " nodes"]:
    """log of the integral over the parameters relative to Laplace's, where bins are wide against the noise.

    There the likelihood is the indicator of a polytope rather than a bell. It is integrated by the
    trapezoid rule along each of the directions that diagonalise the information, one at a time: ``shifts``
    are df_i / dt along each, ``deviations`` the standard deviations of t that Laplace's method uses (their
    prior is N(0, 1)).
    """
    centre = likelihood.log_probability(residuals, bins, sigma) @ weights
    correction = np.zeros(len(sigma))
    for shift, deviation in zip(shifts.T, deviations.T, strict=True):
        seen = np.abs(shift) > 0
        if not seen.any():
            continue
        half, speed = 0.5 * bins[seen], np.abs(shift[seen])
        toward = residuals[seen] * np.sign(shift[seen])
        edges = np.maximum([((half - toward) / speed).min(), ((half + toward) / speed).min()], 0.0)
        reach = np.minimum(6 * sigma.max(axis=1) / speed.max(), 8 * deviation)
        low, high = -(edges[0] + reach), edges[1] + reach
        low, high = np.maximum(low, -8.0), np.minimum(high, 8.0)
        grid = np.linspace(low, high, STEPS)[:, :, np.newaxis]
        moved = residuals - grid * shift
        logs = likelihood.log_probability(moved, bins, sigma[np.newaxis]) @ weights - centre
        heights = np.exp(logs - 0.5 * grid[:, :, 0] ** 2)
        correction += np.log(np.trapezoid(heights, grid[:, :, 0], axis=0) / (np.sqrt(2 * np.pi) * deviation))
    return correction


def _scale(sigma: Float64[np.ndarray, " nodes #rows"], node: int) -> float:
    """The scale at a node: the root mean square over the rows where each has its own."""
    return float(np.sqrt(np.mean(sigma[node] ** 2)))


def _log_sum(logs: Float64[np.ndarray, " nodes"]) -> float:
    """log sum exp."""
    top = float(logs.max())
    return top if np.isneginf(top) else top + log(float(np.exp(logs - top).sum()))
