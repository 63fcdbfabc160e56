"""The reader of expressions: from plain Python text to a term."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, NoReturn, final

from sagredo.domains.expressions.primitives import FUNCTION_ALIASES, OPERATIONS
from sagredo.language.term import Apply, Literal, Term, Variable
from sagredo.language.tokens import DEEPEST_TERM, LONGEST_NUMBER, Token, TokenReader

_SUMS: Final = {"+": "add", "-": "sub"}
_PRODUCTS: Final = {"*": "mul", "/": "div"}
_POWERS: Final = {2: "square", 3: "cube"}

NameReader = Callable[[Token, TokenReader], Term]
"""What an unknown name stands for; ``Token`` is the name, the reader stands behind it."""


@final
@dataclass(frozen=True)
class Parser:
    """A recursive-descent parser: ``unknown`` reads the names that are no symbol, constant or operation.

    A level of nesting takes at most seven Python calls.
    """

    reader: TokenReader
    symbols: Collection[str]
    constants: Collection[str]
    operations: Collection[str]
    unknown: NameReader

    def sum(self, depth: int) -> Term:
        """Products joined by ``+`` and ``-``, inside of this many brackets and powers."""
        if depth > DEEPEST_TERM:
            self.reader.fail(f"at most {DEEPEST_TERM} levels of brackets")
        left = self._product(depth)
        while token := self.reader.accept(*_SUMS):
            left = self._apply(_SUMS[token.text], token, left, self._product(depth))
        return left

    def _product(self, depth: int) -> Term:
        """Factors joined by ``*`` and ``/``; the quotient of two bare integers is a rational."""
        start = self.reader.index
        left = self._factor(depth)
        while token := self.reader.accept(*_PRODUCTS):
            number = _bare_integer(self.reader.tokens[start : self.reader.index - 1])
            right_start = self.reader.index
            right = self._factor(depth)
            divisor = _bare_integer(self.reader.tokens[right_start : self.reader.index])
            if token.text == "/" and number is not None and divisor:
                left = Literal(Fraction(number, divisor))
            elif token.text == "/" and number == 1 and "inv" in self.operations:
                left = Apply("inv", (right,))
            else:
                left = self._apply(_PRODUCTS[token.text], token, left, right)
        return left

    def _factor(self, depth: int) -> Term:
        """A power with any number of signs before it; a sign and a bare number are one literal."""
        reader = self.reader
        minuses: list[Token] = []
        while sign := reader.accept(*_SUMS):
            if sign.text == "-":
                minuses.append(sign)
        if len(minuses) > DEEPEST_TERM:
            reader.fail(f"at most {DEEPEST_TERM} levels of signs", minuses[DEEPEST_TERM])
        start = reader.index
        term = self._power(depth)
        if minuses and isinstance(term, Literal) and reader.index == start + 1:
            assert isinstance(term.value, Fraction)
            term = Literal(-term.value)
            minuses.pop()
        for sign in minuses:
            term = self._apply("neg", sign, term)
        return term

    def _power(self, depth: int) -> Term:
        """An atom, or an atom to the power of what follows."""
        reader = self.reader
        base = self._atom(depth)
        token = reader.accept("**", "^")
        if token is None:
            return base
        if depth >= DEEPEST_TERM:
            reader.fail(f"at most {DEEPEST_TERM} levels of powers", token)
        exponent = self._factor(depth if reader.next.text == "(" else depth + 1)
        short = next((name for value, name in _POWERS.items() if exponent == Literal(Fraction(value))), "")
        if short in self.operations:
            return Apply(short, (base,))
        return self._apply("pow", token, base, exponent)

    def _atom(self, depth: int) -> Term:
        """A number, a name, a function of expressions, or an expression in brackets."""
        reader = self.reader
        token = reader.next
        if token.kind == "number":
            return Literal(_value(reader.take(), reader))
        if token.kind == "name":
            return self._named(reader.take(), depth)
        if reader.accept("("):
            term = self.sum(depth + 1)
            reader.expect(")")
            return term
        reader.fail("a number, a name or '('")

    def _named(self, token: Token, depth: int) -> Term:
        """What a name stands for."""
        name = token.text
        if name in self.symbols:
            return Variable(name)
        if name in self.constants:
            return Apply(name)
        operation = OPERATIONS.get(FUNCTION_ALIASES.get(name, name))
        if operation is None:
            return self.unknown(token, self.reader)
        arguments: list[Term] = []
        for position in range(operation.arity):
            self.reader.expect("," if position else "(")
            arguments.append(self.sum(depth + 1))
        self.reader.expect(")")
        return self._apply(operation.name, token, *arguments)

    def _apply(self, name: str, token: Token, *arguments: Term) -> Term:
        """An operation applied to its arguments; ``token`` is where it is written."""
        if name not in self.operations:
            self._refuse(name, token)
        return Apply(name, arguments)

    def _refuse(self, name: str, token: Token) -> NoReturn:
        """Say that an operation is none of the language."""
        known = ", ".join(name for name in OPERATIONS if name in self.operations)
        self.reader.fail(
            f"one of the operations {known}", token, f" The operation {name!r} is not in the language."
        )


def _bare_integer(tokens: Sequence[Token]) -> int | None:
    """The value of an integer without brackets, with or without a minus sign; None if it is anything else."""
    sign = -1 if len(tokens) == 2 and tokens[0].text == "-" else 1
    if len(tokens) == 1 + (sign < 0) and tokens[-1].kind == "number" and tokens[-1].text.isdigit():
        return sign * int(tokens[-1].text)
    return None


def _value(token: Token, reader: TokenReader) -> Fraction:
    """The exact value of a numeral."""
    exponent = token.text.lower().partition("e")[2] or "0"
    if len(token.text) > LONGEST_NUMBER or abs(int(exponent)) > LONGEST_NUMBER:
        reader.fail(f"numbers of at most {LONGEST_NUMBER} digits", token)
    return Fraction(token.text)
