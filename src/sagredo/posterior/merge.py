"""From what a search visited to the posterior: meanings weighted by 2^-L."""

from __future__ import annotations

from collections.abc import Iterable

from sagredo.posterior.posterior import Posterior, WeightedProgram
from sagredo.posterior.unseen_mass import unseen_mass_bound, unseen_mass_estimate
from sagredo.search.driver import SearchResult
from sagredo.search.elites import Meaning, total_bits


def posterior_of_search(result: SearchResult, floor_bits: float = 0.0) -> Posterior:
    """The posterior over what a search visited; ``floor_bits`` is the objective's lower bound of L_rec.

    The unseen mass is that estimated near the best meaning, or the bound that follows from the prior mass
    visited where that is less or the only one known.
    """
    visited_bits = total_bits(meaning.mass_bits for meaning in result.meanings)
    visited_code_bits = total_bits(meaning.score.code_bits for meaning in result.meanings)
    known = (
        unseen_mass_bound(visited_bits, visited_code_bits, floor_bits),
        unseen_mass_estimate(visited_bits, result.unseen_bits),
    )
    unseen_mass = min((mass for mass in known if mass is not None), default=None)
    return weigh(result.meanings, result.null_bits, unseen_mass)


def weigh(meanings: Iterable[Meaning], null_bits: float, unseen_mass: float | None = None) -> Posterior:
    """The posterior over meanings, best first; spellings of one meaning have added their weights.

    p_k = (1 - u) 2^-M_k / sum_j 2^-M_j, with M the mass bits of a meaning and u the unseen mass.
    """
    meanings = tuple(meanings)
    visited_bits = total_bits(meaning.mass_bits for meaning in meanings)
    seen = 1.0 - (unseen_mass or 0.0)
    weighted = [
        WeightedProgram(meaning.score, seen * 2.0 ** (visited_bits - meaning.mass_bits), meaning.spellings)
        for meaning in meanings
    ]
    # A sort is stable, so that equal weights keep the order in which they came.
    weighted.sort(key=lambda program: -program.probability)
    return Posterior(tuple(weighted), unseen_mass, null_bits)
