"""What is conjectured from the rows of one group, told for all: numbers that may differ become parameters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from math import isfinite
from numbers import Real

from sagredo.language.term import (
    Apply,
    Literal,
    Parameter,
    Program,
    Term,
    Variable,
    postorder,
    rebuild,
    renumber,
    substitute,
)


def for_all_groups(program: Program, value_of: Callable[[Program], float]) -> Iterator[Program]:
    """The program with nothing but bare parameters, and the same with its numbers set free.

    A number written in it may hold in one group alone, so that each in turn, and then all, become parameters.
    """
    plain = with_bare_parameters(program, value_of)
    yield plain
    numbers = list(
        dict.fromkeys(
            node
            for node in postorder(plain.term)
            if isinstance(node, Literal) and isinstance(node.value, Real)
        )
    )
    for chosen in [[number] for number in numbers] + ([numbers] if len(numbers) > 1 else []):
        first = len(plain.parameters)
        places: dict[Term, Term] = {number: Parameter(first + k) for k, number in enumerate(chosen)}
        values = tuple(float(number.value) for number in chosen if isinstance(number.value, Real))
        yield with_bare_parameters(
            renumber(Program(substitute(plain.term, places), (*plain.parameters, *values))), value_of
        )


def with_bare_parameters(program: Program, value_of: Callable[[Program], float]) -> Program:
    """The program with a parameter in the place of every sub-term that is made of parameters and constants alone.

    Such a sub-term, as ``sqrt(p0)``, says what a parameter does under another prior. In many groups a prior that suits
    their values a little better would earn more bits than the longer code costs, and the law would be told in riddles.
    One whose parameters occur elsewhere too, or that has no value, stays.
    """
    uses = Counter(node.index for node in postorder(program.term) if isinstance(node, Parameter))
    values = list(program.parameters)

    def bare(node: Term) -> Term:
        own = [leaf.index for leaf in postorder(node) if isinstance(leaf, Parameter)]
        if not (isinstance(node, Apply) and own) or any(
            isinstance(leaf, Variable) for leaf in postorder(node)
        ):
            return node
        if Counter(own) != Counter({index: uses[index] for index in own}):
            return node
        value = value_of(Program(node, tuple(values)))
        if not isfinite(value):
            return node
        values.append(value)
        uses[len(values) - 1] = 1
        return Parameter(len(values) - 1)

    # From the leaves up, so that what was made bare below is part of what is above.
    term = rebuild(program.term, bare)
    return renumber(Program(term, tuple(values)))
