"""The native bank of real sub-expressions, with the terms of its entries."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Final, final

import numpy as np

from sagredo._native import OPERATION_CODES
from sagredo._native import Bank as NativeBank
from sagredo.domains.expressions.planners.filed_ahead import FiledAhead, by_cost
from sagredo.domains.expressions.response_models import response_model
from sagredo.domains.expressions.restrictions import grammar_of
from sagredo.language.term import Apply, Literal, Term, Variable
from sagredo.problem.column import REAL

if TYPE_CHECKING:
    from jaxtyping import Float64, Int64

    from sagredo.language.language import Language
    from sagredo.problem.problem import Problem
    from sagredo.search.planner import Shared

COSTS_PER_BIT: Final = 2
"""The bank counts code bits in whole costs; half a bit is finer than the prior's weights are known."""

MOST_ROWS: Final = 48
"""Rows that the bank computes: with noise-free data a dozen tell two meanings apart, the objective has them all."""

LARGEST_LITERAL_PRODUCT: Final = 6
"""Literals p/q of the bank have p q up to this; dearer numbers come from affine matches and fits."""

FUNCTIONS_FROM_SIZE: Final = 20_000
"""When the bank has this many entries functions of multiples of monomials are filed."""

BYTES_PER_ENTRY: Final = 200
"""Of an entry besides its column: the node, its level, and its places in three hash indices at most half full."""


def representative_rows(responses: Float64[np.ndarray, " rows"], most: int) -> Int64[np.ndarray, " chosen"]:
    """At most ``most`` rows, evenly spaced in the order of their responses; independent of the rows' own order."""
    rows = len(responses)
    if rows <= most:
        return np.arange(rows)
    places = np.unique(np.linspace(0, rows - 1, most).round().astype(np.int64))
    return np.argsort(responses, kind="stable")[places]


