"""Places in a term: a node, its type, and the term that there is with another node in its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from sagredo.language.term import Apply, Parameter, Term

if TYPE_CHECKING:
    from sagredo.language.language import Primitive
    from sagredo.problem.column import ValueType

Parameters = dict["ValueType", list[int]]
"""The different parameters of a term, by type, in the order in which they occur."""


@final
@dataclass(frozen=True, slots=True)
class Place:
    """A node of a term, with the operations above it from the root and the argument taken at each."""

    node: Term
    value_type: ValueType
    path: tuple[tuple[Apply, int], ...] = ()

    def down(self, index: int, primitive: Primitive) -> Place:
        """The place of an argument of the node, to which ``primitive`` is applied here."""
        assert isinstance(self.node, Apply)
        path = (*self.path, (self.node, index))
        return Place(self.node.arguments[index], primitive.argument_types[index], path)

    def put(self, node: Term) -> Term:
        """The whole term with ``node`` in this place."""
        for parent, index in reversed(self.path):
            arguments = (*parent.arguments[:index], node, *parent.arguments[index + 1 :])
            node = Apply(parent.primitive, arguments)
        return node


def places(term: Term, value_type: ValueType, primitives: Mapping[str, Primitive]) -> Iterator[Place]:
    """All places of a term of the type, each before those below it, left to right."""
    pending = [Place(term, value_type)]
    while pending:
        place = pending.pop()
        yield place
        if isinstance(place.node, Apply):
            primitive = primitives[place.node.primitive]
            pending += [place.down(index, primitive) for index in reversed(range(primitive.arity))]


def add_parameters(
    known: Parameters, term: Term, value_type: ValueType, primitives: Mapping[str, Primitive]
) -> None:
    """Count the parameters of a term of the type among those known."""
    if isinstance(term, Parameter):
        indices = known.setdefault(value_type, [])
        if term.index not in indices:
            indices.append(term.index)
    elif isinstance(term, Apply):
        types = primitives[term.primitive].argument_types
        for argument, argument_type in zip(term.arguments, types, strict=True):
            add_parameters(known, argument, argument_type, primitives)


def parameters_around(place: Place, primitives: Mapping[str, Primitive]) -> Parameters:
    """The parameters that occur in the term outside the place."""
    known: Parameters = {}
    for parent, taken in place.path:
        types = primitives[parent.primitive].argument_types
        for index, argument in enumerate(parent.arguments):
            if index != taken:
                add_parameters(known, argument, types[index], primitives)
    return known
