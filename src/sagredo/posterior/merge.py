"""From scores to the posterior: meanings weighted by 2^-L."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from math import isfinite

from sagredo.objective.objective import Score
from sagredo.posterior.posterior import Posterior, WeightedProgram
from sagredo.posterior.unseen_mass import frontier_unseen_mass
from sagredo.search.driver import SearchResult
from sagredo.search.elites import Meaning, MeaningKey, total_bits


def posterior_of_search(result: SearchResult, floor_bits: float = 0.0) -> Posterior:
    """The posterior over what a search visited; ``floor_bits`` is the objective's lower bound of L_rec."""
    visited_bits = total_bits(meaning.mass_bits for meaning in result.meanings)
    unseen_mass = frontier_unseen_mass(
        visited_bits,
        total_bits(meaning.score.code_bits for meaning in result.meanings),
        result.code_bits_done,
        floor_bits,
    )
    return weigh(result.meanings, result.null_bits, unseen_mass)


def merge(
    scores: Iterable[Score], same_meaning: MeaningKey, null_bits: float, unseen_mass: float | None = None
) -> Posterior:
    """The posterior over scored programs; spellings of one meaning add their weights.

    ``same_meaning`` gives equal keys to programs, fitted parameters included, whose predictives agree. Each
    score is a spelling of its own, unless its term came before: then the better fit of the term counts.
    """
    best_of_term: dict[object, Score] = {}
    for score in scores:
        known = best_of_term.get(score.program.term)
        if known is None or score.description_length_bits < known.description_length_bits:
            best_of_term[score.program.term] = score
    spellings: dict[Hashable, list[Score]] = {}
    for score in best_of_term.values():
        if isfinite(score.description_length_bits):
            spellings.setdefault(same_meaning(score.program), []).append(score)
    meanings = [
        Meaning(
            min(group, key=lambda score: (score.description_length_bits, score.code_bits)),
            len(group),
            total_bits(score.description_length_bits for score in group),
        )
        for group in spellings.values()
    ]
    return weigh(meanings, null_bits, unseen_mass)


def weigh(meanings: Iterable[Meaning], null_bits: float, unseen_mass: float | None = None) -> Posterior:
    """p_k = (1 - u) 2^-M_k / sum_j 2^-M_j, with M the mass bits of a meaning and u the unseen mass, best
    first."""
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
