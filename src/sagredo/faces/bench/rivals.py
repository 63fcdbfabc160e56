"""Other predictive distributions of new responses: a Gaussian process, and the laws of other programs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, final

import numpy as np

from sagredo.faces.bench.peers.peer import Peer
from sagredo.objective.normal_mixture import NormalMixture
from sagredo.problem.errors import InvalidInput

if TYPE_CHECKING:
    from jaxtyping import Float64

RESTARTS: Final = 5
"""Starts of the Gaussian process's hyperparameters beside the first: with few rows its likelihood has several modes."""

LENGTHS: Final = (1e-2, 1e3)
"""Bounds of the length scales, in standard deviations of an input: from less than the distance of rows to a line."""

SIGNALS: Final = (1e-4, 1e6)
"""Bounds of the signal's variance, relative to that of the responses: from none to a trend far longer than the data."""

NOISES: Final = (1e-12, 1e1)
"""Bounds of the variance of the noise, relative to that of the responses: the least that a double's Cholesky factor
bears, and more than all of it."""

FIRST_NOISE: Final = 1e-2
"""The first start of the noise's variance, a tenth of the responses' deviation; others are drawn between its bounds."""

MODELS: Final = {"operon": 20, "pysips": 1}
"""Models of each program: of one that gives a single law bootstrap samples stand for what it does not know."""


class Rival(ABC):
    """What predicts new responses from the same rows."""

    @property
    @abstractmethod
    def name(self) -> str:
        """As the command line has it."""

    @abstractmethod
    def predict(
        self,
        inputs: Float64[np.ndarray, "rows variables"],
        responses: Float64[np.ndarray, " rows"],
        new_inputs: Float64[np.ndarray, "new variables"],
        seed: int,
    ) -> NormalMixture:
        """The distributions of new responses, noise included."""


@final
@dataclass(frozen=True)
class GaussianProcess(Rival):
    """scikit-learn's, with a constant times a squared exponential with a length for each input, and white noise.

    The hyperparameters are those of the greatest marginal likelihood over several starts (Rasmussen & Williams 2006,
    chapter 5); inputs and responses are standardised.
    """

    @property
    def name(self) -> str:
        """gp."""
        return "gp"

    def predict(
        self,
        inputs: Float64[np.ndarray, "rows variables"],
        responses: Float64[np.ndarray, " rows"],
        new_inputs: Float64[np.ndarray, "new variables"],
        seed: int,
    ) -> NormalMixture:
        """One normal distribution a row."""
        import warnings

        from sklearn.exceptions import ConvergenceWarning
        from sklearn.gaussian_process import GaussianProcessRegressor
        from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

        centre, spread = inputs.mean(axis=0), inputs.std(axis=0)
        spread = np.where(spread > 0, spread, 1.0)
        lengths = RBF(np.ones(inputs.shape[1]), LENGTHS)
        kernel = ConstantKernel(1.0, SIGNALS) * lengths + WhiteKernel(FIRST_NOISE, NOISES)
        # The white noise is the only one: the jitter beside it is below its least value.
        model = GaussianProcessRegressor(
            kernel, alpha=NOISES[0], normalize_y=True, n_restarts_optimizer=RESTARTS, random_state=seed
        )
        with warnings.catch_warnings():
            # A hyperparameter at its bound is said so by a warning; it is a fit like any other.
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit((inputs - centre) / spread, responses)
            mean, deviation = model.predict((new_inputs - centre) / spread, return_std=True)
        column = np.asarray(mean, dtype=float)[:, np.newaxis]
        return NormalMixture(np.ones_like(column), column, np.asarray(deviation)[:, np.newaxis])


@final
@dataclass(frozen=True)
class BaggedPeer(Rival):
    """The laws that another program finds on bootstrap samples of the rows (Breiman 1996), alike probable.

    Each is a normal distribution about its predictions, whose deviation is the root mean square of its residuals on the
    rows that its sample left out or, of the only model, on all rows. ``budget_seconds`` are for all models.
    """

    peer: Peer
    budget_seconds: float

    @property
    def name(self) -> str:
        """The peer's."""
        return self.peer.name

    def predict(
        self,
        inputs: Float64[np.ndarray, "rows variables"],
        responses: Float64[np.ndarray, " rows"],
        new_inputs: Float64[np.ndarray, "new variables"],
        seed: int,
    ) -> NormalMixture:
        """One component a model; a model has no weight in rows where it has no value.

        Raises:
            RuntimeError: the peer ended without an answer.
        """
        rng, count, rows = np.random.default_rng(seed), MODELS[self.peer.name], len(responses)
        means, deviations = [], []
        for model in range(count):
            sample = np.arange(rows) if count == 1 else rng.integers(rows, size=rows)
            left_out = np.ones(rows, dtype=bool)
            left_out[sample] = count == 1
            fresh = np.vstack([inputs, new_inputs])
            seconds = self.budget_seconds / count
            answer = self.peer.answer(inputs[sample], responses[sample], fresh, seconds, seed + model)
            predicted = np.array(answer["predictions"], dtype=float)
            residuals = (responses - predicted[:rows])[left_out]
            means.append(predicted[rows:])
            deviations.append(float(np.sqrt(np.mean(np.square(residuals)))) if left_out.any() else np.nan)
        table, spread = np.array(means).T, np.tile(deviations, (len(new_inputs), 1))
        sound = np.isfinite(table) & np.isfinite(spread)
        return NormalMixture(sound / np.maximum(sound.sum(axis=1, keepdims=True), 1), table, spread)


def rival(name: str, python: Path, budget_seconds: float) -> Rival:
    """The rival of this name.

    Raises:
        InvalidInput: there is none, or its program is not installed in ``python``.
    """
    if name == "gp":
        return GaussianProcess()
    if name not in MODELS:
        raise InvalidInput(
            f"The option --against must be gp or one of {', '.join(MODELS)}. Got {name!r} instead."
        )
    peer = Peer(name, python)
    peer.check()
    return BaggedPeer(peer, budget_seconds)
