r"""How many nats a measurement is expected to tell: the acquisition by which queries are chosen.

$I(\text{about}; y_q \mid D)$, the mutual information of a response with what is asked about (Lindley 1956). All of
it is one-dimensional quadrature over the response; nothing is sampled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from sagredo.design.mixture_entropy import mixture_entropy, normal_entropy, x_log_x
from sagredo.objective.normal_mixture import mixed

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.design.predictions import JointDraws, LawPredictions
    from sagredo.objective.normal_mixture import NormalMixture

About = Literal["program", "joint", "prediction"]
"""What is asked about: which law it is, the law with its parameters, or what will be seen at given points."""

GRID_STEP: Final = 0.5
"""Step of the grid on which predictions are compared, in deviations of the noise: the trapezoid rule on a normal
density is then right to exp(-2 pi^2 / 0.5^2), far below rounding."""

GRID_REACH: Final = 6.0
"""Deviations that the grid goes beyond the outermost draw: 2e-9 of the mass is left out."""

MOST_CELLS: Final = 256
"""Cells of that grid at most. Where the noise is finer than that, responses are read with the noise that suits the
grid, and by the data-processing inequality this can only lower the gain."""


def expected_information_gain(
    predictions: LawPredictions, *, about: Literal["program", "joint"] = "program"
) -> Float64[np.ndarray, " candidates"]:
    r"""The expected information of each candidate's response about the law, or the law with its parameters, nats.

    program: $I = H[\sum_k p_k p_k(y)] - \sum_k p_k H[p_k]$, between 0 and the entropy of the probabilities.
    joint: $I = H[\sum_k p_k p_k(y)] - \sum_k p_k \sum_c w_{kc} H[\text{noise}_{kc}]$.

    Laws that no search has met are one law more, with the broad predictive. Where all laws seen agree, a response
    can still tell whether they are right at all, and that is what is left to ask: the gain is then at most the
    entropy of the unseen mass, so that finding out counts as little as it is probable. Nothing is gained about the
    parameters of laws not met: the whole of their spread counts as noise.

    Raises:
        ValueError: a deviation is 0.
    """
    parts = predictions.components
    whole = mixture_entropy(mixed([probability for probability, _ in parts], [law for _, law in parts]))
    left = np.zeros(len(whole))
    laws = zip(predictions.probabilities, predictions.laws, predictions.noise_deviations, strict=True)
    for probability, law, noise in laws:
        if probability > 0:
            left += probability * (_noise_entropy(law, noise) if about == "joint" else mixture_entropy(law))
    if predictions.broad is not None and predictions.unseen_mass > 0:
        left += predictions.unseen_mass * mixture_entropy(predictions.broad)
    return np.maximum(whole - left, 0.0)


def prediction_information_gain(draws: JointDraws) -> Float64[np.ndarray, " candidates"]:
    r"""The expected information of each candidate's response about responses at the targets, nats.

    The mean over targets t of $I(y_q; y_t) = \int\!\!\int p(y_q, y_t) \log \frac{p(y_q, y_t)}{p(y_q) p(y_t)}$ with
    $p(y_q, y_t) = \sum_s w_s N(y_q; f_s(q), \sigma_s^2) N(y_t; f_s(t), \sigma_s^2)$, each integral a trapezoid sum
    (Bickford Smith et al. 2023, expected predictive information gain). Given the draws it is no estimate but exact;
    with few draws it is about them, and not about the posterior that they stand for.

    Raises:
        ValueError: a noise deviation is 0.
    """
    if not np.all(draws.noise_deviations > 0):
        raise ValueError("The noise deviations of draws must be positive.")
    targets = [_on_grid(outputs, draws.noise_deviations) for outputs in draws.at_targets]
    gains = np.zeros(len(draws.at_candidates))
    for q, outputs in enumerate(draws.at_candidates):
        weighted = draws.weights[:, np.newaxis] * _on_grid(outputs, draws.noise_deviations)
        gains[q] = np.mean([_mutual_information(weighted.T @ shares) for shares in targets])
    return np.maximum(gains, 0.0)


def _noise_entropy(
    law: NormalMixture, noise: Float64[np.ndarray, "candidates components"]
) -> Float64[np.ndarray, " candidates"]:
    """sum_c w_c H[N(0, noise_c^2)]: with its parameters a law also says whether there is a response."""
    used = law.weights > 0
    entropies = normal_entropy(np.where(used, noise, 1.0))
    return np.asarray(np.sum(np.where(used, law.weights * entropies, 0.0), axis=1), dtype=float)


def _on_grid(
    outputs: Float64[np.ndarray, " draws"], deviations: Float64[np.ndarray, " draws"]
) -> Float64[np.ndarray, "draws cells"]:
    """The probability of each cell of a grid of responses, given each draw."""
    low, high = np.min(outputs - GRID_REACH * deviations), np.max(outputs + GRID_REACH * deviations)
    wanted = (high - low) / (GRID_STEP * deviations.min())
    cells = int(min(np.ceil(wanted), MOST_CELLS)) + 1
    nodes, step = np.linspace(low, high, cells, retstep=True)
    read = np.maximum(deviations, step / GRID_STEP)
    shares = np.exp(-0.5 * ((nodes - outputs[:, np.newaxis]) / read[:, np.newaxis]) ** 2)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True), dtype=float)


def _mutual_information(joint: Float64[np.ndarray, "cells cells"]) -> float:
    """H[row] + H[column] - H[row, column], nats."""
    alone = x_log_x(joint.sum(axis=1)).sum() + x_log_x(joint.sum(axis=0)).sum()
    return float(x_log_x(joint).sum() - alone)
