"""Parameters drawn from a tempered posterior, with the evidence on the way; no shape of the posterior is assumed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, log
from typing import TYPE_CHECKING, Final, final

import numpy as np

from sagredo.objective.annealing import next_inverse_temperature, systematic_resampling

if TYPE_CHECKING:
    from jaxtyping import Float64

    Draws = Float64[np.ndarray, "particles parameters"]
    Logs = Float64[np.ndarray, " particles"]

LARGEST_STEP: Final = 1.0
"""Random-walk steps are at most as long as the spread of the particles."""

SMALLEST_STEP: Final = 1e-3
"""Steps, relative to the spread of the particles, that are still tried: a posterior a thousand times narrower across a
curved set than along it is still explored."""


@final
@dataclass(frozen=True)
class Tempered:
    """Draws from p(kappa) L(kappa)^beta, their log L, and log of the integral of p L^beta, in nats."""

    parameters: Draws
    log_likelihoods: Logs
    log_evidence: float


def temper(
    rng: np.random.Generator,
    prior_draws: Draws,
    log_prior: Callable[[Draws], Logs],
    log_likelihood: Callable[[Draws], Logs],
    inverse_temperature: float = 1.0,
    *,
    sweeps: int = 50,
    remaining: float = 0.7,
) -> Tempered:
    """Anneal independent draws of the prior to p(kappa) L(kappa)^beta, beta = ``inverse_temperature``.

    Each temperature leaves the part ``remaining`` of the effective sample size; after systematic resampling every
    particle makes ``sweeps`` random-walk Metropolis steps. Their lengths are log-uniform between ``SMALLEST_STEP`` and
    ``LARGEST_STEP`` of the particles' spread and, every other time, along one coordinate alone, so that no scale has to
    be known: near a singular point of the likelihood there is none (Del Moral, Doucet & Jasra 2006).

    Raises:
        ValueError: no draw of the prior has a likelihood, or beta is not positive.
    """
    if not inverse_temperature > 0:
        raise ValueError(f"The inverse temperature must be positive. Got {inverse_temperature} instead.")
    particles = np.array(prior_draws)
    priors, likelihoods = log_prior(particles), log_likelihood(particles)
    if np.all(likelihoods == -inf):
        raise ValueError("Some draw of the prior must have a likelihood. Got none; draw more.")
    log_evidence, reached = 0.0, 0.0
    while reached < 1.0:
        tempered = inverse_temperature * likelihoods
        after = next_inverse_temperature(tempered, reached, remaining)
        log_weights = (after - reached) * tempered
        log_evidence += float(np.logaddexp.reduce(log_weights)) - log(len(log_weights))
        chosen = systematic_resampling(rng, log_weights, len(log_weights))
        particles, priors, likelihoods = particles[chosen], priors[chosen], likelihoods[chosen]
        reached = after
        for sweep in range(sweeps):
            proposed = particles + _steps(rng, particles, one_coordinate=sweep % 2 == 1)
            new_priors, new_likelihoods = log_prior(proposed), log_likelihood(proposed)
            gain = new_priors - priors + reached * inverse_temperature * (new_likelihoods - likelihoods)
            accepted = np.log(1.0 - rng.random(len(particles))) < gain
            particles = np.where(accepted[:, np.newaxis], proposed, particles)
            priors = np.where(accepted, new_priors, priors)
            likelihoods = np.where(accepted, new_likelihoods, likelihoods)
    return Tempered(particles, likelihoods, log_evidence)


def _steps(rng: np.random.Generator, particles: Draws, *, one_coordinate: bool) -> Draws:
    """Symmetric steps of the particles, each of its own length; the spread is their interquartile range."""
    count, dimension = particles.shape
    low, high = np.quantile(particles, [0.25, 0.75], axis=0)
    lengths = np.exp(rng.uniform(log(SMALLEST_STEP), log(LARGEST_STEP), size=(count, 1)))
    steps: Draws = lengths * (high - low) * rng.standard_normal((count, dimension))
    if one_coordinate:
        steps *= np.arange(dimension) == rng.integers(dimension, size=(count, 1))
    return steps
