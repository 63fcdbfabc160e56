"""Saying a term with the primitives that the language has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Final

from sagredo.language.term import Apply, Literal, Program, Term, rebuild


def _number(value: int | Fraction) -> Literal:
    return Literal(Fraction(value))


ALTERNATIVES: Final[Mapping[str, tuple[tuple[str, Callable[..., Term]], ...]]] = {
    "square": (
        ("pow", lambda x: Apply("pow", (x, _number(2)))),
        ("mul", lambda x: Apply("mul", (x, x))),
    ),
    "cube": (
        ("pow", lambda x: Apply("pow", (x, _number(3)))),
        ("mul", lambda x: Apply("mul", (Apply("mul", (x, x)), x))),
    ),
    "sqrt": (("pow", lambda x: Apply("pow", (x, _number(Fraction(1, 2))))),),
    "inv": (
        ("div", lambda x: Apply("div", (_number(1), x))),
        ("pow", lambda x: Apply("pow", (x, _number(-1)))),
    ),
    "div": (
        ("inv", lambda x, y: Apply("mul", (x, Apply("inv", (y,))))),
        ("pow", lambda x, y: Apply("mul", (x, Apply("pow", (y, _number(-1)))))),
    ),
    "neg": (
        ("mul", lambda x: Apply("mul", (_number(-1), x))),
        ("sub", lambda x: Apply("sub", (_number(0), x))),
    ),
    "sub": (
        ("neg", lambda x, y: Apply("add", (x, Apply("neg", (y,))))),
        ("mul", lambda x, y: Apply("add", (x, Apply("mul", (_number(-1), y))))),
    ),
}
"""For an operation that the language may lack: others that say it, each with the primitive that this takes."""


def within(program: Program, names: frozenset[str]) -> Program:
    """The program with the same meaning over the primitives ``names``, as far as they can say it."""

    def change(node: Term) -> Term:
        if not isinstance(node, Apply) or node.primitive in names:
            return node
        for needed, build in ALTERNATIVES.get(node.primitive, ()):
            if needed in names:
                return build(*node.arguments)
        return node

    return Program(rebuild(program.term, change), program.parameters)
