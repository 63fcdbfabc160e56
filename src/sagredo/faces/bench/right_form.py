"""Is the form of a program that of the law, whatever values noise has left in its parameters?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from sagredo import _native
from sagredo.domains.expressions.encoding import encode
from sagredo.domains.expressions.fitting import fit
from sagredo.domains.expressions.primitives import NAMED_CONSTANTS
from sagredo.domains.expressions.simulator import NativeSimulator
from sagredo.faces.bench.exactness import EXACT_TOLERANCE, judge
from sagredo.language.term import Program, Variable, parameter_count, postorder, renumber

if TYPE_CHECKING:
    from jaxtyping import Float64

REFIT_ROWS = 500
"""Clean rows that the parameters are fitted to again: many times more than any form has parameters."""

REFIT_STARTS = 30
"""Descents of a refit: one from the values that the noise left, the others from random multiples of them."""

SCALE_AND_OFFSET = 2
"""Parameters that a form may have besides the law's own constants."""


@final
@dataclass(frozen=True, eq=False)
class CleanRows:
    """Rows of a law without noise: ``columns[k]`` is the input ``symbols[k]``."""

    symbols: tuple[str, ...]
    columns: Float64[np.ndarray, "inputs rows"]
    responses: Float64[np.ndarray, " rows"]

    @property
    def inputs(self) -> dict[str, Float64[np.ndarray, " rows"]]:
        """The inputs by symbol."""
        return dict(zip(self.symbols, self.columns, strict=True))


@final
@dataclass(frozen=True, eq=False)
class FormJudge:
    """Judges forms against one law.

    The parameters of a program are fitted again to the clean rows ``refit``; its integers, other literals and
    named constants stay as they are. The form is right if

    - it has at most two parameters (a scale and an offset) more than ``own_constants``, the constants of the
      law (:func:`~sagredo.faces.bench.spellings.own_constants`), so that a product of powers with a free
      exponent at every factor is no monomial;
    - it is then exact on the rows ``fresh``;
    - each variable still matters wherever it stands: where a term of the form had to be multiplied by zero,
      the law does not have that term.
    """

    own_constants: int
    refit: CleanRows
    fresh: CleanRows

    def is_right(self, program: Program) -> bool:
        """Whether the program has the form of the law; without parameters, whether it is the law."""
        program = renumber(program)
        if parameter_count(program.term) > self.own_constants + SCALE_AND_OFFSET:
            return False
        if not program.parameters:
            return self._exact(program)
        fitted = Program(program.term, self._refit(program))
        return self._exact(fitted) and self._every_variable_matters(fitted)

    def _refit(self, program: Program) -> tuple[float, ...]:
        return fit(
            program,
            self.refit.columns,
            self.refit.responses,
            symbols=self.refit.symbols,
            constants=NAMED_CONSTANTS,
            starts=REFIT_STARTS,
        ).parameters

    def _exact(self, program: Program) -> bool:
        outcome = NativeSimulator().run(program, self.fresh.inputs)
        return judge(outcome, self.fresh.responses).exact

    def _every_variable_matters(self, program: Program) -> bool:
        """Whether each occurrence of a variable, varied as it varies, moves the output by more than rounding.

        To first order an occurrence of x moves it by df/dx (x - mean x).
        """
        code = encode(program.term, self.fresh.symbols, NAMED_CONSTANTS)
        _, by_node = _native.jacobians(
            code.instructions, code.constants, np.array(program.parameters), self.fresh.columns
        )
        inputs = self.fresh.inputs
        smallest = EXACT_TOLERANCE * float(np.std(self.fresh.responses))
        occurrences = [
            (slope, inputs[node.symbol])
            for slope, node in zip(by_node, postorder(program.term), strict=True)
            if isinstance(node, Variable)
        ]
        return all(_root_mean_square(slope * (x - x.mean())) > smallest for slope, x in occurrences)


def clean_rows(
    inputs: dict[str, Float64[np.ndarray, " rows"]], responses: Float64[np.ndarray, " rows"]
) -> CleanRows:
    """Rows given by symbol."""
    return CleanRows(tuple(inputs), np.array(list(inputs.values())), responses)


def _root_mean_square(values: Float64[np.ndarray, " rows"]) -> float:
    return float(np.sqrt(np.mean(values**2)))
