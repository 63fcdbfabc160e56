"""The description length of a law whose form is told once and whose parameters are fitted in each group."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isfinite, sqrt
from typing import Final, final

import numpy as np

from sagredo.language.language import Language
from sagredo.language.term import Program, parameter_count
from sagredo.objective.objective import Objective, Score
from sagredo.search.driver import NEGLIGIBLE_BITS

SHARING_BITS: Final = 1.0
"""What it takes to say of a parameter whether it is one for all groups or one in each: a fair coin."""


@final
class GroupedObjective(Objective):
    """L(phi) = L_code(phi) + sum_g L_rec(phi; data of group g).

    ``parts`` are the ordinary objectives of the groups' own problems, and ``row_counts`` their rows: in each group the
    parameters and the noise are integrated out over that group's priors. Where there are several, the code says of each
    parameter whether all share it (``SHARING_BITS``); here none is shared. With one group L is that of its objective.
    """

    def __init__(self, parts: Sequence[Objective], row_counts: Sequence[int], language: Language) -> None:
        self.parts = tuple(parts)
        self._row_counts = tuple(row_counts)
        self._language = language

    def score(self, program: Program) -> Score:
        """Fit the program in every group, starting from the parameters that it has."""
        return self.score_batch([program])[0]

    def score_batch(self, programs: Sequence[Program], *, threads: int = 1) -> list[Score]:
        """The scores of many programs, in order."""
        by_group = [part.score_batch(programs, threads=threads) for part in self.parts]
        return [
            self.together(program, scores)
            for program, scores in zip(programs, zip(*by_group, strict=True), strict=True)
        ]

    @property
    def sampled_rows(self) -> int:
        """The rows of the largest group, on which programs are looked at first; none where it is the only one."""
        return max(self._row_counts) if len(self.parts) > 1 else 0

    def contenders(
        self, programs: Sequence[Program], best: Program, limit_bits: float, *, threads: int = 1
    ) -> list[Program]:
        """The programs that are not behind the best by ``NEGLIGIBLE_BITS`` in the largest group already.

        The right law fits as well as any in every group. What its parameters cost there, about log2 |kappa| / error
        each, is not counted: a law in which that group's own numbers are written does without.
        """
        largest = self.parts[self._row_counts.index(max(self._row_counts))]
        to_beat, *scores = largest.score_batch([best, *programs], threads=threads)
        limit = to_beat.description_length_bits + NEGLIGIBLE_BITS
        return [
            score.program
            for score in scores
            if score.description_length_bits <= limit + _bits_of_parameters(score)
        ]

    def together(self, program: Program, parts: tuple[Score, ...]) -> Score:
        """The score of a program from its scores in each group; the root mean squares are over all rows."""
        code_bits = self._language.code_bits(program) + self._sharing_bits(parameter_count(program.term))
        data_bits = sum(part.data_bits for part in parts)
        if not isfinite(code_bits + data_bits):
            return Score(program, code_bits, inf)
        first = parts[0]
        return Score(
            first.program,
            code_bits,
            data_bits,
            first.standard_errors,
            self._root_mean_square([part.noise_scale for part in parts]),
            self._root_mean_square([part.residual_rms for part in parts]),
            parts,
        )

    def _root_mean_square(self, values: Sequence[float]) -> float:
        """Over all rows, of what is known of each group's."""
        squares = sum(rows * value**2 for rows, value in zip(self._row_counts, values, strict=True))
        return sqrt(squares / sum(self._row_counts))

    @property
    def fits_a_program(self) -> int:
        """One in each group."""
        return len(self.parts)

    @property
    def null_bits(self) -> float:
        """Those of the best constant in each group, told that it is a constant once."""
        return self.null_code_bits + sum(part.null_bits - part.null_code_bits for part in self.parts)

    @property
    def null_code_bits(self) -> float:
        """L_code of a constant, the same in any group, and whether it is shared."""
        return self.parts[0].null_code_bits + self._sharing_bits(1)

    def _sharing_bits(self, parameters: int) -> float:
        return SHARING_BITS * parameters if len(self.parts) > 1 else 0.0

    @property
    def floor_bits(self) -> float:
        """The sum of the groups' floors."""
        return sum(part.floor_bits for part in self.parts)


def _bits_of_parameters(score: Score) -> float:
    """What telling the parameters to within their errors takes; inf where an error is unknown."""
    if len(score.standard_errors) != len(score.program.parameters):
        return inf
    with np.errstate(all="ignore"):
        bits = np.log2(np.abs(score.program.parameters) / np.array(score.standard_errors))
    return float(np.where(np.isnan(bits), inf, np.maximum(bits, 0.0)).sum())
