"""The objective of exact domains: each output is right or wrong."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from functools import cached_property
from math import inf, log2
from typing import TYPE_CHECKING, Any, final

import numpy as np

from sagredo.language.language import Language
from sagredo.language.term import Program
from sagredo.objective.objective import Objective, Score
from sagredo.problem.problem import Problem
from sagredo.simulator.semantics import on_every_row
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
    wrong rows. Responses are hashable, or lists or arrays of such.

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
        self._responses = [_frozen(value) for value in problem.responses]
        self._value_bits = np.array([value_bits(value) for value in problem.responses], float)
        self._wrong_bits = -log2(epsilon) + self._value_bits

    def score(self, program: Program) -> Score:
        """The description length; an exact language has no parameters to fit, those given are kept."""
        code_bits = self._language.code_bits(program)
        outcome = self._simulator.run(program, self._problem.input_values)
        if not np.all(outcome.defined):
            return Score(program, code_bits, inf)
        values = on_every_row(outcome.values, len(self._responses))
        right = self._right_rows(_frozen(value) for value in values)
        wrong_fraction = float(np.average(~right, weights=self._weights))
        return Score(program, code_bits, self._data_bits(right), noise_scale=wrong_fraction)

    def _right_rows(self, outputs: Iterable[Hashable]) -> Bool[np.ndarray, " rows"]:
        return np.array([a == b for a, b in zip(outputs, self._responses, strict=True)], bool)

    def _data_bits(self, right: Bool[np.ndarray, " rows"]) -> float:
        return float(np.sum(self._weights * np.where(right, self._right_bits, self._wrong_bits)))

    @cached_property
    def null_bits(self) -> float:
        """The cheaper of every response told by itself, and one response told that stands for all.

        min( sum_i w_i value_bits(y_i), min_v value_bits(v) + L_rec(the constant v) ).
        """
        one_by_one = float(np.sum(self._weights * self._value_bits))
        saved = np.asarray(self._weights * (self._wrong_bits - self._right_bits))
        saved_by_constant: dict[Hashable, float] = {}
        for value, bits in zip(self._responses, saved.tolist(), strict=True):
            saved_by_constant[value] = saved_by_constant.get(value, 0.0) + bits
        all_wrong = self._data_bits(np.zeros(len(saved), bool))
        constants: list[float] = [
            bits + all_wrong - saved_by_constant[value]
            for value, bits in zip(self._responses, self._value_bits.tolist(), strict=True)
        ]
        return min([one_by_one, *constants])

    @property
    def floor_bits(self) -> float:
        """L_rec of a program that is right everywhere."""
        return float(np.sum(self._weights)) * self._right_bits


def _frozen(value: object) -> Hashable:
    """The value with tuples in the place of lists and arrays, so that equal values have equal hashes."""
    if isinstance(value, (list, tuple, np.ndarray)):
        return tuple(_frozen(entry) for entry in value)
    return value
