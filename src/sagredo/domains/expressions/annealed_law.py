"""A law's parameters and noise drawn from their posterior by annealing, with the evidence on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING, Final, final

import numpy as np

from sagredo.domains.expressions.parameter_prior import ParameterPrior
from sagredo.objective.local_mixture import ImportanceDraws, importance_draws
from sagredo.objective.tempering import temper

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.objective.tempering import Draws, Logs

LogLikelihood = Callable[
    ["Float64[np.ndarray, 'draws parameters']", "Float64[np.ndarray, ' draws']"],
    "Float64[np.ndarray, ' draws']",
]
"""log p(y | kappa, sigma) of parameters and scales of the noise, nats."""

PARTICLES: Final = 1024
"""Particles: enough for sixteen or so about each part of the proposal that is made of them."""

SWEEPS: Final = 8
"""Steps of every particle at each temperature."""

REMAINING: Final = 0.5
"""The part of the effective sample size that a temperature leaves (Jasra 2011)."""


@final
@dataclass(frozen=True, eq=False)
class AnnealedLaw:
    """p(kappa, sigma | y) of one law, nothing being assumed of its shape.

    ``log_likelihood`` is told parameters and scales of the noise. ``log_reach`` is the length of the interval [0,
    log_reach] on which log sigma is uniform, sigma in units of the noise: a coordinate beside the parameters. None: the
    noise is given, and its scale 1.
    """

    prior: ParameterPrior
    log_likelihood: LogLikelihood
    log_reach: float | None

    def draw(self, rng: np.random.Generator) -> ImportanceDraws | None:
        """Weighted draws (kappa, log sigma), sigma in units of the noise, from the posterior.

        Annealing finds where the posterior is; importance sampling about its draws then gives the evidence. None where
        no draw of the prior has a likelihood.
        """
        prior, likelihood = self._log_prior, self._log_likelihood
        particles = self._prior_draws(rng)
        if np.isneginf(likelihood(particles)).all():
            return None
        tempered = temper(rng, particles, prior, likelihood, sweeps=SWEEPS, remaining=REMAINING)
        return importance_draws(rng, tempered.parameters, self._prior_draws(rng), prior, likelihood)

    def split(self, draws: Draws) -> tuple[Draws, Logs]:
        """Parameters, and scales of the noise in its units."""
        if self.log_reach is None:
            return draws, np.ones(len(draws))
        return draws[:, :-1], np.exp(np.clip(draws[:, -1], 0.0, self.log_reach))

    def _prior_draws(self, rng: np.random.Generator) -> Draws:
        draws = self.prior.draw(rng, PARTICLES)
        if self.log_reach is None:
            return draws
        return np.column_stack([draws, rng.uniform(0.0, self.log_reach, PARTICLES)])

    def _log_prior(self, draws: Draws) -> Logs:
        logs: Logs = self.prior.log_densities(self.split(draws)[0]).sum(axis=1)
        if self.log_reach is None:
            return logs
        inside = (draws[:, -1] >= 0) & (draws[:, -1] <= self.log_reach)
        return np.where(inside, logs - log(self.log_reach), -np.inf)

    def _log_likelihood(self, draws: Draws) -> Logs:
        with np.errstate(all="ignore"):
            logs = self.log_likelihood(*self.split(draws))
        return np.where(np.isfinite(logs), logs, -np.inf)
