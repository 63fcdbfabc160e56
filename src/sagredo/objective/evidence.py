"""Evidence: the probability of the data under a program, its parameters and the noise integrated out.

The readable reference of the native integration, which is checked against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite, log, pi, sqrt
from typing import TYPE_CHECKING, Final, final

import numpy as np

from sagredo.objective.parameter_posterior import ParameterPosterior

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.objective.likelihood import Likelihood
    from sagredo.objective.noise import Noise

LOST: Final = 45.0
"""Nats under the peak at which an integrand no longer counts: exp(-45) is 10^-20."""

WIDE_BIN: Final = 0.5
"""Where sigma is under half the widest bin the likelihood is no bell, and Laplace's method needs a
correction."""

NEGLIGIBLE: Final = 20.0
"""Nats under the peak at which that correction no longer counts: exp(-20) is 2 * 10^-9."""

STEPS: Final = 33
"""Steps of the trapezoid rule along a direction; the integrand is smooth on a tenth of a bin."""

LEAST_SHARE: Final = 1e-6
"""Of the information of a measured row, that which a bound is counted with where directions are chosen: one far
away has none at the peak, but may have at larger scales. The deviations along the directions have what there is."""

PRIOR_REACH: Final = 8.0
"""Standard deviations of a normal density that the rule covers: exp(-8^2 / 2) is 10^-14."""

NOISE_REACH: Final = 6.0
"""Scales of the noise beyond the polytope's edge that the rule covers: the tail of the normal distribution
there is 10^-9."""

RECENTRE: Final = 4.0
"""The nodes are laid anew when the integrand peaks further than this many of its widths from where it was
expected: they are then further apart than it is wide."""


@final
@dataclass(frozen=True, eq=False)
class Evidence:
    """log Z, nats, with the scale of the noise and the parameters' standard errors at the integrand's
    peak."""

    log_evidence: float
    noise_scale: float
    standard_errors: Float64[np.ndarray, " parameters"]


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

    The arguments are those of :func:`parameter_posterior`, whose integrand is summed over its nodes. Where a
    double cannot hold what log Z is computed from, it is -inf.
    """
    found = parameter_posterior(likelihood, noise, residuals, bins, weights, jacobian, log_prior_density)
    if found is None:
        return Evidence(-inf, inf, np.full(len(log_prior_density), inf))
    return Evidence(found.log_evidence, found.noise_scale, found.standard_errors)


def parameter_posterior(
    likelihood: Likelihood,
    noise: Noise,
    residuals: Float64[np.ndarray, " rows"],
    bins: Float64[np.ndarray, " rows"],
    weights: Float64[np.ndarray, " rows"],
    jacobian: Float64[np.ndarray, "rows parameters"],
    log_prior_density: Float64[np.ndarray, " parameters"],
) -> ParameterPosterior | None:
    """What the data say of parameters and noise, at the nodes of a quadrature over log sigma.

    ``residuals`` y - f are those of the best parameters, ``bins`` the widths w_i of the recorded responses,
    ``weights`` the multiplicities m_i, ``jacobian`` df_i / d kappa_j and ``log_prior_density`` log
    p_j(kappa_j) at the best parameters.

    At each node of the quadrature over log sigma the parameters are integrated by Laplace's method,
    regularised so that a parameter of which the data say nothing costs nothing:

        prod_j p_j (2 pi)^(k/2) det(A(sigma) + diag(2 pi p_j^2))^(-1/2) <= 1,
        A = J^T diag(m_i I_i(sigma)) J,

    with I_i the Fisher information of a recorded response. In the directions that diagonalise A at the peak,
    A(sigma) is replaced by its diagonal, which is exact where information changes by one factor for all rows.

    None where a double cannot hold what the integrand is computed from.
    """
    count = len(log_prior_density)
    with np.errstate(all="ignore"):
        unit = noise.unit
        residuals, bins, jacobian = residuals / unit, bins / unit, (jacobian.T / unit).T
        mean_square = float(weights @ (residuals * residuals) / weights.sum())
        prior_units = np.exp(-log_prior_density) / sqrt(2 * pi)
        steepness = float(np.sum(np.square(jacobian * prior_units / bins[:, np.newaxis])))
        if not isfinite(mean_square + steepness + float(bins.max())):
            return None
        sigma, log_weights, fit = _nodes_at_peak(likelihood, noise, residuals, bins, weights)
        integrand, directions, deviations = fit + log_weights, np.zeros((0, 0)), np.zeros((len(sigma), 0))
        if count:
            integrand, directions, deviations = _integrate_parameters(
                likelihood, sigma, integrand, residuals, bins, weights, jacobian * prior_units
            )
        directions = prior_units[:, np.newaxis] * directions
        found = ParameterPosterior(integrand, log_weights, sigma, unit, directions, deviations)
        return found if isfinite(found.log_evidence) else None


