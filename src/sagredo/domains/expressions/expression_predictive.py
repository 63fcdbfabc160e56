"""What predictions of all kinds of responses share: a posterior of the parameters, and draws that check it."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Final

import numpy as np

from sagredo.posterior.predictive import Predictive

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.domains.expressions.law_runs import LawRuns
    from sagredo.language.term import Program
    from sagredo.objective.objective import Score
    from sagredo.objective.parameter_draws import ParameterDraws
    from sagredo.objective.parameter_posterior import Information, ParameterPosterior
    from sagredo.problem.problem import Inputs

LEAST_EFFECTIVE_SHARE: Final = 0.1
"""Draws are used if at least this share of them counts: 50 of 512, which tell a deviation to 10%. Fewer say less
than Laplace's method does."""

LEAST_LAPLACE_SHARE: Final = 0.8
"""Laplace's method stands if at least this share of draws from it would count. For a bell a tenth too narrow or
too wide in each of three directions it is 0.94."""

MOST_DRAWN_ROWS: Final = 2000
"""With more rows nothing is drawn: a likelihood of so many is nearly a bell, and each draw looks at all of them."""


class ExpressionPredictive(Predictive):
    """p(y | x, phi, D) of laws whose parameters are known by Laplace's method, and by weighted draws where it is poor.

    ``runs`` are the laws on the inputs of the data and on others. The best parameters are those that a program has.
    Posteriors and draws are kept: one law is asked many times.
    """

    def __init__(self, runs: LawRuns) -> None:
        self.runs = runs
        self._posteriors: dict[tuple[Program, Information], ParameterPosterior | None] = {}
        self._draws: dict[Program, ParameterDraws | None] = {}

    @abstractmethod
    def _laplace(self, program: Program) -> ParameterPosterior | None:
        """What the data alone say of the program's parameters; None where a double can't say."""

    @abstractmethod
    def _drawn(self, program: Program, posterior: ParameterPosterior) -> ParameterDraws | None:
        """Weighted draws of a program's parameters, of which there are some; None where every weight vanishes."""

    def parameters(self, program: Program, elsewhere: Information = ()) -> ParameterPosterior | None:
        """What the data say of the program's parameters and of the noise, with the information that others hold."""
        key = program, elsewhere
        if key not in self._posteriors:
            found = self._laplace(program)
            if found is not None and elsewhere:
                found = found.with_information(np.array(elsewhere))
            self._posteriors[key] = found
        return self._posteriors[key]

    def draws(self, program: Program) -> ParameterDraws | None:
        """Weighted draws of the program's parameters; None where there are none to draw, or too many rows."""
        if program not in self._draws:
            posterior = self.parameters(program)
            few = self.runs.columns.shape[1] <= MOST_DRAWN_ROWS
            self._draws[program] = (
                self._drawn(program, posterior)
                if posterior is not None and program.parameters and few
                else None
            )
        return self._draws[program]

    def _draws_of(self, score: Score) -> ParameterDraws | None:
        """Those of a law's parameters; None also where others hold information on them.

        What is known elsewhere is known about the best parameters alone, and no likelihood to draw from.
        """
        return None if score.elsewhere else self.draws(score.program)

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
        found = None if posterior is None else posterior.covariance
        count = len(score.program.parameters)
        return found if found is not None and np.isfinite(found).all() else np.zeros((count, count))

    def log_prior_density(
        self, program: Program, parameters: Float64[np.ndarray, "draws parameters"]
    ) -> Float64[np.ndarray, "draws parameters"]:
        """log p_j(kappa_j), nats, of each draw."""
        return self.runs.prior(program.term).log_densities(parameters)
