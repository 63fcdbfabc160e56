"""Conditions and quantities over columns, given as text: read by the parser of expressions, never evaluated as code."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from sagredo.domains.expressions.simulator import NativeSimulator
from sagredo.domains.expressions.syntax import ExpressionSyntax
from sagredo.language.language import SyntaxProblem
from sagredo.language.term import Program
from sagredo.problem.errors import InvalidInput

if TYPE_CHECKING:
    from jaxtyping import Bool, Float64

    Values = Mapping[str, Float64[np.ndarray, " rows"]]

_COMPARISON: Final = re.compile(r"<=|>=|<|>")


def quantity(text: str, symbols: Sequence[str]) -> Callable[[Values], Float64[np.ndarray, " rows"]]:
    """The value of an expression in the symbols, row by row; NaN where it has none.

    Raises:
        InvalidInput: the text is no expression in these symbols.
    """
    try:
        term = ExpressionSyntax(symbols=tuple(symbols)).parse(text)
    except SyntaxProblem as error:
        raise InvalidInput(
            f"A quantity must be an expression in {', '.join(symbols)}. Got {text!r}: {error}"
        ) from error
    simulator = NativeSimulator()

    def value(values: Values) -> Float64[np.ndarray, " rows"]:
        columns = {symbol: np.ascontiguousarray(column, dtype=float) for symbol, column in values.items()}
        outcome = simulator.run(Program(term), columns)
        return np.where(outcome.defined, outcome.values, np.nan)

    return value


def condition(text: str, symbols: Sequence[str]) -> Callable[[Values], Bool[np.ndarray, " rows"]]:
    """Whether ``LEFT < RIGHT`` (or >, <=, >=) holds, row by row; not where a side has no value.

    Raises:
        InvalidInput: the text is no comparison of two expressions in these symbols.
    """
    sides = _COMPARISON.split(text)
    if len(sides) != 2:
        raise InvalidInput(
            f"A condition must compare two expressions by one of < > <= >=. Got {text!r} instead."
        )
    left, right = (quantity(side, symbols) for side in sides)
    sign = text[len(sides[0]) : len(text) - len(sides[1])]

    def holds(values: Values) -> Bool[np.ndarray, " rows"]:
        apart = right(values) - left(values)
        apart = apart if sign.startswith("<") else -apart
        # NaN compares as false both ways.
        return np.asarray(apart >= 0 if sign.endswith("=") else apart > 0, dtype=bool)

    return holds
