"""Errors of a known covariance, in coordinates in which they are independent."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Float64


@final
@dataclass(frozen=True, eq=False)
class Whitening:
    """z = L^-1 r of residuals r whose errors are normal with the ``covariance`` C = L L^T, L lower triangular.

    z_i is the part of r_i that the rows before leave open, in units L_ii of its standard deviation, so that

        P(y in its bins) = prod_i (Phi(z_i + w_i / 2 L_ii) - Phi(z_i - w_i / 2 L_ii)),

    where every response is taken to stand at the centre of its bin when the rows after it are told: exact where C is
    diagonal, and where the bins w_i are narrow against L_ii. There it is the density times the volume of the bins.
    """

    covariance: Float64[np.ndarray, "rows rows"]

    @cached_property
    def factor(self) -> Float64[np.ndarray, "rows rows"]:
        """L, Cholesky's factor."""
        return np.asarray(np.linalg.cholesky(self.covariance), dtype=float)

    @property
    def standard_deviations(self) -> Float64[np.ndarray, " rows"]:
        """sqrt(C_ii): those of the rows, each by itself."""
        return np.asarray(np.sqrt(np.diag(self.covariance)), dtype=float)

    @cached_property
    def deviations_left(self) -> Float64[np.ndarray, " rows"]:
        """1 / sqrt((C^-1)_ii): what all other rows leave open of the error of one."""
        inverse = self.whitened(np.eye(len(self.covariance)))
        return np.asarray(1 / np.sqrt(np.square(inverse).sum(axis=0)), dtype=float)

    def whitened(self, columns: Float64[np.ndarray, " *shape"]) -> Float64[np.ndarray, " *shape"]:
        """L^-1 times a column over the rows, or a matrix of them."""
        from scipy.linalg import solve_triangular

        return np.asarray(solve_triangular(self.factor, columns, lower=True, check_finite=False), dtype=float)

    def bins(self, widths: Float64[np.ndarray, " rows"]) -> Float64[np.ndarray, " rows"]:
        """w_i / L_ii: the bins as wide as they are told in z."""
        return np.asarray(widths / np.diag(self.factor), dtype=float)

    def even(self, residuals: Float64[np.ndarray, " rows"]) -> Float64[np.ndarray, " rows"]:
        """C^(-1/2) r: independent as well, but with no row before another, each as near its own residual as can be."""
        values, vectors = self._spectrum
        return np.asarray(vectors @ ((vectors.T @ residuals) / np.sqrt(values)), dtype=float)

    @cached_property
    def _spectrum(self) -> tuple[Float64[np.ndarray, " rows"], Float64[np.ndarray, "rows rows"]]:
        values, vectors = np.linalg.eigh(self.covariance)
        return values, vectors
