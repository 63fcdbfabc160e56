"""Runs real expressions on the native core."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

import numpy as np

from sagredo._native import evaluate, trace
from sagredo.domains.expressions.encoding import encode
from sagredo.domains.expressions.primitives import NAMED_CONSTANTS
from sagredo.language.term import Program, variables
from sagredo.simulator.simulator import Outcome, Simulator, Trace

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.problem.problem import Inputs


@final
@dataclass(frozen=True)
class NativeSimulator(Simulator):
    """y = g(phi, x) in float64; a row is defined where its value is finite.

    ``constants`` are the values of named constants besides those of mathematics. A program without variables
    takes its number of rows from the inputs.
    """

    constants: Mapping[str, float] = field(default_factory=dict)

    def run(self, program: Program, inputs: Inputs) -> Outcome:
        """The outputs on every row."""
        columns, symbols = _columns(program, inputs)
        code = encode(program.term, symbols, {**NAMED_CONSTANTS, **self.constants})
        offsets = np.array([0, len(code.instructions)], dtype=np.int64)
        parameters = np.array(program.parameters, dtype=float)
        values = evaluate(code.instructions, offsets, code.constants, parameters, columns)[0]
        return Outcome(values, np.isfinite(values))

    def trace(self, program: Program, inputs: Inputs) -> Trace:
        """The outputs and the values of every node, in postorder."""
        columns, symbols = _columns(program, inputs)
        code = encode(program.term, symbols, {**NAMED_CONSTANTS, **self.constants})
        parameters = np.array(program.parameters, dtype=float)
        nodes = trace(code.instructions, code.constants, parameters, columns)
        return Trace(Outcome(nodes[-1], np.isfinite(nodes[-1])), tuple(nodes))


def _columns(program: Program, inputs: Inputs) -> tuple[Float64[np.ndarray, "inputs rows"], tuple[str, ...]]:
    """The columns that the program needs, with their symbols; any one of them for a constant program.

    Raises:
        ValueError: an input that the program needs is missing.
    """
    symbols = variables(program.term) or tuple(inputs)[:1]
    missing = [symbol for symbol in symbols if symbol not in inputs]
    if missing:
        raise ValueError(
            f"The inputs must have the columns {', '.join(symbols)}. {', '.join(missing)} is missing."
        )
    return np.array([np.asarray(inputs[symbol], dtype=float) for symbol in symbols]), symbols
