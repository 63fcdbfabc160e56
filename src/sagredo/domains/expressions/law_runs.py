"""A law's values, derivatives and priors of its parameters, as predictions need them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from sagredo._native import jacobians, rounding_bound, trace
from sagredo.domains.expressions.encoding import encode
from sagredo.domains.expressions.parameter_prior import ParameterPrior
from sagredo.domains.expressions.parameter_values import values_at
from sagredo.language.term import Program, Term

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.problem.problem import Inputs


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
        """The program's values at many parameters."""
        return values_at(program.term, self.symbols, self.constants, parameters, columns)

    def linear(
        self, program: Program, inputs: Inputs
    ) -> tuple[Float64[np.ndarray, " rows"], Float64[np.ndarray, "rows parameters"]]:
        """A program's values and derivatives at new inputs, NaN where there is no value."""
        values, jacobian, _ = self.run(program, self.columns_of(inputs))
        return np.where(np.isfinite(values), values, np.nan), jacobian

    def columns_of(self, inputs: Inputs) -> Float64[np.ndarray, "inputs rows"]:
        """New inputs in the order of the symbols."""
        return np.array([np.asarray(inputs[symbol], dtype=float) for symbol in self.symbols])

    def prior(self, term: Term) -> ParameterPrior:
        """The prior of a term's parameters."""
        return ParameterPrior(term, self, self.constants, self.bounds)
