"""What a program leaves over: how much better a law that no one has written down would explain the data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from math import ceil, inf, log, log2
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from scipy.special import logsumexp, ndtri
from scipy.stats import rankdata

from sagredo.domains.expressions.response_models import response_model
from sagredo.domains.expressions.simulator import NativeSimulator
from sagredo.language.term import size

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.language.grammar import Grammar
    from sagredo.objective.objective import Score
    from sagredo.problem.problem import Problem

    Column = Float64[np.ndarray, " rows"]

LARGEST_ROWS: Final = 200
"""Rows that are looked at, evenly spaced: a remainder as large as the noise shows on so many, and the
eigenvectors of a kernel take rows^3 operations."""

LENGTH_SCALES: Final = (2.0, 1.0, 0.5, 0.25, 0.125)
"""Length scales of the remainder, in units of the range of what it depends on, by octaves: from nearly a
straight line to a few bumps."""

TINY: Final = float(np.finfo(float).tiny)
"""Stands for a share of 0 where its logarithm is taken."""


def unseen_bits_near(
    problem: Problem, grammar: Grammar, constants: Mapping[str, float]
) -> Callable[[Score], float]:
    """-log2 of the mass of the laws that are a program with an unseen operand joined to one of its nodes.

    The prior gives all terms that have any operand joined to a given node by a binary operation the mass of
    the program itself times P2, the probability that a node is a binary operation. There are as many such
    places as nodes. What the operand adds to the values is taken to be a smooth function, so that

        2^-unseen_bits = 2^-L * size * P2 * 2^remainder_bits .

    It is inf for a program that meets every response: nothing is left over to be explained.
    """
    binary = sum(2.0 ** -grammar.primitive_bits(p.name) for p in grammar.primitives if p.arity == 2)
    simulator = NativeSimulator(constants)
    model = response_model(problem)
    spread = float(np.std(np.asarray(problem.responses, dtype=float)))
    inputs = [np.asarray(values, dtype=float) for values in problem.input_values.values()]

    def unseen_bits(score: Score) -> float:
        if score.noise_scale == 0.0 or score.residual_rms == 0.0 or binary == 0.0:
            return inf
        trace = simulator.trace(score.program, problem.input_values)
        residuals = model.exchangeable_residuals(np.asarray(trace.outcome.values, dtype=float))
        nodes = [np.asarray(node, dtype=float) for node in trace.nodes]
        gained = remainder_bits(inputs, nodes, residuals, spread / score.residual_rms)
        return score.description_length_bits - log2(size(score.program.term) * binary) - gained

    return unseen_bits


def remainder_bits(
    inputs: Sequence[Column], nodes: Sequence[Column], residuals: Column, largest_ratio: float
) -> float:
    """log2 of the Bayes factor of "a smooth function and noise" against "noise" for a program's residuals.

    The function is a Gaussian process with a squared exponential kernel (Rasmussen & Williams 2006, equation
    2.31) on ranks: of all ``inputs`` together with half of the prior, of a single one of them or of ``nodes``
    (the program's intermediate values) with the other half in equal shares. Its length scale is uniform on
    ``LENGTH_SCALES``. Its amplitude is log-uniform, by octaves, from that of the noise (less is hardly
    another law) to ``largest_ratio`` times as much.

    The residuals enter as the normal scores of their ranks (van der Waerden), with unknown mean and scale, so
    that neither the noise's distribution nor its size matters. On exchangeable residuals 2^bits is 1 in
    expectation and far less on most, the more so the more rows there are.
    """
    rows = len(residuals)
    kept = np.linspace(0, rows - 1, min(rows, LARGEST_ROWS)).round().astype(int)
    scores = ndtri((rankdata(residuals[kept]) - 0.5) / len(kept))
    scores -= scores.mean()
    together = _places([column[kept] for column in inputs])
    single = _places([column[kept] for column in (*inputs, *nodes)])
    if not single or not scores.any():
        return 0.0
    ratios = 4.0 ** np.arange(1 + max(1, ceil(log2(max(largest_ratio, 1.0)))))
    log_factor = _log_mean(_log_factor_along(place, scores, ratios) for place in single)
    if len(together) > 1:
        squares = sum(np.subtract.outer(place, place) ** 2 for place in together)
        log_factor = _log_mean([log_factor, _log_bayes_factor(_spectra(squares), scores, ratios)])
    return log_factor / log(2)


def _places(columns: Sequence[Column]) -> list[Column]:
    """Ranks in (0, 1] of the columns that vary and are finite, one for each order up to its direction."""
    places: dict[bytes, Column] = {}
    for column in columns:
        if np.isfinite(column).all() and np.ptp(column) > 0.0:
            ranks = rankdata(column)
            backwards = len(ranks) + 1.0 - ranks
            places.setdefault(min(ranks.tobytes(), backwards.tobytes()), ranks / len(ranks))
    return list(places.values())


class _Spectrum(NamedTuple):
    """The eigenvalues and eigenvectors of a centred kernel."""

    values: Float64[np.ndarray, " rows"]
    vectors: Float64[np.ndarray, "rows rows"]


def _spectra(squares: Float64[np.ndarray, "rows rows"]) -> tuple[_Spectrum, ...]:
    """The kernel of these squared distances at every length scale, taken apart."""
    found = []
    for length_scale in LENGTH_SCALES:
        kernel = np.exp(squares / (-2.0 * length_scale**2))
        kernel -= kernel.mean(axis=0)
        kernel -= kernel.mean(axis=1, keepdims=True)
        values, vectors = np.linalg.eigh(kernel)
        # The mean is a direction of eigenvalue 0 in which the scores have nothing.
        found.append(_Spectrum(np.maximum(values, 0.0), vectors))
    return tuple(found)


@lru_cache(maxsize=4)
def _spectra_along(sorted_places: bytes) -> tuple[_Spectrum, ...]:
    """The same along one column, its places in ascending order: all columns without ties have the same."""
    places = np.frombuffer(sorted_places)
    return _spectra(np.subtract.outer(places, places) ** 2)


def _log_factor_along(place: Column, scores: Column, ratios: Float64[np.ndarray, " ratios"]) -> float:
    order = np.argsort(place, kind="stable")
    return _log_bayes_factor(_spectra_along(place[order].tobytes()), scores[order], ratios)


def _log_bayes_factor(
    spectra: Sequence[_Spectrum], scores: Column, ratios: Float64[np.ndarray, " ratios"]
) -> float:
    """log of the Bayes factor, averaged over length scales and over ``ratios`` of variances.

    With lambda_k the eigenvalues of the centred kernel, scaled to mean 1, c_k the scores' coordinates and m =
    rows - 1, one ratio s has the factor prod_k (1 + s lambda_k)^(-1/2) * (sum_k c_k^2 / (1 + s lambda_k) /
    sum_k c_k^2)^(-m/2): the noise's scale is integrated out under the prior d sigma / sigma. It counts as far
    as the rows tell of one another (:func:`_told_by_others`).
    """
    degrees = len(scores) - 1
    logs = []
    for eigenvalues, vectors in spectra:
        variances = 1.0 + np.outer(ratios, degrees * eigenvalues / eigenvalues.sum())
        power = (vectors.T @ scores) ** 2
        left = (power / variances).sum(axis=1) / power.sum()
        told = _told_by_others(vectors, variances, ratios)
        logs.append(-0.5 * np.log(variances).sum(axis=1) - 0.5 * degrees * np.log(left) + np.log(told))
    return float(logsumexp(logs) - log(len(logs) * len(ratios)))


def _told_by_others(
    vectors: Float64[np.ndarray, "rows rows"],
    variances: Float64[np.ndarray, "ratios rows"],
    ratios: Float64[np.ndarray, " ratios"],
) -> Float64[np.ndarray, " ratios"]:
    """The share of a function's variance at a row that its noisy values at the other rows tell, on average.

    With P = sum_k v_k v_k^T / (1 + s lambda_k) - 1 1^T / n, the precision of the rows given an unknown mean, a row
    has the variance 1 / P_ii given the others; it is (1 + s) n / (n - 1) where they tell nothing and n / (n - 1)
    where they tell all. A function of which they tell nothing is noise by another name: the data do not speak
    against all such functions together, but they refute each that a short law could be.
    """
    rows = len(vectors)
    # Centred, the vectors of eigenvalue 0, of which the mean is one, lose it without a difference of like numbers.
    precisions = (1.0 / variances) @ ((vectors - vectors.mean(axis=0)) ** 2).T
    alone = (rows - 1) / rows / precisions - 1.0
    shares = np.clip(1.0 - alone / ratios[:, np.newaxis], 0.0, 1.0)
    return np.asarray(np.maximum(shares.mean(axis=1), TINY), dtype=float)


def _log_mean(logs: Iterable[float]) -> float:
    values = list(logs)
    return float(logsumexp(values)) - log(len(values))
