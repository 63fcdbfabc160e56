from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagredo.language.term import Program, Variable
from sagredo.objective.objective import Score
from sagredo.posterior.merge import merge
from sagredo.posterior.unseen_mass import frontier_unseen_mass, good_turing_unseen_mass

BITS = st.lists(st.tuples(st.integers(0, 4), st.floats(0, 30)), min_size=1, max_size=20)


def score(name: str, bits: float) -> Score:
    return Score(Program(Variable(name)), bits / 2, bits / 2)


@given(BITS, st.floats(0, 1e5))
def test_meanings_add_the_weights_of_their_spellings_at_any_offset(
    pairs: list[tuple[int, float]], offset: float
) -> None:
    scores = [score(f"v{k}_{meaning}", bits + offset) for k, (meaning, bits) in enumerate(pairs)]

    def meaning(program: Program) -> str:
        assert isinstance(program.term, Variable)
        return program.term.symbol.split("_")[1]

    posterior = merge(scores, meaning, null_bits=0.0)
    total = sum(2.0**-bits for _, bits in pairs)
    for weighted in posterior.programs:
        of_meaning = [bits for which, bits in pairs if str(which) == meaning(weighted.score.program)]
        assert weighted.spellings == len(of_meaning)
        assert weighted.probability == pytest.approx(sum(2.0**-bits for bits in of_meaning) / total, rel=1e-6)
        assert weighted.score.description_length_bits == pytest.approx(min(of_meaning) + offset)
    probabilities = [weighted.probability for weighted in posterior.programs]
    assert probabilities == sorted(probabilities, reverse=True)


def test_probabilities_are_divided_by_visited_plus_unseen() -> None:
    posterior = merge([score("a", 3.0)], lambda program: 0, null_bits=9.0, unseen_mass=0.25)
    assert posterior.programs[0].probability == 0.75


def test_the_unseen_mass_is_said_only_where_it_is_known() -> None:
    assert frontier_unseen_mass(10.0, 1.0, 0.0, 30.0) is None
    assert frontier_unseen_mass(10.0, 1.0, 5.0, 0.0) is None
    assert frontier_unseen_mass(10.0, 1.0, float("inf"), 0.0) == 0.0
    # visited 2^-10; unvisited at most half the prior at 2^-12 each: (2^-13) / (2^-13 + 2^-10) = 1/9
    assert frontier_unseen_mass(10.0, 1.0, 5.0, 12.0) == pytest.approx(1 / 9)
    assert good_turing_unseen_mass("aabcc") == pytest.approx(1 / 5)
    assert good_turing_unseen_mass([]) is None
