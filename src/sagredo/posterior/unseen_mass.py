"""How much posterior mass the search has not seen, where that can be said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from math import exp2, inf, isfinite, log2


def frontier_unseen_mass(
    visited_bits: float, visited_code_bits: float, code_bits_done: float, floor_bits: float
) -> float | None:
    """An upper bound of the fraction of posterior mass beyond the frontier of an enumeration; None if
    vacuous.

    What was not visited has prior mass at most 1 - V, with V = 2^-visited_code_bits the prior mass visited,
    and L_rec at least ``floor_bits``. So with visited mass W = 2^-visited_bits the fraction is at most
    U / (U + W), U = (1 - V) 2^-floor_bits. None without a frontier (``code_bits_done`` = 0).
    """
    if code_bits_done <= 0.0 or not isfinite(visited_bits):
        return None
    if code_bits_done == inf:
        return 0.0
    unvisited_prior = 1.0 - exp2(-visited_code_bits)
    if unvisited_prior <= 0.0:
        return 0.0
    # odds = U / W, in bits so that neither underflows
    odds_bits = visited_bits - floor_bits + log2(unvisited_prior)
    if odds_bits >= 0.0:
        return None
    return 1.0 / (1.0 + exp2(-odds_bits))


def good_turing_unseen_mass(draws: Iterable[Hashable]) -> float | None:
    """N1 / N: the fraction of independent draws that came up once estimates the mass never drawn; None for
    none.

    Good, I. J. (1953), Biometrika 40, 237, equation 9. The draws are the meanings at the ends of independent
    chains.
    """
    counts = Counter(draws)
    total = counts.total()
    return sum(count == 1 for count in counts.values()) / total if total else None
