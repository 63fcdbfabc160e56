"""The description length of real expressions: code, parameters, noise and the record of every response."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf, log, nan
from typing import TYPE_CHECKING, Final, final

import numpy as np

from sagredo._native import RecordedColumns, log_marginal_likelihood
from sagredo.domains.expressions.encoding import encode_batch
from sagredo.domains.expressions.primitives import NAMED_CONSTANTS
from sagredo.domains.expressions.scales import root_mean_square
from sagredo.language.term import Apply, Parameter, Program, Term
from sagredo.objective.noise import BIN_FRACTION, GivenNoise, LogUniformNoise, Noise
from sagredo.objective.objective import Objective, Score
from sagredo.problem.errors import InvalidInput

if TYPE_CHECKING:
    from jaxtyping import Float64, Int64

    from sagredo.language.language import Language
    from sagredo.problem.problem import Problem

RECORD_PRECISION: Final = 2.0**-40
"""Relative width of the bin of a response recorded in floating point: 12 of a double's 52 bits are left to
the rounding of whatever program computed it, so that the ordinary spellings of an expression cannot be told
apart."""

ROUNDING_PRECISION: Final = 2.0**-52
"""A double's spacing relative to its value. On the target's magnitude it is the narrowest bin there is: a
response of 0 was computed from numbers of that magnitude."""

SAMPLED_ROWS: Final = 256
"""Rows on which programs are compared before all rows are looked at."""

SAMPLED_FROM: Final = 4 * SAMPLED_ROWS
"""More rows than this are sampled first; with fewer the sample would save little."""

SLACK_BITS: Final = 0.05
"""Bits a row by which a contender may be behind on the sample. Bits of two laws that are d standard deviations of the
noise apart differ by d^2 / (2 ln 2) a row on average, with a standard deviation of d / ln 2. So whatever d is, the
better of them is behind by the slack s on n rows only by a chance of sqrt(2 ln 2 n s) = 4.2 standard errors."""

HEAVY_TAILS: Final[Mapping[str, bool]] = {"gaussian": False, "student_t": True}
"""The names that a problem gives its noise, and whether it is Student's t rather than normal."""


def record_bins(
    responses: Float64[np.ndarray, " rows"], resolution: float, magnitude: float
) -> Float64[np.ndarray, " rows"]:
    """w0_i = max(resolution, 2^-40 |y_i|, 2^-52 s_y): the bins in which the responses were recorded."""
    floor = max(resolution, ROUNDING_PRECISION * magnitude)
    bins: Float64[np.ndarray, " rows"] = np.maximum(floor, RECORD_PRECISION * np.abs(responses))
    return bins


def noise_prior(
    bins: Float64[np.ndarray, " rows"],
    responses: Float64[np.ndarray, " rows"],
    scale: float | None,
    sigma: Float64[np.ndarray, " rows"] | None,
) -> Noise:
    """sigma log-uniform on [min w0 / 10, spread of y], or as given.

    The spread is the declared scale of the target or else the standard deviation of its values, and at
    least a bin.
    """
    if sigma is not None:
        return GivenNoise(np.maximum(sigma, BIN_FRACTION * bins))
    magnitude = root_mean_square(responses)
    spread = scale if scale is not None else magnitude * float(np.std(responses / magnitude))
    return LogUniformNoise(BIN_FRACTION * float(bins.min()), max(spread, float(bins.max())))


@final
@dataclass(frozen=True, eq=False)
class Record:
    """A problem as the generative model sees it: columns, responses in their bins, and the noise's prior.

    ``magnitudes`` are the declared scales of the inputs that have one.
    """

    symbols: tuple[str, ...]
    columns: Float64[np.ndarray, "inputs rows"]
    responses: Float64[np.ndarray, " rows"]
    bins: Float64[np.ndarray, " rows"]
    weights: Float64[np.ndarray, " rows"]
    noise: Noise
    target_magnitude: float
    magnitudes: Mapping[str, float]

    def take(self, rows: Int64[np.ndarray, " chosen"]) -> Record:
        """The same record on some of its rows."""
        noise = GivenNoise(self.noise.sigma[rows]) if isinstance(self.noise, GivenNoise) else self.noise
        return replace(
            self,
            columns=self.columns[:, rows],
            responses=self.responses[rows],
            bins=self.bins[rows],
            weights=self.weights[rows],
            noise=noise,
        )


def recorded(problem: Problem) -> Record:
    """The problem's record.

    Raises:
        InvalidInput: the problem's noise is neither ``gaussian`` nor ``student_t``.
    """
    if problem.noise not in HEAVY_TAILS:
        raise InvalidInput(
            f"The noise of real responses must be one of {', '.join(HEAVY_TAILS)}. "
            f"Got {problem.noise!r} instead."
        )
    target = problem.target
    responses = np.ascontiguousarray(target.values, dtype=float)
    rows = len(responses)
    magnitude = target.scale if target.scale is not None else root_mean_square(responses)
    bins = record_bins(responses, target.resolution, magnitude)
    return Record(
        tuple(column.symbol for column in problem.inputs),
        np.array([column.values for column in problem.inputs], dtype=float).reshape(-1, rows),
        responses,
        bins,
        np.ones(rows) if problem.weights is None else np.asarray(problem.weights, dtype=float),
        noise_prior(bins, responses, target.scale, problem.sigma),
        magnitude,
        {column.symbol: column.scale for column in problem.inputs if column.scale is not None},
    )