def _nodes_at_peak(
    likelihood: Likelihood,
    noise: Noise,
    residuals: Float64[np.ndarray, " rows"],
    bins: Float64[np.ndarray, " rows"],
    weights: Float64[np.ndarray, " rows"],
) -> tuple[Float64[np.ndarray, " nodes"], Float64[np.ndarray, " nodes"], Float64[np.ndarray, " nodes"]]:
    """Scales, log weights and log-likelihoods at nodes that are dense where the integrand is large.

    The peak is first sought at the root mean square of the residuals of measured rows, or at a fifth of the
    narrowest bin where all residuals are smaller than that; bins of many widths, and bounds, can move it, and
    then the nodes follow to the upper shoulder of the integrand, half a nat under its top.
    """
    sides = likelihood.censoring
    measured = weights if sides is None else weights * (sides == 0)
    total = float(measured.sum())
    mode = max(sqrt(float(measured @ np.square(residuals)) / total), float(bins.min()) / 5)
    # Where the residuals exceed all bins the integrand is sigma^-n exp(-n mode^2 / 2 sigma^2), which at
    # mode / sigma = sqrt(3 + 2 LOST / n) is LOST nats or more under its peak. A bound at the value itself gains log 2
    # where the noise vanishes.
    reach = sqrt(3 + 2 * (LOST + log(2) * (float(weights.sum()) - total)) / total)
    for _ in range(2):
        floor = mode / reach if mode > bins.max() else 0.0
        sigma, log_weights = noise.nodes(mode, total, floor)
        fit = likelihood.log_probability(residuals, bins, sigma[:, np.newaxis]) @ weights
        shoulder = np.flatnonzero(fit >= fit.max() - 0.5)
        found = float(sigma[shoulder[-1]]) if len(shoulder) else mode
        if len(fit) == 1 or abs(log(found / mode)) < RECENTRE / sqrt(2 * total):
            break
        mode = found
    return sigma, log_weights, fit


def _integrate_parameters(
    likelihood: Likelihood,
    sigma: Float64[np.ndarray, " nodes"],
    integrand: Float64[np.ndarray, " nodes"],
    residuals: Float64[np.ndarray, " rows"],
    bins: Float64[np.ndarray, " rows"],
    weights: Float64[np.ndarray, " rows"],
    jacobian: Float64[np.ndarray, "rows parameters"],
) -> tuple[
    Float64[np.ndarray, " nodes"],
    Float64[np.ndarray, "parameters directions"],
    Float64[np.ndarray, "nodes directions"],
]:
    """The integrand over log sigma with the parameters integrated out; directions, and deviations along them.

    ``jacobian`` is told in units 1 / (sqrt(2 pi) p_j) of the parameters: in them every parameter has a unit
    normal prior, and so are the directions.
    """
    peak = int(np.argmax(integrand))
    information = likelihood.information(residuals, bins, sigma[:, np.newaxis])
    at_peak = information[peak]
    if (sides := likelihood.censoring) is not None:
        at_peak = np.where(sides == 0, at_peak, np.maximum(at_peak, LEAST_SHARE / sigma[peak] ** 2))
    root = np.sqrt(weights * at_peak)
    left, singular, right = singular_values(root[:, np.newaxis] * jacobian)
    change = (information / at_peak) @ (left * left)
    deviations = 1.0 / np.sqrt(1.0 + change * singular**2)
    integrand = integrand - 0.5 * np.log1p(change * singular**2).sum(axis=1)
    wide = (sigma < WIDE_BIN * bins.max()) & (integrand > integrand.max() - NEGLIGIBLE)
    for shift, deviation in zip((left * singular / root[:, np.newaxis]).T, deviations.T, strict=True):
        integrand[wide] += _bin_correction(
            likelihood, sigma[wide], residuals, bins, weights, shift, deviation[wide]
        )
    return integrand, right.T, deviations


