"""The native bank of real sub-expressions, with the terms of its entries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import chain, combinations, islice, permutations
from typing import TYPE_CHECKING, Final, final

import numpy as np

from sagredo._native import OPERATION_CODES
from sagredo._native import Bank as NativeBank
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

EXPONENTS: Final = (1, -1, 2, -2)
MOST_MONOMIALS: Final = 7_000
"""Monomials filed ahead of their turn have exponents of magnitude 1 or 2 and are this many at the most, the shortest
first: some hundredths of a second."""

MOST_PAIR_PRODUCTS: Final = 3_000
"""Pairs times or over a power of an input that are filed ahead of their turn."""

MOST_SUM_PRODUCTS: Final = 500
"""Products of two sums or differences that are filed ahead of their turn."""

Monomial = tuple[tuple[int, int], ...]
"""(input, exponent) of each factor, those with a positive exponent first."""

FUNCTIONS: Final = ("exp", "sin", "cos", "tanh", "cosh", "log")
MOST_LENGTHS: Final = 1_500
"""Sums of two, and of three, squared differences, products and squares each that are filed ahead of their turn."""

MOST_ARGUMENTS: Final = 400
"""Monomials, pairs and pairs times a power that each of these is applied to ahead of its turn."""

FUNCTIONS_FROM_SIZE: Final = 20_000
MOST_FUNCTIONS: Final = 60_000
"""When the bank has this many entries these functions are applied to multiples of monomials, so many in all."""

BYTES_PER_ENTRY: Final = 200
"""Of an entry besides its column: the node, its level, and its places in three hash indices at most half full."""


def representative_rows(responses: Float64[np.ndarray, " rows"], most: int) -> Int64[np.ndarray, " chosen"]:
    """At most ``most`` rows, evenly spaced in the order of their responses; independent of the rows' own order."""
    rows = len(responses)
    if rows <= most:
        return np.arange(rows)
    places = np.unique(np.linspace(0, rows - 1, most).round().astype(np.int64))
    return np.argsort(responses, kind="stable")[places]


def monomials_in_order(inputs: int, most: int) -> list[Monomial]:
    """At most so many monomials in the inputs, in the order of their nodes: two a factor, one more for a square."""
    levels: list[list[Monomial]] = [[()]]
    found: list[Monomial] = []
    while any(levels[-2:]) and len(found) < most:
        nodes = len(levels)
        level = [
            (*rest, (k, exponent))
            for exponent in EXPONENTS
            for rest in (levels[nodes - 1 - abs(exponent)] if nodes > abs(exponent) else [])
            for k in _next_inputs(rest, exponent, inputs)
        ]
        levels.append(level)
        found += level
    return found[:most]


