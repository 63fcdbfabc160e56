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
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final, final

from sagredo.domains.expressions.primitives import DEFAULT_CONSTANTS, FUNCTION_ALIASES, OPERATIONS
from sagredo.language.language import Syntax
from sagredo.language.term import Apply, Hole, Literal, Parameter, Program, Term, Variable, children, rebuild
from sagredo.language.tokens import DEEPEST_TERM, LONGEST_NUMBER, Token, TokenReader, closest

SUM, RATIO, PRODUCT, SIGN, POWER, ATOM = range(6)
"""How tightly a text holds together; a rational p/q is looser than a product, so that factors get
brackets."""

_INFIX: Final = {"add": (" + ", SUM), "sub": (" - ", SUM), "mul": ("*", PRODUCT), "div": ("/", PRODUCT)}
_OPERATORS: Final = {"+": ("add", SUM), "-": ("sub", SUM), "*": ("mul", PRODUCT), "/": ("div", PRODUCT)}
_POWERS: Final = {"square": 2, "cube": 3}
_PREFIXES: Final = ("p", "c", "k", "q", "theta", "kappa")
_READABLE_DIGITS: Final = 7
"""Integers of up to this many digits are written out; longer ones only if no exponent makes them shorter."""

NameReader = Callable[[Token, TokenReader], Term]
"""What an unknown name stands for; ``Token`` is the name, the reader stands behind it."""


@final
class ExpressionSyntax(Syntax):
    """The written form of expressions over the columns ``symbols`` and the named ``constants``.

    Free parameters are named ``p0``, ``p1``, ... or, where a column has such a name, by another prefix.
    """

    def __init__(self, symbols: Sequence[str], constants: Iterable[str] = DEFAULT_CONSTANTS) -> None:
        self.symbols = tuple(symbols)
        self.constants = tuple(constants)
        self.parameter_prefix = _free_prefix({*self.symbols, *self.constants})

    def parameter_name(self, index: int) -> str:
        """The name of a free parameter."""
        return f"{self.parameter_prefix}{index}"

    def print_term(self, term: Term) -> str:
        """The text of a term."""
        return self._text(term)[0]

    def print_template(self, program: Program) -> str:
        """The text of a program with its parameters by name."""
        return self.print_term(program.term)

    def print_program(self, program: Program) -> str:
        """The text of a program with the values of its parameters, each as its shortest decimal."""

        def change(node: Term) -> Term:
            return Literal(program.parameters[node.index]) if isinstance(node, Parameter) else _signed(node)

        return self.print_term(rebuild(program.term, change))

    def parse(self, text: str) -> Term:
        """The term of a text.

        Raises:
            SyntaxProblem: the text is not an expression in these symbols.
        """
        return self.parse_with(text, self._unknown)

    def parse_with(self, text: str, unknown: NameReader) -> Term:
        """The term of a text in which ``unknown`` reads the names that the syntax doesn't know.

        Raises:
            SyntaxProblem: the text is not an expression.
        """
        reader = TokenReader(text)
        term = _Parser(self, reader, unknown).expression(SUM, 0)
        reader.expect_end("an operator or the end of the text")
        if _depth(term) > DEEPEST_TERM:
            reader.fail(f"at most {DEEPEST_TERM} levels of operations", Token("end", "more", 0))
        return term

    def _unknown(self, token: Token, reader: TokenReader) -> Term:
        """The free parameter of a name."""
        digits = token.text.removeprefix(self.parameter_prefix)
        if token.text != digits and digits.isascii() and digits.isdigit() and str(int(digits[:6])) == digits:
            return Parameter(int(digits))
        known = [*self.symbols, *self.constants, *OPERATIONS]
        reader.fail(f"one of the names {', '.join(known)}", token, closest(token.text, known))

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
            sign, level = _INFIX[name]
            left = self._inside(first, level)
            right = self._inside(arguments[1], RATIO if level == SUM else POWER)
            one_or_ratio = first == Literal(Fraction(1)) or _is_integer(arguments[1])
            if name == "div" and _is_integer(first) and one_or_ratio:
                left = f"({left})"
            return f"{left}{sign}{f'({right})' if right.startswith('-') else right}", level
        if name == "inv":
            text = self._inside(first, POWER)
            return f"1/({text})" if _is_integer(first) and not text.startswith("(") else f"1/{text}", PRODUCT
        if name == "neg":
            text = self._inside(first, POWER)
            return f"-({text})" if isinstance(first, Literal) and not text.startswith(
                "("
            ) else f"-{text}", SIGN
        if name in _POWERS:
            return f"{self._inside(first, ATOM)}**{_POWERS[name]}", POWER
        if name == "pow" and arguments[1] not in (Literal(Fraction(2)), Literal(Fraction(3))):
            return f"{self._inside(first, ATOM)}**{self._inside(arguments[1], ATOM)}", POWER
        return f"{name}({', '.join(self.print_term(argument) for argument in arguments)})", ATOM

    def _inside(self, term: Term, level: int) -> str:
        """The text of an operand, in brackets if it holds together less tightly than ``level``."""
        text, own = self._text(term)
        return text if own >= level else f"({text})"


