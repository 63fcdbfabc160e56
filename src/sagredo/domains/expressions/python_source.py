"""Programs as the source of Python functions over NumPy arrays.

NumPy gives every operation the values of the native core, infinities and NaN included. Python's own numbers
would not: 1/0 raises, and (-1)**0.5 is complex. So operations on numbers alone go through NumPy wherever
they may leave the finite reals, and arguments become arrays first.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import inf, isfinite, isnan
from typing import Final, final

from sagredo.domains.expressions.encoding import literal_value
from sagredo.domains.expressions.primitives import NAMED_CONSTANTS
from sagredo.language.term import Apply, Literal, Parameter, Program, Term, Variable, postorder, variables

SUM, PRODUCT, POWER, ATOM = range(4)
"""How tightly a text holds together; a number with a sign is a product, of -1 and its magnitude."""

_INFIX: Final = {"add": (" + ", SUM), "sub": (" - ", SUM), "mul": (" * ", PRODUCT), "div": (" / ", PRODUCT)}
_NATURAL_POWERS: Final = {"square": 2, "cube": 3}
_FUNCTIONS: Final = {"min": "minimum", "max": "maximum", "div": "divide", "pow": "power"}
"""NumPy's names, where they differ from the primitive's."""

_LARGEST_INTEGER: Final = 2**53
"""Whole numbers up to this one are doubles."""


def python_source(program: Program, constants: Mapping[str, float]) -> str:
    """The source of ``law(variables, constants)`` with the import that it needs.

    Raises:
        ValueError: the program has holes, or parameters without values.
    """
    term = program.term
    named = [node.primitive for node in postorder(term) if isinstance(node, Apply) and not node.arguments]
    own = [name for name in dict.fromkeys(named) if name in constants or name not in NAMED_CONSTANTS]
    own.sort(key=lambda name: name in constants)
    columns = variables(term)
    numpy = "np"
    while numpy in (*columns, *own):
        numpy += "_"
    writer = _Writer(program, own, numpy)
    defaults = [f"{name}={writer.number(constants[name])}" if name in constants else name for name in own]
    arrays = (*columns, *(name for name in own if name not in constants))
    lines = [f"    {name} = {numpy}.asarray({name}, dtype={numpy}.float64)" for name in arrays]
    return "\n".join(
        [
            f"import numpy as {numpy}",
            "",
            "",
            f"def law({', '.join([*columns, *defaults])}):",
            *lines,
            f"    return {writer.text(term)[0]}",
            "",
        ]
    )


@final
class _Writer:
    """Writes the terms of one program; ``own`` are the constants that are arguments."""

    def __init__(self, program: Program, own: list[str], numpy: str) -> None:
        self._parameters = program.parameters
        self._own = own
        self._numpy = numpy

    def number(self, value: float) -> str:
        """The shortest text that Python reads as this double."""
        if isfinite(value):
            return repr(value)
        return f"{'-' if value == -inf else ''}{self._numpy}.{'nan' if isnan(value) else 'inf'}"

    def text(self, term: Term, as_float: bool = False) -> tuple[str, int]:
        """The text of a term and how tightly it holds together; whole numbers as floats if asked."""
        match term:
            case Variable(symbol):
                return symbol, ATOM
            case Parameter(index) if index < len(self._parameters):
                return _leveled(self.number(float(self._parameters[index])))
            case Literal(value):
                return self._literal(value, as_float)
            case Apply(name, ()):
                return (name if name in self._own else f"{self._numpy}.{name}"), ATOM
            case Apply(name, arguments):
                return self._operation(name, arguments)
        raise ValueError(
            f"A program in Python must have no holes and no parameters without values. Got {term!r}."
        )

    def _literal(self, value: object, as_float: bool) -> tuple[str, int]:
        """A literal whose value in Python is its double: a whole number, a decimal or a ratio."""
        double = literal_value(value)
        exact = value if isinstance(value, Fraction) else Fraction(double) if isfinite(double) else None
        if exact is None or abs(exact) > _LARGEST_INTEGER or exact.denominator > _LARGEST_INTEGER:
            return _leveled(self.number(double))
        if exact.denominator == 1:
            return _leveled(repr(double) if as_float else str(exact.numerator))
        decimal, ratio = repr(double), f"{exact.numerator} / {exact.denominator}"
        if Fraction(decimal) == exact and len(decimal) <= len(ratio):
            return _leveled(decimal)
        return ratio, PRODUCT

    def _operation(self, name: str, arguments: tuple[Term, ...]) -> tuple[str, int]:
        """An operation, with operators where they have NumPy's meaning and by NumPy's functions elsewhere.

        Operations on literals alone take floats, for Python's whole numbers overflow into no array.
        """
        alone = all(map(_is_python_number, arguments))
        literals = all(isinstance(argument, Literal) for argument in arguments)
        divisor = arguments[-1] if name in ("div", "inv") else None
        if alone and (
            name in ("pow", *_NATURAL_POWERS) or (divisor is not None and not self._is_nonzero(divisor))
        ):
            return self._alone(name, arguments)
        if name in _INFIX:
            return self._infix(*_INFIX[name], arguments, literals)
        first = arguments[0]
        if name == "inv":
            return f"1 / {self._inside(first, POWER, literals)}", PRODUCT
        if name == "neg":
            text = self._inside(first, PRODUCT, literals)
            return (f"-({text})" if text.startswith("-") else f"-{text}"), PRODUCT
        if name in _NATURAL_POWERS:
            return f"{self._inside(first, ATOM)}**{_NATURAL_POWERS[name]}", POWER
        if name == "pow":
            base, exponent = self._inside(first, ATOM), self.text(arguments[1])
            bare = exponent[1] == ATOM or isinstance(arguments[1], Parameter)
            return f"{base}**{exponent[0] if bare else f'({exponent[0]})'}", POWER
        listed = ", ".join(self.text(argument, literals)[0] for argument in arguments)
        return f"{self._numpy}.{_FUNCTIONS.get(name, name)}({listed})", ATOM

    def _infix(self, sign: str, level: int, arguments: tuple[Term, ...], literals: bool) -> tuple[str, int]:
        """Two operands around a sign; what begins with a minus is subtracted instead of added."""
        left = self._inside(arguments[0], level, literals)
        right = self._inside(arguments[1], PRODUCT if level == SUM else POWER, literals)
        if level == SUM and right.startswith("-"):
            sign, right = (" - " if sign == " + " else " + "), right[1:]
        return f"{left}{sign}{right}", level

    def _alone(self, name: str, arguments: tuple[Term, ...]) -> tuple[str, int]:
        """An operation on numbers alone that Python would refuse or take elsewhere."""
        texts = [self.text(argument, as_float=True)[0] for argument in arguments]
        if name == "inv":
            name, texts = "div", ["1.0", *texts]
        elif name == "cube":
            name, texts = "pow", [*texts, "3.0"]
        return f"{self._numpy}.{_FUNCTIONS.get(name, name)}({', '.join(texts)})", ATOM

    def _inside(self, term: Term, level: int, as_float: bool = False) -> str:
        """The text of an operand, in brackets if it holds together less tightly than ``level``."""
        text, own = self.text(term, as_float)
        return text if own >= level else f"({text})"

    def _is_nonzero(self, term: Term) -> bool:
        """Whether a term is a number that is not 0."""
        if isinstance(term, Literal):
            return literal_value(term.value) != 0
        return isinstance(term, Parameter) and self._parameters[term.index] != 0


def _leveled(text: str) -> tuple[str, int]:
    """The text of a number, which a sign makes a product."""
    return text, PRODUCT if text.startswith("-") else ATOM


def _is_python_number(term: Term) -> bool:
    """Whether Python would work a term out with its own numbers: no variable and no function is in it."""
    if isinstance(term, Apply) and term.arguments:
        return term.primitive in ("add", "sub", "mul", "neg", "div", "inv") and all(
            map(_is_python_number, term.arguments)
        )
    return not isinstance(term, Variable)
