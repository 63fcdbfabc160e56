from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

from sagredo.language.language import Language, Primitive
from sagredo.language.term import Apply, Program, Term, children, postorder
from sagredo.problem.column import ValueType
from sagredo.testing import strategies


def language(residues: Any) -> Language:
    problem, _ = residues.sample_problem(np.random.default_rng(0))
    made: Language = residues.language(problem)
    return made


def depth(term: Term) -> int:
    return 1 + max(map(depth, children(term)), default=0)


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), max_depth=st.integers(1, 6))
def test_terms_belong_to_the_language(residues: Any, data: st.DataObject, max_depth: int) -> None:
    spoken = language(residues)
    term = data.draw(strategies.terms(spoken, max_depth))
    assert depth(term) <= max_depth
    assert np.isfinite(spoken.code_bits(Program(term)))
    assert spoken.syntax.parse(spoken.syntax.print_term(term)) == term


@pytest.mark.parametrize("name", ["one", "neg", "inv", "add", "mul"])
def test_every_primitive_occurs(residues: Any, name: str) -> None:
    term = find(
        strategies.terms(language(residues)),
        lambda term: any(isinstance(node, Apply) and node.primitive == name for node in postorder(term)),
    )
    assert depth(term) <= 2


def test_types_are_kept_apart(residues: Any) -> None:
    spoken = language(residues)
    other = ValueType("other")
    primitives = (
        Primitive("make", (spoken.result_type,), other),
        Primitive("use", (other,), spoken.result_type),
        Primitive("unreachable", (ValueType("nothing"),), spoken.result_type),
    )
    spoken = replace(spoken, primitives=primitives)
    term = find(strategies.terms(spoken), lambda term: depth(term) == 3)
    assert [node.primitive for node in postorder(term) if isinstance(node, Apply)] == ["make", "use"]