@final
class RealObjective(Objective):
    """L(phi) of a real expression under the generative model.

    L_code = -log2 p(term) by the language's prior; L_rec = -log2 of the probability that every response falls
    in its bin, the parameters integrated out over Cauchy priors scaled by dimensional analysis
    (:mod:`.scales`) and sigma over its log-uniform prior. Where the rounding error of the program itself
    exceeds a response's bin, the bin is widened to w_i and the recorded cell is uniform inside it: log2(w_i
    / w0_i) bits more.

    All of L_rec is computed natively; :mod:`sagredo.objective.evidence` is its readable reference.
    ``constants`` are the values of the user's named constants; those of mathematics have their own.
    ``bounds[k]`` is the interval that ``Parameter(k)`` of every program is known to lie in: its fit stays
    inside, and its prior is the Cauchy distribution given that it does. Laplace's method then is about the best
    point of the box, also where that lies on its boundary.

    Raises:
        InvalidInput: the problem's noise is neither ``gaussian`` nor ``student_t``.
    """

    def __init__(
        self,
        problem: Problem,
        language: Language,
        *,
        constants: Mapping[str, float] | None = None,
        bounds: Sequence[tuple[float, float]] = (),
    ) -> None:
        record = recorded(problem)
        self._language = language
        self._constants = {**NAMED_CONSTANTS, **(constants or {})}
        self._box = np.ascontiguousarray(np.array(bounds, dtype=float).reshape(-1, 2).T)
        self._record = record
        self._heavy_tails = HEAVY_TAILS[problem.noise]
        self._recorded = self._native(record)

    def _native(self, record: Record) -> RecordedColumns:
        """The data as the native core takes them."""
        return RecordedColumns(
            np.ascontiguousarray(record.columns),
            record.responses,
            record.bins,
            record.weights,
            self._heavy_tails,
            *_extent_and_sigma(record.noise),
            record.target_magnitude,
            np.array([record.magnitudes.get(symbol, nan) for symbol in record.symbols]),
        )

    @cached_property
    def _sample(self) -> RecordedColumns:
        """Rows spread evenly in the order of the responses, which does not depend on the rows' own order."""
        order = np.lexsort((*self._record.columns, self._record.responses))
        places = (np.arange(SAMPLED_ROWS) + 0.5) * (len(order) / SAMPLED_ROWS)
        return self._native(self._record.take(order[places.astype(int)]))

    @property
    def sampled_rows(self) -> int:
        """How many rows :meth:`contenders` looks at: none where there are few."""
        return SAMPLED_ROWS if len(self._record.responses) > SAMPLED_FROM else 0

    def contenders(
        self, programs: Sequence[Program], best: Program, limit_bits: float, *, threads: int = 1
    ) -> list[Program]:
        """The programs that are not clearly behind ``best`` on a sample of the rows, nor longer on it alone than
        the limit, fitted to it."""
        to_beat, *scores = self._scores([best, *programs], threads, self._sample)
        limit = to_beat.data_bits + SLACK_BITS * SAMPLED_ROWS
        return [
            score.program
            for score in scores
            if score.data_bits <= limit and score.description_length_bits <= limit_bits
        ]

    def score(self, program: Program) -> Score:
        """Fit the program's parameters, starting from those it has, and return its description length.

        The fit is by least squares, repeated with the weights that the likelihood asks for at the noise found
        (heavy tails; bins of different widths) until they agree. Missing parameters start at 1.
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
        code, offsets, constants = encode_batch(terms, self._record.symbols, self._constants)
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
        """L_rec of a program that meets every response exactly: a lower bound over all programs, bits."""
        record, rows = self._record, len(self._record.responses)
        log_evidence, _, _ = log_marginal_likelihood(
            self._heavy_tails,
            *_extent_and_sigma(record.noise),
            np.zeros(rows),
            record.bins,
            record.weights,
            np.zeros((0, rows)),
            np.zeros(0),
        )
        return -log_evidence / log(2)

    @cached_property
    def null_bits(self) -> float:
        """L of the best constant program, code included: what a law must beat, bits."""
        mean = float(np.average(self._record.responses, weights=self._record.weights))
        null = Program(Parameter(0), (mean,))
        # Bounds are those of the parameters of a law.
        (_, data_bits, *_) = next(self._data_scores([null], 1, np.zeros((2, 0)), self._recorded))
        return self._language.code_bits(null) + data_bits


def _extent_and_sigma(noise: Noise) -> tuple[float, float, Float64[np.ndarray, " rows_or_none"]]:
    """The bounds of an unknown scale, and the given ones; NaN and none where there are none."""
    if isinstance(noise, GivenNoise):
        return nan, nan, noise.sigma
    assert isinstance(noise, LogUniformNoise)
    return noise.lower, noise.upper, np.zeros(0)


def _parameters_needed(term: Term) -> int:
    """How many values the parameters of the term are numbered for."""
    if isinstance(term, Apply):
        return max(map(_parameters_needed, term.arguments), default=0)
    return term.index + 1 if isinstance(term, Parameter) else 0
