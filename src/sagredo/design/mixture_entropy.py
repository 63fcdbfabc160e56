"""The entropy of a response, by one-dimensional quadrature over it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.ndimage import convolve1d

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.objective.normal_mixture import NormalMixture

REACH: Final = 8.0
"""Deviations of a component within which its density is integrated: 1e-15 of its mass lies beyond."""

PANEL: Final = 0.5
"""Length of a quadrature panel in deviations of the narrowest component near it: with Gauss's rule of three
nodes on each, entropies are right to ``TOLERANCE_NATS``."""

GRID_STEP: Final = 0.5
"""Step of the trapezoid rule in deviations of the narrowest component: it converges so fast that entropies of normal
mixtures are right to 1e-7, whether their components lie together or apart."""

BINS_A_DEVIATION: Final = 8
"""Cells to which one deviation's length is cut where very many components of one deviation are convolved."""

MANY_COMPONENTS: Final = 64
"""From here on, components of one deviation are convolved on a grid: the panels' work grows as the square."""

TOLERANCE_NATS: Final = 1e-4
"""What the entropy of a row may be wrong by; that of the panels alone is below 1e-6."""

CHUNK_ELEMENTS: Final = 2_000_000
"""Numbers held at once: 16 MB, that is within the caches and memory of small machines."""

_NODES, _NODE_WEIGHTS = np.polynomial.legendre.leggauss(3)


def mixture_entropy(mixture: NormalMixture) -> Float64[np.ndarray, " rows"]:
    r"""The entropy of each row's response, nats.

    $H = -\int p \log p \, dy - u \log u$, where u is the probability that there is no response at all, which is
    an outcome like any other. Right to ``TOLERANCE_NATS``.

    Raises:
        ValueError: a component that counts has a deviation of 0: its differential entropy is -infinity.
    """
    used = mixture.weights > 0
    if np.any(mixture.deviations[used] <= 0):
        raise ValueError(
            "The deviations of components must be positive, that is at least the width of the bins in which "
            "responses are recorded over sqrt(12). Got a deviation of 0."
        )
    weights = np.where(used, mixture.weights, 0.0)
    means = np.where(used, mixture.means, 0.0)
    deviations = np.where(used, mixture.deviations, 1.0)
    if weights.shape[1] == 1:
        continuous = _of_one_component(weights[:, 0], deviations[:, 0])
    elif weights.shape[1] > MANY_COMPONENTS and np.all(mixture.deviations == mixture.deviations[:, :1]):
        continuous = _in_chunks(_by_convolution, weights, means, deviations, deviations.shape[1])
    else:
        continuous = _on_grid_or_panels(weights, means, deviations)
    missing = np.clip(1.0 - weights.sum(axis=1), 0.0, 1.0)
    return np.asarray(continuous - x_log_x(missing), dtype=float)


def _on_grid_or_panels(
    weights: Float64[np.ndarray, "rows components"],
    means: Float64[np.ndarray, "rows components"],
    deviations: Float64[np.ndarray, "rows components"],
) -> Float64[np.ndarray, " rows"]:
    """Each row by the rule that needs fewer nodes: where the components lie together, by one even grid."""
    components = weights.shape[1]
    panel_nodes = len(_NODES) * (round(2 * REACH / PANEL) + 1) * components
    low, high = _ends(weights, means, deviations)
    narrowest = np.where(weights > 0, deviations, np.inf).min(axis=1)
    with np.errstate(invalid="ignore"):
        steps = np.where(np.isfinite(narrowest), (high - low) / (GRID_STEP * narrowest), 1.0)
    # Rows of up to twice as many nodes are taken together.
    sizes = np.exp2(np.ceil(np.log2(np.maximum(steps, 2.0)))) + 1.0
    sizes = np.where(sizes < panel_nodes, sizes, 0.0)
    entropy = np.empty(len(weights))
    for size in np.unique(sizes):
        rows = sizes == size
        parts = weights[rows], means[rows], deviations[rows]
        if size:
            entropy[rows] = _in_chunks(partial(_by_grid, int(size)), *parts, int(size) * components)
        else:
            entropy[rows] = _in_chunks(_by_panels, *parts, panel_nodes * components)
    return entropy


def _ends(
    weights: Float64[np.ndarray, "rows components"],
    means: Float64[np.ndarray, "rows components"],
    deviations: Float64[np.ndarray, "rows components"],
) -> tuple[Float64[np.ndarray, " rows"], Float64[np.ndarray, " rows"]]:
    """Between what responses the components that count have their mass; 0 and 0 where there are none."""
    used = weights > 0
    low = np.where(used, means - REACH * deviations, np.inf).min(axis=1)
    high = np.where(used, means + REACH * deviations, -np.inf).max(axis=1)
    some = used.any(axis=1)
    return np.where(some, low, 0.0), np.where(some, high, 0.0)


def _by_grid(
    size: int,
    weights: Float64[np.ndarray, "rows components"],
    means: Float64[np.ndarray, "rows components"],
    deviations: Float64[np.ndarray, "rows components"],
) -> Float64[np.ndarray, " rows"]:
    """-int p log p by the trapezoid rule on ``size`` nodes from end to end."""
    low, high = _ends(weights, means, deviations)
    step = (high - low) / (size - 1)
    nodes = low[:, np.newaxis] + step[:, np.newaxis] * np.arange(size)
    return np.asarray(-step * np.sum(x_log_x(_densities(nodes, weights, means, deviations)), axis=1))


