"""Weighted nonlinear least squares: the parameters of one program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, final

import numpy as np

from sagredo import _native
from sagredo.domains.expressions.encoding import encode
from sagredo.language.term import Program, parameter_count

if TYPE_CHECKING:
    from jaxtyping import Float64

STOP_REASONS: Final = ("converged", "exact", "stalled", "iteration limit", "undefined")
"""Why a fit ended, in the order of the native codes; the first two are successes."""

DEFAULT_ITERATIONS: Final = 500
"""Iterations of one descent; NIST's hardest regressions need fewer than 200."""


@final
@dataclass(frozen=True, eq=False)
class StudentNoise:
    """Residuals r_i / sigma_i that are ``scale`` times a t variable with ``degrees_of_freedom``."""

    degrees_of_freedom: float
    scale: float


@final
@dataclass(frozen=True, eq=False)
class Fit:
    """The fitted parameters, with what was computed on the way.

    ``residual_sum_of_squares`` is S = sum_i w_i ((y_i - f_i) / sigma_i)^2. ``covariance_unscaled`` is
    (J^T W J)^-1 with W = w / sigma^2, times the robust weights under Student's t: times S / (rows - k) it is
    the usual covariance. It is NaN where a parameter is undetermined. ``values`` (rows,) and ``jacobian``
    (rows, k) are f and df/dkappa at the parameters.
    """

    parameters: tuple[float, ...]
    covariance_unscaled: Float64[np.ndarray, "k k"]
    residual_sum_of_squares: float
    values: Float64[np.ndarray, " rows"]
    jacobian: Float64[np.ndarray, "rows k"]
    reason: str
    evaluations: int

    @property
    def converged(self) -> bool:
        """Whether the parameters are a minimum to within rounding."""
        return self.reason in STOP_REASONS[:2]


def fit(
    program: Program,
    columns: Float64[np.ndarray, "inputs rows"],
    responses: Float64[np.ndarray, " rows"],
    *,
    symbols: Sequence[str],
    constants: Mapping[str, float],
    weights: Float64[np.ndarray, " rows"] | None = None,
    sigma: Float64[np.ndarray, " rows"] | None = None,
    bounds: Sequence[tuple[float, float]] | None = None,
    noise: StudentNoise | None = None,
    starts: int = 1,
    rng_seed: int = 0,
    iterations: int = DEFAULT_ITERATIONS,
) -> Fit:
    """Minimise sum_i w_i ((y_i - f(x_i; kappa)) / sigma_i)^2 from the program's own parameters.

    Parameters that enter linearly are solved for (variable projection, Golub & Pereyra 1973), the others are
    found by the method of Levenberg and Marquardt. With ``starts`` > 1 further descents begin at random
    multiples of the given start, drawn from ``rng_seed``; the best is kept. Missing parameters start at 1.

    Raises:
        ValueError: shapes that do not agree, or a name that is no column or constant.
    """
    count = max(parameter_count(program.term), len(program.parameters))
    start = np.ones(count)
    start[: len(program.parameters)] = program.parameters
    rows = len(responses)
    code = encode(program.term, symbols, constants)
    columns = np.ascontiguousarray(columns, dtype=float)
    box = np.array(bounds if bounds is not None else [(-np.inf, np.inf)] * count, dtype=float).reshape(-1, 2)
    parameters, sum_of_squares, stop, evaluations, covariance = _native.fit(
        code.instructions,
        code.constants,
        start,
        columns,
        np.ascontiguousarray(responses, dtype=float),
        np.ones(rows) if weights is None else np.ascontiguousarray(weights, dtype=float),
        np.ones(rows) if sigma is None else 1.0 / np.asarray(sigma, dtype=float),
        np.ascontiguousarray(box[:, 0]),
        np.ascontiguousarray(box[:, 1]),
        iterations,
        starts,
        rng_seed,
        0.0 if noise is None else noise.degrees_of_freedom,
        1.0 if noise is None else noise.scale,
    )
    offsets = np.array([0, len(code.instructions)], dtype=np.int64)
    by_parameter, _ = _native.jacobians(code.instructions, code.constants, parameters, columns)
    if covariance.shape != (count, count):
        covariance = np.full((count, count), np.nan)
    return Fit(
        parameters=tuple(parameters.tolist()),
        covariance_unscaled=covariance,
        residual_sum_of_squares=sum_of_squares,
        values=_native.evaluate(code.instructions, offsets, code.constants, parameters, columns)[0],
        jacobian=np.ascontiguousarray(by_parameter.T),
        reason=STOP_REASONS[stop],
        evaluations=evaluations,
    )
