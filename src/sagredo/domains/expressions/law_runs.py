"""A law's values, derivatives and priors of its parameters, as predictions need them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import atan2, isfinite, pi
from typing import TYPE_CHECKING, final

import numpy as np

from sagredo._native import evaluate, jacobians, rounding_bound, trace
from sagredo.domains.expressions.encoding import encode
from sagredo.domains.expressions.scales import assign_scales, magnitudes
from sagredo.language.term import Parameter, Program, Term, Variable, substitute

if TYPE_CHECKING:
    from jaxtyping import Float64


@final
@dataclass(frozen=True, eq=False)
class LawRuns:
    """Programs on the inputs of a problem and on others.

    ``symbols`` and ``columns`` are the inputs of the data, ``magnitudes`` the declared scales of those that have
    one and ``target_magnitude`` that of the values of a law; ``constants`` are the values of all named constants and
    ``bounds[k]`` the interval of ``Parameter(k)``.
    """

    symbols: tuple[str, ...]
    columns: Float64[np.ndarray, "inputs rows"]
    target_magnitude: float
    magnitudes: Mapping[str, float]
    constants: Mapping[str, float]
    bounds: tuple[tuple[float, float], ...] = ()

    def run(
        self, program: Program, columns: Float64[np.ndarray, "inputs rows"]
    ) -> tuple[
        Float64[np.ndarray, " rows"], Float64[np.ndarray, "rows parameters"], Float64[np.ndarray, " rows"]
    ]:
        """Values, derivatives and rounding bounds of a program."""
        code = encode(program.term, self.symbols, self.constants)
        arguments = (code.instructions, code.constants, np.array(program.parameters), columns)
        by_parameter, _ = jacobians(*arguments)
        return trace(*arguments)[-1], by_parameter.T, rounding_bound(*arguments)

    def values_at(
        self,
        program: Program,
        parameters: Float64[np.ndarray, "draws parameters"],
        columns: Float64[np.ndarray, "inputs rows"],
    ) -> Float64[np.ndarray, "draws rows"]:
        """The program's values at many parameters: to the native core they are columns like the inputs."""
        names = [f"parameter {k}" for k in range(parameters.shape[1])]
        as_variables: dict[Term, Term] = {Parameter(k): Variable(name) for k, name in enumerate(names)}
        term = substitute(program.term, as_variables)
        code = encode(term, (*self.symbols, *names), self.constants)
        rows = columns.shape[1]
        table = np.vstack([np.tile(columns, len(parameters)), np.repeat(parameters.T, rows, axis=1)])
        offsets = np.array([0, len(code.instructions)], dtype=np.int64)
        values = evaluate(code.instructions, offsets, code.constants, np.zeros(0), table)[0]
        return np.asarray(values.reshape(len(parameters), rows))

    def log_prior_density(
        self, program: Program, parameters: Float64[np.ndarray, "draws parameters"]
    ) -> Float64[np.ndarray, "draws parameters"]:
        """log p_j(kappa_j), nats, of each draw: Cauchy at the scales of the program's own parameters.

        A bounded parameter has the density given that it lies within its bounds, and none outside.
        """
        scales = self.scales(program)
        logs: Float64[np.ndarray, "draws parameters"]
        logs = -np.log(pi * scales) - 2 * np.log(np.hypot(1.0, parameters / scales))
        for k, (low, high) in enumerate(self.bounds[: len(scales)]):
            inside = (parameters[:, k] >= low) & (parameters[:, k] <= high)
            logs[:, k] -= np.where(inside, _log_cauchy_probability(low / scales[k], high / scales[k]), np.inf)
        return logs

    def scales(self, program: Program) -> Float64[np.ndarray, " parameters"]:
        """The scales of the priors of a program's parameters."""
        code = encode(program.term, self.symbols, self.constants)
        nodes = trace(code.instructions, code.constants, np.array(program.parameters), self.columns)
        scales = np.ones(len(program.parameters))
        magnitude = magnitudes(program.term, nodes, self.magnitudes)
        assign_scales(program.term, self.target_magnitude, magnitude, scales.__setitem__, self.constants)
        return scales


def _log_cauchy_probability(low: float, high: float) -> float:
    """log of the probability that Cauchy(0, 1) lies between the bounds, free of cancellation in the tails."""
    angle = pi
    if isfinite(low) and isfinite(high):
        angle = atan2(high - low, 1.0 + low * high)
    elif isfinite(low):
        angle = atan2(1.0, low)
    elif isfinite(high):
        angle = atan2(1.0, -high)
    with np.errstate(divide="ignore"):
        return float(np.log(angle / pi))
