"""Abstention: the laws still in the running, what all of them agree on, and when to ask instead of answering."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sagredo.objective.response_mixture import ResponseMixture
from sagredo.posterior.posterior import WeightedProgram

if TYPE_CHECKING:
    from jaxtyping import Float64


def top_set(laws: Sequence[WeightedProgram], alpha: float) -> tuple[WeightedProgram, ...]:
    """The laws n with w_n >= alpha sum_{m <= n} w_m, their probabilities w sorted from high to low.

    They are the first few: w_n falls and the sum grows. The mass of laws that were not seen counts in none.
    With probability at least 1 - alpha / w_0(truth) the truth, of prior w_0, is among them at every time of a
    sequence of observations (Cohen, Hutter and Nanda 2022, Fully general online imitation learning, JMLR 23).

    Raises:
        ValueError: alpha is not in (0, 1].
    """
    if not 0 < alpha <= 1:
        raise ValueError(f"alpha must lie in (0, 1]. Got {alpha} instead.")
    weights = np.array([law.probability for law in laws])
    return tuple(laws[: int(np.sum(weights >= alpha * np.cumsum(weights)))])


def exclusion_bound(alpha: float, truth_code_bits: float) -> float:
    """min(1, alpha / w_0): the probability that a truth of prior w_0 = 2^-code_bits ever leaves the top set."""
    return float(min(1.0, alpha * 2.0 ** min(truth_code_bits, 1e3)))


def agreement(members: Sequence[ResponseMixture]) -> Float64[np.ndarray, " rows"]:
    """integral min_n p_n(y) dy, of counts their sum, row by row: the mass on which all members agree, in [0, 1].

    One minus it is the probability with which to query. It is the expectation, over the narrowest member k, of
    min_n p_n / p_k <= 1: that ratio at the middle of each cell, times the cell's probability under p_k, so that
    no scale of any member can be missed. It is 0 where a member has no value.

    Raises:
        ValueError: there are no members, or one knows a response exactly.
    """
    if not members:
        raise ValueError("Agreement must be of at least one law. Got none.")
    if not all(member.continuous for member in members):
        raise ValueError("Agreement is between densities. Got a response that is known exactly.")
    spreads = np.array([member.standard_deviation for member in members])
    all_defined = np.min([member.defined for member in members], axis=0) > 0
    narrowest = np.argmin(np.where(np.isnan(spreads), np.inf, spreads), axis=0)
    found = np.zeros(len(all_defined))
    for k, member in enumerate(members):
        for row in np.flatnonzero(all_defined & (narrowest == k)).tolist():
            found[row] = _shared_mass(member.row(row), [other.row(row) for other in members])
    return found


def _shared_mass(reference: ResponseMixture, members: Sequence[ResponseMixture]) -> float:
    """The integral at one row, where the reference is one of the members."""
    edges, centres = reference.cells()
    mass = np.diff(reference.repeated(len(edges)).cumulative(edges)) * reference.defined
    logs = np.array([member.repeated(len(centres)).log_density(centres) for member in members])
    own = reference.repeated(len(centres)).log_density(centres)
    reached = np.isfinite(own)
    return float(np.sum(mass[reached] * np.exp(np.min(logs, axis=0)[reached] - own[reached])))
