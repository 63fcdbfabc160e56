from __future__ import annotations

import numpy as np

from sagredo.domains.expressions.sample import sample_problem
from sagredo.language.language import Prior
from sagredo.language.term import Apply, Parameter, Term, Variable
from sagredo.objective.evidence import log_marginal_likelihood
from sagredo.objective.likelihood import Gaussian
from sagredo.objective.noise import BIN_FRACTION, LogUniformNoise


class Lines(Prior):
    """One term: a * x0."""

    def log_prior(self, term: Term) -> float:
        return 0.0

    def sample(self, rng: np.random.Generator) -> Term:
        return Apply("mul", (Parameter(0), Variable("x0")))


def test_a_seed_gives_one_problem() -> None:
    (first, program), (second, again) = (sample_problem(np.random.default_rng(3)) for _ in range(2))
    assert program == again
    np.testing.assert_array_equal(first.responses, second.responses)


def test_responses_are_multiples_of_the_resolution() -> None:
    rng = np.random.default_rng(4)
    for _ in range(20):
        problem, _ = sample_problem(rng)
        steps = problem.responses / problem.target.resolution
        np.testing.assert_allclose(steps, np.rint(steps), rtol=1e-12, atol=1e-6)
        assert np.isfinite(problem.responses).all()


def test_parameters_are_calibrated() -> None:
    """The rank of the true parameter in its posterior is uniform (Talts 2018) on 200 problems of one term."""
    rng = np.random.default_rng(5)
    ranks = []
    for _ in range(200):
        problem, program = sample_problem(rng, rows=6, inputs=1, prior=Lines())
        x, y = problem.inputs[0].values, problem.responses
        resolution, spread = problem.target.resolution, problem.target.scale
        assert spread is not None
        scale = spread / problem.inputs[0].scale
        bins = np.maximum(resolution, 2.0**-40 * np.abs(y))
        best = float(x @ y / (x @ x))
        found = log_marginal_likelihood(
            Gaussian(),
            LogUniformNoise(BIN_FRACTION * resolution, max(spread, resolution)),
            y - best * x,
            bins,
            np.ones(6),
            x[:, np.newaxis],
            np.array([-np.log(np.pi * scale * (1 + (best / scale) ** 2))]),
        )
        error = float(found.standard_errors[0])
        ranks.append(abs(program.parameters[0] - best) < error)
    # Student's t with 5 degrees of freedom has 0.64 of its mass within one scale; four binomial deviations.
    assert 0.64 - 0.14 < np.mean(ranks) < 0.64 + 0.14
