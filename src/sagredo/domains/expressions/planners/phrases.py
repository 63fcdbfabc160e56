"""Phrases: what things cost to say, and what the bank has for a value."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import inf
from typing import TYPE_CHECKING, Final, NamedTuple, final

import numpy as np

from sagredo.domains.expressions.planners.bank import RealBank
from sagredo.domains.expressions.simulator import NativeSimulator
from sagredo.language.term import Apply, Literal, Parameter, Program, Term, postorder
from sagredo.problem.column import REAL

if TYPE_CHECKING:
    from jaxtyping import Float64

    Column = Float64[np.ndarray, " rows"]

TIE_BITS: Final = 1e-6
"""Of spellings that are equally long, the one with fewer quotients and with products from the left reads better."""


class Said(NamedTuple):
    """A spelling with its code bits."""

    bits: float
    term: Term


UNSAYABLE: Final = Said(inf, Literal(Fraction(0)))
ONE: Final = Literal(Fraction(1))


def power_of(value: Column, exponent: Fraction) -> Column:
    """The values to this power; nan or inf where there is none."""
    with np.errstate(all="ignore"):
        return value ** (int(exponent) if exponent.denominator == 1 else float(exponent))


@final
class Phrases:
    """Values on the bank's rows, the bits of nodes, and the bank's shortest spelling of a value."""

    def __init__(self, bank: RealBank, constants: Mapping[str, float]) -> None:
        self._bank = bank
        self._simulator = NativeSimulator(constants)
        self._inputs = dict(zip(bank.symbols, bank.columns, strict=True))
        self._known_bits: dict[str, float] = {}
        self._known_entries: dict[int, Said] = {-1: UNSAYABLE}

    @property
    def primitives(self) -> frozenset[str]:
        """The names of the language's operations."""
        return self._bank.primitives

    def value(self, program: Program) -> Column:
        """The program's values."""
        values = self._simulator.run(program, self._inputs).values
        return np.broadcast_to(np.asarray(values, dtype=float), self._bank.target.shape)

    def look_up(self, value: Column) -> Said:
        """The shortest spelling of the value as an entry of the bank, or as 1 and an entry."""
        if not np.all(np.isfinite(value)):
            return UNSAYABLE
        one = Said(self.node_bits(ONE), ONE)
        found = self._entry(value)
        for operation, parts in (
            ("sub", (one, self._entry(1 - value))),
            ("sub", (self._entry(value + 1), one)),
            ("add", (one, self._entry(value - 1))),
        ):
            found = min(found, self.apply(operation, *parts), key=lambda said: said.bits)
        return found

    def _entry(self, value: Column) -> Said:
        entry = self._bank.native.find(np.ascontiguousarray(value))
        if entry not in self._known_entries:
            term = self._bank.term(entry)
            # The bank counts in halves of a bit.
            bits = sum(self.node_bits(node) for node in postorder(term))
            self._known_entries[entry] = Said(bits, term)
        return self._known_entries[entry]

    def apply(self, name: str, *parts: Said) -> Said:
        """An operation on what was said."""
        bits = self.operation_bits(name) + sum(part.bits for part in parts)
        return Said(bits, Apply(name, tuple(part.term for part in parts)))

    def operation_bits(self, name: str) -> float:
        """The bits of an operation."""
        if name not in self._known_bits:
            tie = TIE_BITS if name == "div" else 0.0
            self._known_bits[name] = self._bank.grammar.primitive_bits(name) + tie
        return self._known_bits[name]

    def node_bits(self, term: Term) -> float:
        """The bits of one node."""
        match term:
            case Literal(value):
                return self._bank.grammar.literal_bits(REAL, value)
            case Parameter():
                return self._bank.grammar.parameter_bits(REAL)
            case Apply(name):
                return self.operation_bits(name)
            case _:
                return self._bank.grammar.variable_bits(REAL)
