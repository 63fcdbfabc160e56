"""How well a program predicts rows that it has not seen."""

from __future__ import annotations

from math import inf, pi
from typing import TYPE_CHECKING

import numpy as np

from sagredo import _native
from sagredo.domains.expressions.encoding import encode
from sagredo.domains.expressions.primitives import NAMED_CONSTANTS
from sagredo.domains.expressions.response_models import record_bins
from sagredo.domains.expressions.scales import root_mean_square

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.objective.objective import Score
    from sagredo.problem.problem import Problem


def log_score(
    score: Score,
    problem: Problem,
    inputs: dict[str, Float64[np.ndarray, " rows"]],
    measurements: Float64[np.ndarray, " rows"],
) -> float:
    """The mean log predictive density of fresh measurements, nats a row; -inf where the program has no value.

    (1/n) sum_i log N(y_i; f(x_i), sigma^2 + w_i^2/12), with the parameters and the sigma that were fitted to the
    problem and the bin w_i of a response, at least twice the rounding bound of the program: of an exact
    program on exact rows it is the bins that keep the density finite.
    """
    symbols, columns = tuple(inputs), np.array(list(inputs.values()))
    code = encode(score.program.term, symbols, NAMED_CONSTANTS)
    parameters = np.array(score.program.parameters)
    offsets = np.array([0, len(code.instructions)])
    values = _native.evaluate(code.instructions, offsets, code.constants, parameters, columns)[0]
    if not np.isfinite(values).all():
        return -inf
    rounding = _native.rounding_bound(code.instructions, code.constants, parameters, columns)
    recorded = record_bins(
        measurements, problem.target.resolution, root_mean_square(np.asarray(problem.responses, dtype=float))
    )
    bins = np.maximum(recorded, 2.0 * rounding)
    variances = score.noise_scale**2 + bins**2 / 12.0
    with np.errstate(over="ignore"):
        densities = -0.5 * (np.log(2.0 * pi * variances) + (measurements - values) ** 2 / variances)
    return float(np.mean(densities)) if np.isfinite(densities).all() else -inf
