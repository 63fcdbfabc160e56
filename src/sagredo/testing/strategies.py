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
    return _of_type(language, language.result_type, max_depth)


def _of_type(language: Language, value_type: ValueType, depth: int) -> st.SearchStrategy[Term]:
    leaves: list[st.SearchStrategy[Term]] = [
        st.just(Variable(symbol)) for symbol, kind in language.variables.items() if kind == value_type
    ]
    leaves += [
        st.just(Apply(primitive.name))
        for primitive in language.primitives
        if primitive.result_type == value_type and primitive.arity == 0
    ]
    if depth <= 1:
        return st.one_of(leaves)
    nodes = [
        st.tuples(*(_of_type(language, kind, depth - 1) for kind in primitive.argument_types)).map(
            _applied(primitive.name)
        )
        for primitive in language.primitives
        if primitive.result_type == value_type and primitive.arity > 0
    ]
    return st.deferred(lambda: st.one_of(leaves + nodes))


def _applied(primitive: str) -> Callable[[tuple[Term, ...]], Term]:
    return lambda arguments: Apply(primitive, arguments)
