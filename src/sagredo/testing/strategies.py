"""Hypothesis strategies for programs."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from sagredo.language.language import Language
from sagredo.language.term import Apply, Term, Variable
from sagredo.problem.column import ValueType


def terms(language: Language, max_depth: int = 4) -> st.SearchStrategy[Term]:
    """Terms of the language's variables and primitives, of its result type, at most ``max_depth`` deep.

    Shrinks towards variables. Literals and parameters are left out, since only a domain knows its own.
    """
    of_type: dict[ValueType, st.SearchStrategy[Term]] = {}
    for _ in range(max_depth):
        of_type = {value_type: _nodes(language, value_type, of_type) for value_type in _types(language)}
    return of_type[language.result_type]


def _types(language: Language) -> set[ValueType]:
    """The types of all terms."""
    return {language.result_type, *language.variables.values()}.union(
        *({primitive.result_type, *primitive.argument_types} for primitive in language.primitives)
    )


def _nodes(
    language: Language, value_type: ValueType, arguments: dict[ValueType, st.SearchStrategy[Term]]
) -> st.SearchStrategy[Term]:
    """Terms of one type over arguments given by type."""
    nodes: list[st.SearchStrategy[Term]] = [
        st.just(Variable(symbol)) for symbol, kind in language.variables.items() if kind == value_type
    ]
    by_arity = sorted(language.primitives, key=lambda primitive: primitive.arity)
    nodes += [
        st.tuples(*(arguments[kind] for kind in primitive.argument_types)).map(_applied(primitive.name))
        for primitive in by_arity
        if primitive.result_type == value_type and all(kind in arguments for kind in primitive.argument_types)
    ]
    return st.one_of(nodes)


def _applied(primitive: str) -> Callable[[tuple[Term, ...]], Term]:
    return lambda arguments: Apply(primitive, arguments)
