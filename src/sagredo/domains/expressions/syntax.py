"""Expressions as plain Python text in the symbols of the columns, such as ``0.5*m*v**2``.

What is printed is read back as the same term, and Python gives it the meaning of the term:

===========================  =====================================================================
term                         text
===========================  =====================================================================
literal                      ``2``, ``-2``, ``1.5``, ``1/3`` (two bare integers are one rational)
``div`` of two integers      ``(1)/3``
``inv`` x, ``div`` (1, x)    ``1/x``, ``(1)/x``
``neg`` of a number          ``-(3)``
``square``, ``cube``         ``x**2``, ``x**3``
``pow`` to the 2nd or 3rd    ``pow(x, 2)``
named constant, parameter    their names: ``pi``, ``p0``
===========================  =====================================================================

In a language without ``inv`` the text ``1/x`` is a ``div``; without ``square`` or ``cube`` the text ``x**2``
or ``x**3`` is a ``pow``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from fractions import Fraction
from typing import Final, final

from sagredo.domains.expressions.number_text import decimal_text, rational_text
from sagredo.domains.expressions.parser import NameReader, Parser
from sagredo.domains.expressions.primitives import DEFAULT_CONSTANTS, OPERATIONS
from sagredo.domains.expressions.readable import readable
from sagredo.language.language import Syntax
from sagredo.language.parameter_names import ParameterNames
from sagredo.language.term import Apply, Hole, Literal, Parameter, Program, Term, Variable, depth, rebuild
from sagredo.language.tokens import DEEPEST_TERM, Token, TokenReader, closest, require_readable

SUM, RATIO, PRODUCT, SIGN, POWER, ATOM = range(6)
"""How tightly a text holds together; a rational p/q is looser than a product, so that factors get
brackets."""

_INFIX: Final = {"add": (" + ", SUM), "sub": (" - ", SUM), "mul": ("*", PRODUCT), "div": ("/", PRODUCT)}
_POWERS: Final = {"square": 2, "cube": 3}


@final
class ExpressionSyntax(Syntax):
    """The written form of expressions in columns (``symbols``), named ``constants`` and ``operations``.

    Free parameters are named ``p0``, ``p1``, ... or, where a column has such a name, by another prefix, behind
    those that have ``parameter_names`` of their own.
    """

    def __init__(
        self,
        symbols: Sequence[str],
        constants: Iterable[str] = DEFAULT_CONSTANTS,
        operations: Collection[str] = tuple(OPERATIONS),
        parameter_names: Sequence[str] = (),
    ) -> None:
        self.symbols = tuple(symbols)
        self.constants = tuple(constants)
        self.operations = frozenset(operations)
        self._parameters = ParameterNames((*self.symbols, *self.constants), parameter_names)

    def parameter_name(self, index: int) -> str:
        """The name of a free parameter."""
        return self._parameters.name(index)

    def print_term(self, term: Term) -> str:
        """The text of a term.

        Raises:
            ValueError: the term is deeper than what can be read back.
        """
        require_readable(term)
        return self._text(term)[0]

    def print_program(self, program: Program) -> str:
        """The text of a program with its parameters' values, each as the shortest decimal of its double.

        It is written for a reader, with the signs where one expects them, as in ``x - 2*y`` (see
        :mod:`.readable`). What is read back is another term, with the same values.

        Raises:
            ValueError: the term is deeper than what can be read back.
        """

        def change(node: Term) -> Term:
            return Literal(program.parameters[node.index]) if isinstance(node, Parameter) else node

        return self.print_term(readable(rebuild(program.term, change)))

    def parse(self, text: str) -> Term:
        """The term of a text.

        Raises:
            SyntaxProblem: the text is not an expression in these symbols.
        """
        return self.parse_with(text, self._unknown)

    def parse_with(self, text: str, unknown: NameReader) -> Term:
        """The term of a text in which ``unknown`` reads the names that are no symbol, constant or operation.

        Raises:
            SyntaxProblem: the text is not an expression.
        """
        reader = TokenReader(text)
        term = Parser(reader, self.symbols, self.constants, self.operations, unknown).sum(0)
        reader.expect_end("an operator or the end of the text")
        if depth(term) > DEEPEST_TERM:
            reader.fail(f"at most {DEEPEST_TERM} levels of operations", Token("end", "more", 0))
        return term

    def _unknown(self, token: Token, reader: TokenReader) -> Term:
        """The free parameter of a name."""
        index = self._parameters.index(token.text)
        if index is None:
            known = [
                *self.symbols,
                *self.constants,
                *(name for name in OPERATIONS if name in self.operations),
            ]
            reader.fail(f"one of the names {', '.join(known)}", token, closest(token.text, known))
        return Parameter(index)

    def _text(self, term: Term) -> tuple[str, int]:
        """The text of a term and how tightly it holds together."""
        match term:
            case Variable(symbol):
                return symbol, ATOM
            case Parameter(index):
                return self.parameter_name(index), ATOM
            case Literal(value):
                return _number(value)
            case Hole(name, symbols):
                return f"{name}({', '.join(symbols)})", ATOM
            case Apply(name, arguments) if arguments:
                return self._operation(name, arguments)
            case Apply(name):
                return name, ATOM
        raise TypeError(f"A term must be one of the five kinds of node. Got {term!r} instead.")

    def _operation(self, name: str, arguments: tuple[Term, ...]) -> tuple[str, int]:
        """The text of an operation and how tightly it holds together."""
        first = arguments[0]
        if name in _INFIX:
            return self._infix(name, *arguments)
        if name == "inv":
            divisor = self._inside(first, POWER)
            return f"1/({divisor})" if _is_bare(first, divisor) else f"1/{divisor}", PRODUCT
        if name == "neg":
            operand = self._inside(first, POWER)
            is_number = isinstance(first, Literal) and not operand.startswith("(")
            return f"-({operand})" if is_number else f"-{operand}", SIGN
        if name in _POWERS:
            return f"{self._inside(first, ATOM)}**{_POWERS[name]}", POWER
        if name == "pow" and not self._is_short_power(arguments[1]):
            return f"{self._inside(first, ATOM)}**{self._inside(arguments[1], ATOM)}", POWER
        return f"{name}({', '.join(self._text(argument)[0] for argument in arguments)})", ATOM

    def _is_short_power(self, exponent: Term) -> bool:
        """Whether a power with this exponent in infix form would be read as a square or a cube."""
        value = exponent.value if isinstance(exponent, Literal) else None
        return isinstance(value, Fraction) and any(
            value == power and name in self.operations for name, power in _POWERS.items()
        )

    def _infix(self, name: str, left: Term, right: Term) -> tuple[str, int]:
        """The text of a sum, difference, product or quotient, and how tightly it holds together."""
        sign, level = _INFIX[name]
        left_text = self._inside(left, level)
        right_text = self._inside(right, RATIO if level == SUM else POWER)
        if name == "div" and _is_bare(left, left_text):
            is_ratio = _is_bare(right, right_text)
            is_inverse = left == Literal(Fraction(1)) and "inv" in self.operations
            left_text = f"({left_text})" if is_ratio or is_inverse else left_text
        return f"{left_text}{sign}{f'({right_text})' if right_text.startswith('-') else right_text}", level

    def _inside(self, term: Term, level: int) -> str:
        """The text of an operand, in brackets if it holds together less tightly than ``level``."""
        text, own = self._text(term)
        return text if own >= level else f"({text})"


def _is_bare(term: Term, text: str) -> bool:
    """Whether an operand is an integer that isn't in brackets."""
    return isinstance(term, Literal) and isinstance(term.value, Fraction) and text.lstrip("-").isdigit()


def _number(value: object) -> tuple[str, int]:
    """The text of a number and how tightly it holds together."""
    if isinstance(value, float):
        text = decimal_text(value)
    elif isinstance(value, Fraction):
        text = rational_text(value)
    else:
        raise TypeError(f"A literal of a real expression must be a Fraction. Got {value!r} instead.")
    if "/" in text:
        return text, RATIO
    return text, SIGN if text.startswith("-") else ATOM
