"""What the primitives of real expressions do to columns of numbers, slowly: the oracle of the native core."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from sagredo.domains.expressions.encoding import literal_value
from sagredo.domains.expressions.primitives import NAMED_CONSTANTS
from sagredo.simulator.semantics import Semantics, Value

if TYPE_CHECKING:
    from jaxtyping import Bool, Float64

Function = Callable[..., Any]

APPLY: Final[Mapping[str, Function]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "pow": np.power,
    "min": np.minimum,
    "max": np.maximum,
    "neg": np.negative,
    "inv": np.reciprocal,
    "sqrt": np.sqrt,
    "cbrt": np.cbrt,
    "square": np.square,
    "cube": lambda x: x * x * x,
    "exp": np.exp,
    "log": np.log,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "arcsin": np.arcsin,
    "arccos": np.arccos,
    "arctan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "abs": np.abs,
}
"""IEEE semantics: outside of a function's domain there is NaN, and NaN stays NaN."""

UNARY_INVERSES: Final[Mapping[str, tuple[Function, ...]]] = {
    "neg": (np.negative,),
    "inv": (np.reciprocal,),
    "sqrt": (np.square,),
    "cbrt": (lambda y: y * y * y,),
    "square": (np.sqrt, lambda y: -np.sqrt(y)),
    "cube": (np.cbrt,),
    "exp": (np.log,),
    "log": (np.exp,),
    "sin": (np.arcsin, lambda y: np.pi - np.arcsin(y)),
    "cos": (np.arccos, lambda y: -np.arccos(y)),
    "tan": (np.arctan,),
    "arcsin": (np.sin,),
    "arccos": (np.cos,),
    "arctan": (np.tan,),
    "sinh": (np.arcsinh,),
    "cosh": (np.arccosh, lambda y: -np.arccosh(y)),
    "tanh": (np.arctanh,),
    "abs": (np.positive, np.negative),
}
"""The principal branches; what an inverse gives is checked, so that a value outside of a range has none."""

BINARY_INVERSES: Final[Mapping[tuple[str, int], Function]] = {
    ("add", 0): lambda y, u: y - u,
    ("add", 1): lambda y, u: y - u,
    ("sub", 0): lambda y, u: y + u,
    ("sub", 1): lambda y, u: u - y,
    ("mul", 0): lambda y, u: y / u,
    ("mul", 1): lambda y, u: y / u,
    ("div", 0): lambda y, u: y * u,
    ("div", 1): lambda y, u: u / y,
    ("pow", 0): lambda y, u: np.power(y, 1 / u),
    ("pow", 1): lambda y, u: np.log(y) / np.log(u),
}

TOLERANCE: Final = 1e-9
"""Relative difference up to which columns mean the same: far above rounding, far below what tells laws
apart."""

KEY_DIGITS: Final = 8
"""Significant digits in a key; columns within the tolerance may, rarely, straddle a boundary and get two
keys."""


@final
@dataclass(frozen=True)
class RealColumns(Semantics):
    """Columns of float64; ``constants`` are the values of named constants besides those of mathematics."""

    constants: Mapping[str, float] = field(default_factory=dict)

    def literal(self, value: object, rows: int) -> Float64[np.ndarray, " rows"]:
        """The column of a number."""
        assert isinstance(value, int | float | Fraction)
        return np.full(rows, literal_value(value))

    def apply(self, primitive: str, arguments: Sequence[Value]) -> Value:
        """The column of a primitive applied to columns; a named constant has one row."""
        if not arguments:
            return np.full(1, {**NAMED_CONSTANTS, **self.constants}[primitive])
        with np.errstate(all="ignore"):
            return np.asarray(
                APPLY[primitive](*(np.asarray(argument, dtype=float) for argument in arguments))
            )

    def defined(self, value: Value) -> Bool[np.ndarray, " rows"]:
        """Where the value is finite."""
        finite: Bool[np.ndarray, " rows"] = np.isfinite(value)
        return finite

    def key(self, value: Value) -> Hashable:
        """The values to ``KEY_DIGITS`` significant digits of each."""
        return tuple(f"{number:.{KEY_DIGITS - 1}e}" for number in np.asarray(value, dtype=float) + 0.0)

    def distance(self, left: Value, right: Value) -> float:
        """max_i |l_i - r_i| / max(|l_i|, |r_i|), 0 up to the tolerance; inf where just one is undefined."""
        left, right = (np.asarray(value, dtype=float) for value in np.broadcast_arrays(left, right))
        finite = np.isfinite(left)
        if not np.array_equal(finite, np.isfinite(right)):
            return float("inf")
        magnitude = np.maximum(np.abs(left[finite]), np.abs(right[finite]))
        gap = np.abs(left[finite] - right[finite])
        relative = float(
            np.max(np.divide(gap, magnitude, out=np.zeros_like(gap), where=magnitude > 0), initial=0.0)
        )
        return relative if relative > TOLERANCE else 0.0

    def inverses(
        self, primitive: str, position: int, goal: Value, others: Sequence[Value]
    ) -> Iterator[Value]:
        """The principal inverses that are defined on every row and lead back to the goal."""
        goal = np.asarray(goal, dtype=float)
        if others:
            binary = BINARY_INVERSES.get((primitive, position))
            found = [] if binary is None else [binary]
        else:
            found = list(UNARY_INVERSES.get(primitive, ()))
        arguments = (goal, *others)
        for inverse in found:
            with np.errstate(all="ignore"):
                value = np.asarray(inverse(*(np.asarray(argument, dtype=float) for argument in arguments)))
            again = self.apply(primitive, [*others[:position], value, *others[position:]])
            if np.all(np.isfinite(value)) and self.key(again) == self.key(goal):
                yield value
