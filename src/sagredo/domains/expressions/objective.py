"""The description length of real expressions: code, parameters, noise and the record of every response."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from math import inf, nan
from typing import TYPE_CHECKING, Final, final

import numpy as np

from sagredo._native import RecordedColumns
from sagredo.domains.expressions.encoding import encode_batch
from sagredo.domains.expressions.primitives import NAMED_CONSTANTS
from sagredo.domains.expressions.response_models import response_model
from sagredo.language.term import Apply, Parameter, Program, Term
from sagredo.objective.objective import Objective, Score

if TYPE_CHECKING:
    from jaxtyping import Float64, Int64

    from sagredo.language.language import Language
    from sagredo.problem.problem import Problem

SAMPLED_ROWS: Final = 256
"""Rows on which programs are compared before all rows are looked at."""

SAMPLED_FROM: Final = 4 * SAMPLED_ROWS
"""More rows than this are sampled first; with fewer the sample would save little."""

SLACK_BITS: Final = 0.05
"""Bits a row by which a contender may be behind on the sample. Bits of two laws that are d standard deviations of the
noise apart differ by d^2 / (2 ln 2) a row on average, with a standard deviation of d / ln 2. So whatever d is, the
better of them is behind by the slack s on n rows only by a chance of sqrt(2 ln 2 n s) = 4.2 standard errors. A row of
weight m counts as m."""


@final
class RealObjective(Objective):
    """L(phi) of a real expression under the generative model.

    L_code = -log2 p(term) by the language's prior; L_rec = -log2 of the probability of the responses under the
    problem's likelihood (:mod:`.response_models`), the parameters integrated out over Cauchy priors scaled by
    dimensional analysis (:mod:`.scales`). Of real responses that is the probability that each falls in its bin, sigma
    integrated out over its log-uniform prior. Where the rounding error of the program itself exceeds a response's bin,
    the bin is widened to w_i and the recorded cell is uniform inside it: log2(w_i / w0_i) bits more.

    All of L_rec is computed natively; :mod:`sagredo.objective.evidence` and :mod:`sagredo.objective.counts` are its
    readable references.
    ``constants`` are the values of the user's named constants; those of mathematics have their own.
    ``bounds[k]`` is the interval that ``Parameter(k)`` of every program is known to lie in: its fit stays
    inside, and its prior is the Cauchy distribution given that it does. Laplace's method then is about the best
    point of the box, also where that lies on its boundary.

    Raises:
        InvalidInput: the problem's noise is unknown, or its responses cannot have it.
    """

    def __init__(
        self,
        problem: Problem,
        language: Language,
        *,
        constants: Mapping[str, float] | None = None,
        bounds: Sequence[tuple[float, float]] = (),
    ) -> None:
        self._language = language
        self._constants = {**NAMED_CONSTANTS, **(constants or {})}
        self._box = np.ascontiguousarray(np.array(bounds, dtype=float).reshape(-1, 2).T)
        self._symbols = tuple(column.symbol for column in problem.inputs)
        rows = problem.row_count
        self._columns = np.array([column.values for column in problem.inputs], dtype=float).reshape(-1, rows)
        self._responses = np.asarray(problem.responses, dtype=float)
        self._model = response_model(problem)
        self._multiplicity = 1.0 if problem.weights is None else float(np.mean(problem.weights))
        self._declared = np.array(
            [nan if column.scale is None else column.scale for column in problem.inputs]
        )
        self._recorded = self._recorded_on(np.arange(rows))

    def _recorded_on(self, rows: Int64[np.ndarray, " chosen"]) -> RecordedColumns:
        """The data on some of the rows, as the native core takes them."""
        columns = np.ascontiguousarray(self._columns[:, rows])
        return RecordedColumns(columns, self._model.native(rows), self._model.magnitude, self._declared)

    @cached_property
    def _sample(self) -> RecordedColumns:
        """Rows spread evenly in the order of the responses, which does not depend on the rows' own order."""
        order = np.lexsort((*self._columns, self._responses))
        places = (np.arange(SAMPLED_ROWS) + 0.5) * (len(order) / SAMPLED_ROWS)
        return self._recorded_on(order[places.astype(int)])

    @property
    def sampled_rows(self) -> int:
        """How many rows :meth:`contenders` looks at: none where there are few."""
        return SAMPLED_ROWS if len(self._responses) > SAMPLED_FROM else 0

    def contenders(
        self, programs: Sequence[Program], best: Program, limit_bits: float, *, threads: int = 1
    ) -> list[Program]:
        """The programs that are not clearly behind ``best``, or behind one another, on a sample of the rows, nor longer
        on it alone than the limit, fitted to it."""
        scores = self._scores([best, *programs], threads, self._sample)
        # Bits of code are spread over all rows.
        share = SAMPLED_ROWS / len(self._responses)
        bits = [score.data_bits + share * score.code_bits for score in scores]
        most = min(bits) + SLACK_BITS * SAMPLED_ROWS * self._multiplicity
        return [
            score.program
            for score, of_sample in zip(scores[1:], bits[1:], strict=True)
            if of_sample <= most and score.description_length_bits <= limit_bits
        ]

    def score(self, program: Program) -> Score:
        """Fit the program's parameters, starting from those it has, and return its description length.

        The fit is by least squares, repeated with the weights that the likelihood asks for at the noise found
        (heavy tails; bins of different widths) until they agree, and of counts by a climb from there to the mode of the
        posterior. Missing parameters start at 1.
        """
        return self.score_batch([program])[0]

    def score_batch(self, programs: Sequence[Program], *, threads: int = 1) -> list[Score]:
        """The scores of many programs, in order, computed on several threads."""
        return self._scores(programs, threads, self._recorded)

    def _scores(self, programs: Sequence[Program], threads: int, recorded: RecordedColumns) -> list[Score]:
        """The scores of the programs on the data, or on part of it."""
        code_bits = [self._language.code_bits(program) for program in programs]
        known = [program for program, bits in zip(programs, code_bits, strict=True) if bits < inf]
        data_scores = iter(self._data_scores(known, threads, self._box, recorded))
        scores = []
        for program, bits in zip(programs, code_bits, strict=True):
            if bits < inf:
                parameters, data_bits, errors, noise, rms = next(data_scores)
                fitted = Program(program.term, parameters)
                scores.append(Score(fitted, bits, data_bits, errors, noise, rms))
            else:
                scores.append(Score(program, bits, inf))
        return scores

    def _data_scores(
        self,
        programs: Sequence[Program],
        threads: int,
        box: Float64[np.ndarray, "2 bounded"],
        recorded: RecordedColumns,
    ) -> Iterator[tuple[tuple[float, ...], float, tuple[float, ...], float, float]]:
        """Parameters, data bits, standard errors, noise scale and residual RMS of each program."""
        terms = (program.term for program in programs)
        code, offsets, constants = encode_batch(terms, self._symbols, self._constants)
        starts: list[float] = []
        ends = [0]
        for program in programs:
            starts += program.parameters
            starts += [1.0] * (_parameters_needed(program.term) - len(program.parameters))
            ends.append(len(starts))
        columns = recorded.score(
            code, offsets, constants, np.array(ends), np.array(starts, dtype=float), threads, box
        )
        data_bits, noise, rms, parameters, errors = (column.tolist() for column in columns)
        for k, bits in enumerate(data_bits):
            own = slice(ends[k], ends[k + 1])
            if bits < inf:
                yield tuple(parameters[own]), bits, tuple(errors[own]), noise[k], rms[k]
            else:
                yield programs[k].parameters, inf, (), 0.0, inf

    @property
    def language(self) -> Language:
        """The language whose prior gives L_code."""
        return self._language

    @property
    def constants(self) -> Mapping[str, float]:
        """The values of all named constants."""
        return self._constants

    @cached_property
    def floor_bits(self) -> float:
        """A lower bound of L_rec over all programs: that of one that meets every response, bits."""
        return self._model.floor_bits

    @cached_property
    def null_bits(self) -> float:
        """L of the best constant program, code included: what a law must beat, bits."""
        null = Program(Parameter(0), (self._model.null_start,))
        # Bounds are those of the parameters of a law.
        (_, data_bits, *_) = next(self._data_scores([null], 1, np.zeros((2, 0)), self._recorded))
        return self.null_code_bits + data_bits

    @property
    def null_code_bits(self) -> float:
        """L_code of a constant."""
        return self._language.code_bits(Program(Parameter(0)))


def _parameters_needed(term: Term) -> int:
    """How many values the parameters of the term are numbered for."""
    if isinstance(term, Apply):
        return max(map(_parameters_needed, term.arguments), default=0)
    return term.index + 1 if isinstance(term, Parameter) else 0
