"""The predictive distributions of counts under real expressions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, final

import numpy as np

from sagredo.domains.expressions.law_runs import LawRuns
from sagredo.domains.expressions.predictive import (
    LEAST_EFFECTIVE_SHARE,
    LEAST_LAPLACE_SHARE,
    MOST_DRAWN_ROWS,
    Information,
)
from sagredo.domains.expressions.response_models import CountResponses
from sagredo.objective.count_mixture import CountMixture
from sagredo.objective.counts import parameter_posterior
from sagredo.objective.links import link_of
from sagredo.objective.normal_mixture import NormalMixture
from sagredo.objective.parameter_draws import LogJoint, ParameterDraws, draw_parameters
from sagredo.posterior.predictive import LawPrediction, Predictive, UnseenLaws
from sagredo.problem.errors import InvalidInput

if TYPE_CHECKING:
    from jaxtyping import Float64, Int64

    from sagredo.language.term import Program
    from sagredo.objective.objective import Score
    from sagredo.objective.parameter_posterior import ParameterPosterior
    from sagredo.objective.response_mixture import ResponseMixture
    from sagredo.problem.problem import Inputs, Problem


@final
class CountPredictive(Predictive):
    """P(y | x, phi, D) of counts, the parameters integrated out as in the evidence.

    The law's value, a rate or log-odds, is normal as the parameters are, or that of weighted draws of them where
    Laplace's method is poor; the count's distribution is mixed over it. Binomial responses are of as many trials as the
    median row of the data has.
    """

    def __init__(
        self,
        problem: Problem,
        model: CountResponses,
        constants: Mapping[str, float],
        bounds: Sequence[tuple[float, float]] = (),
    ) -> None:
        self._problem = problem
        self._model = model
        self._link = link_of(problem.noise)
        self.runs = LawRuns(
            tuple(column.symbol for column in problem.inputs),
            np.array([column.values for column in problem.inputs], dtype=float).reshape(
                -1, problem.row_count
            ),
            model.magnitude,
            {column.symbol: column.scale for column in problem.inputs if column.scale is not None},
            constants,
            tuple(bounds),
        )
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
        """What a law says of new inputs; at rows without a value nothing.

        Raises:
            InvalidInput: ``sigma`` is given: counts have no error of their own.
        """
        if sigma is not None:
            raise InvalidInput(
                f"New responses of {self._problem.noise} noise must have no errors. Got some: leave sigma out."
            )
        program = score.program
        columns = self.runs.columns_of(inputs)
        fitted, jacobian, _ = self.runs.run(program, columns)
        fitted = np.where(np.isfinite(fitted), fitted, np.nan)
        posterior = self.parameters(program, score.elsewhere)
        if posterior is None:
            nothing = NormalMixture(*np.zeros((3, len(fitted), 1)))
            return LawPrediction(self._link.mean(fitted), nothing, self._counts(nothing))
        value, sampled, share = posterior.predict(fitted, jacobian), None, None
        # What is known elsewhere is known about the best parameters alone, and no likelihood to draw from.
        draws = self.draws(program) if checked and not score.elsewhere else None
        if draws is not None:
            share = draws.laplace_share
            poor = share < LEAST_LAPLACE_SHARE and draws.effective_share >= LEAST_EFFECTIVE_SHARE
            sampled = np.full(len(fitted), poor)
            if poor:
                value = draws.predict(self.runs.values_at(program, draws.parameters, columns))
        return LawPrediction(self._link.mean(fitted), value, self._counts(value), share, sampled)

    def unseen(
        self, problem: Problem, inputs: Inputs, value: NormalMixture, response: ResponseMixture
    ) -> tuple[NormalMixture, ResponseMixture]:
        """Value and counts under laws that were not seen: as free as the working responses are spread."""
        unseen = UnseenLaws.of(self._model.working_problem()).response(inputs, value)
        return unseen, self._counts(unseen)

    def linear(
        self, program: Program, inputs: Inputs
    ) -> tuple[Float64[np.ndarray, " rows"], Float64[np.ndarray, "rows parameters"]]:
        """A program's values and derivatives, NaN where there are none."""
        return self.runs.linear(program, inputs)

    def covariance(self, score: Score) -> Float64[np.ndarray, "parameters parameters"]:
        """That of a law's parameters about the fitted ones; 0 where there is none."""
        posterior = self.parameters(score.program, score.elsewhere)
        count = len(score.program.parameters)
        return np.zeros((count, count)) if posterior is None else posterior.covariance

    @property
    def additive(self) -> bool:
        """The spread of a count follows from its mean."""
        return False

    def noise_deviation(self, score: Score) -> float:
        """Counts have none that is the same everywhere.

        Raises:
            InvalidInput: always.
        """
        raise InvalidInput(
            f"The deviation of a response must not depend on its mean. Got {self._problem.noise} noise: ask for the "
            "distribution of the response."
        )

    def parameters(self, program: Program, elsewhere: Information = ()) -> ParameterPosterior | None:
        """What the data say of the program's parameters, with the information that others hold."""
        key = program, elsewhere
        if key not in self._posteriors:
            values, jacobian, _ = self.runs.run(program, self.runs.columns)
            defined = np.isfinite(values).all() and np.isfinite(jacobian).all()
            found = (
                parameter_posterior(
                    self._model.likelihood,
                    self._model.weights,
                    values,
                    jacobian,
                    self.log_prior_density(program, np.array(program.parameters)[np.newaxis])[0],
                )
                if defined
                else None
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
        """Weighted draws of the program's parameters; None where there are none to draw, or too many rows."""
        if program not in self._draws:
            posterior = self.parameters(program)
            few = self._problem.row_count <= MOST_DRAWN_ROWS
            self._draws[program] = (
                draw_parameters(posterior, np.array(program.parameters), self._log_joint(program))
                if posterior is not None and program.parameters and few
                else None
            )
        return self._draws[program]

    def _log_joint(self, program: Program) -> LogJoint:
        """log p(kappa) prod_i P(y_i | kappa)^(m_i)."""

        def log_joint(
            parameters: Float64[np.ndarray, "draws parameters"], nodes: Int64[np.ndarray, " draws"]
        ) -> Float64[np.ndarray, " draws"]:
            values = self.runs.values_at(program, parameters, self.runs.columns)
            logs = self._model.likelihood.log_probability(values) @ self._model.weights
            prior = self.log_prior_density(program, parameters).sum(axis=1)
            return np.asarray(logs + prior, dtype=float)

        return log_joint

    def _counts(self, value: NormalMixture) -> CountMixture:
        trials = self._model.usual_trials
        return CountMixture.of_values(
            value, None if trials is None else np.full(value.row_count, float(trials))
        )
