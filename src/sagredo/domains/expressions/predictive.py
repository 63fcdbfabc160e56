"""The predictive distributions of real expressions, parameters and noise integrated out as in the evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import log
from typing import TYPE_CHECKING, Final, final

import numpy as np

from sagredo.domains.expressions.annealed_law import AnnealedLaw, LogLikelihood
from sagredo.domains.expressions.law_runs import LawRuns
from sagredo.domains.expressions.record import record_bins, recorded
from sagredo.language.term import Program
from sagredo.objective.annealing import systematic_resampling
from sagredo.objective.censoring import CensoredGaussian
from sagredo.objective.evidence import WIDE_BIN, parameter_posterior
from sagredo.objective.likelihood import Gaussian, Likelihood, StudentT
from sagredo.objective.noise import GivenNoise, LogUniformNoise
from sagredo.objective.normal_mixture import NormalMixture
from sagredo.objective.parameter_draws import DRAWS, LogJoint, ParameterDraws, draw_parameters
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

MOST_ANNEALED_ROWS: Final = 256
"""With more rows nothing is annealed: some 10^5 draws look at all of them."""

LEAST_ANNEALED_SHARE: Final = 0.05
"""Annealed draws are used if at least this share of them counts: 400 of 8192, for a log evidence to 0.05 nats."""

SEED: Final = 0
"""That of annealed draws, so that the same posterior gives the same."""


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
                f"Predictions of real responses must be of {' or '.join(LIKELIHOODS)} noise. Got {problem.noise!r} "
                "noise: use the values of the best law."
            )
        self._problem = problem
        self._record = recorded(problem)
        record = self._record
        self.runs = LawRuns(
            record.symbols,
            record.columns,
            record.target_magnitude,
            record.magnitudes,
            constants,
            tuple(bounds),
        )
        censored = problem.censored
        self._likelihood = LIKELIHOODS[problem.noise] if censored is None else CensoredGaussian(censored)
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
        # What is known elsewhere is known about the best parameters alone, and no likelihood to draw from.
        draws = self.draws(program) if checked and not score.elsewhere else None
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
        draws = None if score.elsewhere else self.draws(program)
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

    @staticmethod
    def _stand_in(draws: ParameterDraws) -> bool:
        """Whether draws are to stand in the place of Laplace's method."""
        return draws.laplace_share < LEAST_LAPLACE_SHARE and draws.effective_share >= LEAST_EFFECTIVE_SHARE

    def linear(
        self, program: Program, inputs: Inputs
    ) -> tuple[Float64[np.ndarray, " rows"], Float64[np.ndarray, "rows parameters"]]:
        """A program's values and derivatives, NaN where there are none."""
        return self.runs.linear(program, inputs)

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
            values, jacobian, rounding = self.runs.run(program, record.columns)
            residuals, bins = record.responses - values, np.maximum(record.bins, 2 * rounding)
            noise = record.noise
            if record.whitening is not None:
                residuals, jacobian = (
                    record.whitening.whitened(residuals),
                    record.whitening.whitened(jacobian),
                )
                bins, noise = record.whitening.bins(bins), GivenNoise(np.ones(len(bins)))
            found = parameter_posterior(
                self._likelihood,
                noise,
                residuals,
                bins,
                record.weights,
                jacobian,
                self.log_prior_density(program, np.array(program.parameters)[np.newaxis])[0],
            )
            if found is not None and elsewhere:
                found = found.with_information(np.array(elsewhere))
            self._posteriors[key] = found
        return self._posteriors[key]

    def log_prior_density(
        self, program: Program, parameters: Float64[np.ndarray, "draws parameters"]
    ) -> Float64[np.ndarray, "draws parameters"]:
        """log p_j(kappa_j), nats, of each draw."""
        return self.runs.prior(program.term).log_densities(parameters)

    def draws(self, program: Program) -> ParameterDraws | None:
        """Weighted draws of the program's parameters; None where there are none to draw, or too many rows.

        They are drawn about the best parameters or, where too few of those count, annealed from the prior.
        """
        if program not in self._draws:
            posterior = self.parameters(program)
            few = self._record.columns.shape[1] <= MOST_DRAWN_ROWS
            drawn = None
            if posterior is not None and program.parameters and few:
                best = np.array(program.parameters)
                drawn = draw_parameters(posterior, best, self._log_joint(program, posterior))
                if drawn is None or drawn.effective_share < LEAST_EFFECTIVE_SHARE:
                    drawn = self._annealed(program, posterior, drawn) or drawn
            self._draws[program] = drawn
        return self._draws[program]

    def sampled_data_bits(self, score: Score) -> float | None:
        """L_rec by the draws of a law's parameters, bits; None where Laplace's method stands, or the draws are poor."""
        draws = None if score.elsewhere else self.draws(score.program)
        if draws is None or not self._stand_in(draws):
            return None
        record = self._record
        sides = self._likelihood.censoring
        # The probability of a bound is that of a tail, and has no bin.
        measured = record.weights if sides is None else record.weights * (sides == 0)
        wider = np.log(self._bins(score.program) / self._whitened(record.bins)) @ measured
        return float(wider - draws.log_evidence) / log(2)

    def _annealed(
        self, program: Program, posterior: ParameterPosterior, drawn: ParameterDraws | None
    ) -> ParameterDraws | None:
        """Equally weighted draws by annealing from the prior; None where that would take too long or did not mix.

        With noise under half a bin the posterior is a polytope as small as the bins, which the evidence takes into
        account (:data:`~sagredo.objective.evidence.WIDE_BIN`), and which annealing would be long in reaching.
        """
        record, bins = self._record, self._bins(program)
        exact = posterior.noise_scale < WIDE_BIN * bins.max()
        if exact or record.columns.shape[1] > MOST_ANNEALED_ROWS:
            return None
        rng = np.random.default_rng(SEED)
        noise = record.noise
        law = AnnealedLaw(
            self.runs.prior(program.term),
            self._log_likelihood(program, posterior),
            log(noise.upper / noise.lower) if isinstance(noise, LogUniformNoise) else None,
        )
        found = law.draw(rng)
        if found is None or found.effective_share < LEAST_ANNEALED_SHARE:
            return None
        chosen = systematic_resampling(rng, found.log_weights, DRAWS)
        parameters, scales = law.split(found.parameters[chosen])
        share = 0.0 if drawn is None else drawn.laplace_share
        weights = np.full(DRAWS, 1 / DRAWS)
        return ParameterDraws(parameters, scales, weights, rng.random(DRAWS), share, found.log_evidence)

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
