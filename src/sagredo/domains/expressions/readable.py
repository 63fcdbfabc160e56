"""Terms as a reader expects them: no two signs in a row, numbers first, few brackets.

Every change here is exact in floating point: addition and multiplication commute, and rounding to nearest is
symmetric about 0.
"""

from __future__ import annotations

from fractions import Fraction

from sagredo.language.term import Apply, Literal, Term, rebuild


def readable(term: Term) -> Term:
    """A term of equal values that reads well.

    Signs are drawn to the front of products and merged into sums; a number stands before what it multiplies;
    a sum or product that is the right argument of another changes places with the left one.
    """
    return rebuild(term, _rewritten)


def _rewritten(node: Term) -> Term:
    """An operation whose arguments read well already, rewritten so that it does itself."""
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
    name, right = _merged(name, right)
    if name == "add" and _is_any(right, "add", "sub") and not _is_any(left, "add", "sub"):
        left, (name, right) = right, _merged("add", left)
    if name == "add" and not isinstance(left, Literal) and (positive := _without_sign(left)) is not None:
        return Apply("sub", (right, positive))
    return Apply(name, (left, right))


def _merged(name: str, right: Term) -> tuple[str, Term]:
    """The operation and its right argument, whose sign is merged into the operation."""
    positive = _without_sign(right)
    if positive is None:
        return name, right
    return ("sub" if name == "add" else "add"), positive


def _product(name: str, left: Term, right: Term) -> Term:
    """left * right or left / right."""
    if (positive := _without_sign(right)) is not None:
        left, right = _negated(left), positive
    if name == "mul" and _precedes(right, left):
        left, right = right, left
        if (positive := _without_sign(right)) is not None:
            left, right = _negated(left), positive
    return Apply(name, (left, right))


def _precedes(right: Term, left: Term) -> bool:
    """Whether the right factor of a product is to stand before the left one."""
    if isinstance(left, Literal):
        return False
    return isinstance(right, Literal) or (_is_any(right, "mul", "div") and not _is_any(left, "mul", "div"))


def _is_any(term: Term, *names: str) -> bool:
    """Whether a term is one of these operations."""
    return isinstance(term, Apply) and term.primitive in names


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
            return _sum("sub", right, left)
        case Apply("mul" | "div" as name, (left, right)):
            return Apply(name, (_negated(left), right))
    return Apply("neg", (term,))
