"""What the data say of a program's parameters and of the noise, given the program."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, final

import numpy as np

from sagredo.objective.normal_mixture import NormalMixture

if TYPE_CHECKING:
    from jaxtyping import Float64

Information = tuple[tuple[float, ...], ...]
"""An inverse covariance of parameters that other data hold, row by row; empty for none."""

NEGLIGIBLE_SHARE: Final = 1e-7
"""Nodes of a smaller share of the evidence are left out of predictions: together they hold less than 36 times
that, which no quantile between 10^-5 and 1 - 10^-5 feels."""


@final
@dataclass(frozen=True, eq=False)
class ParameterPosterior:
    """p(kappa, sigma | y) = sum_q share_q delta(sigma - sigma_q) N(kappa; best, C_q): one normal a node.

    ``log_integrand`` are the logarithms of the nodes' parts of the evidence, nats, and ``log_prior`` those of
    their weights in the quadrature, the prior of sigma included; ``scales`` are sigma_q in multiples of ``unit``
    (one for all rows, or one a row). C_q = D diag(deviations_q^2) D^T, with the columns
    of D the ``directions`` in which the information of the data is diagonal. The normal distributions are
    Laplace's, about the best parameters.
    """

    log_integrand: Float64[np.ndarray, " nodes"]
    log_prior: Float64[np.ndarray, " nodes"]
    scales: Float64[np.ndarray, " nodes"]
    unit: Float64[np.ndarray, " #rows"]
    directions: Float64[np.ndarray, "parameters directions"]
    deviations: Float64[np.ndarray, "nodes directions"]

    @property
    def log_evidence(self) -> float:
        """log of the sum of the integrand, nats."""
        return float(np.logaddexp.reduce(self.log_integrand))

    @property
    def shares(self) -> Float64[np.ndarray, " nodes"]:
        """The posterior probability of each node; 0 where it is negligible."""
        shares = np.exp(self.log_integrand - self.log_integrand.max())
        shares[shares < NEGLIGIBLE_SHARE * shares.sum()] = 0.0
        return np.asarray(shares / shares.sum(), dtype=float)

    @property
    def noise_scale(self) -> float:
        """sigma at the integrand's peak: the root mean square over rows where it differs between them."""
        return float(self.scales[self._peak]) * float(np.sqrt(np.mean(np.square(self.unit))))

    @property
    def covariance(self) -> Float64[np.ndarray, "parameters parameters"]:
        """That of the parameters at the integrand's peak; not finite where a double can't hold it."""
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(self._spread @ self._spread.T, dtype=float)

    @property
    def standard_errors(self) -> Float64[np.ndarray, " parameters"]:
        """Those of the parameters at the integrand's peak."""
        return np.asarray(np.hypot.reduce(self._spread, axis=1), dtype=float)

    @property
    def _spread(self) -> Float64[np.ndarray, "parameters directions"]:
        """A square root of the covariance."""
        return np.asarray(self.directions * self.deviations[self._peak], dtype=float)

    def with_information(
        self, information: Float64[np.ndarray, "parameters parameters"]
    ) -> ParameterPosterior:
        """The same with independent data that have their best parameters in the same place.

        In the directions in which C^-1 and the information are diagonal, C the covariance at the peak, C_q is replaced
        by its diagonal; node q then has (C_q^-1 + information)^-1, and its integrand the factor
        det(1 + C_q information)^(-1/2). At the peak, and where all C_q differ by a factor, that is exact.
        """
        root = self.directions * self.deviations[self._peak]
        gained, rotation = np.linalg.eigh(root.T @ information @ root)
        ratios = np.square(self.deviations / self.deviations[self._peak]) @ np.square(rotation)
        more = np.log1p(ratios * np.maximum(gained, 0.0))
        return replace(
            self,
            log_integrand=self.log_integrand - 0.5 * more.sum(axis=1),
            directions=root @ rotation,
            deviations=np.sqrt(ratios) * np.exp(-0.5 * more),
        )

    @property
    def _peak(self) -> int:
        return int(np.argmax(self.log_integrand))

    def predict(
        self,
        values: Float64[np.ndarray, " rows"],
        jacobian: Float64[np.ndarray, "rows parameters"],
        noise: NewNoise | None = None,
    ) -> NormalMixture:
        """What new inputs give, where the program has ``values`` f and df / d kappa is ``jacobian``.

        Without ``noise`` it is the program's own value, sum_q share_q N(f, J C_q J^T); with it a new response,
        whose variance at node q is J C_q J^T + v_c (sigma_q unit)^2 + w^2 / 12 with the probability of the
        noise's component c. The program is linearised about its best parameters. Rows without a value or a
        derivative have no component of positive weight.
        """
        shares = self.shares
        kept = shares > 0
        with np.errstate(all="ignore"):
            reach = np.square(jacobian @ self.directions)
            variances = (reach @ np.square(self.deviations[kept]).T)[:, :, np.newaxis]
            portions = shares[kept][:, np.newaxis]
            if noise is not None:
                square = np.square(noise.unit[:, np.newaxis] * self.scales[kept])[:, :, np.newaxis]
                rounding = np.square(noise.bins)[:, np.newaxis, np.newaxis] / 12
                variances = variances + square * noise.variances + rounding
                portions = portions * noise.portions
            deviations = np.sqrt(variances).reshape(len(values), -1)
        sound = np.isfinite(values) & np.isfinite(deviations).all(axis=1)
        shape = deviations.shape
        weights = np.where(sound[:, np.newaxis], np.broadcast_to(portions.reshape(-1), shape), 0.0)
        return NormalMixture(weights, np.broadcast_to(values[:, np.newaxis], shape), deviations)


@final
@dataclass(frozen=True, eq=False)
class NewNoise:
    """The noise of new responses: ``unit`` * sigma times a standard deviate, recorded in ``bins``.

    The deviate is normal of variance ``variances[c]`` with probability ``portions[c]``
    (:meth:`~sagredo.objective.likelihood.Likelihood.normal_components`).
    """

    unit: Float64[np.ndarray, " rows"]
    bins: Float64[np.ndarray, " rows"]
    portions: Float64[np.ndarray, " components"]
    variances: Float64[np.ndarray, " components"]
