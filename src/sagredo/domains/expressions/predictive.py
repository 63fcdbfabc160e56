"""The predictive distributions of real expressions, parameters and noise integrated out as in the evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import log
from typing import TYPE_CHECKING, Final, final

import numpy as np

from sagredo.domains.expressions.annealed_law import MOST_ANNEALED_ROWS, SEED, AnnealedLaw, LogLikelihood
from sagredo.domains.expressions.expression_predictive import (
    LEAST_EFFECTIVE_SHARE,
    LEAST_LAPLACE_SHARE,
    ExpressionPredictive,
)
from sagredo.domains.expressions.law_runs import LawRuns
from sagredo.domains.expressions.record import record_bins, recorded
from sagredo.objective.censoring import CensoredGaussian
from sagredo.objective.evidence import WIDE_BIN, parameter_posterior
from sagredo.objective.likelihood import Gaussian, Likelihood, StudentT
from sagredo.objective.noise import GivenNoise, LogUniformNoise
from sagredo.objective.normal_mixture import NormalMixture
from sagredo.objective.parameter_draws import LogJoint, ParameterDraws, draw_parameters
from sagredo.objective.parameter_posterior import NewNoise
from sagredo.posterior.predictive import LawPrediction
from sagredo.problem.errors import InvalidInput

if TYPE_CHECKING:
    from jaxtyping import Bool, Float64, Int64

    from sagredo.language.term import Program
    from sagredo.objective.objective import Score
    from sagredo.objective.parameter_posterior import ParameterPosterior
    from sagredo.problem.problem import Inputs, Problem

LIKELIHOODS: Final[Mapping[str, Likelihood]] = {"gaussian": Gaussian(), "student_t": StudentT()}
"""The noises that predictive distributions are known for."""

MOST_DIFFERENCE: Final = 0.05
"""The linear law stands if at no row its mean or deviation is further than this part of a new response's deviation
from that of the draws: an interval of 90% then covers 88% or more."""


@final
class RealPredictive(ExpressionPredictive):
    """p(y | x, phi, D) of real expressions given a problem's data.

    At node q of the quadrature over log sigma the parameters are N(best, C_q), as in the evidence, and the
    program is linear about its best parameters, so that a response is normal of variance J C_q J^T +
    sigma_q^2 + w^2 / 12, with w the bin that it would be recorded in. Student's t noise is a mixture of
    normal distributions.

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
                f"Predictions of real responses must be of {' or '.join(LIKELIHOODS)} noise. Got {problem.noise!r} "
                "noise: use the values of the best law."
            )
        self._problem = problem
        self._record = recorded(problem)
        record = self._record
        super().__init__(
            LawRuns(
                record.symbols,
                record.columns,
                record.target_magnitude,
                record.magnitudes,
                constants,
                tuple(bounds),
            )
        )
        censored = problem.censored
        self._likelihood = LIKELIHOODS[problem.noise] if censored is None else CensoredGaussian(censored)

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
        program, columns = score.program, self.runs.columns_of(inputs)
        fitted, jacobian, rounding = self.runs.run(program, columns)
        noise = self._new_noise(fitted, rounding, sigma)
        fitted = np.where(np.isfinite(fitted), fitted, np.nan)
        posterior = self.parameters(program, score.elsewhere)
        if posterior is None:
            nothing = NormalMixture(*np.zeros((3, len(fitted), 1)))
            return LawPrediction(fitted, nothing, nothing)
        value, response = posterior.predict(fitted, jacobian), posterior.predict(fitted, jacobian, noise)
        linear = LawPrediction(fitted, value, response)
        draws = self._draws_of(score) if checked else None
        if draws is None:
            return linear
        if draws.effective_share < LEAST_EFFECTIVE_SHARE:
            return replace(linear, laplace_share=draws.laplace_share)
        values = self.runs.values_at(program, draws.parameters, columns)
        drawn_value, drawn_response = draws.predict(values), draws.predict(values, noise)
        sampled = _different(linear, LawPrediction(fitted, drawn_value, drawn_response))
        if draws.laplace_share < LEAST_LAPLACE_SHARE:
            sampled[:] = True
        return LawPrediction(
            fitted,
            _by_row(sampled, drawn_value, value),
            _by_row(sampled, drawn_response, response),
            draws.laplace_share,
            sampled,
        )

    def sample(
        self,
        rng: np.random.Generator,
        score: Score,
        inputs: Inputs,
        count: int,
        sigma: Float64[np.ndarray, " rows"] | None = None,
    ) -> Float64[np.ndarray, "rows draws"]:
        """New responses, each draw of one set of parameters and one scale of the noise; NaN where there is no value.

        Parameters are drawn from Laplace's approximation or, where that is poor, from the weighted draws.
        """
        program = score.program
        columns = self.runs.columns_of(inputs)
        posterior = self.parameters(program, score.elsewhere)
        draws = self._draws_of(score)
        if posterior is None:
            return np.full((columns.shape[1], count), np.nan)
        if draws is not None and self._stand_in(draws):
            chosen = rng.choice(len(draws.weights), size=count, p=draws.weights)
            parameters, scales = draws.parameters[chosen], draws.scales[chosen]
        else:
            nodes = rng.choice(len(posterior.scales), size=count, p=posterior.shares)
            standard = posterior.deviations[nodes] * rng.standard_normal(
                (count, posterior.deviations.shape[1])
            )
            parameters = np.array(program.parameters) + standard @ posterior.directions.T
            scales = posterior.scales[nodes]
        values = self.runs.values_at(program, parameters, columns).T
        fitted, _, rounding = self.runs.run(program, columns)
        noise = self._new_noise(fitted, rounding, sigma)
        component = rng.choice(len(noise.portions), size=count, p=noise.portions / noise.portions.sum())
        square = np.square(noise.unit[:, np.newaxis] * scales) * noise.variances[component]
        deviations = np.sqrt(square + np.square(noise.bins)[:, np.newaxis] / 12)
        drawn = values + deviations * rng.standard_normal(values.shape)
        return np.where(np.isfinite(drawn), drawn, np.nan)

    def noise_deviation(self, score: Score) -> float:
        """sqrt(v sigma^2 + w^2 / 12): v is the variance of noise of scale 1, w a bin; of those given, the medians."""
        noise, bins = self._record.noise, self._record.bins
        scale = float(np.median(noise.sigma)) if isinstance(noise, GivenNoise) else score.noise_scale
        portions, variances = self._likelihood.normal_components()
        square = np.nan_to_num(scale) ** 2 * float(portions @ variances)
        return float(np.sqrt(square + float(np.median(bins)) ** 2 / 12))

    def _laplace(self, program: Program) -> ParameterPosterior | None:
        record = self._record
        values, jacobian, rounding = self.runs.run(program, record.columns)
        residuals, bins = record.responses - values, np.maximum(record.bins, 2 * rounding)
        noise = record.noise
        if record.whitening is not None:
            residuals, jacobian = record.whitening.whitened(residuals), record.whitening.whitened(jacobian)
            bins, noise = record.whitening.bins(bins), GivenNoise(np.ones(len(bins)))
        return parameter_posterior(
            self._likelihood,
            noise,
            residuals,
            bins,
            record.weights,
            jacobian,
            self.log_prior_density(program, np.array(program.parameters)[np.newaxis])[0],
        )

    def _drawn(self, program: Program, posterior: ParameterPosterior) -> ParameterDraws | None:
        """They are drawn about the best parameters or, where too few of those count, annealed from the prior."""
        best = np.array(program.parameters)
        drawn = draw_parameters(posterior, best, self._log_joint(program, posterior))
        if drawn is not None and drawn.effective_share >= LEAST_EFFECTIVE_SHARE:
            return drawn
        return self.annealed(program, 0.0 if drawn is None else drawn.laplace_share) or drawn

    def sampled_data_bits(self, score: Score) -> float | None:
        """L_rec by the draws of a law's parameters, bits; None where Laplace's method stands, or the draws are poor."""
        draws = self._draws_of(score)
        if draws is None or not self._stand_in(draws):
            return None
        record = self._record
        sides = self._likelihood.censoring
        # The probability of a bound is that of a tail, and has no bin.
        measured = record.weights if sides is None else record.weights * (sides == 0)
        wider = np.log(self._bins(score.program) / self._whitened(record.bins)) @ measured
        return float(wider - draws.log_evidence) / log(2)

    def annealed(self, program: Program, laplace_share: float = 0.0) -> ParameterDraws | None:
        """Equally weighted draws by annealing from the prior; None where that would take too long or did not mix.

        With noise under half a bin the posterior is a polytope as small as the bins, which the evidence takes into
        account (:data:`~sagredo.objective.evidence.WIDE_BIN`), and which annealing would be long in reaching.
        ``laplace_share`` is what other draws say of Laplace's method: these can't tell.
        """
        posterior, record = self.parameters(program), self._record
        if posterior is None or record.columns.shape[1] > MOST_ANNEALED_ROWS:
            return None
        if posterior.noise_scale < WIDE_BIN * self._bins(program).max():
            return None
        noise = record.noise
        law = AnnealedLaw(
            self.runs.prior(program.term),
            self._log_likelihood(program, posterior),
            log(noise.upper / noise.lower) if isinstance(noise, LogUniformNoise) else None,
        )
        return law.draw(np.random.default_rng(SEED), laplace_share)

    def _bins(self, program: Program) -> Float64[np.ndarray, " rows"]:
        """w_i: those of the record, or the program's rounding where that is wider; whitened where errors are shared."""
        _, _, rounding = self.runs.run(program, self._record.columns)
        return self._whitened(np.maximum(self._record.bins, 2 * rounding))

    def _whitened(self, bins: Float64[np.ndarray, " rows"]) -> Float64[np.ndarray, " rows"]:
        whitening = self._record.whitening
        return np.asarray(bins if whitening is None else whitening.bins(bins), dtype=float)

    def _log_joint(self, program: Program, posterior: ParameterPosterior) -> LogJoint:
        """log p(kappa) p(sigma_q) prod_i P_i(kappa, sigma_q)^(m_i): the integrand of the evidence."""
        log_likelihood = self._log_likelihood(program, posterior)

        def log_joint(
            parameters: Float64[np.ndarray, "draws parameters"], nodes: Int64[np.ndarray, " draws"]
        ) -> Float64[np.ndarray, " draws"]:
            logs = log_likelihood(parameters, posterior.scales[nodes])
            prior = self.log_prior_density(program, parameters).sum(axis=1)
            return np.asarray(logs + prior + posterior.log_prior[nodes], dtype=float)

        return log_joint

    def _log_likelihood(self, program: Program, posterior: ParameterPosterior) -> LogLikelihood:
        """log prod_i P_i(kappa, sigma)^(m_i), sigma in units of the noise."""
        record, bins = self._record, self._bins(program)

        def log_likelihood(
            parameters: Float64[np.ndarray, "draws parameters"], scales: Float64[np.ndarray, " draws"]
        ) -> Float64[np.ndarray, " draws"]:
            residuals = record.responses - self.runs.values_at(program, parameters, record.columns)
            if record.whitening is not None:
                residuals = record.whitening.whitened(residuals.T).T
            sigma = scales[:, np.newaxis] * posterior.unit
            logs = self._likelihood.log_probability(residuals, bins, sigma) @ record.weights
            return np.asarray(logs, dtype=float)

        return log_likelihood

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