def _next_inputs(rest: Monomial, exponent: int, inputs: int) -> list[int]:
    """Which inputs may follow: the factors above the line come first, on each side in the order of the inputs."""
    used = [k for k, _ in rest]
    if not rest:
        return list(range(inputs))
    last, last_exponent = rest[-1]
    if exponent > 0 > last_exponent:
        return []
    first = 0 if exponent < 0 < last_exponent else last + 1
    return [k for k in range(first, inputs) if k not in used]


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
        self._constants: list[Term] = []
        self._constant_values: list[float] = []
        self._add_leaves(language, constants)
        self._monomials: dict[Monomial, int] = {}
        self._pairs: list[int] = []
        self._pair_products: list[int] = []
        self._denominators: list[int] = []
        self._short_functions: list[int] = []
        self._lengths: list[int] = []
        self.exhausted = False
        """Whether the last attempt to grow found nothing to add: all is enumerated, or the memory is full."""
        self._stages = [(FUNCTIONS_FROM_SIZE, self._file_functions), (0, self._file_monomials)]

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
        return len(self._monomials)

    @property
    def constant_values(self) -> Float64[np.ndarray, " constants"]:
        """The values of the bank's constant leaves."""
        return np.array(self._constant_values)

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
        ahead = (
            self._monomials.values(),
            self._pairs,
            self._pair_products,
            self._denominators,
            self._short_functions,
            self._lengths,
        )
        return self._by_cost({*self.cheapest(size), *chain.from_iterable(ahead)})

    def library(self, size: int) -> list[int]:
        """Entries for sums: the cheapest of the bank, as many of the cheapest monomials, and the pairs."""
        monomials = self._by_cost(self._monomials.values())
        halves = self.cheapest(size - size // 2), monomials[: size // 2]
        return list(dict.fromkeys([*halves[0], *halves[1], *self._pairs]))

    @property
    def filed_ahead(self) -> frozenset[int]:
        """The monomials, pairs and denominators, which were filed ahead of their turn."""
        return frozenset((*self._monomials.values(), *self._pairs, *self._denominators))

    def arguments(self, size: int) -> list[int]:
        """At most so many entries that a function's parameter may multiply.

        Three quarters are plain products and quotients and pairs, the rest pairs times or over a power.
        """
        plain = [entry for factors, entry in self._monomials.items() if all(abs(p) == 1 for _, p in factors)]
        first = self._by_cost({*plain, *self._pairs})[: size * 3 // 4]
        return list(dict.fromkeys([*first, *self._by_cost([*self._pair_products, *self._denominators])]))[
            :size
        ]

    def _by_cost(self, entries: Iterable[int]) -> list[int]:
        return sorted(set(entries), key=lambda entry: (self.native.cost(entry), entry))

    def term(self, entry: int) -> Term:
        """The entry's term."""
        names = {code: name for name, code in self._operations.items()}
        binary = {"add", "sub", "mul", "div", "pow", "min", "max"}
        stack: list[Term] = []
        for code, operand in self.native.code(entry):
            if code == OPERATION_CODES["variable"]:
                stack.append(Variable(self.symbols[operand]))
            elif code == OPERATION_CODES["constant"]:
                stack.append(self._constants[operand])
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
                self._constants.append(term)
                self._constant_values.append(number)

    def _ones(self) -> list[int]:
        """The entry of the number 1, if there is one."""
        first = len(self.columns)
        return [first + k for k, value in enumerate(self._constant_values) if value == 1.0]

    def _add(self, operation: str, left: int, right: int = 0) -> int:
        """The entry of a combination; -1 where there is none."""
        if operation not in self._operations or left < 0 or right < 0:
            return -1
        return int(self.native.add(self._operations[operation], left, right))

    def _file_monomials(self) -> int:
        """File products of powers of the inputs, and pairs, ahead of their turn; the columns computed.

        Laws of many variables have monomials of a cost that enumeration in order of cost does not reach. Pairs are
        sums and differences of two inputs, of their squares, and of the inverses of both; the roots of those of
        squares, which are the sides of right triangles; and squared differences, of which distances are made.
        """
        inputs = len(self.columns)
        powers = {(k, 1): k for k in range(inputs)} | {(k, 2): self._add("square", k) for k in range(inputs)}
        done = 0
        for monomial in monomials_in_order(inputs, MOST_MONOMIALS):
            *rest, (k, exponent) = monomial
            power = powers[k, abs(exponent)]
            if rest:
                base = self._monomials.get(tuple(rest), -1)
                entry = self._add("mul" if exponent > 0 else "div", base, power)
            else:
                entry = power if exponent > 0 else self._add("inv", power)
            if entry >= 0:
                self._monomials[monomial] = entry
            done += 1
        plain = [powers[k, 1] for k in range(inputs)]
        squares = [powers[k, 2] for k in range(inputs)]
        inverses = [self._add("inv", entry) for entry in plain]
        inverse_squares = [self._add("inv", entry) for entry in squares]
        for i, j in combinations(range(inputs), 2):
            sides = [(side[i], side[j]) for side in (plain, squares, inverses, inverse_squares)]
            pairs = [self._add(operation, *side) for operation in ("sub", "add") for side in sides]
            pairs.append(self._add("square", pairs[0]))
            legs = (
                self._add("sub", *sides[1]),
                self._add("sub", *reversed(sides[1])),
                self._add("add", *sides[1]),
            )
            pairs += [self._add("sqrt", leg) for leg in legs]
            self._pairs += [entry for entry in pairs if entry >= 0]
            done += len(pairs)
        done += self._file_pair_products(powers) + self._file_lengths()
        functions = [name for name in FUNCTIONS if name in self._operations]
        plans = [(name, argument) for argument in self.arguments(MOST_ARGUMENTS) for name in functions]
        self._short_functions = [entry for plan in plans if (entry := self._add(*plan)) >= 0]
        return done + len(plans)

    def _file_pair_products(self, powers: Mapping[tuple[int, int], int]) -> int:
        """File pairs times or over a power of an input, such as a squared difference over a squared width."""
        plans = [
            (operation, pair, power)
            for power in self._by_cost(entry for entry in powers.values() if entry >= 0)
            for pair in self._pairs
            for operation in ("mul", "div")
        ][:MOST_PAIR_PRODUCTS]
        entries = (self._add(*plan) for plan in plans)
        self._pair_products = [entry for entry in entries if entry >= 0]
        return len(plans) + self._file_sum_products() + self._file_denominators()

    def _file_sum_products(self) -> int:
        """File products of two sums or differences of two inputs, or of an input and 1."""
        terms = [*range(len(self.columns)), *self._ones()]
        sums = [
            self._add(operation, *both) for both in combinations(terms, 2) for operation in ("sub", "add")
        ]
        factors = self._by_cost(entry for entry in sums if entry >= 0)
        products = [self._add("mul", *both) for both in islice(combinations(factors, 2), MOST_SUM_PRODUCTS)]
        self._pair_products += [entry for entry in products if entry >= 0]
        return len(sums) + len(products)

    def _file_denominators(self) -> int:
        """File what stands under the line of many laws: x + y z, 1 + x y and 1 + x / y, and the differences."""
        inputs, ones = range(len(self.columns)), self._ones()
        products = {both: self._add("mul", *both) for both in combinations(inputs, 2)}
        ratios = {both: self._add("div", *both) for both in permutations(inputs, 2)}
        plans = [
            (operation, term, entry)
            for terms, entries in (((*inputs, *ones), products), (ones, ratios))
            for both, entry in entries.items()
            for term in terms
            if term not in both
            for operation in ("sub", "add")
        ]
        entries = [self._add(*plan) for plan in plans]
        self._denominators = [entry for entry in entries if entry >= 0]
        return len(products) + len(ratios) + len(plans)

    def _file_lengths(self) -> int:
        """File squared distances, scalar products and squared lengths in two and three dimensions.

        These are sums of squared differences, of products and of squares of inputs that all differ; no sum of single
        terms comes near to one, as each of the terms explains little.
        """
        inputs = range(len(self.columns))
        couples = list(combinations(inputs, 2))
        kinds: list[dict[tuple[int, ...], int]] = [
            {couple: self._add("square", self._add("sub", *couple)) for couple in couples},
            {couple: self._add("mul", *couple) for couple in couples},
            {(k,): self._add("square", k) for k in inputs},
        ]
        done = 0
        for terms in kinds:
            sums: dict[tuple[tuple[int, ...], ...], int] = {(key,): entry for key, entry in terms.items()}
            for _ in range(2):
                longer = (
                    ((*keys, key), entry, terms[key])
                    for keys, entry in sums.items()
                    for key in terms
                    if key > keys[-1] and not set(key) & set(chain.from_iterable(keys))
                )
                sums = {keys: self._add("add", *both) for keys, *both in islice(longer, MOST_LENGTHS)}
                self._lengths += [entry for entry in sums.values() if entry >= 0]
                done += len(sums)
        return done

    def _file_functions(self) -> int:
        """File functions of multiples of monomials, and of monomials times a sum or difference of two inputs.

        A phase, a decay or a Boltzmann factor is of this form.
        """
        inputs = len(self.columns)
        pairs = [
            self._add(operation, i, j)
            for i, j in combinations(range(inputs), 2)
            for operation in ("sub", "add")
        ]
        short = [entry for key, entry in self._monomials.items() if len(key) <= 2]
        arguments = [*self._monomials.values(), *pairs]
        arguments += [self._add("mul", pair, monomial) for pair in pairs for monomial in short]
        arguments = sorted(
            {entry for entry in arguments if entry >= 0}, key=lambda e: (self.native.cost(e), e)
        )
        constants = range(inputs, inputs + len(self._constants))
        # A phase is often 2 pi times a product.
        doubled = [
            self._add("mul", constant, constants[k])
            for k, term in enumerate(self._constants)
            if isinstance(term, Apply)
            for constant in constants
        ]
        multiples = {
            self._add("mul", constant, argument)
            for argument in arguments[: MOST_FUNCTIONS // 10]
            for constant in (*constants, *doubled)
        }
        everything = sorted(
            {entry for entry in (*arguments, *multiples) if entry >= 0},
            key=lambda e: (self.native.cost(e), e),
        )
        functions = [name for name in FUNCTIONS if name in self._operations]
        chosen = everything[: MOST_FUNCTIONS // max(1, len(functions))]
        for name in functions:
            for argument in chosen:
                self._add(name, argument)
        return len(arguments) + len(multiples) + len(functions) * len(chosen)


def shared_bank(problem: Problem, shared: Shared, constants: Mapping[str, float]) -> RealBank:
    """The bank of the run; the planner that comes first makes it."""
    if shared.bank is None:
        # Half of the memory; the rest is for the goals of backward search and for growing arrays.
        shared.bank = RealBank(problem, shared.language, constants, shared.effort.memory_bytes // 2)
    if not isinstance(shared.bank, RealBank):
        raise TypeError("The planners of real expressions must share a RealBank.")
    return shared.bank
