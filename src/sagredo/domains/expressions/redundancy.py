"""Which parameters of an expression say the same thing twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import nan
from typing import TYPE_CHECKING, Final

import numpy as np

from sagredo._native import jacobians
from sagredo.domains.expressions.encoding import encode
from sagredo.domains.expressions.parameter_prior import ParameterPrior
from sagredo.domains.expressions.parameter_values import values_at
from sagredo.domains.expressions.record import Record
from sagredo.domains.expressions.scales import root_mean_square
from sagredo.objective.evidence import singular_values
from sagredo.objective.learning_coefficient import learning_coefficient
from sagredo.posterior.diagnosis import LawDiagnosis

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.language.term import Program
    from sagredo.objective.tempering import Draws, Logs

NOISE_SHARE: Final = 0.01
"""The noise that is imagined, relative to the law's own values: parameters that matter are then told to a few per cent
by a dozen rows, and a posterior so wide is still reached from the prior in a dozen temperatures."""

PARTICLES: Final = 512
"""Draws of the prior: the mean excess of a regular law of two parameters is then known to a twentieth."""

LEAST_PART: Final = 0.1
"""Parameters with a smaller part in a direction, or a smaller share of the largest effect in it, are not named."""


def diagnose_law(
    rng: np.random.Generator,
    program: Program,
    record: Record,
    constants: Mapping[str, float],
    bounds: Sequence[tuple[float, float]] = (),
) -> LawDiagnosis:
    """The local learning coefficient of a law, and the parameters that its outputs on the rows do not tell apart.

    It is a property of the law and the rows, not of the noise: the responses are taken to be the law's own values, with
    normal noise of ``NOISE_SHARE`` of their root mean square. With responses of its own, data that say little of a
    regular parameter would look like a law that has one too many.
    """
    count = len(program.parameters)
    if not count:
        return LawDiagnosis(0, 0.0)
    best = np.array(program.parameters)
    fitted = values_at(program.term, record.symbols, constants, best[np.newaxis], record.columns)[0]
    sigma = NOISE_SHARE * root_mean_square(fitted)
    prior = ParameterPrior(program.term, record, constants, bounds)

    def log_likelihood(parameters: Draws) -> Logs:
        values = values_at(program.term, record.symbols, constants, parameters, record.columns)
        with np.errstate(all="ignore"):
            logs = -0.5 * np.square((values - fitted) / sigma) @ record.weights
        return np.where(np.isfinite(logs), logs, -np.inf)

    particles = prior.draw(rng, PARTICLES)
    units = np.exp(-prior.log_densities(best[np.newaxis])[0]) / np.sqrt(2 * np.pi)
    entangled = _entangled(program, record, constants, units, sigma)
    if np.isneginf(log_likelihood(particles)).all():
        return LawDiagnosis(count, nan, entangled)
    coefficient = learning_coefficient(
        rng,
        particles,
        lambda parameters: np.asarray(prior.log_densities(parameters).sum(axis=1), dtype=float),
        log_likelihood,
        0.0,
        max(3, round(float(record.weights.sum()))),
    )
    return LawDiagnosis(count, coefficient, entangled)


def _entangled(
    program: Program,
    record: Record,
    constants: Mapping[str, float],
    units: Float64[np.ndarray, " parameters"],
    sigma: float,
) -> tuple[int, ...]:
    """The parameters in directions, in units of the prior, of which rows with this noise tell less than the prior."""
    code = encode(program.term, record.symbols, constants)
    by_parameter, _ = jacobians(
        code.instructions, code.constants, np.array(program.parameters), record.columns
    )
    told = np.sqrt(record.weights)[:, np.newaxis] / sigma * by_parameter.T * units
    _, singular, directions = singular_values(told)
    # What the parameters of such a direction do on the rows cancels, or is nothing.
    effects = np.linalg.norm(told, axis=0) * np.abs(directions[singular < 1.0])
    largest = effects.max(axis=1, keepdims=True, initial=0.0)
    parts = np.where(largest > 1.0, effects / np.maximum(largest, 1.0), np.abs(directions[singular < 1.0]))
    return tuple(np.flatnonzero((parts > LEAST_PART).any(axis=0)).tolist())
