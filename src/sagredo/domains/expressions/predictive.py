"""The predictive distributions of real expressions, parameters and noise integrated out as in the evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import atan2, isfinite, pi
from typing import TYPE_CHECKING, Final, final

import numpy as np

from sagredo._native import evaluate, jacobians, rounding_bound, trace
from sagredo.domains.expressions.encoding import encode
from sagredo.domains.expressions.record import record_bins, recorded
from sagredo.domains.expressions.scales import assign_scales, magnitudes
from sagredo.language.term import Parameter, Program, Term, Variable, substitute
from sagredo.objective.evidence import parameter_posterior
from sagredo.objective.likelihood import Gaussian, Likelihood, StudentT
from sagredo.objective.noise import GivenNoise
from sagredo.objective.normal_mixture import NormalMixture
from sagredo.objective.parameter_draws import LogJoint, ParameterDraws, draw_parameters
from sagredo.objective.parameter_posterior import NewNoise, ParameterPosterior
from sagredo.posterior.predictive import LawPrediction, Predictive
from sagredo.problem.errors import InvalidInput

if TYPE_CHECKING:
    from jaxtyping import Bool, Float64, Int64

    from sagredo.objective.objective import Score
    from sagredo.problem.problem import Inputs, Problem


Information = tuple[tuple[float, ...], ...]
"""An inverse covariance of parameters that other data hold, row by row; empty for none."""

LIKELIHOODS: Final[Mapping[str, Likelihood]] = {"gaussian": Gaussian(), "student_t": StudentT()}
"""The noises that predictive distributions are known for."""

LEAST_EFFECTIVE_SHARE: Final = 0.1
"""Draws are used if at least this share of them counts: 50 of 512, which tell a deviation to 10%. Fewer say less
than Laplace's method does."""

LEAST_LAPLACE_SHARE: Final = 0.8
"""Laplace's method stands if at least this share of draws from it would count. For a bell a tenth too narrow or
too wide in each of three directions it is 0.94."""

MOST_DIFFERENCE: Final = 0.05
"""The linear law stands if at no row its mean or deviation is further than this part of a new response's deviation
from that of the draws: an interval of 90% then covers 88% or more."""

MOST_DRAWN_ROWS: Final = 2000
"""With more rows nothing is drawn: a likelihood of so many is nearly a bell, and each draw looks at all of them."""


