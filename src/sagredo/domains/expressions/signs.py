"""Signs where a reader expects them: no two in a row, and a difference for a sum with a negative term.

Every change here is exact in floating point, as rounding to nearest is symmetric about 0.
"""

from __future__ import annotations

from fractions import Fraction

from sagredo.language.term import Apply, Literal, Term, rebuild


def with_plain_signs(term: Term) -> Term:
    """A term of equal values whose signs are drawn to the front of products and merged into sums.

    A number stands before what it multiplies.
    """
    return rebuild(term, _plain)


def _plain(node: Term) -> Term:
    """An operation whose arguments have plain signs already, with plain signs itself."""
    match node:
        case Apply("neg", (argument,)):
            return _negated(argument)
        case Apply("add" | "sub" as name, (left, right)):
            return _sum(name, left, right)
        case Apply("mul" | "div" as name, (left, right)):
            return _product(name, left, right)
    return node


def _sum(name: str, left: Term, right: Term) -> Term:
    """left + right or left - right."""
    if (positive := _without_sign(right)) is not None:
        name, right = "sub" if name == "add" else "add", positive
    if name == "add" and not isinstance(left, Literal) and (positive := _without_sign(left)) is not None:
        return Apply("sub", (right, positive))
    return Apply(name, (left, right))


def _product(name: str, left: Term, right: Term) -> Term:
    """left * right or left / right."""
    if (positive := _without_sign(right)) is not None:
        left, right = _negated(left), positive
    if name == "mul" and isinstance(right, Literal) and not isinstance(left, Literal):
        left, right = right, left
        if (positive := _without_sign(right)) is not None:
            left, right = _negated(left), positive
    return Apply(name, (left, right))


def _without_sign(term: Term) -> Term | None:
    """The opposite of a term that begins with a minus sign; None for any other."""
    match term:
        case Literal(float() | Fraction() as value) if value < 0:
            return Literal(-value)
        case Apply("neg", (argument,)):
            return argument
        case Apply("mul" | "div" as name, (left, right)) if (positive := _without_sign(left)) is not None:
            return Apply(name, (positive, right))
    return None


def _negated(term: Term) -> Term:
    """The opposite of a term, without a sign where it had one."""
    if (positive := _without_sign(term)) is not None:
        return positive
    match term:
        case Literal(float() | Fraction() as value):
            return Literal(-value)
        case Apply("sub", (left, right)):
            return Apply("sub", (right, left))
        case Apply("mul" | "div" as name, (left, right)):
            return Apply(name, (_negated(left), right))
    return Apply("neg", (term,))
