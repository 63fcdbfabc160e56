"""What the bank has before enumeration in order of cost comes to it: parts that laws are often made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, combinations, islice, permutations
from typing import TYPE_CHECKING, Final, final

from sagredo.language.term import Apply, Term

if TYPE_CHECKING:
    from sagredo._native import Bank as NativeBank

Monomial = tuple[tuple[int, int], ...]
"""(input, exponent) of each factor, those with a positive exponent first."""

EXPONENTS: Final = (1, -1, 2, -2)
MOST_MONOMIALS: Final = 7_000
"""Monomials filed ahead of their turn have exponents of magnitude 1 or 2 and are this many at the most, the shortest
first: some hundredths of a second."""

MOST_PAIR_PRODUCTS: Final = 3_000
"""Pairs times or over a power of an input that are filed ahead of their turn."""

MOST_SUM_PRODUCTS: Final = 500
"""Products of two sums or differences that are filed ahead of their turn."""

MOST_LENGTHS: Final = 1_500
"""Sums of two, and of three, squared differences, products and squares each that are filed ahead of their turn."""

FUNCTIONS: Final = ("exp", "sin", "cos", "tanh", "cosh", "log")
MOST_ARGUMENTS: Final = 400
"""Monomials, pairs and pairs times a power that each of these is applied to ahead of its turn."""

MOST_FUNCTIONS: Final = 60_000
"""The same functions are applied to multiples of monomials, so many in all, once the bank has grown."""


def by_cost(native: NativeBank, entries: Iterable[int]) -> list[int]:
    """The entries of the bank in order of cost; -1, which is none, is left out."""
    return sorted({entry for entry in entries if entry >= 0}, key=lambda entry: (native.cost(entry), entry))


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
class FiledAhead:
    """Entries of a bank that are filed ahead of their turn.

    The first entries of the bank are the ``inputs``, so many, and then the ``constants``, each with its value;
    ``operations`` are the codes of those that the language has.
    """

    def __init__(
        self,
        native: NativeBank,
        operations: Mapping[str, int],
        inputs: int,
        constants: Sequence[tuple[Term, float]],
    ) -> None:
        self._native = native
        self._operations = operations
        self._inputs = inputs
        self._constants = constants
        self.monomials: dict[Monomial, int] = {}
        self.pairs: list[int] = []
        self.denominators: list[int] = []
        self._pair_products: list[int] = []
        self._short_functions: list[int] = []
        self._lengths: list[int] = []

    @property
    def entries(self) -> frozenset[int]:
        """All of them, but for the functions of multiples, which are too many."""
        return frozenset(
            chain(
                self.monomials.values(),
                self.pairs,
                self.denominators,
                self._pair_products,
                self._short_functions,
                self._lengths,
            )
        )

    def arguments(self, size: int) -> list[int]:
        """At most so many entries that a function's parameter may multiply.

        Three quarters are plain products and quotients and pairs, the rest pairs times or over a power.
        """
        plain = [entry for factors, entry in self.monomials.items() if all(abs(p) == 1 for _, p in factors)]
        first = by_cost(self._native, [*plain, *self.pairs])[: size * 3 // 4]
        rest = by_cost(self._native, [*self._pair_products, *self.denominators])
        return list(dict.fromkeys([*first, *rest]))[:size]

    def _ones(self) -> list[int]:
        """The entry of the number 1, if there is one."""
        return [self._inputs + k for k, (_, value) in enumerate(self._constants) if value == 1.0]

    def _add(self, operation: str, left: int, right: int = 0) -> int:
        """The entry of a combination; -1 where there is none."""
        if operation not in self._operations or left < 0 or right < 0:
            return -1
        return int(self._native.add(self._operations[operation], left, right))

    def file_parts(self) -> int:
        """File products of powers of the inputs, and pairs, ahead of their turn; the columns computed.

        Laws of many variables have monomials of a cost that enumeration in order of cost does not reach. Pairs are
        sums and differences of two inputs, of their squares, and of the inverses of both; the roots of those of
        squares, which are the sides of right triangles; and squared differences, of which distances are made.
        """
        inputs = self._inputs
        powers = {(k, 1): k for k in range(inputs)} | {(k, 2): self._add("square", k) for k in range(inputs)}
        done = 0
        for monomial in monomials_in_order(inputs, MOST_MONOMIALS):
            *rest, (k, exponent) = monomial
            power = powers[k, abs(exponent)]
            if rest:
                base = self.monomials.get(tuple(rest), -1)
                entry = self._add("mul" if exponent > 0 else "div", base, power)
            else:
                entry = power if exponent > 0 else self._add("inv", power)
            if entry >= 0:
                self.monomials[monomial] = entry
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
            self.pairs += [entry for entry in pairs if entry >= 0]
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
            for power in by_cost(self._native, powers.values())
            for pair in self.pairs
            for operation in ("mul", "div")
        ][:MOST_PAIR_PRODUCTS]
        entries = (self._add(*plan) for plan in plans)
        self._pair_products = [entry for entry in entries if entry >= 0]
        return len(plans) + self._file_sum_products() + self._file_denominators()

    def _file_sum_products(self) -> int:
        """File products of two sums or differences of two inputs, or of an input and 1."""
        terms = [*range(self._inputs), *self._ones()]
        sums = [
            self._add(operation, *both) for both in combinations(terms, 2) for operation in ("sub", "add")
        ]
        factors = by_cost(self._native, sums)
        products = [self._add("mul", *both) for both in islice(combinations(factors, 2), MOST_SUM_PRODUCTS)]
        self._pair_products += [entry for entry in products if entry >= 0]
        return len(sums) + len(products)

    def _file_denominators(self) -> int:
        """File what stands under the line of many laws: x + y z, 1 + x y and 1 + x / y, and the differences."""
        inputs, ones = range(self._inputs), self._ones()
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
        self.denominators = [entry for entry in entries if entry >= 0]
        return len(products) + len(ratios) + len(plans)

    def _file_lengths(self) -> int:
        """File squared distances, scalar products and squared lengths in two and three dimensions.

        These are sums of squared differences, of products and of squares of inputs that all differ; no sum of single
        terms comes near to one, as each of the terms explains little.
        """
        inputs = range(self._inputs)
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

    def file_functions(self) -> int:
        """File functions of multiples of monomials, and of monomials times a sum or difference of two inputs.

        A phase, a decay or a Boltzmann factor is of this form.
        """
        inputs = self._inputs
        pairs = [
            self._add(operation, i, j)
            for i, j in combinations(range(inputs), 2)
            for operation in ("sub", "add")
        ]
        short = [entry for key, entry in self.monomials.items() if len(key) <= 2]
        arguments = [*self.monomials.values(), *pairs]
        arguments += [self._add("mul", pair, monomial) for pair in pairs for monomial in short]
        arguments = by_cost(self._native, arguments)
        constants = range(inputs, inputs + len(self._constants))
        # A phase is often 2 pi times a product.
        doubled = [
            self._add("mul", constant, constants[k])
            for k, (term, _) in enumerate(self._constants)
            if isinstance(term, Apply)
            for constant in constants
        ]
        multiples = {
            self._add("mul", constant, argument)
            for argument in arguments[: MOST_FUNCTIONS // 10]
            for constant in (*constants, *doubled)
        }
        everything = by_cost(self._native, [*arguments, *multiples])
        functions = [name for name in FUNCTIONS if name in self._operations]
        chosen = everything[: MOST_FUNCTIONS // max(1, len(functions))]
        for name in functions:
            for argument in chosen:
                self._add(name, argument)
        return len(arguments) + len(multiples) + len(functions) * len(chosen)