def _densities(
    nodes: Float64[np.ndarray, "rows nodes"],
    weights: Float64[np.ndarray, "rows components"],
    means: Float64[np.ndarray, "rows components"],
    deviations: Float64[np.ndarray, "rows components"],
) -> Float64[np.ndarray, "rows nodes"]:
    standard = (nodes[:, :, np.newaxis] - means[:, np.newaxis, :]) / deviations[:, np.newaxis, :]
    heights = weights / (deviations * np.sqrt(2 * np.pi))
    return np.asarray(np.einsum("rnc,rc->rn", np.exp(-0.5 * standard**2), heights), dtype=float)


def _in_chunks(
    method: _Method,
    weights: Float64[np.ndarray, "rows components"],
    means: Float64[np.ndarray, "rows components"],
    deviations: Float64[np.ndarray, "rows components"],
    elements_a_row: int,
) -> Float64[np.ndarray, " rows"]:
    """The method on so many rows at a time as memory allows."""
    step = max(1, CHUNK_ELEMENTS // elements_a_row)
    parts = [slice(first, first + step) for first in range(0, len(weights), step)]
    return np.concatenate([method(weights[part], means[part], deviations[part]) for part in parts])


def _of_one_component(
    weights: Float64[np.ndarray, " rows"], deviations: Float64[np.ndarray, " rows"]
) -> Float64[np.ndarray, " rows"]:
    """-int p log p of w N(m, s^2): w (log s + log(2 pi e) / 2) - w log w."""
    return np.asarray(weights * normal_entropy(deviations) - x_log_x(weights), dtype=float)


def normal_entropy(deviations: Float64[np.ndarray, "*shape"]) -> Float64[np.ndarray, "*shape"]:
    """The entropy of normal distributions, log(s) + log(2 pi e) / 2, nats."""
    return np.asarray(np.log(deviations) + 0.5 * np.log(2 * np.pi * np.e), dtype=float)


def _by_panels(
    weights: Float64[np.ndarray, "rows components"],
    means: Float64[np.ndarray, "rows components"],
    deviations: Float64[np.ndarray, "rows components"],
) -> Float64[np.ndarray, " rows"]:
    """-int p log p by Gauss's rule between the points at which some component is a multiple of ``PANEL`` deviations
    from its mean, so that each component is resolved where it lives, however narrow."""
    offsets = np.arange(-REACH, REACH + PANEL / 2, PANEL)
    # A component that does not count takes the place of one that does, so that it adds no panel of its own.
    leading = np.argmax(weights, axis=1)[:, np.newaxis]
    at = np.where(weights > 0, means, np.take_along_axis(means, leading, axis=1))
    wide = np.where(weights > 0, deviations, np.take_along_axis(deviations, leading, axis=1))
    ends = (at[:, :, np.newaxis] + wide[:, :, np.newaxis] * offsets).reshape(len(weights), -1)
    ends.sort(axis=1)
    half = 0.5 * np.diff(ends, axis=1)
    middle = ends[:, :-1] + half
    nodes = (middle[:, :, np.newaxis] + half[:, :, np.newaxis] * _NODES).reshape(len(weights), -1)
    lengths = (half[:, :, np.newaxis] * _NODE_WEIGHTS).reshape(len(weights), -1)
    densities = _densities(nodes, weights, means, deviations)
    return np.asarray(-np.sum(lengths * x_log_x(densities), axis=1), dtype=float)


def _by_convolution(
    weights: Float64[np.ndarray, "rows components"],
    means: Float64[np.ndarray, "rows components"],
    deviations: Float64[np.ndarray, "rows components"],
) -> Float64[np.ndarray, " rows"]:
    """-int p log p of components of one deviation a row: their weights on a grid, convolved with the normal.

    A weight is shared by the three grid points nearest to its mean so that mass, mean and variance stay what they
    were: f from the middle one it is split into (f^2 - f) / 2, 1 - f^2 and (f^2 + f) / 2.
    """
    rows, step = np.arange(len(weights))[:, np.newaxis], deviations[:, :1] / BINS_A_DEVIATION
    margin = int(REACH * BINS_A_DEVIATION)
    places = (means - means.min(axis=1, keepdims=True)) / step + margin
    cells = np.rint(places).astype(np.int64)
    apart = places - cells
    length = int(cells.max()) + margin + 1
    flat = (rows * length + cells).ravel()
    mass = np.zeros(len(weights) * length)
    for offset, share in ((-1, (apart**2 - apart) / 2), (0, 1 - apart**2), (1, (apart**2 + apart) / 2)):
        mass += np.bincount(flat + offset, (weights * share).ravel(), len(mass))
    kernel = np.exp(-0.5 * (np.arange(-margin, margin + 1) / BINS_A_DEVIATION) ** 2)
    shares = convolve1d(mass.reshape(len(weights), length), kernel / kernel.sum(), mode="constant")
    entropy = shares.sum(axis=1) * np.log(step[:, 0]) - np.sum(x_log_x(shares), axis=1)
    return np.asarray(entropy, dtype=float)


def x_log_x(values: Float64[np.ndarray, "*shape"]) -> Float64[np.ndarray, "*shape"]:
    """``x log x``, 0 at 0."""
    positive = np.where(values > 0, values, 1.0)
    return np.asarray(positive * np.log(positive), dtype=float) * (values > 0)


if TYPE_CHECKING:
    from collections.abc import Callable

    _Method = Callable[
        [
            Float64[np.ndarray, "rows components"],
            Float64[np.ndarray, "rows components"],
            Float64[np.ndarray, "rows components"],
        ],
        Float64[np.ndarray, " rows"],
    ]
