"""The names under which free parameters are written."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, final

_PREFIXES: Final = ("p", "c", "k", "q", "theta", "kappa")
_MOST_DIGITS: Final = 6
"""Digits of an index; no program has a million parameters."""


@final
class ParameterNames:
    """The first free parameters have names of their ``own``; the others are ``p0``, ``p1``, ...

    These have another prefix where such a name is ``taken``, or is some parameter's own.
    """

    def __init__(self, taken: Collection[str], own: Sequence[str] = ()) -> None:
        self.own = tuple(own)
        self.prefix = _free_prefix((*taken, *own))

    def name(self, index: int) -> str:
        """The name of a parameter."""
        return self.own[index] if index < len(self.own) else f"{self.prefix}{index - len(self.own)}"

    def index(self, name: str) -> int | None:
        """The parameter of a name; None for the name of anything else."""
        if name in self.own:
            return self.own.index(name)
        digits = name.removeprefix(self.prefix)
        if len(digits) > _MOST_DIGITS or not (digits.isascii() and digits.isdigit()):
            return None
        index = len(self.own) + int(digits)
        return index if self.name(index) == name else None


def _free_prefix(taken: Collection[str]) -> str:
    """A prefix for the names of parameters that makes none that is taken."""
    for prefix in (*_PREFIXES, *("p" + "_" * count for count in range(1, len(taken) + 2))):
        if not any(name.startswith(prefix) and name.removeprefix(prefix).isdigit() for name in taken):
            return prefix
    raise AssertionError("among more prefixes than names one is free")
