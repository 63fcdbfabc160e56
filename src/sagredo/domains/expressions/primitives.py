"""The primitives of real expressions: their names, kinds and notation, and how a user chooses among them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Final

from sagredo.language.language import Primitive
from sagredo.problem.column import REAL
from sagredo.problem.errors import InvalidInput
from sagredo.problem.symbols import MATHEMATICAL_NAMES


def _primitive(name: str, arity: int, kind: str, commutative: bool = False) -> Primitive:
    return Primitive(name, (REAL,) * arity, REAL, commutative, kind)


OPERATIONS: Final[Mapping[str, Primitive]] = {
    primitive.name: primitive
    for primitive in (
        _primitive("add", 2, "arithmetic", commutative=True),
        _primitive("sub", 2, "arithmetic"),
        _primitive("mul", 2, "arithmetic", commutative=True),
        _primitive("div", 2, "arithmetic"),
        _primitive("neg", 1, "arithmetic"),
        _primitive("inv", 1, "arithmetic"),
        _primitive("pow", 2, "power"),
        _primitive("sqrt", 1, "power"),
        _primitive("cbrt", 1, "power"),
        _primitive("square", 1, "power"),
        _primitive("cube", 1, "power"),
        *(
            _primitive(name, 1, "function")
            for name in (
                *("exp", "log", "sin", "cos", "tan", "arcsin", "arccos", "arctan"),
                *("sinh", "cosh", "tanh", "abs"),
            )
        ),
        _primitive("min", 2, "order", commutative=True),
        _primitive("max", 2, "order", commutative=True),
    )
}
"""Every operation by name; the order is that of the tables in the documentation."""

NAMED_CONSTANTS: Final[Mapping[str, float]] = {"pi": math.pi, "e": math.e}
"""The constants of mathematics that have a name."""

DEFAULT_CONSTANTS: Final = ("pi",)
"""The named constants of the default language; e is rarer than exp(1) is long, so it is for the user to
add."""

NOTATION: Final[Mapping[str, str]] = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "div": "/",
    "pow": "**",
    **{name: name for name in OPERATIONS if name not in ("add", "sub", "mul", "div", "pow")},
}
"""How an operation is written when it is chosen; ``-`` also brings ``neg``, and ``/`` brings ``inv``."""

FUNCTION_ALIASES: Final[Mapping[str, str]] = {
    "ln": "log",
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
}
"""Other names by which functions are read."""

_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    **{name: (name,) for name in OPERATIONS},
    **{alias: (name,) for alias, name in FUNCTION_ALIASES.items()},
    "+": ("add",),
    "-": ("sub", "neg"),
    "*": ("mul",),
    "/": ("div", "inv"),
    "**": ("pow",),
    "^": ("pow",),
}


def constant_primitive(name: str) -> Primitive:
    """The nullary primitive of a named constant."""
    return _primitive(name, 0, "constant")


def default_primitives() -> tuple[Primitive, ...]:
    """All operations and pi."""
    return (*OPERATIONS.values(), *map(constant_primitive, DEFAULT_CONSTANTS))


def parse_operators(text: str) -> tuple[Primitive, ...]:
    """The primitives that a comma-separated list names, such as ``+,-,*,/,exp,pi``.

    ``-`` stands for subtraction and change of sign, ``/`` for division and the reciprocal.

    Raises:
        InvalidInput: an unknown operator, or none at all.
    """
    chosen: dict[str, Primitive] = {}
    for item in filter(None, (part.strip() for part in text.split(","))):
        if item in NAMED_CONSTANTS:
            chosen[item] = constant_primitive(item)
        elif item in _CHOICES:
            chosen.update((name, OPERATIONS[name]) for name in _CHOICES[item])
        else:
            raise InvalidInput(_unknown_operator(item))
    if not chosen:
        raise InvalidInput(
            f"Operators must be a comma-separated list such as +,-,*,/,exp. Got {text!r} instead."
        )
    order = (*OPERATIONS, *NAMED_CONSTANTS)
    return tuple(sorted(chosen.values(), key=lambda primitive: order.index(primitive.name)))


def user_constants(values: Mapping[str, float], symbols: Iterable[str]) -> dict[str, float]:
    """The user's named constants, checked: identifiers that nothing else has taken, with finite values.

    Raises:
        InvalidInput: a name is no identifier or is taken, or a value is not finite.
    """
    taken = set(symbols) | (set(MATHEMATICAL_NAMES) - set(NAMED_CONSTANTS)) | set(FUNCTION_ALIASES)
    for name, value in values.items():
        if not name.isidentifier():
            raise InvalidInput(
                f"The name of a constant must be an identifier such as g. Got {name!r} instead."
            )
        if name in taken:
            raise InvalidInput(
                f"The name of a constant must be free. Got {name!r}, which is a column or a function; "
                "choose another name."
            )
        if not math.isfinite(value):
            raise InvalidInput(f"The constant {name!r} must have a finite value. Got {value!r} instead.")
    return dict(values)


def _unknown_operator(item: str) -> str:
    """What to say of an operator that does not exist."""
    known = (*dict.fromkeys(NOTATION.values()), *NAMED_CONSTANTS)
    close = get_close_matches(item, known, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    return f"Operators must be among {' '.join(known)}. Got {item!r} instead.{hint}"
