from __future__ import annotations

from math import inf

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sagredo.language.term import Program, Variable
from sagredo.objective.objective import Score
from sagredo.search.planner import Effort
from sagredo.search.stopping import CLAIM_PROBABILITY, EXACT_PATIENCE, MARGIN_BITS, NOISY_PATIENCE, Certainty

EFFORT = Effort(work_units=25_600, memory_bytes=0)
NULL_BITS = 100.0


def score(name: str, bits: float, noise_scale: float = 0.0) -> Score:
    return Score(Program(Variable(name)), 0.0, bits, noise_scale=noise_scale)


def nothing_unseen(best: Score) -> float:
    return inf


def certain_after(elites: list[Score], found_at: int, work: int) -> bool:
    """Whether the rule is satisfied at ``work`` by elites that were there from ``found_at`` on."""
    rule = Certainty(NULL_BITS, EFFORT, nothing_unseen)
    rule([], 0)
    return rule(elites, found_at) or rule(elites, work)


@given(st.floats(0, 120))
def test_a_law_is_clear_of_the_null_model(best: float) -> None:
    clear = best + MARGIN_BITS <= NULL_BITS
    assert certain_after([score("best", best)], 10, EFFORT.work_units) is clear


@given(st.lists(st.floats(0, 20), min_size=1, max_size=5).map(sorted))
def test_a_law_outweighs_all_its_rivals_together(gaps: list[float]) -> None:
    elites = [score("best", 20.0), *(score(f"rival{k}", 20.0 + gap) for k, gap in enumerate(gaps))]
    probability = 1 / (1 + sum(2.0**-gap for gap in gaps))
    assume(abs(probability - CLAIM_PROBABILITY) > 1e-9)
    assert certain_after(elites, 10, EFFORT.work_units) is (probability > CLAIM_PROBABILITY)


@pytest.mark.parametrize(("noise_scale", "patience"), [(0.0, EXACT_PATIENCE), (0.1, NOISY_PATIENCE)])
@given(found_at=st.integers(0, 20_000))
def test_a_law_has_stood_for_its_patience_and_as_long_as_it_took(
    found_at: int, noise_scale: float, patience: float
) -> None:
    elites = [score("best", 0.0, noise_scale)]
    wait = max(found_at, int(patience * EFFORT.work_units))
    assert not certain_after(elites, found_at, found_at + wait - 1)
    assert certain_after(elites, found_at, found_at + wait)


def test_a_better_program_starts_the_wait_again_and_a_better_fit_does_not() -> None:
    rule = Certainty(NULL_BITS, EFFORT, nothing_unseen)
    assert not rule([score("a", 50.0)], 1000)
    assert not rule([score("a", 45.0)], 1500)
    assert rule([score("a", 45.0)], 2000)
    assert not rule([score("b", 20.0), score("a", 45.0)], 2500)
    assert not rule([score("b", 20.0), score("a", 45.0)], 4999)
    assert rule([score("b", 20.0), score("a", 45.0)], 5000)


def test_another_spelling_does_not_start_the_wait_again() -> None:
    rule = Certainty(NULL_BITS, EFFORT, nothing_unseen)
    longer = Score(Program(Variable("longer")), 30.0, 20.0)
    shorter = Score(Program(Variable("shorter")), 10.0, 20.0)
    assert not rule([longer], 1000)
    assert not rule([shorter], 1999)
    assert rule([shorter], 2000)


@given(margin=st.floats(-50, 50), gap=st.floats(5, 20))
def test_a_law_has_little_unseen_near_it_beside_its_rivals(margin: float, gap: float) -> None:
    examined = []

    def unseen_bits(best: Score) -> float:
        examined.append(best)
        return best.description_length_bits + margin

    elites = [score("a", 20.0, noise_scale=1.0), score("b", 20.0 + gap, noise_scale=1.0)]
    probability = 1 / (1 + 2.0**-margin + 2.0**-gap)
    assume(abs(probability - CLAIM_PROBABILITY) > 1e-9)
    rule = Certainty(NULL_BITS, EFFORT, unseen_bits)
    for work in (0, int(NOISY_PATIENCE * EFFORT.work_units) - 1):
        assert not rule(elites, work)
    assert not examined
    for work in (EFFORT.work_units // 2, EFFORT.work_units):
        assert rule(elites, work) is (probability > CLAIM_PROBABILITY)
    assert len(examined) == 1
