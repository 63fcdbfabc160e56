"""The reference bank: sub-programs in order of cost, one for each meaning, over any semantics."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, final

import numpy as np

from sagredo.language.term import Term
from sagredo.search.planner import Shared
from sagredo.simulator.semantics import Semantics, Value

if TYPE_CHECKING:
    from sagredo.problem.column import ValueType

ENTRY_BYTES = 2000
"""What an entry takes beside its column: the term, the key, its places in the lists and in the queue of
combinations; measured, rounded up."""

BANK_MEMORY_FRACTION = 0.5
"""The bank's part of a run's memory; the sub-goals of backward search have the rest."""


@final
@dataclass(frozen=True, eq=False)
class Entry:
    """A sub-program: its term, its column, the bits of its code, and its place in the order of arrival."""

    term: Term
    value_type: ValueType
    value: Value
    code_bits: float
    position: int


@final
class ReferenceBank:
    """Columns of sub-programs, the cheapest term of each meaning (observational equivalence).

    Whoever fills it adds entries in order of their bits, so that the first term of a meaning is its cheapest
    and every list below is sorted, and sets ``closed`` when nothing more will come. A column that has no
    value on some row is not kept, since a primitive applied to it has none there either.
    """

    def __init__(self, semantics: Semantics, memory_bytes: float) -> None:
        self._semantics = semantics
        self._memory_bytes = memory_bytes
        self._bytes = 0
        self._by_meaning: dict[tuple[ValueType, Hashable], Entry] = {}
        self.entries: list[Entry] = []
        self.of_type: dict[ValueType, list[Entry]] = {}
        self.closed = False

    @property
    def full(self) -> bool:
        """Whether the memory is spent."""
        return self._bytes >= self._memory_bytes

    def add(self, term: Term, value_type: ValueType, value: Value, code_bits: float) -> Entry | None:
        """Keep a sub-program of a new meaning; None when the meaning is known or undefined somewhere."""
        if not np.all(self._semantics.defined(value)):
            return None
        meaning = (value_type, self._semantics.key(value))
        if meaning in self._by_meaning:
            return None
        entry = Entry(term, value_type, value, code_bits, len(self.entries))
        self._by_meaning[meaning] = entry
        self.entries.append(entry)
        self.of_type.setdefault(value_type, []).append(entry)
        self._bytes += ENTRY_BYTES + int(getattr(value, "nbytes", 0))
        return entry

    def find(self, value_type: ValueType, key: Hashable) -> Entry | None:
        """The entry of this meaning."""
        return self._by_meaning.get((value_type, key))

    def choices(self, types: Sequence[ValueType], newest: Entry, place: int) -> tuple[int, ...] | None:
        """How many entries may stand at each other place when ``newest`` is at ``place``; None when there
        are none.

        Counted in the lists of their types, so that every tuple of entries has exactly one newest member at
        exactly one place: those before it are strictly older, those after it at most as new.
        """
        limits = []
        for other, value_type in enumerate(types):
            if other == place:
                continue
            count = _count_up_to(self.of_type.get(value_type, []), newest.position - (other < place))
            if count == 0:
                return None
            limits.append(count)
        return tuple(limits)

    def tuples(self, types: Sequence[ValueType], newest: Entry) -> Iterator[tuple[Entry, ...]]:
        """Every tuple of entries of these types that has ``newest`` as its newest member."""
        for place, value_type in enumerate(types):
            if value_type != newest.value_type:
                continue
            limits = self.choices(types, newest, place)
            if limits is None:
                continue
            others = [other for k, other in enumerate(types) if k != place]
            for indices in product(*(range(limit) for limit in limits)):
                chosen = [self.of_type[kind][index] for kind, index in zip(others, indices, strict=True)]
                chosen.insert(place, newest)
                yield tuple(chosen)


def _count_up_to(entries: list[Entry], position: int) -> int:
    """How many entries of a list arrived at this position or before."""
    return bisect_right(entries, position, key=lambda entry: entry.position)


def shared_bank(shared: Shared) -> ReferenceBank:
    """The bank of a run, made by whichever planner asks first.

    Raises:
        TypeError: the run's planners share a bank of another kind.
    """
    if shared.bank is None:
        shared.bank = ReferenceBank(shared.semantics, BANK_MEMORY_FRACTION * shared.effort.memory_bytes)
    if not isinstance(shared.bank, ReferenceBank):
        raise TypeError(
            "The generic planners must share a ReferenceBank. "
            f"Got a {type(shared.bank).__name__} instead; "
            "run them apart from planners that bring their own bank."
        )
    return shared.bank
