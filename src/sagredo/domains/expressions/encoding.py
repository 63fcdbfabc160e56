"""Programs as the native core reads them: postfix instructions over shared constants."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final, final

import numpy as np

from sagredo._native import OPERATION_CODES
from sagredo.language.term import Apply, Literal, Parameter, Term, Variable

if TYPE_CHECKING:
    from jaxtyping import Float64, Int32, Int64

_VARIABLE: Final[int] = OPERATION_CODES["variable"]
_CONSTANT: Final[int] = OPERATION_CODES["constant"]
_PARAMETER: Final[int] = OPERATION_CODES["parameter"]
_OPERATIONS: Final[Mapping[str, tuple[int, int]]] = {
    name: (code, 0) for name, code in OPERATION_CODES.items() if code > _PARAMETER
}
_NAMES: Final[Mapping[int, str]] = {code: name for name, (code, _) in _OPERATIONS.items()}
_BINARY: Final = frozenset(
    OPERATION_CODES[name] for name in ("add", "sub", "mul", "div", "pow", "min", "max")
)

LARGEST_DENOMINATOR: Final = 1000
"""Rationals of at most this denominator are recognised in a constant, when they round to exactly its
double."""


@final
@dataclass(frozen=True, eq=False)
class Code:
    """A program in postfix order: rows of (operation code, operand), with the constants they refer to.

    The operand of a variable is the index of its column, that of a constant an index into ``constants``,
    that of a parameter its own index; it is 0 for operations.
    """

    instructions: Int32[np.ndarray, "length 2"]
    constants: Float64[np.ndarray, " constants"]


def encode(term: Term, symbols: Sequence[str], constants: Mapping[str, float]) -> Code:
    """The native code of a term over the columns ``symbols`` and the named ``constants``.

    Raises:
        ValueError: a hole, or a name that is neither a column, an operation nor a constant.
    """
    encoder = _Encoder(symbols, constants)
    return Code(_instructions(encoder.encode(term)), encoder.constants())


def encode_batch(
    terms: Iterable[Term], symbols: Sequence[str], constants: Mapping[str, float]
) -> tuple[
    Int32[np.ndarray, "length 2"], Int64[np.ndarray, " terms_plus_1"], Float64[np.ndarray, " constants"]
]:
    """The codes of many terms, one after the other, with the offsets of their starts and shared constants.

    Raises:
        ValueError: as for :func:`encode`.
    """
    encoder = _Encoder(symbols, constants)
    rows: list[tuple[int, int]] = []
    offsets = [0]
    for term in terms:
        rows += encoder.encode(term)
        offsets.append(len(rows))
    return _instructions(rows), np.array(offsets, np.int64), encoder.constants()


def decode(
    instructions: Int32[np.ndarray, "length 2"],
    constants: Float64[np.ndarray, " constants"],
    symbols: Sequence[str],
    names: Mapping[int, str] | None = None,
) -> Term:
    """The term of a native code.

    ``names`` tells which indices of ``constants`` are named constants. Any other constant becomes the
    literal of the rational with the least denominator up to ``LARGEST_DENOMINATOR`` whose double it is, else
    of its exact value, so that encoding the term again gives the same doubles.

    Raises:
        ValueError: the instructions are no program over these columns, or a constant is not finite.
    """
    names = names or {}
    stack: list[Term] = []
    for code, operand in instructions.tolist():
        if code == _VARIABLE and 0 <= operand < len(symbols):
            stack.append(Variable(symbols[operand]))
        elif code == _PARAMETER and operand >= 0:
            stack.append(Parameter(operand))
        elif code == _CONSTANT and 0 <= operand < len(constants):
            name = names.get(operand)
            stack.append(Apply(name) if name is not None else Literal(rational(float(constants[operand]))))
        elif code in _BINARY and len(stack) >= 2:
            right, left = stack.pop(), stack.pop()
            stack.append(Apply(_NAMES[code], (left, right)))
        elif code in _NAMES and code not in _BINARY and stack:
            stack.append(Apply(_NAMES[code], (stack.pop(),)))
        else:
            break
    else:
        if len(stack) == 1:
            return stack[0]
    raise ValueError(
        f"Instructions must be a program in postfix order over {len(symbols)} columns and {len(constants)} "
        f"constants. Got {instructions.tolist()} instead."
    )


def rational(value: float) -> Fraction:
    """The rational with a small denominator whose double is ``value``, or else its exact value.

    Raises:
        ValueError: the value is not finite.
    """
    if not math.isfinite(value):
        raise ValueError(f"A constant of a program must be finite. Got {value!r} instead.")
    exact = Fraction(value)
    if exact.denominator == 1:
        return exact
    simple = exact.limit_denominator(LARGEST_DENOMINATOR)
    return simple if float(simple) == value else exact


def literal_value(value: object) -> float:
    """The double nearest to a literal's value; infinite where it is beyond all doubles.

    Raises:
        ValueError: the value is no real number.
    """
    if not isinstance(value, (Fraction, int, float)):
        raise ValueError(f"A literal of a real expression must be a number. Got {value!r} instead.")
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


class _Encoder:
    """Turns terms into instructions and gathers their constants."""

    def __init__(self, symbols: Sequence[str], constants: Mapping[str, float]) -> None:
        self._columns = {symbol: (_VARIABLE, index) for index, symbol in enumerate(symbols)}
        self._named = constants
        self._values: list[float] = []
        self._known: dict[object, tuple[int, int]] = {}

    def constants(self) -> Float64[np.ndarray, " constants"]:
        """The constants of all terms so far."""
        return np.array(self._values, np.float64)

    def encode(self, term: Term) -> list[tuple[int, int]]:
        """The instructions of a term: nodes from the root, right before left, read backwards."""
        rows: list[tuple[int, int]] = []
        pending = [term]
        while pending:
            node = pending.pop()
            if isinstance(node, Apply) and node.arguments:
                operation = _OPERATIONS.get(node.primitive)
                if operation is None or len(node.arguments) != 1 + (operation[0] in _BINARY):
                    raise ValueError(f"An operation must be known and have all its arguments. Got {node!r}.")
                rows.append(operation)
                pending += node.arguments
            else:
                rows.append(self._leaf(node))
        rows.reverse()
        return rows

    def _leaf(self, node: Term) -> tuple[int, int]:
        """The instruction of a variable, parameter, literal or named constant."""
        if isinstance(node, Parameter):
            return _PARAMETER, node.index
        if isinstance(node, Variable) and node.symbol in self._columns:
            return self._columns[node.symbol]
        if isinstance(node, Literal):
            return self._constant(node.value, literal_value(node.value))
        if isinstance(node, Apply) and node.primitive in self._named:
            return self._constant(node, self._named[node.primitive])
        raise ValueError(
            f"A leaf must be one of the columns {list(self._columns)} or constants {list(self._named)}, "
            f"a number or a parameter. Got {node!r} instead."
        )

    def _constant(self, key: object, value: float) -> tuple[int, int]:
        """The instruction of a constant, which is stored once."""
        row = self._known.get(key)
        if row is None:
            row = self._known[key] = (_CONSTANT, len(self._values))
            self._values.append(value)
        return row


def _instructions(rows: list[tuple[int, int]]) -> Int32[np.ndarray, "length 2"]:
    """Rows as an array, of the right shape even when there are none."""
    return np.array(rows, np.int32).reshape(-1, 2)
