"""A law's parameters and noise drawn from their posterior by annealing, with the evidence on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING, Final, final

import numpy as np

from sagredo.domains.expressions.parameter_prior import ParameterPrior
from sagredo.objective.annealing import systematic_resampling
from sagredo.objective.local_mixture import ImportanceDraws, importance_draws
from sagredo.objective.parameter_draws import DRAWS, ParameterDraws
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

MOST_ANNEALED_ROWS: Final = 256
"""With more rows nothing is annealed: some 10^5 draws look at all of them."""

LEAST_ANNEALED_SHARE: Final = 0.05
"""Annealed draws are used if at least this share of them counts: 400 of 8192, for a log evidence to 0.05 nats."""

SEED: Final = 0
"""That of annealed draws, so that the same posterior gives the same."""


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

    def draw(self, rng: np.random.Generator, laplace_share: float) -> ParameterDraws | None:
        """Equally weighted draws from the posterior, with the ``laplace_share`` that is given; None if too few count.

        Annealing finds where the posterior is; importance sampling about its draws then gives the evidence.
        """
        found = self._weighted(rng)
        if found is None or found.effective_share < LEAST_ANNEALED_SHARE:
            return None
        chosen = systematic_resampling(rng, found.log_weights, DRAWS)
        parameters, scales = self._split(found.parameters[chosen])
        weights = np.full(DRAWS, 1 / DRAWS)
        return ParameterDraws(
            parameters, scales, weights, rng.random(DRAWS), laplace_share, found.log_evidence
        )

    def _weighted(self, rng: np.random.Generator) -> ImportanceDraws | None:
        """Weighted draws (kappa, log sigma), sigma in units of the noise; None where no draw has a likelihood."""
        prior, likelihood = self._log_prior, self._log_likelihood
        particles = self._prior_draws(rng)
        if np.isneginf(likelihood(particles)).all():
            return None
        tempered = temper(rng, particles, prior, likelihood, sweeps=SWEEPS, remaining=REMAINING)
        return importance_draws(rng, tempered.parameters, self._prior_draws(rng), prior, likelihood)

    def _split(self, draws: Draws) -> tuple[Draws, Logs]:
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
        logs: Logs = self.prior.log_densities(self._split(draws)[0]).sum(axis=1)
        if self.log_reach is None:
            return logs
        inside = (draws[:, -1] >= 0) & (draws[:, -1] <= self.log_reach)
        return np.where(inside, logs - log(self.log_reach), -np.inf)

    def _log_likelihood(self, draws: Draws) -> Logs:
        with np.errstate(all="ignore"):
            logs = self.log_likelihood(*self._split(draws))
        return np.where(np.isfinite(logs), logs, -np.inf)
