"""The description length of real expressions: code, parameters, noise and the record of every response."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import hypot, inf, log, pi, sqrt
from typing import TYPE_CHECKING, Final, final

import numpy as np

from sagredo._native import evaluate, rounding_bound, trace
from sagredo.domains.expressions.encoding import Code, encode
from sagredo.domains.expressions.fitting import fit
from sagredo.domains.expressions.primitives import NAMED_CONSTANTS
from sagredo.domains.expressions.scales import assign_scales, magnitudes, root_mean_square
from sagredo.language.term import Parameter, Program, parameter_count
from sagredo.objective.evidence import Evidence, log_marginal_likelihood
from sagredo.objective.likelihood import Gaussian, Likelihood, StudentT
from sagredo.objective.noise import BIN_FRACTION, GivenNoise, LogUniformNoise, Noise
from sagredo.objective.objective import Objective, Score
from sagredo.problem.errors import InvalidInput

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.language.language import Language
    from sagredo.problem.problem import Problem

RECORD_PRECISION: Final = 2.0**-40
"""Relative width of the bin of a response recorded in floating point: 12 of a double's 52 bits are left to
the rounding of whatever program computed it, so that the ordinary spellings of an expression cannot be told
apart."""

ROUNDING_PRECISION: Final = 2.0**-52
"""A double's spacing relative to its value. On the target's magnitude it is the narrowest bin there is: a
response of 0 was computed from numbers of that magnitude."""

REFITS: Final = 8
"""The most times that a fit is repeated with the weights that its own noise scale asks for."""

LIKELIHOODS: Final[Mapping[str, Likelihood]] = {"gaussian": Gaussian(), "student_t": StudentT()}
"""The likelihoods by the name that a problem gives its noise."""


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
    spread = scale if scale is not None else float(np.std(responses))
    return LogUniformNoise(BIN_FRACTION * float(bins.min()), max(spread, float(bins.max())))


def cauchy_log_density(value: float, scale: float) -> float:
    """log density of Cauchy(0, scale), nats."""
    return -log(pi * scale) - 2 * log(hypot(1.0, value / scale))


@final
@dataclass(frozen=True, eq=False)
class _Fitted:
    """A program at its best parameters: values and derivatives (rows, parameters), and its bins."""

    parameters: tuple[float, ...]
    values: Float64[np.ndarray, " rows"]
    jacobian: Float64[np.ndarray, "rows parameters"]
    bins: Float64[np.ndarray, " rows"]


@final
class RealObjective(Objective):
    """L(phi) of a real expression under the generative model.

    L_code = -log2 p(term) by the language's prior; L_rec = -log2 of the probability that every response falls
    in its bin, the parameters integrated out over Cauchy priors scaled by dimensional analysis
    (:mod:`.scales`) and sigma over its log-uniform prior. Where the rounding error of the program itself
    exceeds a response's bin, the bin is widened to w_i and the recorded cell is uniform inside it: log2(w_i
    / w0_i) bits more.

    ``constants`` are the values of the user's named constants; those of mathematics have their own.
    """

    def __init__(
        self, problem: Problem, language: Language, *, constants: Mapping[str, float] | None = None
    ) -> None:
        if problem.noise not in LIKELIHOODS:
            raise InvalidInput(
                f"The noise of real responses must be one of {', '.join(LIKELIHOODS)}. "
                f"Got {problem.noise!r} instead."
            )
        self._language = language
        self._constants = {**NAMED_CONSTANTS, **(constants or {})}
        self._likelihood = LIKELIHOODS[problem.noise]
        self._symbols = tuple(column.symbol for column in problem.inputs)
        target = problem.target
        self._responses = np.ascontiguousarray(target.values, dtype=float)
        rows = len(self._responses)
        self._columns = np.array([column.values for column in problem.inputs], dtype=float).reshape(-1, rows)
        self._declared = {
            column.symbol: column.scale for column in problem.inputs if column.scale is not None
        }
        self._magnitude = target.scale if target.scale is not None else root_mean_square(self._responses)
        self._bins = record_bins(self._responses, target.resolution, self._magnitude)
        self._noise = noise_prior(self._bins, self._responses, target.scale, problem.sigma)
        self._weights = np.ones(rows) if problem.weights is None else np.asarray(problem.weights, dtype=float)
        self._fit_weights = self._weights
        if isinstance(self._noise, GivenNoise):
            self._fit_weights = self._weights * self._likelihood.information(self._bins, self._noise.sigma)

    def score(self, program: Program) -> Score:
        """Fit the program's parameters, starting from those it has, and return its description length.

        The fit is by least squares, repeated with the weights that the likelihood asks for at the noise found
        (heavy tails; bins of different widths) until they agree.
        """
        code_bits = self._language.code_bits(program)
        if code_bits == inf:
            return Score(program, code_bits, inf)
        code = encode(program.term, self._symbols, self._constants)
        weights, refits = self._fit_weights, 0
        fitted = self._fit(program, code, weights)
        while fitted is not None:
            program = Program(program.term, fitted.parameters)
            evidence = self._evidence(program, code, fitted)
            wanted = self._wanted_weights(fitted, evidence.noise_scale)
            if not fitted.parameters or refits == REFITS or _nearly_proportional(wanted, weights):
                return self._score(program, code_bits, fitted, evidence)
            weights, refits = wanted, refits + 1
            fitted = self._fit(program, code, weights)
        return Score(program, code_bits, inf)

    def score_batch(self, programs: Iterable[Program]) -> list[Score]:
        """The scores of many programs, in order."""
        return [self.score(program) for program in programs]

    @property
    def language(self) -> Language:
        """The language whose prior gives L_code."""
        return self._language

    @property
    def constants(self) -> Mapping[str, float]:
        """The values of all named constants."""
        return self._constants

    def screen(self, values: Float64[np.ndarray, " rows"]) -> float:
        """L_rec, bits, of a parameter-free program with these values, its rounding left out of account."""
        if not np.isfinite(values).all():
            return inf
        evidence = log_marginal_likelihood(
            self._likelihood,
            self._noise,
            self._responses - values,
            self._bins,
            self._weights,
            np.zeros((len(values), 0)),
            np.zeros(0),
        )
        return -evidence.log_evidence / log(2)

    def data_bits_bound(
        self, residual_rms: float | Float64[np.ndarray, " *shape"]
    ) -> Float64[np.ndarray, " *shape"]:
        r"""A lower bound on L_rec, bits, from the weighted root mean square rho of the residuals alone.

        For Gaussian noise of unknown scale :math:`n \log_2(\rho \sqrt{2 \pi e}) - \sum m_i \log_2 w_i`, the
        densities at the best scale, where that exceeds :attr:`floor_bits`, which bounds any noise model.
        It is short by at most :math:`w^2 / 24 \rho^2` nats a row.
        """
        rms = np.asarray(residual_rms, dtype=float)
        floor = np.where(np.isfinite(rms), self.floor_bits, inf)
        if not (isinstance(self._noise, LogUniformNoise) and isinstance(self._likelihood, Gaussian)):
            return floor
        total = float(self._weights.sum())
        with np.errstate(divide="ignore"):
            density = total * np.log2(rms * sqrt(2 * pi * np.e))
        return np.maximum(floor, density - float(self._weights @ np.log2(self._bins)))

    @cached_property
    def floor_bits(self) -> float:
        """L_rec of a program that meets every response exactly: a lower bound over all programs, bits."""
        return self.screen(self._responses)

    @cached_property
    def null_bits(self) -> float:
        """L of the best constant program, code included: what a law must beat, bits."""
        mean = float(self._weights @ self._responses / self._weights.sum())
        return self.score(Program(Parameter(0), (mean,))).description_length_bits

    def scales(self, program: Program) -> tuple[float, ...]:
        """The scales s_j of the Cauchy priors of the program's parameters, at their values."""
        return self._scales(program, encode(program.term, self._symbols, self._constants))

    def _fit(self, program: Program, code: Code, weights: Float64[np.ndarray, " rows"]) -> _Fitted | None:
        """The program at its best parameters; None where it has no value on some row."""
        if parameter_count(program.term):
            found = fit(
                program,
                self._columns,
                self._responses,
                symbols=self._symbols,
                constants=self._constants,
                weights=weights,
            )
            parameters, values, jacobian = found.parameters, found.values, found.jacobian
        else:
            offsets = np.array([0, len(code.instructions)], dtype=np.int64)
            parameters = ()
            values = evaluate(code.instructions, offsets, code.constants, np.zeros(0), self._columns)[0]
            jacobian = np.zeros((len(values), 0))
        if not (np.isfinite(values).all() and np.isfinite(jacobian).all()):
            return None
        bound = rounding_bound(code.instructions, code.constants, np.array(parameters), self._columns)
        if not np.isfinite(bound).all():
            return None
        return _Fitted(parameters, values, jacobian, np.maximum(self._bins, 2 * bound))

    def _evidence(self, program: Program, code: Code, fitted: _Fitted) -> Evidence:
        """The parameters and sigma integrated out."""
        scales = self._scales(program, code)
        pairs = zip(program.parameters, scales, strict=True)
        log_prior = np.array([cauchy_log_density(value, scale) for value, scale in pairs])
        residuals = self._responses - fitted.values
        return log_marginal_likelihood(
            self._likelihood, self._noise, residuals, fitted.bins, self._weights, fitted.jacobian, log_prior
        )

    def _score(self, program: Program, code_bits: float, fitted: _Fitted, evidence: Evidence) -> Score:
        """The score of a program from its evidence; rows whose bins its rounding widened cost the
        difference."""
        residuals = self._responses - fitted.values
        widened_bits = float(self._weights @ np.log2(fitted.bins / self._bins))
        exact = bool((np.abs(residuals) <= 0.5 * fitted.bins).all())
        return Score(
            program,
            code_bits,
            widened_bits - evidence.log_evidence / log(2),
            tuple(np.sqrt(np.diag(evidence.covariance)).tolist()),
            0.0 if exact else evidence.noise_scale,
            sqrt(float(self._weights @ residuals**2 / self._weights.sum())),
        )

    def _wanted_weights(self, fitted: _Fitted, noise_scale: float) -> Float64[np.ndarray, " rows"]:
        """The weights with which least squares maximises the likelihood at the noise that was found."""
        scale = self._noise.sigma if isinstance(self._noise, GivenNoise) else np.full(1, noise_scale)
        information = self._likelihood.information(fitted.bins, scale)
        effective = np.sqrt(scale**2 + fitted.bins**2 / 12)
        robust = self._likelihood.row_weights(self._responses - fitted.values, effective)
        wanted: Float64[np.ndarray, " rows"] = self._weights * information * robust
        return wanted

    def _scales(self, program: Program, code: Code) -> tuple[float, ...]:
        """The scales of the parameters, magnitudes taken from the values of every node."""
        if not program.parameters:
            return ()
        nodes = trace(code.instructions, code.constants, np.array(program.parameters), self._columns)
        scales = [1.0] * len(program.parameters)
        magnitude = magnitudes(program.term, nodes, self._declared)
        assign_scales(program.term, self._magnitude, magnitude, scales.__setitem__)
        return tuple(scales)


def _nearly_proportional(left: Float64[np.ndarray, " rows"], right: Float64[np.ndarray, " rows"]) -> bool:
    """Whether two sets of weights are alike up to a factor, each within a tenth: fits then hardly differ."""
    positive = right > 0
    ratio = left[positive] / right[positive]
    return bool(ratio.max(initial=0.0) <= 1.1 * ratio.min(initial=inf))
