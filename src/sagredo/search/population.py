"""Annealed sequential Monte Carlo over programs: from the prior to the posterior, with the evidence on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, log
from typing import TYPE_CHECKING, Final, final

import numpy as np

from sagredo.objective.annealing import effective_sample_size, next_inverse_temperature, systematic_resampling
from sagredo.search.chain import Scorer, Tally, Weighed, sweep
from sagredo.search.mixing import integrated_autocorrelation_time, potential_scale_reduction
from sagredo.search.moves import EditSpace, Move, Recall, sub_terms

if TYPE_CHECKING:
    from sagredo.language.language import Prior
    from sagredo.language.term import Term

BLOCK: Final = 32
"""Particles that are moved together: enough for the threads of an objective, few enough to stop soon."""


@final
@dataclass(frozen=True)
class Schedule:
    """How much work a population is given.

    ``sweeps`` moves of every particle follow each resampling, ``final_sweeps`` the last one, at the posterior; so many
    times ``particles`` are drawn from the prior.
    ``remaining`` is the part of the effective sample size that a step of the temperature leaves.

    Raises:
        ValueError: a number is not positive, or ``remaining`` not below 1.
    """

    particles: int = 256
    sweeps: int = 8
    final_sweeps: int = 16
    remaining: float = 0.5

    def __post_init__(self) -> None:
        counts = (self.particles, self.sweeps, self.final_sweeps)
        if min(counts) < 1 or not 0.0 < self.remaining < 1.0:
            raise ValueError(
                "A population must have at least one particle and one sweep, and keep a part of its effective "
                f"sample size strictly between 0 and 1. Got {self} instead."
            )


@final
@dataclass(frozen=True)
class Diagnostics:
    """What one population says of itself.

    ``log_evidence`` = log sum_phi p(phi) p(D | phi), in nats, estimated by the product over the temperatures of the
    mean incremental weights. Its exponential would be unbiased were temperatures and moves fixed beforehand (Del Moral
    2004); adapted to the particles they make a bias of order 1/particles (Beskos 2016). ``log_visited_mass`` is the
    part of the evidence that the programs weighed so far have by themselves, each counted once.
    ``effective_sample_sizes`` are those before each resampling. ``autocorrelation_time`` (sweeps) and
    ``potential_scale_reduction`` are of log p(phi, D) along the final sweeps, the particles being the chains;
    ``distinct_programs`` are those of the final sweeps.
    """

    log_evidence: float
    log_visited_mass: float
    inverse_temperatures: tuple[float, ...]
    effective_sample_sizes: tuple[float, ...]
    acceptance_rates: Mapping[str, float]
    autocorrelation_time: float
    potential_scale_reduction: float
    distinct_programs: int


@final
@dataclass
class Population:
    """Particles on their way from the prior (beta = 0) to the posterior (beta = 1).

    The targets are p(phi) p(D | phi)^beta, parameters integrated out by the objective. Each next beta is the one that
    leaves a part of the effective sample size. ``particles`` of the pool are then resampled systematically and moved,
    and all that they go through is the next pool (Del Moral, Doucet & Jasra 2006; waste-free: Dau & Chopin 2022).
    Beside ``moves`` they recall one another as they were resampled, in part and whole, and the programs ``known``
    before. ``advance`` does a block of the work, so that a run can be stopped and shared out. ``visits``
    counts the programs of the final sweeps.
    """

    rng: np.random.Generator
    prior: Prior
    space: EditSpace
    moves: Sequence[Move]
    scorer: Scorer
    schedule: Schedule = field(default_factory=Schedule)
    known: Sequence[Term] = ()
    particles: list[Weighed] = field(default_factory=list)
    inverse_temperature: float = 0.0
    log_evidence: float = 0.0
    done: bool = False
    visits: Counter[Term] = field(default_factory=Counter)
    _pool: list[Weighed] = field(default_factory=list)
    _betas: list[float] = field(default_factory=list)
    _sizes: list[float] = field(default_factory=list)
    _tally: Tally = field(default_factory=Tally)
    _moves_now: Sequence[Move] = ()

    def advance(self) -> None:
        """Draw, or move, the next block of particles; resample when all have been moved often enough."""
        count = self.schedule.particles
        # The pool holds whole sweeps and the begin of the next one.
        first = len(self._pool) % count
        block = min(BLOCK, count - first)
        if self.inverse_temperature == 0.0:
            drawn = [self.prior.sample(self.rng) for _ in range(block)]
            moved = self.scorer.weigh(drawn)
        else:
            chains = self.particles[first : first + block]
            moved = sweep(
                self.rng,
                self.space,
                self._moves_now,
                self.scorer,
                chains,
                self.inverse_temperature,
                self._tally,
            )
        self._pool += moved
        if first + block == count:
            self.particles = self._pool[-count:]
            self._end_sweep()

    def _end_sweep(self) -> None:
        at_posterior = self.inverse_temperature == 1.0
        sweeps = self.schedule.final_sweeps if at_posterior else self.schedule.sweeps
        if len(self._pool) < sweeps * self.schedule.particles:
            return
        if at_posterior:
            self.visits.update(particle.term for particle in self._pool)
            self.done = True
        else:
            self._cool()

    def _cool(self) -> None:
        """Go to the next inverse temperature and resample; without any likelihood, end with evidence 0."""
        log_likelihoods = np.array([particle.log_likelihood for particle in self._pool])
        if np.all(log_likelihoods == -inf):
            self.log_evidence, self.done = -inf, True
            return
        beta = next_inverse_temperature(log_likelihoods, self.inverse_temperature, self.schedule.remaining)
        log_weights = (beta - self.inverse_temperature) * log_likelihoods
        self.log_evidence += float(np.logaddexp.reduce(log_weights)) - log(len(log_weights))
        chosen = systematic_resampling(self.rng, log_weights, self.schedule.particles)
        self.particles, self._pool = [self._pool[k] for k in chosen], []
        self.inverse_temperature = beta
        self._betas.append(beta)
        self._sizes.append(effective_sample_size(log_weights))
        self._moves_now = (*self.moves, *self._recalls())

    def _recalls(self) -> tuple[Move, Move]:
        """Recall of the sub-terms, and of the whole, of what was resampled and what is known."""
        terms = [*(particle.term for particle in self.particles), *self.known]
        whole = Counter((term, self.space.grammar.result_type) for term in terms)
        return Recall(sub_terms(terms, self.space)), Recall(whole, whole=True)

    def run(self) -> Diagnostics:
        """Go on to the end."""
        while not self.done:
            self.advance()
        return self.diagnostics

    @property
    def diagnostics(self) -> Diagnostics:
        """What is known so far."""
        steps = len(self._pool) // self.schedule.particles if self.inverse_temperature == 1.0 else 0
        visited = [particle.log_joint for particle in self._pool[: steps * self.schedule.particles]]
        chains = np.array(visited).reshape(steps, self.schedule.particles).T
        return Diagnostics(
            log_evidence=self.log_evidence,
            log_visited_mass=self.scorer.log_mass,
            inverse_temperatures=tuple(self._betas),
            effective_sample_sizes=tuple(self._sizes),
            acceptance_rates=self._tally.rates,
            autocorrelation_time=integrated_autocorrelation_time(chains) if steps else inf,
            potential_scale_reduction=potential_scale_reduction(chains),
            distinct_programs=len(self.visits),
        )
