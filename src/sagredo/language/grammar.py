"""A probabilistic grammar: a proper prior over the typed terms of any language."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from math import inf, log
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Protocol, final

import numpy as np

from sagredo.language.language import Primitive, Prior
from sagredo.language.term import Apply, Literal, Parameter, Term, Variable

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.problem.column import ValueType

NEW_PARAMETER_PROBABILITY: Final = 15 / 16
"""The probability that a parameter after the first is a new one; otherwise it is an earlier one again. In
written laws a constant that occurs twice is an exception."""

NO_PARAMETERS: Final[Mapping[ValueType, Iterable[int]]] = MappingProxyType({})
"""No parameters before those of a term."""

_BITS: Final = 1 / log(2)


class LiteralPrior(Protocol):
    """A proper distribution over the literals of one value type."""

    def log_probability(self, value: object) -> float:
        """log p(value), in nats; -inf for what is no literal of the type."""

    def sample(self, rng: np.random.Generator) -> object:
        """Draw a value."""


@final
@dataclass(frozen=True)
class _Productions:
    """What a node of one value type can be, with probabilities; ``primitives`` has None for the other
    kinds."""

    log_kind: dict[str, float]
    log_primitive: dict[str, float]
    kinds: tuple[str, ...]
    primitives: tuple[Primitive | None, ...]
    probabilities: Float64[np.ndarray, " productions"]
    cumulative: list[float]


@final
@dataclass(frozen=True, eq=False)
class Grammar(Prior):
    """p(term) = product over its nodes of p(kind | type) p(production | kind, type).

    A node of a value type is a variable (uniform over the variables of the type), a free parameter (for the
    types in ``parameter_types``), a literal (for the types in ``literals``) or a primitive with that result
    type, whose arguments follow independently. The kinds are ``variable``, ``parameter``, ``literal`` and
    the primitives' own kinds; ``kind_weights`` (default 1 each) are normalised over the kinds that the type
    has, ``primitive_weights`` (default 1 each) inside a kind.

    How parameters are numbered carries no information: a parameter is either new or, after the first of its
    type, with probability 1/16 one of the earlier ones, uniformly. Trees are ordered: f(a, b) and f(b, a)
    are two terms.

    The branching process of a term is required to be subcritical (the spectral radius of the matrix of mean
    offspring counts is below 1, Harris 1963, theorem II.7.1), so that terms are finite with probability 1
    and have a finite expected size.

    Raises:
        ValueError: weights are negative or not finite, a type has no production, or the grammar is not
        subcritical.
    """

    primitives: tuple[Primitive, ...]
    variables: Mapping[str, ValueType]
    result_type: ValueType
    parameter_types: frozenset[ValueType] = frozenset()
    literals: Mapping[ValueType, LiteralPrior] = field(default_factory=dict)
    kind_weights: Mapping[str, float] = field(default_factory=dict)
    primitive_weights: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for weights in (self.kind_weights, self.primitive_weights):
            for name, weight in weights.items():
                if not 0 <= weight < inf:
                    raise ValueError(f"A weight must be at least 0 and finite. Got {weight!r} for {name!r}.")
        radius = self.spectral_radius
        if radius >= 1:
            raise ValueError(
                "The spectral radius of the mean numbers of children must be below 1 for terms to be finite. "
                f"Got {radius:.3g}; lower the weights of the primitives with many arguments."
            )

    def with_weights(
        self,
        kind_weights: Mapping[str, float] | None = None,
        primitive_weights: Mapping[str, float] | None = None,
    ) -> Grammar:
        """The same grammar with these weights in place of its own where they are given."""
        return replace(
            self,
            kind_weights={**self.kind_weights, **(kind_weights or {})},
            primitive_weights={**self.primitive_weights, **(primitive_weights or {})},
        )

    # -- probabilities -----------------------------------------------------------------------------------

    def log_prior(self, term: Term) -> float:
        """log p(term), in nats; -inf for a term outside the language."""
        return self.log_prior_of_part(term, self.result_type)

    def log_prior_of_part(
        self, term: Term, value_type: ValueType, earlier: Mapping[ValueType, Iterable[int]] = NO_PARAMETERS
    ) -> float:
        """log p(term) of a sub-term of the type, in nats, after the parameters ``earlier``, by type."""
        total = 0.0
        seen = {kind: set(indices) for kind, indices in earlier.items()}
        pending = [(term, value_type)]
        while pending:
            node, value_type = pending.pop()
            table = self._tables.get(value_type)
            if table is None:
                return -inf
            match node:
                case Apply(name, arguments):
                    primitive = self._primitive_by_name.get(name)
                    if primitive is None or len(arguments) != primitive.arity:
                        return -inf
                    total += table.log_primitive.get(name, -inf)
                    pending += reversed(list(zip(arguments, primitive.argument_types, strict=True)))
                case Variable(symbol):
                    if self.variables.get(symbol) != value_type:
                        return -inf
                    total += table.log_kind.get("variable", -inf) - log(len(self._symbols[value_type]))
                case Literal(value) if value_type in self.literals:
                    total += table.log_kind.get("literal", -inf)
                    total += self.literals[value_type].log_probability(value)
                case Parameter(index):
                    known = seen.setdefault(value_type, set())
                    total += table.log_kind.get("parameter", -inf) + _log_reference(index, known)
                    known.add(index)
                case _:
                    return -inf
            if total == -inf:
                return -inf
        return total

    def sample(self, rng: np.random.Generator) -> Term:
        """Draw a term; parameters are numbered in the order in which they occur."""
        return self.sample_part(rng, self.result_type)

    def sample_part(
        self,
        rng: np.random.Generator,
        value_type: ValueType,
        earlier: Mapping[ValueType, Iterable[int]] = NO_PARAMETERS,
    ) -> Term:
        """Draw a sub-term of the type; its new parameters get the numbers after the largest of ``earlier``."""
        preorder: list[tuple[Term, int]] = []
        pending = [value_type]
        numbers = {kind: list(indices) for kind, indices in earlier.items()}
        fresh = 1 + max(chain.from_iterable(numbers.values()), default=-1)
        while pending:
            value_type = pending.pop()
            table = self._tables[value_type]
            choice = categorical(rng, table.cumulative)
            kind, primitive = table.kinds[choice], table.primitives[choice]
            if primitive is not None:
                preorder.append((Apply(primitive.name), primitive.arity))
                pending += reversed(primitive.argument_types)
            elif kind == "variable":
                symbols = self._symbols[value_type]
                preorder.append((Variable(symbols[int(rng.integers(len(symbols)))]), 0))
            elif kind == "literal":
                preorder.append((Literal(self.literals[value_type].sample(rng)), 0))
            else:
                known = numbers.setdefault(value_type, [])
                if known and rng.random() >= NEW_PARAMETER_PROBABILITY:
                    index = known[int(rng.integers(len(known)))]
                else:
                    index, fresh = fresh, fresh + 1
                    known.append(index)
                preorder.append((Parameter(index), 0))
        return _assemble(preorder)

    # -- costs of single nodes, by which a search enumerates -----------------------------------------------

    def primitive_bits(self, name: str) -> float:
        """-log2 of the probability of this primitive at a node of its result type; inf if no term has it."""
        primitive = self._primitive_by_name.get(name)
        if primitive is None or primitive.result_type not in self._tables:
            return inf
        return -self._tables[primitive.result_type].log_primitive.get(name, -inf) * _BITS

    def variable_bits(self, value_type: ValueType) -> float:
        """-log2 of the probability of any one variable of the type; inf if it has none."""
        if value_type not in self._symbols:
            return inf
        return self._kind_bits(value_type, "variable") + log(len(self._symbols[value_type])) * _BITS

    def parameter_bits(self, value_type: ValueType) -> float:
        """-log2 of the probability of a free parameter, the first of the term; inf if the type has none."""
        return self._kind_bits(value_type, "parameter")

    def literal_bits(self, value_type: ValueType, value: object) -> float:
        """-log2 of the probability of this literal; inf if the type has none."""
        if value_type not in self.literals:
            return inf
        log_value = self.literals[value_type].log_probability(value)
        return self._kind_bits(value_type, "literal") - log_value * _BITS

    @cached_property
    def spectral_radius(self) -> float:
        """The spectral radius of the matrix of mean offspring counts, type by type."""
        return float(np.abs(np.linalg.eigvals(self._mean_offspring)).max())

    @cached_property
    def mean_size(self) -> float:
        """The expected number of nodes of a term: the first entry of (I - M)^-1 1."""
        types = len(self._tables)
        return float(np.linalg.solve(np.eye(types) - self._mean_offspring, np.ones(types))[0])

    # -- tables ------------------------------------------------------------------------------------------

    def _kind_bits(self, value_type: ValueType, kind: str) -> float:
        table = self._tables.get(value_type)
        return inf if table is None else -table.log_kind.get(kind, -inf) * _BITS

    @cached_property
    def _mean_offspring(self) -> Float64[np.ndarray, "types types"]:
        """M[s, t]: the expected number of children of type t of a node of type s."""
        types = list(self._tables)
        means = np.zeros((len(types), len(types)))
        for row, table in enumerate(self._tables.values()):
            for probability, primitive in zip(table.probabilities, table.primitives, strict=True):
                for argument in primitive.argument_types if primitive else ():
                    means[row, types.index(argument)] += probability
        return means

    @cached_property
    def _primitive_by_name(self) -> dict[str, Primitive]:
        return {primitive.name: primitive for primitive in self.primitives}

    @cached_property
    def _symbols(self) -> dict[ValueType, list[str]]:
        symbols: dict[ValueType, list[str]] = {}
        for symbol, value_type in self.variables.items():
            symbols.setdefault(value_type, []).append(symbol)
        return symbols

    @cached_property
    def _tables(self) -> dict[ValueType, _Productions]:
        """The productions of every type that a term can contain, the result type first."""
        tables: dict[ValueType, _Productions] = {}
        pending = [self.result_type]
        while pending:
            value_type = pending.pop()
            if value_type not in tables:
                tables[value_type] = self._productions(value_type)
                for primitive in tables[value_type].primitives:
                    pending += primitive.argument_types if primitive else ()
        return tables

    def _productions(self, value_type: ValueType) -> _Productions:
        """The productions of one type with their normalised probabilities."""
        members: dict[str, dict[Primitive | None, float]] = {}
        if value_type in self._symbols:
            members["variable"] = {None: 1.0}
        if value_type in self.parameter_types:
            members["parameter"] = {None: 1.0}
        if value_type in self.literals:
            members["literal"] = {None: 1.0}
        for primitive in self.primitives:
            weight = self.primitive_weights.get(primitive.name, 1.0)
            if primitive.result_type == value_type and weight > 0:
                members.setdefault(primitive.kind, {})[primitive] = weight
        weights = {kind: self.kind_weights.get(kind, 1.0) for kind in members}
        total = sum(weights.values())
        if not total > 0:
            raise ValueError(f"Every value type must have a production. Got none for {value_type!r}.")
        kinds: list[str] = []
        primitives: list[Primitive | None] = []
        probabilities: list[float] = []
        for kind, productions in members.items():
            inside = sum(productions.values())
            for production, weight in productions.items():
                if weights[kind] > 0:
                    kinds.append(kind)
                    primitives.append(production)
                    probabilities.append(weights[kind] / total * weight / inside)
        return _Productions(
            log_kind={kind: log(weight / total) for kind, weight in weights.items() if weight > 0},
            log_primitive={
                primitive.name: log(probability)
                for primitive, probability in zip(primitives, probabilities, strict=True)
                if primitive is not None
            },
            kinds=tuple(kinds),
            primitives=tuple(primitives),
            probabilities=np.array(probabilities),
            cumulative=cumulative(probabilities),
        )


def cumulative(probabilities: Iterable[float]) -> list[float]:
    """The cumulative probabilities of a categorical distribution, normalised, for :func:`categorical`."""
    sums = np.cumsum(list(probabilities))
    normalised: list[float] = (sums / sums[-1]).tolist()
    return normalised


def categorical(rng: np.random.Generator, cumulative: list[float]) -> int:
    """Draw an index: the one that ``rng.choice`` draws from the same state, without its checks."""
    return bisect_right(cumulative, rng.random())


def _log_reference(index: int, earlier: set[int]) -> float:
    """log probability of which parameter a parameter is, given the earlier ones of its type."""
    if not earlier:
        return 0.0
    if index in earlier:
        return log((1 - NEW_PARAMETER_PROBABILITY) / len(earlier))
    return log(NEW_PARAMETER_PROBABILITY)


def _assemble(preorder: list[tuple[Term, int]]) -> Term:
    """The tree of nodes in preorder with their numbers of children."""
    stack: list[Term] = []
    for node, arity in reversed(preorder):
        if arity:
            assert isinstance(node, Apply)
            children = tuple(stack.pop() for _ in range(arity))
            stack.append(Apply(node.primitive, children))
        else:
            stack.append(node)
    return stack[0]
