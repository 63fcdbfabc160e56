from __future__ import annotations

from math import inf, log2
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagredo.language.term import Program, Variable
from sagredo.objective.objective import Score
from sagredo.search.elites import SPELLINGS_KEPT, Elites, meaning_key, total_bits

BITS = st.integers(0, 40).map(float)
# Each term has one meaning, unless its parameters were fitted anew.
SCORED = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5), BITS), max_size=25)


def score(name: str, bits: float, parameters: tuple[float, ...] = ()) -> Score:
    return Score(Program(Variable(name), parameters), bits / 4, bits * 3 / 4)


def filled(scored: list[tuple[int, int, float]], capacity: int = 100) -> Elites:
    elites = Elites(capacity)
    for meaning, spelling, bits in scored:
        elites.add(meaning, score(f"m{meaning}s{spelling}", bits))
    return elites


@given(SCORED, st.randoms(use_true_random=False))
def test_no_order_of_arrival_matters(scored: list[tuple[int, int, float]], random: Any) -> None:
    shuffled = random.sample(scored, len(scored))
    assert filled(scored).meanings() == filled(shuffled).meanings()


@given(SCORED)
def test_a_meaning_has_its_best_spelling_and_the_mass_of_all(scored: list[tuple[int, int, float]]) -> None:
    best: dict[tuple[int, int], float] = {}
    for meaning, spelling, bits in scored:
        best[meaning, spelling] = min(bits, best.get((meaning, spelling), inf))
    found = {meaning.score.program.term: meaning for meaning in filled(scored).meanings()}
    assert len(found) == len({meaning for meaning, _ in best})
    for group in {meaning for meaning, _ in best}:
        lengths = [bits for (meaning, _), bits in best.items() if meaning == group]
        (meaning,) = [m for term, m in found.items() if f"m{group}s" in repr(term)]
        assert meaning.score.description_length_bits == min(lengths)
        assert meaning.spellings == len(lengths)
        assert meaning.mass_bits == pytest.approx(-log2(sum(2.0**-bits for bits in lengths)))


@given(st.lists(BITS, min_size=SPELLINGS_KEPT, max_size=5 * SPELLINGS_KEPT))
def test_of_many_spellings_the_mass_and_the_number_remain(lengths: list[float]) -> None:
    elites = filled([(0, spelling, bits) for spelling, bits in enumerate(lengths)])
    (meaning,) = elites.meanings()
    assert meaning.score.description_length_bits == min(lengths)
    assert meaning.spellings == len(lengths)
    assert meaning.mass_bits == pytest.approx(total_bits(lengths))


@given(st.lists(st.integers(0, 10_000), unique=True, min_size=1, max_size=40), st.integers(1, 10))
def test_the_best_are_kept_and_the_limit_says_what_was_forgotten(lengths: list[int], capacity: int) -> None:
    elites = filled([(k, 0, float(bits)) for k, bits in enumerate(lengths)], capacity)
    kept = [score.description_length_bits for score in elites.scores()]
    assert kept == sorted(lengths)[:capacity]
    assert kept == [meaning.score.description_length_bits for meaning in elites.meanings()]
    assert max(kept) <= elites.limit_bits
    assert (elites.limit_bits == inf) == (len(lengths) <= 2 * capacity)


def test_a_better_fit_of_a_term_takes_its_place_whatever_it_then_means() -> None:
    elites = Elites(10)
    elites.add("half fitted", score("term", 20.0, (1.0,)))
    elites.add("fitted", score("term", 10.0, (2.0,)))
    elites.add("badly fitted", score("term", 30.0, (3.0,)))
    (meaning,) = elites.meanings()
    assert meaning.score == score("term", 10.0, (2.0,))
    assert meaning.spellings == 1


@given(st.lists(st.floats(0, 60), min_size=1, max_size=10), st.floats(-1e5, 1e5))
def test_lengths_are_totalled_at_any_offset(lengths: list[float], offset: float) -> None:
    expected = offset - log2(sum(2.0**-bits for bits in lengths))
    assert total_bits([bits + offset for bits in lengths]) == pytest.approx(expected, abs=1e-6)


def test_nothing_has_no_mass() -> None:
    assert total_bits([]) == inf
    assert total_bits([inf, inf]) == inf


def test_a_meaning_is_the_outputs_unless_the_domain_says_otherwise(residues: Any) -> None:
    problem, truth = residues.sample_problem(np.random.default_rng(0))
    key = meaning_key(residues, problem)
    assert key(truth) == residues.semantics(problem).key(problem.responses)

    class WithMeanings(type(residues)):  # type: ignore[misc]  # a class made for this test
        def same_meaning(self, problem: Any) -> Any:
            return lambda program: "one for all"

    assert meaning_key(WithMeanings(), problem)(truth) == "one for all"
