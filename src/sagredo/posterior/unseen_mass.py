"""How much posterior mass the search has not seen, where that can be said."""

from __future__ import annotations

from math import exp2, inf, isfinite, log2

LARGEST_ODDS_BITS = 1000.0
"""Odds beyond this are certainty in floating point."""


def unseen_mass_bound(visited_bits: float, visited_code_bits: float, floor_bits: float) -> float | None:
    """An upper bound of the fraction of posterior mass that was not visited; None where it is vacuous.

    What was not visited has prior mass at most 1 - V, with V = 2^-visited_code_bits the prior mass visited,
    and L_rec at least ``floor_bits``. So with visited mass W = 2^-visited_bits the fraction is at most
    U / (U + W), U = (1 - V) 2^-floor_bits. Since W <= V 2^-floor_bits, it says something (U < W) only after
    more than half of the prior was visited.
    """
    unvisited_prior = 1.0 - exp2(-visited_code_bits)
    if not isfinite(visited_bits):
        return None
    if unvisited_prior <= 0.0:
        return 0.0
    # Odds U / W, in bits so that neither underflows.
    odds_bits = visited_bits - floor_bits + log2(unvisited_prior)
    return 1.0 / (1.0 + exp2(-odds_bits)) if odds_bits < 0.0 else None


def unseen_mass_estimate(visited_bits: float, unseen_bits: float) -> float | None:
    """U / (U + W) for unseen mass U = 2^-unseen_bits and visited mass W = 2^-visited_bits; None if U = 0.

    That no mass is known to be unseen does not mean that there is none.
    """
    if unseen_bits == inf or not isfinite(visited_bits):
        return None
    return 1.0 / (1.0 + exp2(min(unseen_bits - visited_bits, LARGEST_ODDS_BITS)))
