"""The predictive distributions of counts under real expressions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, final

import numpy as np

from sagredo.domains.expressions.expression_predictive import ExpressionPredictive
from sagredo.domains.expressions.law_runs import LawRuns
from sagredo.domains.expressions.response_models import CountResponses
from sagredo.objective.count_mixture import CountMixture
from sagredo.objective.counts import parameter_posterior
from sagredo.objective.links import link_of
from sagredo.objective.normal_mixture import NormalMixture
from sagredo.objective.parameter_draws import LogJoint, ParameterDraws, draw_parameters
from sagredo.posterior.predictive import LawPrediction, UnseenLaws
from sagredo.problem.errors import InvalidInput

if TYPE_CHECKING:
    from jaxtyping import Float64, Int64

    from sagredo.language.term import Program
    from sagredo.objective.objective import Score
    from sagredo.objective.parameter_posterior import ParameterPosterior
    from sagredo.objective.response_mixture import ResponseMixture
    from sagredo.problem.problem import Inputs, Problem


@final
class CountPredictive(ExpressionPredictive):
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
        columns = np.array([column.values for column in problem.inputs], dtype=float)
        super().__init__(
            LawRuns(
                tuple(column.symbol for column in problem.inputs),
                columns.reshape(-1, problem.row_count),
                model.magnitude,
                {column.symbol: column.scale for column in problem.inputs if column.scale is not None},
                constants,
                tuple(bounds),
            )
        )

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
        draws = self._draws_of(score) if checked else None
        if draws is not None:
            share, poor = draws.laplace_share, self._stand_in(draws)
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

    def _laplace(self, program: Program) -> ParameterPosterior | None:
        values, jacobian, _ = self.runs.run(program, self.runs.columns)
        if not (np.isfinite(values).all() and np.isfinite(jacobian).all()):
            return None
        return parameter_posterior(
            self._model.likelihood,
            self._model.weights,
            values,
            jacobian,
            self.log_prior_density(program, np.array(program.parameters)[np.newaxis])[0],
        )

    def _drawn(self, program: Program, posterior: ParameterPosterior) -> ParameterDraws | None:
        return draw_parameters(posterior, np.array(program.parameters), self._log_joint(program))

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
