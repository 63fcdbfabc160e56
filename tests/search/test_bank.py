from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagredo.language.term import Variable
from sagredo.problem.column import ValueType
from sagredo.search.bank import ENTRY_BYTES, ReferenceBank, shared_bank

KINDS = st.sampled_from([ValueType("a"), ValueType("b")])


def bank_of(residues: Any, kinds: list[ValueType], memory_bytes: float = 2**20) -> ReferenceBank:
    """Entries of these types, every one with a meaning of its own."""
    bank = ReferenceBank(residues.semantics(None), memory_bytes)
    for k, kind in enumerate(kinds):
        bank.add(Variable(f"v{k}"), kind, np.array([k]), float(k))
    return bank


@given(kinds=st.lists(KINDS, max_size=7), types=st.lists(KINDS, min_size=1, max_size=3))
def test_every_tuple_has_one_newest_member_at_one_place(
    residues: Any, kinds: list[ValueType], types: list[ValueType]
) -> None:
    bank = bank_of(residues, kinds)
    made = [
        tuple(entry.position for entry in entries)
        for newest in bank.entries
        for entries in bank.tuples(types, newest)
    ]
    places = [[entry.position for entry in bank.entries if entry.value_type == kind] for kind in types]
    assert sorted(made) == sorted(product(*places))


def test_the_first_term_of_a_meaning_is_kept(residues: Any) -> None:
    bank = bank_of(residues, [ValueType("a")])
    assert bank.add(Variable("again"), ValueType("a"), np.array([0]), 5.0) is None
    assert bank.add(Variable("undefined"), ValueType("a"), np.array([-1]), 5.0) is None
    other_type = bank.add(Variable("other"), ValueType("b"), np.array([0]), 5.0)
    assert [entry.term for entry in bank.entries] == [Variable("v0"), Variable("other")]
    assert bank.find(ValueType("b"), (0,)) is other_type
    assert bank.find(ValueType("b"), (1,)) is None


def test_the_bank_is_full_when_its_memory_is_spent(residues: Any) -> None:
    kinds = [ValueType("a")] * 3
    assert bank_of(residues, kinds, memory_bytes=3 * ENTRY_BYTES).full
    assert not bank_of(residues, kinds[:2], memory_bytes=3 * ENTRY_BYTES).full


def test_the_planners_of_a_run_share_one_bank(residues: Any, shared_of: Any) -> None:
    problem, _ = residues.sample_problem(np.random.default_rng(0))
    shared = shared_of(residues, problem)
    assert shared_bank(shared) is shared_bank(shared)
    shared.bank = object()
    with pytest.raises(TypeError, match=r"share a ReferenceBank.*Got a object"):
        shared_bank(shared)