@final
class _Parser:
    """A recursive-descent parser; a level of nesting takes at most five calls."""

    def __init__(self, syntax: ExpressionSyntax, reader: TokenReader, unknown: NameReader) -> None:
        self._syntax = syntax
        self._reader = reader
        self._unknown = unknown

    def expression(self, level: int, depth: int) -> Term:
        """Operands joined by operators that bind at least as tightly as ``level``."""
        reader = self._reader
        if depth > DEEPEST_TERM:
            reader.fail(f"at most {DEEPEST_TERM} levels of brackets")
        start = reader.index
        left = self._signed(depth)
        while reader.next.kind == "symbol" and reader.next.text in _OPERATORS:
            name, own = _OPERATORS[reader.next.text]
            if own < level:
                break
            left_bare = _is_bare_integer(reader.tokens[start : reader.index])
            reader.take()
            right_start = reader.index
            right = self.expression(PRODUCT, depth + 1) if own == SUM else self._signed(depth + 1)
            right_bare = _is_bare_integer(reader.tokens[right_start : reader.index])
            left = (
                _quotient(left, left_bare, right, right_bare) if name == "div" else Apply(name, (left, right))
            )
        return left

    def _signed(self, depth: int) -> Term:
        """A power with any number of signs before it; a sign and a bare number are one literal."""
        reader = self._reader
        if depth > DEEPEST_TERM:
            reader.fail(f"at most {DEEPEST_TERM} levels of signs and powers")
        if reader.accept("+"):
            return self._signed(depth + 1)
        if not reader.accept("-"):
            return self._power(depth)
        start = reader.index
        operand = self._signed(depth + 1)
        tokens = reader.tokens[start : reader.index]
        if len(tokens) == 1 and isinstance(operand, Literal) and isinstance(operand.value, Fraction):
            return Literal(-operand.value)
        return Apply("neg", (operand,))

    def _power(self, depth: int) -> Term:
        """An atom, or an atom to the power of what follows."""
        base = self._atom(depth)
        if not self._reader.accept("**", "^"):
            return base
        exponent = self._signed(depth + 1)
        for name, value in _POWERS.items():
            if exponent == Literal(Fraction(value)):
                return Apply(name, (base,))
        return Apply("pow", (base, exponent))

    def _atom(self, depth: int) -> Term:
        """A number, a name, a function of expressions, or an expression in brackets."""
        reader = self._reader
        token = reader.next
        if token.kind == "number":
            reader.take()
            return Literal(_value(token, reader))
        if token.kind == "name":
            reader.take()
            return self._named(token, depth)
        if reader.accept("("):
            term = self.expression(SUM, depth + 1)
            reader.expect(")")
            return term
        reader.fail("a number, a name or '('")

    def _named(self, token: Token, depth: int) -> Term:
        """What a name stands for."""
        syntax, reader, name = self._syntax, self._reader, token.text
        if name in syntax.symbols:
            return Variable(name)
        if name in syntax.constants:
            return Apply(name)
        operation = OPERATIONS.get(FUNCTION_ALIASES.get(name, name))
        if operation is not None:
            reader.expect("(")
            arguments = [self.expression(SUM, depth + 1)]
            while len(arguments) < operation.arity:
                reader.expect(",")
                arguments.append(self.expression(SUM, depth + 1))
            reader.expect(")")
            return Apply(operation.name, tuple(arguments))
        return self._unknown(token, reader)


