"""A law's parameters and noise drawn from their posterior by annealing, with the evidence on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING, Final, final

import numpy as np

from sagredo.domains.expressions.parameter_prior import ParameterPrior
from sagredo.domains.expressions.parameter_values import values_at
from sagredo.domains.expressions.record import Record
from sagredo.objective.local_mixture import ImportanceDraws, importance_draws
from sagredo.objective.noise import LogUniformNoise
from sagredo.objective.tempering import temper

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.language.term import Term
    from sagredo.objective.likelihood import Likelihood
    from sagredo.objective.tempering import Draws, Logs

PARTICLES: Final = 1024
"""Particles: enough for sixteen or so about each part of the proposal that is made of them."""

SWEEPS: Final = 8
"""Steps of every particle at each temperature."""

REMAINING: Final = 0.5
"""The part of the effective sample size that a temperature leaves (Jasra 2011)."""


@final
@dataclass(frozen=True, eq=False)
class AnnealedLaw:
    """p(kappa, sigma | y) of one term, nothing being assumed of its shape.

    ``bins`` are the widths in which the responses are taken to be recorded. The noise's scale is a coordinate beside
    the parameters, log sigma of uniform prior, unless it is given.
    """

    term: Term
    record: Record
    likelihood: Likelihood
    bins: Float64[np.ndarray, " rows"]
    constants: Mapping[str, float]
    bounds: Sequence[tuple[float, float]] = ()

    def draw(self, rng: np.random.Generator) -> ImportanceDraws:
        """Weighted draws (kappa, log sigma), sigma in units of the noise, from the posterior.

        Annealing finds where the posterior is; importance sampling about its draws then gives the evidence.

        Raises:
            ValueError: no draw of the prior has a value on every row.
        """
        prior, likelihood = self._log_prior, self._log_likelihood
        particles = self._prior_draws(rng, PARTICLES)
        tempered = temper(rng, particles, prior, likelihood, sweeps=SWEEPS, remaining=REMAINING)
        return importance_draws(
            rng, tempered.parameters, self._prior_draws(rng, PARTICLES), prior, likelihood
        )

    def _prior_draws(self, rng: np.random.Generator, count: int) -> Draws:
        draws = self._prior.draw(rng, count)
        if self._log_reach is None:
            return draws
        return np.column_stack([draws, rng.uniform(0.0, self._log_reach, count)])

    def split(
        self, draws: Draws
    ) -> tuple[Float64[np.ndarray, "draws parameters"], Float64[np.ndarray, " draws"]]:
        """Parameters, and scales of the noise in its units."""
        if self._log_reach is None:
            return draws, np.ones(len(draws))
        return draws[:, :-1], np.exp(np.clip(draws[:, -1], 0.0, self._log_reach))

    @property
    def _prior(self) -> ParameterPrior:
        return ParameterPrior(self.term, self.record, self.constants, self.bounds)

    @property
    def _log_reach(self) -> float | None:
        """log(upper / lower) of an unknown scale."""
        noise = self.record.noise
        return log(noise.upper / noise.lower) if isinstance(noise, LogUniformNoise) else None

    def _log_prior(self, draws: Draws) -> Logs:
        logs = self._prior.log_densities(self.split(draws)[0]).sum(axis=1)
        if self._log_reach is None:
            return np.asarray(logs, dtype=float)
        inside = (draws[:, -1] >= 0) & (draws[:, -1] <= self._log_reach)
        return np.where(inside, logs - log(self._log_reach), -np.inf)

    def _log_likelihood(self, draws: Draws) -> Logs:
        parameters, scales = self.split(draws)
        record = self.record
        values = values_at(self.term, record.symbols, self.constants, parameters, record.columns)
        sigma = scales[:, np.newaxis] * record.noise.unit
        with np.errstate(all="ignore"):
            logs = (
                self.likelihood.log_probability(record.responses - values, self.bins, sigma) @ record.weights
            )
        return np.where(np.isfinite(logs), logs, -np.inf)
