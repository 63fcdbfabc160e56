"""The contract of an objective: a program's description length on the data, in bits."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, final

from sagredo.language.term import Program

if TYPE_CHECKING:
    from sagredo.objective.parameter_posterior import Information


@final
@dataclass(frozen=True)
class Score:
    """L = L_code + L_rec of a program, with what was fitted on the way.

    ``program`` carries the fitted parameters; ``standard_errors`` are theirs. ``noise_scale`` is the fitted
    standard deviation of the noise (0: exact), of counts sqrt(mean Var y) under the program, which is never 0.
    ``residual_rms`` is sqrt(mean (y - E y)^2) over the rows.
    A program that has no value on some row has ``data_bits`` = inf.

    Where the data come in groups ``parts`` are the scores in each of them, in the order of their names, with the
    parameters that the program has there; those of ``shared`` (indices) are the same in all. ``program`` and
    ``standard_errors`` then are those of the first group. Of a score in one group, ``elsewhere`` is the information (an
    inverse covariance, row by row) that the other groups' data hold on the parameters; empty where there is none.
    """

    program: Program
    code_bits: float
    data_bits: float
    standard_errors: tuple[float, ...] = ()
    noise_scale: float = 0.0
    residual_rms: float = field(default=inf)
    parts: tuple[Score, ...] = ()
    shared: tuple[int, ...] = ()
    elsewhere: Information = ()

    @property
    def separate(self) -> tuple[int, ...]:
        """The parameters, by index, that have a value of their own in each group."""
        if not self.parts:
            return ()
        return tuple(k for k in range(len(self.program.parameters)) if k not in self.shared)

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
        """The programs that, as far as a sample of the rows tells, may come near ``best`` and near one another in
        at most ``limit_bits``; in order, with the parameters of a fit to the sample.
        """
        return list(programs)

    @property
    def fits_a_program(self) -> int:
        """How many fits the score of one program takes: one, or one for each group of the data."""
        return 1

    @property
    @abstractmethod
    def null_bits(self) -> float:
        """L, code included, of the best program that ignores the inputs: what a law must beat, bits."""

    @property
    def null_code_bits(self) -> float:
        """The part of :attr:`null_bits` that tells the program; 0 where that takes nothing."""
        return 0.0

    @property
    def floor_bits(self) -> float:
        """A lower bound of L_rec over all programs, bits; 0 always holds, since responses are discrete."""
        return 0.0
