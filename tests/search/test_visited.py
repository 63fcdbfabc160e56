from __future__ import annotations

import sys

from hypothesis import given
from hypothesis import strategies as st

from sagredo.language.term import Apply, Program, Variable
from sagredo.search.visited import BYTES_A_PROGRAM, Visited


def program(k: int) -> Program:
    return Program(Apply("neg", (Variable(f"x{k}"),)), (float(k),))


@given(st.integers(1, 50), st.lists(st.integers(0, 200)))
def test_the_latest_are_known_and_what_never_came_is_not(capacity: int, numbers: list[int]) -> None:
    visited = Visited(2 * BYTES_A_PROGRAM * capacity)
    for k in numbers:
        visited.update([program(k)])
    assert all(program(k) in visited for k in numbers[-capacity:])
    assert not any(program(k) in visited for k in set(range(201)) - set(numbers))


@given(st.integers(1, 5000))
def test_it_is_bounded(capacity: int) -> None:
    visited = Visited(2 * BYTES_A_PROGRAM * capacity)
    visited.update(program(k) for k in range(3 * capacity))
    known = sum(program(k) in visited for k in range(3 * capacity))
    assert capacity <= known <= 2 * capacity


def test_a_program_takes_no_more_than_is_counted() -> None:
    for count in (60_000, 80_000, 160_000, 320_000):
        digests = {hash(("program", k)) for k in range(count)}
        assert sys.getsizeof(digests) + 32 * count <= BYTES_A_PROGRAM * count
