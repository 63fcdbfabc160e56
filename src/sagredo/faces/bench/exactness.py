"""Is a program the law? Judged on fresh rows."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt
from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.simulator.simulator import Outcome

EXACT_TOLERANCE = 1e-6
"""The largest root-mean-square error, in units of the spread of y, of a program that counts as exact."""

FRESH_ROWS = 5000


@final
@dataclass(frozen=True)
class Judgement:
    """``relative_error`` = sqrt(mean (y - f)^2) / std(y) on fresh rows; inf where f lacks a value on any."""

    relative_error: float

    @property
    def exact(self) -> bool:
        """Whether the program is the law to within rounding."""
        return self.relative_error <= EXACT_TOLERANCE


def judge(outcome: Outcome, responses: Float64[np.ndarray, " rows"]) -> Judgement:
    """Compare what a program gave on fresh rows with the responses there, which must not all be equal."""
    if not np.all(outcome.defined):
        return Judgement(inf)
    errors = np.asarray(outcome.values, dtype=np.float64) - responses
    # The largest error is taken out before squaring, so that no square overflows.
    largest = float(np.max(np.abs(errors)))
    if not np.isfinite(largest):
        return Judgement(inf)
    if largest == 0.0:
        return Judgement(0.0)
    rms = largest * sqrt(float(np.mean((errors / largest) ** 2)))
    return Judgement(rms / float(np.std(responses)))