@final
class RealPredictive(Predictive):
    """p(y | x, phi, D) of real expressions given a problem's data.

    At node q of the quadrature over log sigma the parameters are N(best, C_q), as in the evidence, and the
    program is linear about its best parameters, so that a response is normal of variance J C_q J^T +
    sigma_q^2 + w^2 / 12, with w the bin that it would be recorded in. Student's t noise is a mixture of
    normal distributions. The best parameters are those that the program has.

    ``constants`` are the values of all named constants, ``bounds[k]`` the interval of ``Parameter(k)``.
    """

    def __init__(
        self,
        problem: Problem,
        constants: Mapping[str, float],
        bounds: Sequence[tuple[float, float]] = (),
    ) -> None:
        if problem.noise not in LIKELIHOODS:
            raise InvalidInput(
                f"Predictions with intervals must be of {' or '.join(LIKELIHOODS)} noise. Got {problem.noise!r} noise: "
                "use the values of the best law."
            )
        self._problem = problem
        self._record = recorded(problem)
        self._constants = constants
        self._bounds = tuple(bounds)
        self._likelihood = LIKELIHOODS[problem.noise]
        self._posteriors: dict[tuple[Program, Information], ParameterPosterior | None] = {}
        self._draws: dict[Program, ParameterDraws | None] = {}

    def law(
        self,
        score: Score,
        inputs: Inputs,
        sigma: Float64[np.ndarray, " rows"] | None = None,
        *,
        checked: bool = True,
    ) -> LawPrediction:
        """What a law says of new inputs; at rows without a value, or where a double can't say, nothing.

        New responses have the errors ``sigma`` or, where none are given, the median of those of the data. With
        ``checked`` the law is drawn at weighted parameters as well, and at rows where they are worth enough and
        differ from the linear law the draws stand in its place.

        Raises:
            InvalidInput: ``sigma`` is given but the noise of the data is not.
        """
        program = score.program
        columns = np.array([np.asarray(inputs[symbol], dtype=float) for symbol in self._record.symbols])
        fitted, jacobian, rounding = self._run(program, columns)
        noise = self._new_noise(fitted, rounding, sigma)
        fitted = np.where(np.isfinite(fitted), fitted, np.nan)
        posterior = self.parameters(program, score.elsewhere)
        if posterior is None:
            nothing = NormalMixture(*np.zeros((3, len(fitted), 1)))
            return LawPrediction(fitted, nothing, nothing)
        linear = LawPrediction(
            fitted, posterior.predict(fitted, jacobian), posterior.predict(fitted, jacobian, noise)
        )
        # What is known elsewhere is known about the best parameters alone, and no likelihood to draw from.
        draws = self.draws(program) if checked and not score.elsewhere else None
        if draws is None:
            return linear
        if draws.effective_share < LEAST_EFFECTIVE_SHARE:
            return replace(linear, laplace_share=draws.laplace_share)
        values = self._values_at(program, draws.parameters, columns)
        drawn = LawPrediction(fitted, draws.predict(values), draws.predict(values, noise))
        sampled = _different(linear, drawn)
        if draws.laplace_share < LEAST_LAPLACE_SHARE:
            sampled[:] = True
        return LawPrediction(
            fitted,
            _by_row(sampled, drawn.value, linear.value),
            _by_row(sampled, drawn.response, linear.response),
            draws.laplace_share,
            sampled,
        )

    def covariance(self, score: Score) -> Float64[np.ndarray, "parameters parameters"]:
        """That of a law's parameters about the fitted ones, at the likeliest noise; 0 where a double can't say."""
        posterior = self.parameters(score.program, score.elsewhere)
        count = len(score.program.parameters)
        return np.zeros((count, count)) if posterior is None else posterior.covariance

    def noise_deviation(self, score: Score) -> float:
        """sqrt(v sigma^2 + w^2 / 12): v is the variance of noise of scale 1, w a bin; of those given, the medians."""
        noise, bins = self._record.noise, self._record.bins
        scale = float(np.median(noise.sigma)) if isinstance(noise, GivenNoise) else score.noise_scale
        portions, variances = self._likelihood.normal_components()
        square = np.nan_to_num(scale) ** 2 * float(portions @ variances)
        return float(np.sqrt(square + float(np.median(bins)) ** 2 / 12))

    def parameters(self, program: Program, elsewhere: Information = ()) -> ParameterPosterior | None:
        """What the data say of the program's parameters and of the noise, with the information that others hold."""
        key = program, elsewhere
        if key not in self._posteriors:
            record = self._record
            values, jacobian, rounding = self._run(program, record.columns)
            found = parameter_posterior(
                self._likelihood,
                record.noise,
                record.responses - values,
                np.maximum(record.bins, 2 * rounding),
                record.weights,
                jacobian,
                self.log_prior_density(program, np.array(program.parameters)[np.newaxis])[0],
            )
            if found is not None and elsewhere:
                found = found.with_information(np.array(elsewhere))
            self._posteriors[key] = found
        return self._posteriors[key]

    def draws(self, program: Program) -> ParameterDraws | None:
        """Weighted draws of the program's parameters; None where there are none to draw, or too many rows."""
        if program not in self._draws:
            posterior = self.parameters(program)
            few = self._record.columns.shape[1] <= MOST_DRAWN_ROWS
            self._draws[program] = (
                draw_parameters(posterior, np.array(program.parameters), self._log_joint(program, posterior))
                if posterior is not None and program.parameters and few
                else None
            )
        return self._draws[program]

    def _log_joint(self, program: Program, posterior: ParameterPosterior) -> LogJoint:
        """log p(kappa) p(sigma_q) prod_i P_i(kappa, sigma_q)^(m_i): the integrand of the evidence."""
        record = self._record
        _, _, rounding = self._run(program, record.columns)
        bins = np.maximum(record.bins, 2 * rounding)

        def log_joint(
            parameters: Float64[np.ndarray, "draws parameters"], nodes: Int64[np.ndarray, " draws"]
        ) -> Float64[np.ndarray, " draws"]:
            residuals = record.responses - self._values_at(program, parameters, record.columns)
            scales = posterior.scales[nodes][:, np.newaxis] * posterior.unit
            logs = self._likelihood.log_probability(residuals, bins, scales) @ record.weights
            prior = self.log_prior_density(program, parameters).sum(axis=1)
            return np.asarray(logs + prior + posterior.log_prior[nodes], dtype=float)

        return log_joint

    def _values_at(
        self,
        program: Program,
        parameters: Float64[np.ndarray, "draws parameters"],
        columns: Float64[np.ndarray, "inputs rows"],
    ) -> Float64[np.ndarray, "draws rows"]:
        """The program's values at many parameters: to the native core they are columns like the inputs."""
        names = [f"parameter {k}" for k in range(parameters.shape[1])]
        as_variables: dict[Term, Term] = {Parameter(k): Variable(name) for k, name in enumerate(names)}
        term = substitute(program.term, as_variables)
        code = encode(term, (*self._record.symbols, *names), self._constants)
        rows = columns.shape[1]
        table = np.vstack([np.tile(columns, len(parameters)), np.repeat(parameters.T, rows, axis=1)])
        offsets = np.array([0, len(code.instructions)], dtype=np.int64)
        values = evaluate(code.instructions, offsets, code.constants, np.zeros(0), table)[0]
        return np.asarray(values.reshape(len(parameters), rows))

    def log_prior_density(
        self, program: Program, parameters: Float64[np.ndarray, "draws parameters"]
    ) -> Float64[np.ndarray, "draws parameters"]:
        """log p_j(kappa_j), nats, of each draw: Cauchy at the scales of the program's own parameters.

        A bounded parameter has the density given that it lies within its bounds, and none outside.
        """
        scales = self._scales(program)
        logs: Float64[np.ndarray, "draws parameters"]
        logs = -np.log(pi * scales) - 2 * np.log(np.hypot(1.0, parameters / scales))
        for k, (low, high) in enumerate(self._bounds[: len(scales)]):
            inside = (parameters[:, k] >= low) & (parameters[:, k] <= high)
            logs[:, k] -= np.where(inside, _log_cauchy_probability(low / scales[k], high / scales[k]), np.inf)
        return logs

    def _scales(self, program: Program) -> Float64[np.ndarray, " parameters"]:
        """The scales of the priors of a program's parameters."""
        record = self._record
        code = encode(program.term, record.symbols, self._constants)
        nodes = trace(code.instructions, code.constants, np.array(program.parameters), record.columns)
        scales = np.ones(len(program.parameters))
        magnitude = magnitudes(program.term, nodes, record.magnitudes)
        assign_scales(program.term, record.target_magnitude, magnitude, scales.__setitem__, self._constants)
        return scales

    def _run(
        self, program: Program, columns: Float64[np.ndarray, "inputs rows"]
    ) -> tuple[
        Float64[np.ndarray, " rows"], Float64[np.ndarray, "rows parameters"], Float64[np.ndarray, " rows"]
    ]:
        """Values, derivatives and rounding bounds of a program."""
        code = encode(program.term, self._record.symbols, self._constants)
        arguments = (code.instructions, code.constants, np.array(program.parameters), columns)
        by_parameter, _ = jacobians(*arguments)
        return trace(*arguments)[-1], by_parameter.T, rounding_bound(*arguments)

    def _new_noise(
        self,
        fitted: Float64[np.ndarray, " rows"],
        rounding: Float64[np.ndarray, " rows"],
        sigma: Float64[np.ndarray, " rows"] | None,
    ) -> NewNoise:
        """The noise of new responses, and the bins that they would be recorded in."""
        record, noise = self._record, self._record.noise
        if isinstance(noise, GivenNoise):
            unit = np.full(len(fitted), float(np.median(noise.sigma))) if sigma is None else sigma
        elif sigma is None:
            unit = np.full(len(fitted), float(noise.unit[0]))
        else:
            raise InvalidInput(
                "Errors of new responses must go with errors of the data. Got some, but the noise of this "
                "problem was inferred: leave them out, or fit with sigma."
            )
        bins = record_bins(np.nan_to_num(fitted), self._problem.target.resolution, record.target_magnitude)
        return NewNoise(unit, np.maximum(bins, 2 * rounding), *self._likelihood.normal_components())


