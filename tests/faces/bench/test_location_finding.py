"""Location finding: the posterior against a grid, the bound against its closed form, and what asking gains."""

import numpy as np
import pytest

from sagredo.faces.bench import location_finding
from sagredo.faces.bench.location_finding import (
    NOISE,
    LocationFinding,
    SourcePosterior,
    contrastive_bound,
    log_likelihood,
    signal,
)


def test_the_particles_follow_the_posterior_on_a_grid() -> None:
    rng = np.random.default_rng(0)
    posterior = SourcePosterior.prior(rng)
    for point, response in (([0.2, 0.3], 2.0), ([0.9, 0.5], 1.0), ([0.5, 0.9], 2.5)):
        posterior = posterior.told(rng, np.array(point), response)
    side = (np.arange(400) + 0.5) / 400
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    weights = np.exp(log_likelihood(grid, posterior.points, posterior.responses))
    mean = weights @ grid / weights.sum()
    spread = np.sqrt(weights @ (grid - mean) ** 2 / weights.sum())
    assert posterior.particles.mean(axis=0) == pytest.approx(mean, abs=0.03)
    assert posterior.particles.std(axis=0) == pytest.approx(spread, abs=0.03)


def test_the_bound_nears_the_logarithm_of_the_ratio_of_likelihood_and_evidence() -> None:
    rng = np.random.default_rng(1)
    source, points = rng.random(2), rng.random((5, 2))
    responses = signal(source[None], points)[:, 0] + NOISE * rng.standard_normal(5)
    side = (np.arange(600) + 0.5) / 600
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    evidence = np.exp(log_likelihood(grid, points, responses)).mean()
    exact = log_likelihood(source[None], points, responses)[0] - np.log(evidence)
    assert contrastive_bound(rng, source, points, responses, 200_000) == pytest.approx(exact, abs=0.05)


def test_without_measurements_nothing_is_learned() -> None:
    nothing = contrastive_bound(np.random.default_rng(0), np.ones(2), np.empty((0, 2)), np.empty(0), 1000)
    assert nothing == pytest.approx(0, abs=1e-12)


def test_asking_learns_more_than_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(location_finding, "PARTICLES", 500)
    benchmark = LocationFinding(runs=3, measurements=8, contrastive=20_000, seed=0)
    records = [task() for task in benchmark.tasks().values()]
    assert not any(record["failure"] for record in records)
    nats = {
        policy: np.mean([record["nats"] for record in records if record["policy"] == policy])
        for policy in location_finding.POLICIES
    }
    assert nats["information gain"] > nats["random"] + 1
    assert [row[0] for row in benchmark.table(records).rows][:2] == ["random", "information gain"]