def _bin_correction(
    likelihood: Likelihood,
    sigma: Float64[np.ndarray, " nodes"],
    residuals: Float64[np.ndarray, " rows"],
    bins: Float64[np.ndarray, " rows"],
    weights: Float64[np.ndarray, " rows"],
    shift: Float64[np.ndarray, " rows"],
    deviation: Float64[np.ndarray, " nodes"],
) -> Float64[np.ndarray, " nodes"] | float:
    """log of the integral along one direction relative to Laplace's, where bins are wide against the noise.

    There the likelihood is the indicator of a polytope rather than a bell. It is integrated by the
    trapezoid rule along each of the directions that diagonalise the information, one at a time: ``shift`` is
    df_i / dt along one, ``deviation`` the standard deviation of t that Laplace's method uses (its prior is
    N(0, 1)).
    """
    seen = np.abs(shift) > 0
    if not seen.any() or not len(sigma):
        return 0.0
    half, speed = 0.5 * bins[seen], np.abs(shift[seen])
    toward = residuals[seen] * np.sign(shift[seen])
    if (sides := likelihood.censoring) is not None:
        # A bound has one edge, at the residual 0; it stops the way on which the value leaves the bound behind.
        onward = sides[seen] * shift[seen]
        half = np.where(onward == 0, half, 0.0)
    else:
        onward = np.zeros(len(half))
    to_edges = (
        np.where(onward >= 0, (half - toward) / speed, inf).min(),
        np.where(onward <= 0, (half + toward) / speed, inf).min(),
    )
    edges = np.maximum(to_edges, 0.0)
    reach = np.minimum(NOISE_REACH * sigma / speed.max(), PRIOR_REACH * deviation)
    low, high = np.maximum(-(edges[0] + reach), -PRIOR_REACH), np.minimum(edges[1] + reach, PRIOR_REACH)
    grid = np.linspace(low, high, STEPS)[:, :, np.newaxis]
    column = sigma[:, np.newaxis]
    centre = likelihood.log_probability(residuals, bins, column) @ weights
    logs = likelihood.log_probability(residuals - grid * shift, bins, column) @ weights - centre
    heights = np.exp(logs - 0.5 * grid[:, :, 0] ** 2)
    correction: Float64[np.ndarray, " nodes"] = np.log(
        np.trapezoid(heights, grid[:, :, 0], axis=0) / (sqrt(2 * pi) * deviation)
    )
    return correction


def singular_values(
    matrix: Float64[np.ndarray, "rows parameters"],
) -> tuple[
    Float64[np.ndarray, "rows parameters"],
    Float64[np.ndarray, " parameters"],
    Float64[np.ndarray, "parameters parameters"],
]:
    """The decomposition of a matrix, as many singular values as columns; those that rounding can make are
    0."""
    rows, columns = matrix.shape
    padded = np.vstack([matrix, np.zeros((max(columns - rows, 0), columns))])
    left, singular, right = np.linalg.svd(padded, full_matrices=False)
    least = np.finfo(float).eps * max(rows, columns) * singular[0]
    return left[:rows], np.where(singular > least, singular, 0.0), right
