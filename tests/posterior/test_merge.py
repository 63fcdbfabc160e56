from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagredo.language.term import Program, Variable
from sagredo.objective.objective import Score
from sagredo.posterior.merge import posterior_of_search, weigh
from sagredo.search.driver import SearchResult, search
from sagredo.search.elites import Meaning
from sagredo.search.planner import Effort, StopReason


def meaning(name: str, bits: float, code_bits: float = 0.0) -> Meaning:
    return Meaning(Score(Program(Variable(name)), code_bits, bits - code_bits), 2, bits)


@given(st.lists(st.floats(0, 30), min_size=1, max_size=20), st.floats(0, 1e5), st.floats(0, 0.99))
def test_probabilities_follow_the_mass_at_any_offset(
    lengths: list[float], offset: float, unseen_mass: float
) -> None:
    posterior = weigh([meaning(f"v{k}", bits + offset) for k, bits in enumerate(lengths)], 7.0, unseen_mass)
    total = sum(2.0**-bits for bits in lengths)
    for program in posterior.programs:
        assert isinstance(program.score.program.term, Variable)
        bits = lengths[int(program.score.program.term.symbol[1:])]
        assert program.probability == pytest.approx((1 - unseen_mass) * 2.0**-bits / total, rel=1e-6)
        assert program.spellings == 2
    probabilities = [program.probability for program in posterior.programs]
    assert probabilities == sorted(probabilities, reverse=True)
    assert sum(probabilities) == pytest.approx(1 - unseen_mass)
    assert (posterior.null_bits, posterior.unseen_mass) == (7.0, unseen_mass)


def test_equal_weights_keep_their_order() -> None:
    posterior = weigh([meaning("a", 3.0), meaning("b", 2.0), meaning("c", 3.0)], 0.0)
    names = [program.score.program for program in posterior.programs]
    assert names == [Program(Variable(name)) for name in "bac"]


def test_nothing_visited_is_an_empty_posterior() -> None:
    result = SearchResult((), StopReason.BUDGET, 0.0, 0, null_bits=5.0)
    posterior = posterior_of_search(result)
    assert (posterior.programs, posterior.unseen_mass) == ((), None)


def test_what_may_lie_unseen_near_the_best_takes_its_share() -> None:
    meanings = (meaning("a", 10.0, 5.0), meaning("b", 10.0, 5.0))
    result = SearchResult(meanings, StopReason.BUDGET, 0.0, 0, null_bits=50.0, unseen_bits=10.0)
    posterior = posterior_of_search(result)
    assert posterior.unseen_mass == pytest.approx(1 / 3)
    assert [program.probability for program in posterior.programs] == pytest.approx([1 / 3, 1 / 3])


def test_when_all_programs_were_visited_nothing_is_unseen(residues: Any) -> None:
    domain = replace(residues, primitives=("one",))
    problem = domain.problem(np.array([[0, 1, 2], [3, 4, 5]]).T, np.array([0, 1, 2]))
    result = search(np.random.default_rng(0), domain, problem, effort=Effort(1000, 2**20))
    posterior = posterior_of_search(result, domain.objective(problem, domain.language(problem)).floor_bits)
    assert len(posterior.programs) == 3
    assert posterior.unseen_mass == pytest.approx(0.0, abs=1e-12)
    assert sum(program.probability for program in posterior.programs) == pytest.approx(1.0)
