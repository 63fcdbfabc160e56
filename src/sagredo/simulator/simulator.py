"""The contract of a simulator: it runs programs and shows every intermediate value."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from sagredo.language.term import Program
from sagredo.problem.problem import Inputs

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Bool, Shaped


@final
@dataclass(frozen=True, eq=False)
class Outcome:
    """What a run gave, row by row; a failure is data: ``defined[i]`` is False where row i has no value."""

    values: Shaped[np.ndarray, " rows"]
    defined: Bool[np.ndarray, " rows"]


@final
@dataclass(frozen=True, eq=False)
class Trace:
    """The outcome and the values z of every node, in postorder (the root is the last)."""

    outcome: Outcome
    nodes: tuple[Shaped[np.ndarray, " rows"], ...]


class Simulator(ABC):
    """Runs a program on inputs: y = g(phi, x)."""

    @abstractmethod
    def run(self, program: Program, inputs: Inputs) -> Outcome:
        """The outputs on every row."""

    @abstractmethod
    def trace(self, program: Program, inputs: Inputs) -> Trace:
        """The outputs and every intermediate value."""
