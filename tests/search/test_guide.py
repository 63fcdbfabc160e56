from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sagredo.search.guide import UniformGuide


@given(st.one_of(st.none(), st.integers(), st.text(), st.binary()))
def test_the_uniform_guide_never_overestimates(goal: object) -> None:
    assert UniformGuide().remaining_bits(goal) == 0.0
