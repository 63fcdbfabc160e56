"""Every term of a grammar up to a size: the ground truth of small cases."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import product
from math import inf
from typing import TYPE_CHECKING

from sagredo.language.grammar import Grammar
from sagredo.language.places import Parameters, places
from sagredo.language.term import Apply, Parameter, Term, Variable

if TYPE_CHECKING:
    from sagredo.problem.column import ValueType


def terms_up_to(grammar: Grammar, largest_size: int) -> Iterator[Term]:
    """The terms of at most so many nodes with a positive probability, the smaller first.

    Parameters are numbered in the order in which they occur, so that each term stands for all its numberings.

    Raises:
        ValueError: a type has literals, which are infinitely many.
    """
    if any(grammar.kind_weights.get("literal", 1.0) > 0 for _ in grammar.literals):
        raise ValueError("Only a grammar without literals can be enumerated. Give literals the weight 0.")

    @cache
    def skeletons(value_type: ValueType, nodes: int) -> tuple[Term, ...]:
        """Terms of this type and size, all their parameters numbered 0."""
        found: list[Term] = []
        if nodes == 1:
            found += [Variable(symbol) for symbol, kind in grammar.variables.items() if kind == value_type]
            if value_type in grammar.parameter_types:
                found.append(Parameter(0))
        for primitive in grammar.primitives:
            if primitive.result_type == value_type:
                for sizes in _sizes(nodes - 1, primitive.arity):
                    parts = map(skeletons, primitive.argument_types, sizes)
                    found += [Apply(primitive.name, arguments) for arguments in product(*parts)]
        return tuple(found)

    for nodes in range(1, largest_size + 1):
        for skeleton in skeletons(grammar.result_type, nodes):
            for term in _numbered(skeleton, grammar):
                if grammar.log_prior(term) > -inf:
                    yield term


def _sizes(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    """The ways to share nodes among arguments, each of which has one at least."""
    if parts == 0:
        if total == 0:
            yield ()
        return
    for first in range(1, total - parts + 2):
        for rest in _sizes(total - first, parts - 1):
            yield (first, *rest)


def _numbered(skeleton: Term, grammar: Grammar) -> Iterator[Term]:
    """The skeleton with its parameters numbered in every way that is in the order of occurrence."""
    primitives = {primitive.name: primitive for primitive in grammar.primitives}
    kinds = [
        place.value_type
        for place in places(skeleton, grammar.result_type, primitives)
        if isinstance(place.node, Parameter)
    ]
    for indices in _numberings(kinds, {}):
        left = iter(indices)
        yield _with_parameters(skeleton, left)


def _with_parameters(term: Term, indices: Iterator[int]) -> Term:
    """The term with these parameters in the order of its leaves."""
    if isinstance(term, Parameter):
        return Parameter(next(indices))
    if isinstance(term, Apply):
        return Apply(term.primitive, tuple(_with_parameters(part, indices) for part in term.arguments))
    return term


def _numberings(kinds: list[ValueType], known: Parameters) -> Iterator[tuple[int, ...]]:
    """Each parameter is an earlier one of its type or a new one."""
    if not kinds:
        yield ()
        return
    kind, fresh = kinds[0], sum(map(len, known.values()))
    own = known.get(kind, [])
    for index in (*own, fresh):
        after = known if index in own else {**known, kind: [*own, index]}
        for rest in _numberings(kinds[1:], after):
            yield (index, *rest)