def _log_cauchy_probability(low: float, high: float) -> float:
    """log of the probability that Cauchy(0, 1) lies between the bounds, free of cancellation in the tails."""
    angle = pi
    if isfinite(low) and isfinite(high):
        angle = atan2(high - low, 1.0 + low * high)
    elif isfinite(low):
        angle = atan2(1.0, low)
    elif isfinite(high):
        angle = atan2(1.0, -high)
    with np.errstate(divide="ignore"):
        return float(np.log(angle / pi))


def _different(linear: LawPrediction, drawn: LawPrediction) -> Bool[np.ndarray, " rows"]:
    """The rows with a value at which two predictions differ in mean, in deviation or in whether there is one."""
    unit = linear.response.standard_deviation
    means = np.abs(linear.value.mean - drawn.value.mean)
    deviations = np.abs(unit - drawn.response.standard_deviation)
    with np.errstate(invalid="ignore"):
        near = np.maximum(means, deviations) <= MOST_DIFFERENCE * unit
    complete = drawn.value.defined > 1 - MOST_DIFFERENCE
    return np.asarray((linear.value.defined > 0) & ~(near & complete))


def _by_row(chosen: Bool[np.ndarray, " rows"], one: NormalMixture, other: NormalMixture) -> NormalMixture:
    """At the chosen rows the one distribution, elsewhere the other."""
    if not chosen.any():
        return other
    if chosen.all():
        return one
    return NormalMixture(
        np.hstack([one.weights * chosen[:, np.newaxis], other.weights * ~chosen[:, np.newaxis]]),
        np.hstack([one.means, other.means]),
        np.hstack([one.deviations, other.deviations]),
    )
