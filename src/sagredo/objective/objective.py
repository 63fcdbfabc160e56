"""The contract of an objective: a program's description length on the data, in bits."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from typing import final

from sagredo.language.term import Program


@final
@dataclass(frozen=True)
class Score:
    """L = L_code + L_rec of a program, with what was fitted on the way.

    ``program`` carries the fitted parameters; ``standard_errors`` are theirs. ``noise_scale`` is the fitted
    standard deviation of the noise (0: exact), of counts sqrt(mean Var y) under the program, which is never 0.
    ``residual_rms`` is sqrt(mean (y - E y)^2) over the rows.
    A program that has no value on some row has ``data_bits`` = inf.
    """

    program: Program
    code_bits: float
    data_bits: float
    standard_errors: tuple[float, ...] = ()
    noise_scale: float = 0.0
    residual_rms: float = field(default=inf)

    @property
    def description_length_bits(self) -> float:
        """L(phi), bits."""
        return self.code_bits + self.data_bits


class Objective(ABC):
    """L(phi) = -log2 p(phi) - log2 p(y | phi), parameters and noise integrated out."""

    @abstractmethod
    def score(self, program: Program) -> Score:
        """Fit the program's parameters, starting from those it has, and return its description length."""

    def score_batch(self, programs: Sequence[Program], *, threads: int = 1) -> list[Score]:
        """The scores of many programs, in order; they do not depend on the number of threads."""
        return [self.score(program) for program in programs]

    @property
    def sampled_rows(self) -> int:
        """How many rows :meth:`contenders` looks at; 0 where it is not worth calling."""
        return 0

    def contenders(
        self, programs: Sequence[Program], best: Program, limit_bits: float, *, threads: int = 1
    ) -> list[Program]:
        """The programs that, as far as a sample of the rows tells, may come near ``best`` in at most
        ``limit_bits``; in order, with the parameters of a fit to the sample.
        """
        return list(programs)

    @property
    @abstractmethod
    def null_bits(self) -> float:
        """L, code included, of the best program that ignores the inputs: what a law must beat, bits."""

    @property
    def floor_bits(self) -> float:
        """A lower bound of L_rec over all programs, bits; 0 always holds, since responses are discrete."""
        return 0.0
