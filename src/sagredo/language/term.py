"""Terms: the immutable trees that programs are made of.

A term is one of five things: a variable, a literal, a free parameter, a hole of a template, or a primitive
applied to terms. Nullary primitives are named constants. Nothing here knows what a primitive computes.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import final


class Term(ABC):  # noqa: B024  # a closed set of data: its kinds share no behaviour to declare
    """A node of a program's tree."""

    __slots__ = ()


@final
@dataclass(frozen=True, slots=True)
class Variable(Term):
    """An input of the program, by its symbol."""

    symbol: str


@final
@dataclass(frozen=True, slots=True)
class Literal(Term):
    """An exact value written in the program; for real expressions a ``fractions.Fraction``."""

    value: object


@final
@dataclass(frozen=True, slots=True)
class Parameter(Term):
    """A free continuous parameter kappa_index, whose value is inferred from the data."""

    index: int


@final
@dataclass(frozen=True, slots=True)
class Hole(Term):
    """A place in a template that the search fills with a term over ``symbols`` (empty: over all inputs)."""

    name: str
    symbols: tuple[str, ...] = ()


@final
@dataclass(frozen=True, slots=True)
class Apply(Term):
    """The primitive of this name applied to its arguments, in order."""

    primitive: str
    arguments: tuple[Term, ...] = ()


@final
@dataclass(frozen=True, slots=True)
class Program:
    """A term with values for its free parameters: ``parameters[k]`` is the value of ``Parameter(k)``."""

    term: Term
    parameters: tuple[float, ...] = ()


def children(term: Term) -> tuple[Term, ...]:
    """The direct sub-terms, in order."""
    return term.arguments if isinstance(term, Apply) else ()


def postorder(term: Term) -> Iterator[Term]:
    """All nodes, each after its children, left to right; the root comes last."""
    for child in children(term):
        yield from postorder(child)
    yield term


def size(term: Term) -> int:
    """The number of nodes."""
    return 1 + sum(size(child) for child in children(term))


def depth(term: Term) -> int:
    """The number of levels; a leaf has 1."""
    levels, level = 0, [term]
    while level:
        levels, level = levels + 1, [child for node in level for child in children(node)]
    return levels


def rebuild(term: Term, change: Callable[[Term], Term]) -> Term:
    """The term with ``change`` applied to every node from the leaves up."""
    if isinstance(term, Apply) and term.arguments:
        term = Apply(term.primitive, tuple(rebuild(child, change) for child in term.arguments))
    return change(term)


def substitute(term: Term, values: Mapping[Term, Term]) -> Term:
    """The term with every leaf that ``values`` names replaced by its value."""
    return rebuild(term, lambda node: values.get(node, node))


def variables(term: Term) -> tuple[str, ...]:
    """The symbols that occur in the term, in order of first occurrence."""
    return tuple(dict.fromkeys(node.symbol for node in postorder(term) if isinstance(node, Variable)))


def parameter_count(term: Term) -> int:
    """The number of different free parameters."""
    return len({node.index for node in postorder(term) if isinstance(node, Parameter)})


def renumber(program: Program) -> Program:
    """The same program with its parameters numbered 0, 1, ... in the order in which they occur."""
    order = _order_of_parameters(program.term)
    return Program(_renumbered(program.term, order), tuple(program.parameters[old] for old in order))


def canonical(term: Term) -> Term:
    """The term with its parameters numbered 0, 1, ... in the order in which they occur."""
    order = _order_of_parameters(term)
    return term if order == list(range(len(order))) else _renumbered(term, order)


def _order_of_parameters(term: Term) -> list[int]:
    return list(dict.fromkeys(node.index for node in postorder(term) if isinstance(node, Parameter)))


def _renumbered(term: Term, order: list[int]) -> Term:
    return substitute(term, {Parameter(old): Parameter(new) for new, old in enumerate(order)})
