"""Which programs a run has weighed, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, final

from sagredo.language.term import Program

BYTES_A_PROGRAM: Final = 96
"""What a 64-bit integer takes in a large set of CPython at its emptiest: 32 for the integer, and 16 for each
of four slots."""


@final
class Visited:
    """The programs weighed lately, by 64-bit digests of theirs.

    There are two generations, each of at most half of ``memory_bytes``: when the younger is full the elder is
    forgotten. So at least the latest ``memory_bytes / (2 BYTES_A_PROGRAM)`` programs are known. A program
    that was forgotten may be weighed again, which takes time and changes nothing; one with the digest of
    another, which happens to one pair in 2^64, is taken for it and not weighed.
    """

    def __init__(self, memory_bytes: int) -> None:
        self._capacity = max(1, memory_bytes // (2 * BYTES_A_PROGRAM))
        self._younger: set[int] = set()
        self._elder: set[int] = set()

    def __contains__(self, program: Program) -> bool:
        digest = hash(program)
        return digest in self._younger or digest in self._elder

    def update(self, programs: Iterable[Program]) -> None:
        """Count programs as visited."""
        for program in programs:
            if len(self._younger) >= self._capacity:
                self._younger, self._elder = set(), self._younger
            self._younger.add(hash(program))
