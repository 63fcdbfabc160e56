"""What the data of all groups say of parameters that are the same in all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log, pi
from typing import TYPE_CHECKING, Final, final

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Float64, Int64

    from sagredo.objective.parameter_posterior import ParameterPosterior

ITERATIONS: Final = 100
"""Rounds of the search for the mode: each is a weighted mean, and a few tens agree to the last digits."""

AGREEMENT: Final = 1e-6
"""The mode is found when it moves by less than this part of its standard error."""

LogPrior = Callable[["Float64[np.ndarray, ' shared']"], "Float64[np.ndarray, ' shared']"]
"""log p(s_j) of the shared parameters, nats, each at the given value."""


@final
@dataclass(frozen=True, eq=False)
class GroupParameters:
    """One group's parameters: the fitted ones, log p_j there, and what the group's data say of them."""

    fitted: Float64[np.ndarray, " parameters"]
    log_prior: Float64[np.ndarray, " parameters"]
    posterior: ParameterPosterior


@final
@dataclass(frozen=True, eq=False)
class SharedParameters:
    """The best ``values`` of shared parameters, their ``covariance``, and what sharing them is worth.

    ``log_occam`` = log p(s) + d/2 log 2 pi - 1/2 log det(H + diag(2 pi p(s)^2)), nats, is what the integral over them
    adds to the likelihoods at the best values. ``log_factor`` is the evidence of sharing them over that of separate
    ones, nats, as far as the groups' posteriors tell it. ``slopes[g]`` = C_us C_ss^-1 say how the separate parameters
    of group g follow the shared ones.
    """

    values: Float64[np.ndarray, " shared"]
    covariance: Float64[np.ndarray, "shared shared"]
    log_occam: float
    log_factor: float
    slopes: tuple[Float64[np.ndarray, "parameters shared"], ...]


@final
class _Ratio:
    """L_g(s) / Z_g: one group's likelihood of the shared parameters, the others integrated out, over its evidence.

    It is the posterior over the prior (Savage and Dickey; Dickey 1971, The weighted likelihood ratio, Annals of
    Mathematical Statistics 42): sum_q share_q N(s; best, C_q) / N(s; best, diag(1 / (2 pi p^2))), the denominator being
    the normal distribution that stands for the prior in the evidence. So a group whose data say nothing of s has 1.
    """

    def __init__(self, group: GroupParameters, shared: Int64[np.ndarray, " shared"]) -> None:
        posterior = group.posterior
        kept = posterior.shares > 0
        self.best = group.fitted[shared]
        # In the prior's own units all numbers are of order 1, whatever the units of the parameters.
        self.units = np.exp(-group.log_prior[shared]) / np.sqrt(2 * pi)
        rows = posterior.directions[shared] / self.units[:, np.newaxis]
        spreads = rows[np.newaxis] * posterior.deviations[kept][:, np.newaxis, :]
        covariances = spreads @ np.swapaxes(spreads, 1, 2)
        precisions = np.linalg.inv(covariances)
        _, log_determinants = np.linalg.slogdet(covariances)
        self._logs = np.log(posterior.shares[kept]) - 0.5 * log_determinants
        self._informations = precisions - np.eye(len(shared))
        whole = posterior.directions * posterior.deviations[kept][int(np.argmax(self._logs))]
        cross = whole @ whole[shared].T
        self.slopes = cross @ np.linalg.pinv(cross[shared], hermitian=True)

    def at(
        self, values: Float64[np.ndarray, " shared"]
    ) -> tuple[float, Float64[np.ndarray, "shared shared"], Float64[np.ndarray, "shared shared"]]:
        """log of the ratio, the mean information at the nodes, and minus the second derivatives of the log."""
        apart = (values - self.best) / self.units
        slopes = self._informations @ apart
        logs = self._logs - 0.5 * slopes @ apart
        log_ratio = float(np.logaddexp.reduce(logs))
        weights = np.exp(logs - log_ratio)
        information = np.tensordot(weights, self._informations, 1)
        mean = weights @ slopes
        curvature = information - (slopes.T * weights) @ slopes + np.outer(mean, mean)
        scale = np.outer(self.units, self.units)
        return log_ratio, information / scale, curvature / scale


def information_of(group: GroupParameters, shared: Sequence[int]) -> Float64[np.ndarray, "shared shared"]:
    """The information that one group's data hold on shared parameters, about its own best values.

    0 where a double cannot say.
    """
    index = np.array(shared, dtype=np.int64)
    with np.errstate(all="ignore"):
        try:
            information = _Ratio(group, index).at(group.fitted[index])[1]
        except np.linalg.LinAlgError:
            information = np.full((len(index), len(index)), np.nan)
    return information if np.isfinite(information).all() else np.zeros((len(index), len(index)))


def shared_parameters(
    groups: Sequence[GroupParameters], shared: Sequence[int], log_prior: LogPrior
) -> SharedParameters | None:
    """The parameters ``shared`` (indices) as one for all groups, by Laplace's method about their best values.

    integral p(s) prod_g L_g(s) ds / prod_g Z_g = integral p(s) prod_g ratio_g(s) ds, with p(s) the prior given all
    rows. None where the groups disagree so much that there is no peak, or where a double cannot say.
    """
    index = np.array(shared, dtype=np.int64)
    with np.errstate(all="ignore"):
        try:
            ratios = [_Ratio(group, index) for group in groups]
            values = _mode(ratios)
            found = [ratio.at(values) for ratio in ratios]
            log_density = log_prior(values)
            regular = np.diag(2 * pi * np.exp(2 * log_density))
            precision = np.sum([curvature for _, _, curvature in found], axis=0) + regular
            # In units of the parameters' errors, so that their magnitudes cannot hide a direction.
            unit = 1.0 / np.sqrt(np.diag(precision))
            scaled = precision * np.outer(unit, unit)
            root = np.linalg.cholesky(scaled)
        except np.linalg.LinAlgError:
            return None
        log_determinant = 2 * float(np.log(np.diag(root)).sum()) - 2 * float(np.log(unit).sum())
        log_occam = float(log_density.sum()) + 0.5 * len(index) * log(2 * pi) - 0.5 * log_determinant
        log_factor = log_occam + sum(log_ratio for log_ratio, _, _ in found)
        covariance = np.linalg.inv(scaled) * np.outer(unit, unit)
    if not (np.isfinite(log_factor) and np.isfinite(covariance).all()):
        return None
    return SharedParameters(values, covariance, log_occam, log_factor, tuple(r.slopes for r in ratios))


def _mode(ratios: Sequence[_Ratio]) -> Float64[np.ndarray, " shared"]:
    """The values at which the product of the ratios is largest, by weighted means of the groups' own.

    The weights are the informations at the last values, as in the fit of a t distribution: no step goes down. It begins
    at the values of the group that knows them best.
    """
    unit = ratios[0].units
    start = max(ratios, key=lambda ratio: ratio.at(ratio.best)[0])
    values: Float64[np.ndarray, " shared"] = start.best
    for _ in range(ITERATIONS):
        informations = [ratio.at(values)[1] * np.outer(unit, unit) for ratio in ratios]
        total = np.sum(informations, axis=0) + np.eye(len(unit)) * np.finfo(float).eps
        pull = np.sum(
            [
                information @ ((ratio.best - start.best) / unit)
                for information, ratio in zip(informations, ratios, strict=True)
            ],
            axis=0,
        )
        moved = start.best + unit * np.linalg.solve(total, pull)
        step = (moved - values) / unit
        values = moved
        if not np.isfinite(values).all() or float(step @ total @ step) < AGREEMENT**2:
            break
    return values