def _quotient(left: Term, left_bare: bool, right: Term, right_bare: bool) -> Term:
    """What ``left/right`` is: a rational, a reciprocal or a division."""
    if left_bare and isinstance(left, Literal) and isinstance(left.value, Fraction):
        if (
            right_bare
            and isinstance(right, Literal)
            and isinstance(right.value, Fraction)
            and right.value != 0
        ):
            return Literal(left.value / right.value)
        if left.value == 1:
            return Apply("inv", (right,))
    return Apply("div", (left, right))


def _is_bare_integer(tokens: Sequence[Token]) -> bool:
    """Whether the tokens are an integer without brackets, with or without a sign."""
    if len(tokens) == 2 and tokens[0].text == "-":
        tokens = tokens[1:]
    return len(tokens) == 1 and tokens[0].text.isdigit()


def _is_integer(term: Term) -> bool:
    """Whether a term is an integer literal."""
    return isinstance(term, Literal) and isinstance(term.value, Fraction) and term.value.denominator == 1


def _value(token: Token, reader: TokenReader) -> Fraction:
    """The exact value of a numeral."""
    exponent = token.text.lower().partition("e")[2] or "0"
    if len(token.text) > LONGEST_NUMBER or abs(int(exponent)) > LONGEST_NUMBER:
        reader.fail(f"numbers of at most {LONGEST_NUMBER} digits", token)
    return Fraction(token.text)


def _number(value: object) -> tuple[str, int]:
    """The text of a number and how tightly it holds together."""
    if isinstance(value, float):
        text, level = repr(value), ATOM
    elif isinstance(value, Fraction):
        text, level = _rational(value)
    else:
        raise TypeError(f"A literal of a real expression must be a Fraction. Got {value!r} instead.")
    return text, min(level, SIGN) if text.startswith("-") else level


def _rational(value: Fraction) -> tuple[str, int]:
    """The shortest exact text of a rational: an integer, a decimal, or p/q where that is shorter."""
    ratio = str(value)
    if value.denominator == 1 and len(ratio) <= _READABLE_DIGITS:
        return ratio, ATOM
    if value.denominator != 1:
        rest = value.denominator
        for factor in (2, 5):
            while rest % factor == 0:
                rest //= factor
        if rest != 1:
            return ratio, RATIO
    decimal = _shortest_decimal(value)
    if len(ratio) < len(decimal):
        return ratio, ATOM if value.denominator == 1 else RATIO
    return decimal, ATOM


def _shortest_decimal(value: Fraction) -> str:
    """The exact decimal of a rational whose denominator divides a power of ten, with an exponent if
    shorter."""
    places = 0
    while (value * 10**places).denominator != 1:
        places += 1
    digits = int(value * 10**places)
    plain = f"{Decimal(digits).scaleb(-places):f}" if len(str(digits)) <= 28 else str(value)
    shortened = str(digits).rstrip("0") or "0"
    exponent = len(str(digits)) - len(shortened) - places
    mantissa = shortened.lstrip("-")
    sign = "-" if digits < 0 else ""
    exponent += len(mantissa) - 1
    scientific = f"{sign}{mantissa[0]}{'.' if mantissa[1:] else ''}{mantissa[1:]}e{exponent}"
    return min(plain, scientific, key=len)


def _signed(node: Term) -> Term:
    """A sum with a negative number on its right as a difference, and the other way round."""
    if isinstance(node, Apply) and node.primitive in ("add", "sub"):
        left, right = node.arguments
        opposite = _opposite(right)
        if opposite is not None:
            return Apply("sub" if node.primitive == "add" else "add", (left, opposite))
    return node


def _opposite(term: Term) -> Term | None:
    """The term with the opposite sign, if a negative floating-point number leads it."""
    if isinstance(term, Literal) and isinstance(term.value, float) and term.value < 0:
        return Literal(-term.value)
    if isinstance(term, Apply) and term.primitive in ("mul", "div"):
        first = _opposite(term.arguments[0])
        return None if first is None else Apply(term.primitive, (first, term.arguments[1]))
    return None


def _free_prefix(taken: Collection[str]) -> str:
    """A prefix for the names of parameters that makes none that is taken."""
    for prefix in (*_PREFIXES, *("p" + "_" * count for count in range(1, len(taken) + 2))):
        if not any(name.startswith(prefix) and name.removeprefix(prefix).isdigit() for name in taken):
            return prefix
    raise AssertionError("among more prefixes than names one is free")


def _depth(term: Term) -> int:
    """The number of levels of a term."""
    depth, level = 0, [term]
    while level:
        depth, level = depth + 1, [child for node in level for child in children(node)]
    return depth
