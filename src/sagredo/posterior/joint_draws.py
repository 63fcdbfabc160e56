"""Draws of whole sets of responses: one law, one set of parameters and one noise for all rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from sagredo.objective.normal_mixture import NormalMixture
from sagredo.objective.objective import Score
from sagredo.posterior.posterior import Posterior
from sagredo.posterior.predictive import Predictive, laws_that_count, predict
from sagredo.problem.errors import InvalidInput
from sagredo.problem.problem import Inputs, Problem

if TYPE_CHECKING:
    from jaxtyping import Float64


@runtime_checkable
class ResponseSampler(Protocol):
    """Predictive distributions that can be drawn from jointly."""

    def sample(
        self,
        rng: np.random.Generator,
        score: Score,
        inputs: Inputs,
        count: int,
        sigma: Float64[np.ndarray, " rows"] | None = None,
    ) -> Float64[np.ndarray, "rows draws"]:
        """New responses under one law, each draw of one set of parameters; NaN where that has no value."""


def joint_draws(
    rng: np.random.Generator,
    posterior: Posterior,
    predictive: Predictive,
    problem: Problem,
    inputs: Inputs,
    count: int,
    sigma: Float64[np.ndarray, " rows"] | None = None,
) -> Float64[np.ndarray, "rows draws"]:
    """Draws of p(y_1 ... y_n | x_1 ... x_n, data): a law by its probability, its parameters and the noise.

    A law that was not seen departs from those seen by the same number of its standard deviations at all rows.

    Raises:
        InvalidInput: the predictive distributions can't be drawn from jointly, or the count is negative.
    """
    if not isinstance(predictive, ResponseSampler):
        raise InvalidInput(
            "Joint draws must be of predictive distributions that implement ResponseSampler. Got others: draw "
            "each row from predict(...).response by itself."
        )
    if count < 0:
        raise InvalidInput(f"The number of draws must be at least 0. Got {count} instead.")
    laws = posterior.programs[: laws_that_count(posterior)]
    unseen = posterior.unseen_mass or 0.0
    seen = np.array([law.probability for law in laws])
    seen = seen / seen.sum() if seen.sum() > 0 else np.full(len(seen), 1 / len(seen))
    chosen = rng.choice(len(laws) + 1, size=count, p=[*((1.0 - unseen) * seen), unseen])
    drawn = np.empty((len(next(iter(inputs.values()))), count))
    for k, law in enumerate(laws):
        own = chosen == k
        if own.any():
            drawn[:, own] = predictive.sample(rng, law.score, inputs, int(own.sum()), sigma)
    others = chosen == len(laws)
    if others.any():
        # The last component of the mixture is that of the laws not seen.
        response = predict(posterior, predictive, problem, inputs, sigma).response
        assert isinstance(response, NormalMixture)  # As those are that can be drawn from jointly.
        apart = rng.standard_normal(int(others.sum()))
        drawn[:, others] = response.means[:, -1:] + response.deviations[:, -1:] * apart
    return drawn