@final
class RealBank:
    """Sub-expressions by cost, one for each meaning on representative rows.

    ``columns`` (inputs, rows) and ``target`` (rows,) are the data on those rows, as least squares sees them.
    ``capacity`` is what the memory that the effort grants has room for.
    """

    def __init__(
        self, problem: Problem, language: Language, constants: Mapping[str, float], memory_bytes: int
    ) -> None:
        self.grammar = grammar_of(language.prior)
        responses = np.asarray(response_model(problem).working_problem().responses, dtype=float)
        self.primitives = frozenset(primitive.name for primitive in language.primitives)
        self.chosen = representative_rows(responses, MOST_ROWS)
        self.symbols = tuple(column.symbol for column in problem.inputs)
        self.columns = np.array([column.values[self.chosen] for column in problem.inputs], dtype=float)
        self.target = np.ascontiguousarray(responses[self.chosen])
        self.capacity = max(1, memory_bytes // (8 * len(self.chosen) + BYTES_PER_ENTRY))
        self._operation_bits = {
            primitive.name: (primitive.arity, self.grammar.primitive_bits(primitive.name))
            for primitive in language.primitives
            if primitive.arity
        }
        self._operations = {
            primitive.name: OPERATION_CODES[primitive.name]
            for primitive in language.primitives
            if primitive.arity
        }
        self.native = NativeBank(
            len(self.chosen),
            [
                (code, self._cost(self.grammar.primitive_bits(name)))
                for name, code in self._operations.items()
            ],
            self.capacity,
        )
        self._constants: list[tuple[Term, float]] = []
        self._add_leaves(language, constants)
        self._ahead = FiledAhead(self.native, self._operations, len(self.columns), self._constants)
        self.exhausted = False
        """Whether the last attempt to grow found nothing to add: all is enumerated, or the memory is full."""
        self._stages = [(FUNCTIONS_FROM_SIZE, self._ahead.file_functions), (0, self._ahead.file_parts)]

    def __len__(self) -> int:
        return len(self.native)

    def grow(self, candidates: int) -> int:
        """Enumerate up to so many candidates more; the number computed (0: exhausted or full)."""
        if self._stages and len(self) >= self._stages[-1][0]:
            _, file = self._stages.pop()
            return file()
        done = int(self.native.enumerate(candidates))
        self.exhausted = done == 0
        return done

    def values(self, entry: int) -> Float64[np.ndarray, " rows"]:
        """The entry's column."""
        return np.array(self.native.values(entry))

    @property
    def monomial_count(self) -> int:
        """How many entries are monomials filed ahead of their turn."""
        return len(self._ahead.monomials)

    @property
    def constant_values(self) -> Float64[np.ndarray, " constants"]:
        """The values of the bank's constant leaves."""
        return np.array([value for _, value in self._constants])

    def operation_bits(self, arity: int) -> dict[str, float]:
        """The code bits of the language's operations with so many arguments."""
        return {name: bits for name, (count, bits) in self._operation_bits.items() if count == arity}

    def cheapest(self, size: int) -> list[int]:
        """The cheapest entries, in order of cost."""
        entries: list[int] = []
        for cost in range(self.native.level_count):
            entries += self.native.level(cost)
            if len(entries) >= size:
                break
        return entries[:size]

    def selection(self, size: int) -> list[int]:
        """The cheapest entries and all that was filed ahead of its turn, the parts of each before it."""
        return by_cost(self.native, {*self.cheapest(size), *self.filed_ahead})

    def library(self, size: int) -> list[int]:
        """Entries for sums: the cheapest of the bank, as many of the cheapest monomials, and the pairs."""
        monomials = by_cost(self.native, self._ahead.monomials.values())
        halves = self.cheapest(size - size // 2), monomials[: size // 2]
        return list(dict.fromkeys([*halves[0], *halves[1], *self._ahead.pairs]))

    @property
    def undone_ahead(self) -> frozenset[int]:
        """The monomials, pairs and denominators, which were filed ahead of their turn."""
        return frozenset((*self._ahead.monomials.values(), *self._ahead.pairs, *self._ahead.denominators))

    @property
    def filed_ahead(self) -> frozenset[int]:
        """All that was filed ahead of its turn: functions, products with pairs and lengths, too."""
        return self._ahead.entries

    @property
    def factors(self) -> list[int]:
        """The pairs and denominators that were filed ahead of their turn, in order of cost."""
        return by_cost(self.native, [*self._ahead.pairs, *self._ahead.denominators])

    def arguments(self, size: int) -> list[int]:
        """At most so many entries that a function's parameter may multiply: parts filed ahead of their turn."""
        return self._ahead.arguments(size)

    def term(self, entry: int) -> Term:
        """The entry's term."""
        names = {code: name for name, code in self._operations.items()}
        binary = {"add", "sub", "mul", "div", "pow", "min", "max"}
        stack: list[Term] = []
        for code, operand in self.native.code(entry):
            if code == OPERATION_CODES["variable"]:
                stack.append(Variable(self.symbols[operand]))
            elif code == OPERATION_CODES["constant"]:
                stack.append(self._constants[operand][0])
            elif names[code] in binary:
                right, left = stack.pop(), stack.pop()
                stack.append(Apply(names[code], (left, right)))
            else:
                stack.append(Apply(names[code], (stack.pop(),)))
        return stack.pop()

    def _cost(self, bits: float) -> int:
        return max(1, round(COSTS_PER_BIT * bits))

    def _add_leaves(self, language: Language, constants: Mapping[str, float]) -> None:
        variable_cost = self._cost(self.grammar.variable_bits(REAL))
        for index, column in enumerate(self.columns):
            self.native.add_leaf(OPERATION_CODES["variable"], index, variable_cost, column)
        leaves: list[tuple[float, Term, float]] = [
            (self.grammar.primitive_bits(primitive.name), Apply(primitive.name), constants[primitive.name])
            for primitive in language.primitives
            if not primitive.arity
        ]
        for numerator in range(1, LARGEST_LITERAL_PRODUCT + 1):
            for denominator in range(1, LARGEST_LITERAL_PRODUCT // numerator + 1):
                value = Fraction(numerator, denominator)
                if value.denominator == denominator:
                    leaves.append((self.grammar.literal_bits(REAL, value), Literal(value), float(value)))
        for bits, term, number in sorted(leaves, key=lambda leaf: leaf[0]):
            column = np.full(len(self.chosen), number)
            if self.native.add_leaf(
                OPERATION_CODES["constant"], len(self._constants), self._cost(bits), column
            ):
                self._constants.append((term, number))


def shared_bank(problem: Problem, shared: Shared, constants: Mapping[str, float]) -> RealBank:
    """The bank of the run; the planner that comes first makes it."""
    if shared.bank is None:
        # Half of the memory; the rest is for the goals of backward search and for growing arrays.
        shared.bank = RealBank(problem, shared.language, constants, shared.effort.memory_bytes // 2)
    if not isinstance(shared.bank, RealBank):
        raise TypeError("The planners of real expressions must share a RealBank.")
    return shared.bank
