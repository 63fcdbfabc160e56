"""bench location_finding: a hidden source is located by 30 measurements of its signal, chosen one by one.

One source at theta ~ U[0, 1]^2, seen at x in [0, 1]^2 as log(b + 1 / (m + |theta - x|^2)) with normal noise of 0.5,
b = 0.1, m = 1e-4 (Foster et al. 2021; the box of Huang et al. 2025, ALINE, appendix C.2.1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import mean, stdev
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar, Final, final

import numpy as np

from sagredo.design.candidates import Box
from sagredo.design.choice import best_query
from sagredo.design.information_gain import expected_information_gain
from sagredo.design.predictions import LawPredictions
from sagredo.faces.bench.benchmark import Benchmark, Table, Task, guarded
from sagredo.faces.bench.journal import Record
from sagredo.objective.normal_mixture import NormalMixture

if TYPE_CHECKING:
    from jaxtyping import Float64

BACKGROUND: Final = 0.1
"""b, the signal far from the source."""

SOFTENING: Final = 1e-4
"""m, which keeps the signal at the source finite."""

NOISE: Final = 0.5
"""Standard deviation of the measured logarithm."""

UNIT_SQUARE: Final = Box.of({"x1": (0.0, 1.0), "x2": (0.0, 1.0)})

PARTICLES: Final = 4000
"""Draws that stand for the posterior of the source."""

MOVES: Final = 4
"""Metropolis steps of each particle after resampling, every other one with a tenth of the posterior's width."""

GUESSES: Final = 64
"""Particles at which a measurement is considered, beside the candidates spread over the square."""

CONTRASTIVE_CHUNK: Final = 20_000
"""Draws of the prior whose likelihoods are held at once: 30 measurements of them are 5 MB."""

PUBLISHED: Final = {"random": 5.17, "DAD": 7.33, "RL-BOED": 7.70, "ALINE": 8.91}
"""Bounds on the expected information gain, nats (Huang et al. 2025, table 2)."""


@final
@dataclass(frozen=True, kw_only=True)
class LocationFinding(Benchmark):
    """Runs of each policy; a run's record is its sequential prior contrastive bound.

    ``contrastive`` is the number L of draws from the prior in the bound.
    """

    command: ClassVar[str] = "location_finding"

    runs: int
    measurements: int
    contrastive: int
    seed: int

    def options(self) -> dict[str, Any]:
        """All of them; the key of a task says its policy and run."""
        return {"measurements": self.measurements, "contrastive": self.contrastive, "seed": self.seed}

    def tasks(self) -> Mapping[str, Task]:
        """One for each run and policy."""
        return {
            f"{policy} run {run}": partial(self.measure, policy, run)
            for run in range(self.runs)
            for policy in POLICIES
        }

    def measure(self, policy: str, run: int) -> Record:
        """Hide a source, measure as the policy says, and say how many nats were learned."""

        def measurement() -> Record:
            hidden, noise, choices, prior = (
                np.random.default_rng(seed) for seed in np.random.SeedSequence([self.seed, run]).spawn(4)
            )
            source = hidden.random(2)
            posterior = SourcePosterior.prior(choices)
            started = monotonic()
            for _ in range(self.measurements):
                point = POLICIES[policy](choices, posterior)
                response = float(signal(source[np.newaxis], point[np.newaxis])[0, 0])
                posterior = posterior.told(choices, point, response + NOISE * noise.standard_normal())
            seconds = monotonic() - started
            nats = contrastive_bound(prior, source, posterior.points, posterior.responses, self.contrastive)
            return {"nats": nats, "seconds": seconds / self.measurements}

        return guarded({"policy": policy, "run": run}, measurement)

    @staticmethod
    def line(record: Record) -> str:
        """Policy, run and nats."""
        if record["failure"]:
            return f"{record['policy']} run {record['run']}: {record['failure']}"
        return f"{record['policy']:<16} run {record['run']:>4}: {record['nats']:.2f} nats"

    @staticmethod
    def summary(records: Sequence[Record]) -> dict[str, Any]:
        """Runs and failures."""
        return {"runs": len(records), "failures": sum(bool(record["failure"]) for record in records)}

    @staticmethod
    def table(records: Sequence[Record]) -> Table:
        """One row a policy, then what was published."""
        groups: dict[str, list[Record]] = {}
        for record in records:
            if not record["failure"]:
                groups.setdefault(record["policy"], []).append(record)
        rows = [_row(policy, group) for policy, group in groups.items()]
        rows += [(f"{name} (published)", "-", f"{nats:.2f}", "-", "-") for name, nats in PUBLISHED.items()]
        headers = ("policy", "runs", "nats learned (sPCE)", "standard error", "seconds a measurement")
        return Table(headers, tuple(rows))


def _row(policy: str, group: Sequence[Record]) -> tuple[str, ...]:
    nats = [record["nats"] for record in group]
    error = f"{stdev(nats) / len(nats) ** 0.5:.2f}" if len(nats) > 1 else "-"
    seconds = mean(record["seconds"] for record in group)
    return policy, str(len(nats)), f"{mean(nats):.2f}", error, f"{seconds:.3f}"


