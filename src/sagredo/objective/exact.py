"""The objective of exact domains: each output is right or wrong."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, log2
from typing import TYPE_CHECKING, Any, final

import numpy as np

from sagredo.language.language import Language
from sagredo.language.term import Program
from sagredo.objective.objective import Objective, Score
from sagredo.problem.problem import Problem
from sagredo.simulator.simulator import Simulator

if TYPE_CHECKING:
    from jaxtyping import Bool

ERROR_PROBABILITY = 2.0**-7
"""The default chance that a response was recorded wrongly: about the rate at which people mistype numbers. A
mistake then costs 7 bits and the value, and a hundred right responses about one bit."""


@final
class ExactObjective(Objective):
    """L_rec = sum_i w_i l_i over the rows, of weight w_i.

    A response is recorded rightly with probability 1 - epsilon, else another is written in its place:
    l_i = -log2(1 - epsilon) where f(x_i) = y_i, else log2(1/epsilon) + ``value_bits(y_i)``, the bits that
    tell y_i itself. So a sequence with one typo is still recognised. ``Score.noise_scale`` is the part of
    wrong
    rows.

    Raises:
        ValueError: epsilon is not strictly between 0 and 1/2.
    """

    def __init__(
        self,
        problem: Problem,
        language: Language,
        simulator: Simulator,
        *,
        epsilon: float = ERROR_PROBABILITY,
        value_bits: Callable[[Any], float],
    ) -> None:
        if not 0.0 < epsilon < 0.5:
            raise ValueError(
                f"The probability epsilon of a wrong response must lie strictly between 0 and 1/2. "
                f"Got {epsilon} instead."
            )
        self._problem = problem
        self._language = language
        self._simulator = simulator
        self._right_bits = -log2(1.0 - epsilon)
        rows = problem.row_count
        self._weights = np.ones(rows) if problem.weights is None else np.asarray(problem.weights, float)
        self._value_bits = np.array([value_bits(value) for value in problem.responses], float)
        self._wrong_bits = -log2(epsilon) + self._value_bits

    def score(self, program: Program) -> Score:
        """The description length; an exact language has no parameters to fit, those given are kept."""
        code_bits = self._language.code_bits(program)
        outcome = self._simulator.run(program, self._problem.input_values)
        if not np.all(outcome.defined):
            return Score(program, code_bits, inf)
        right = _equal_rows(outcome.values, self._problem.responses)
        wrong_fraction = float(np.average(~right, weights=self._weights)) if len(right) else 0.0
        return Score(program, code_bits, self._data_bits(right), noise_scale=wrong_fraction)

    def _data_bits(self, right: Bool[np.ndarray, " rows"]) -> float:
        return float(np.sum(self._weights * np.where(right, self._right_bits, self._wrong_bits)))

    @property
    def null_bits(self) -> float:
        """The cheaper of every response told by itself, and one response told that stands for all.

        min( sum_i w_i value_bits(y_i), min_v value_bits(v) + L_rec(the constant v) ).
        """
        one_by_one = float(np.sum(self._weights * self._value_bits))
        responses = self._problem.responses
        constants: list[float] = [
            bits + self._data_bits(_equal_rows([value] * len(responses), responses))
            for value, bits in zip(responses, self._value_bits.tolist(), strict=True)
        ]
        return min([one_by_one, *constants])

    @property
    def floor_bits(self) -> float:
        """L_rec of a program that is right everywhere."""
        return float(np.sum(self._weights)) * self._right_bits


def _equal_rows(left: Any, right: Any) -> Bool[np.ndarray, " rows"]:
    """Which rows are equal, entries of any type compared with ``==``."""
    return np.fromiter((bool(np.all(a == b)) for a, b in zip(left, right, strict=True)), bool, len(right))