def signal(
    sources: Float64[np.ndarray, "sources 2"], points: Float64[np.ndarray, "points 2"]
) -> Float64[np.ndarray, "points sources"]:
    """The logarithm of the signal of each source at each point, without noise."""
    first, second = (np.subtract.outer(points[:, k], sources[:, k]) for k in (0, 1))
    return np.asarray(np.log(BACKGROUND + 1.0 / (SOFTENING + first**2 + second**2)), dtype=float)


def log_likelihood(
    sources: Float64[np.ndarray, "sources 2"],
    points: Float64[np.ndarray, "points 2"],
    responses: Float64[np.ndarray, " points"],
) -> Float64[np.ndarray, " sources"]:
    """log p(responses | source) but for a constant, nats."""
    apart = responses[:, np.newaxis] - signal(sources, points)
    return np.asarray(-0.5 * np.sum((apart / NOISE) ** 2, axis=0), dtype=float)


@final
@dataclass(frozen=True, eq=False)
class SourcePosterior:
    """Equally probable draws of where the source is, given the measurements."""

    particles: Float64[np.ndarray, "particles 2"]
    points: Float64[np.ndarray, "measured 2"]
    responses: Float64[np.ndarray, " measured"]

    @classmethod
    def prior(cls, rng: np.random.Generator) -> SourcePosterior:
        """Nothing was measured yet."""
        return cls(rng.random((PARTICLES, 2)), np.empty((0, 2)), np.empty(0))

    def told(
        self, rng: np.random.Generator, point: Float64[np.ndarray, " 2"], response: float
    ) -> SourcePosterior:
        """The posterior after one more measurement: resampled by its likelihood, then moved (Chopin 2002)."""
        log_weights = log_likelihood(self.particles, point[np.newaxis], np.array([response]))
        weights = np.exp(log_weights - log_weights.max())
        places = (rng.random() + np.arange(PARTICLES)) / PARTICLES * weights.sum()
        chosen = self.particles[np.minimum(np.searchsorted(np.cumsum(weights), places), PARTICLES - 1)]
        points, responses = np.vstack([self.points, point]), np.append(self.responses, response)
        return SourcePosterior(_moved(rng, chosen, points, responses), points, responses)

    def predictions(self, points: Float64[np.ndarray, "points 2"]) -> LawPredictions:
        """One law, whose parameters are the particles."""
        means = signal(self.particles, points)
        noise = np.full_like(means, NOISE)
        law = NormalMixture(np.full_like(means, 1 / PARTICLES), means, noise)
        return LawPredictions(np.ones(1), (law,), (noise,))


def _moved(
    rng: np.random.Generator,
    particles: Float64[np.ndarray, "particles 2"],
    points: Float64[np.ndarray, "measured 2"],
    responses: Float64[np.ndarray, " measured"],
) -> Float64[np.ndarray, "particles 2"]:
    """Metropolis steps that leave the posterior as it is."""
    current = log_likelihood(particles, points, responses)
    spread = np.linalg.cholesky(np.cov(particles.T) + np.finfo(float).eps * np.eye(2))
    for k in range(MOVES):
        steps = rng.standard_normal(particles.shape) @ spread.T * (0.1 if k % 2 else 1.0)
        proposed = particles + steps
        likelihood = log_likelihood(proposed, points, responses)
        likelihood[np.any((proposed < 0) | (proposed > 1), axis=1)] = -np.inf
        accepted = np.log(rng.random(len(particles))) < likelihood - current
        particles = np.where(accepted[:, np.newaxis], proposed, particles)
        current = np.where(accepted, likelihood, current)
    return particles


def contrastive_bound(
    rng: np.random.Generator,
    source: Float64[np.ndarray, " 2"],
    points: Float64[np.ndarray, "measured 2"],
    responses: Float64[np.ndarray, " measured"],
    contrastive: int,
) -> float:
    """log p(y | source) - log(mean of p(y | .) over the source and L draws of the prior), nats: at most log(L + 1).

    Its mean over runs is a lower bound of the information gained (sPCE, Foster et al. 2021).
    """
    own = log_likelihood(source[np.newaxis], points, responses)
    total = own
    for first in range(0, contrastive, CONTRASTIVE_CHUNK):
        drawn = rng.random((min(CONTRASTIVE_CHUNK, contrastive - first), 2))
        total = np.logaddexp.reduce([*total, *log_likelihood(drawn, points, responses)], keepdims=True)
    return float(own[0] - total[0] + np.log1p(contrastive))


def at_random(rng: np.random.Generator, posterior: SourcePosterior) -> Float64[np.ndarray, " 2"]:
    """Anywhere in the square."""
    return rng.random(2)


def by_information_gain(rng: np.random.Generator, posterior: SourcePosterior) -> Float64[np.ndarray, " 2"]:
    """Where the response is expected to say most about the source."""
    return best_query(
        rng,
        UNIT_SQUARE,
        lambda points: expected_information_gain(posterior.predictions(points), about="joint"),
        more=posterior.particles[rng.choice(PARTICLES, GUESSES)],
    ).point


POLICIES: Final = {"random": at_random, "information gain": by_information_gain}
"""How the next measurement is chosen."""
