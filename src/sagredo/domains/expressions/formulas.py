"""Programs as formulas: from the tree of a term to a layout on the page.

The formula has the value of the term, not its every node: products and sums are flattened, signs are drawn
to the front, what is divided by stands under one bar, and numbers come first. Fractions inside of exponents,
of brackets and of other fractions are written with a slash, where they are short.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import isfinite, isnan
from typing import Final, NamedTuple, final

from sagredo.domains.expressions.layout import (
    MINUS,
    NEGATIVE,
    PLUS,
    SLASH,
    SPACED_APPLY,
    Digits,
    Fence,
    Function,
    Layout,
    Name,
    Over,
    Root,
    Superscript,
    is_tall,
    row,
    width,
)
from sagredo.domains.expressions.names import EULER, PI, name_layouts
from sagredo.domains.expressions.numerals import (
    Numeral,
    Ratio,
    exact_number,
    rounded_numeral,
    significant_digits,
)
from sagredo.domains.expressions.pieces import (
    ATOM,
    BRACKETS,
    CALL,
    CONSTANT,
    EXPONENTIAL,
    FUNCTION,
    NUMBER,
    POWER,
    PRODUCT,
    SUM,
    Piece,
    call,
    inside,
    is_one,
    joined,
    numeral,
    script_depth,
)
from sagredo.domains.expressions.primitives import NAMED_CONSTANTS
from sagredo.domains.expressions.syntax import ExpressionSyntax
from sagredo.language.term import (
    Apply,
    Hole,
    Literal,
    Parameter,
    Program,
    Term,
    Variable,
    postorder,
    variables,
)

_TRIGONOMETRIC: Final = frozenset({"sin", "cos", "tan", "sinh", "cosh", "tanh"})
"""Functions whose powers are written at their names: sin^2 x."""

_COMMANDS: Final = {"log": "ln"}
"""Where the name of a primitive is not that of the function in formulas."""

_WIDEST_SLASHED: Final = 8
"""Characters over and under a slash; what is wider gets a bar."""

_WIDEST_EXPONENT: Final = 12
"""Characters in the exponent of e; what is wider is written with exp."""


class _Factors(NamedTuple):
    """sign * (product of ``above``) / (product of ``below``)."""

    negative: bool
    above: list[Piece]
    below: list[Piece]


def formula(program: Program, digits: int, standard_errors: Sequence[float] = ()) -> Layout:
    """The layout of a program, numbers rounded to ``digits`` significant digits.

    A parameter with a standard error is rounded to the second digit of that error; one without a value
    shows its name.
    """
    syntax = ExpressionSyntax(variables(program.term), _constants(program.term))
    errors = standard_errors or (0.0,) * len(program.parameters)
    parameters = [
        _Number(value, significant_digits(value, error, digits))
        for value, error in zip(program.parameters, errors, strict=True)
    ]
    names = {**name_layouts(_symbols(program, syntax)), "pi": PI, "e": EULER}
    return _Formula(names, syntax, parameters, digits).signed(program.term, slashed=False)


class _Number(NamedTuple):
    """The value of a parameter and the digits of it that are shown."""

    value: float
    digits: int


@final
class _Formula:
    """Lays out the terms of one program; ``slashed`` is true inside of fractions, exponents and brackets."""

    def __init__(
        self, names: dict[str, Layout], syntax: ExpressionSyntax, parameters: list[_Number], digits: int
    ) -> None:
        self._names = names
        self._syntax = syntax
        self._parameters = parameters
        self._digits = digits

    def signed(self, term: Term, slashed: bool) -> Layout:
        """The layout of a term with its sign, if it has one."""
        return self._piece(term, slashed).layout

    def _piece(self, term: Term, slashed: bool) -> Piece:
        """The piece of a term with its sign."""
        if _is_sum(term):
            return self._sum(term, slashed)
        negative, piece = self._product(term, slashed)
        return Piece(row(NEGATIVE, inside(piece, PRODUCT)), SUM, BRACKETS) if negative else piece

    def _sum(self, term: Term, slashed: bool) -> Piece:
        """A sum, with a positive summand first if there is any."""
        summands = []
        for negative, part in _summands(term):
            minus, piece = self._product(part, slashed)
            summands.append((negative != minus, inside(piece, PRODUCT)))
        first = next((k for k, (negative, _) in enumerate(summands) if not negative), 0)
        summands.insert(0, summands.pop(first))
        parts: list[Layout] = []
        for negative, layout in summands:
            parts += (MINUS if negative else PLUS, layout)
        start = [NEGATIVE] if summands[0][0] else []
        return Piece(row(*start, *parts[1:]), SUM, BRACKETS)

    def _product(self, term: Term, slashed: bool) -> tuple[bool, Piece]:
        """The sign of a term, and the piece of its magnitude."""
        factors = self._factors(term, slashed)
        above, below = [piece for piece in factors.above if not is_one(piece)], factors.below
        below = [piece for piece in below if not is_one(piece)]
        if not below:
            return factors.negative, joined(above)
        numerator, denominator = joined(above), joined(below)
        if slashed and max(width(numerator.layout), width(denominator.layout)) <= _WIDEST_SLASHED:
            flat = not (is_tall(numerator.layout) or is_tall(denominator.layout))
            if flat:
                under = inside(denominator, POWER)
                return factors.negative, Piece(row(inside(numerator, PRODUCT), SLASH, under), PRODUCT)
        return factors.negative, Piece(Over(numerator.layout, denominator.layout), PRODUCT)

    def _factors(self, term: Term, slashed: bool) -> _Factors:
        """The factors of nested products, quotients and changes of sign."""
        negative, above, below = _flattened(term)
        divided = bool(below)
        pieces: tuple[list[Piece], list[Piece]] = ([], [])
        for side, terms in enumerate((above, below)):
            for factor in terms:
                minus, numbers = self._number(factor)
                negative ^= minus
                if numbers is None:
                    inside = slashed or divided
                    pieces[side].append(self._factor(factor, inside))
                elif len(numbers) == 2 and not (divided or slashed):
                    pieces[side].append(Piece(Over(numbers[0].layout, numbers[1].layout), PRODUCT, NUMBER))
                else:
                    for number, place in zip(numbers, (side, 1 - side), strict=False):
                        pieces[place].append(number)
        return _Factors(negative, *pieces)

    def _number(self, term: Term) -> tuple[bool, tuple[Piece, ...] | None]:
        """The sign of a number and its numeral, or its numerator and denominator; None for other terms."""
        number: Numeral | Ratio
        if isinstance(term, Literal) and isinstance(term.value, Fraction):
            number, negative = exact_number(term.value, self._digits), term.value < 0
        elif isinstance(term, Parameter) and term.index < len(self._parameters):
            value, digits = self._parameters[term.index]
            if not isfinite(value):
                layout = Name("NaN", upright=True) if isnan(value) else Name("∞")
                return value < 0, (Piece(layout, ATOM, NUMBER),)
            number, negative = rounded_numeral(value, digits), value < 0
        else:
            return False, None
        if isinstance(number, Ratio):
            return negative, tuple(Piece(Digits(str(part)), ATOM, NUMBER) for part in number)
        return negative, (numeral(number),)

    def _factor(self, term: Term, slashed: bool) -> Piece:
        """A term that is no product and no number."""
        match term:
            case Variable(symbol):
                return Piece(self._names[symbol])
            case Parameter(index):
                return Piece(self._names[self._syntax.parameter_name(index)])
            case Hole(name, symbols):
                return call(self._names[name], *(self._names[symbol] for symbol in symbols))
            case Apply(name, ()):
                return Piece(self._names[name], ATOM, CONSTANT)
            case Apply("square" | "cube" as name, (base,)):
                return self._power(base, Literal(Fraction(2 if name == "square" else 3)))
            case Apply("pow", (base, exponent)):
                return self._power(base, exponent)
            case Apply("sqrt" | "cbrt" as name, (body,)):
                return Piece(Root(self.signed(body, slashed), "3" if name == "cbrt" else ""))
            case Apply("abs", (body,)):
                return Piece(Fence(self.signed(body, slashed=True), "|", "|"))
            case Apply("exp", (exponent,)):
                return self._exponential(exponent)
            case Apply("min" | "max" as name, arguments):
                return call(Function(name), *(self.signed(argument, slashed=True) for argument in arguments))
            case Apply("add" | "sub", _):
                return self._sum(term, slashed=True)
            case Apply(name, (argument,)):
                return self._applied(Function(_COMMANDS.get(name, name)), argument)
        raise TypeError(f"A formula must be made of variables, numbers and operations. Got {term!r} instead.")

    def _power(self, base: Term, exponent: Term) -> Piece:
        """A power; that of a trigonometric function is written at its name."""
        raised = self.signed(exponent, slashed=True)
        if isinstance(base, Apply) and base.primitive in _TRIGONOMETRIC and _is_natural(exponent):
            return self._applied(Superscript(Function(base.primitive), raised), base.arguments[0])
        return Piece(Superscript(inside(self._piece(base, slashed=True), ATOM), raised), POWER)

    def _exponential(self, exponent: Term) -> Piece:
        """A power of e where the exponent is short, or else a function."""
        raised = self.signed(exponent, slashed=True)
        if width(raised) <= _WIDEST_EXPONENT and not is_tall(raised) and script_depth(raised) <= 1:
            return Piece(Superscript(EULER, raised), POWER, EXPONENTIAL)
        return call(Function("exp"), raised)

    def _applied(self, function: Layout, argument: Term) -> Piece:
        """A function of one argument, without brackets where that is a single letter, number, root or bar."""
        piece = self._piece(argument, slashed=True)
        if piece.level == ATOM and not isinstance(argument, Hole):
            return Piece(row(function, SPACED_APPLY, piece.layout), FUNCTION, CALL)
        return call(function, piece.layout)


def _constants(term: Term) -> list[str]:
    """The named constants of a term."""
    return [node.primitive for node in postorder(term) if isinstance(node, Apply) and not node.arguments]


def _symbols(program: Program, syntax: ExpressionSyntax) -> Iterable[str]:
    """What a formula shows by name: variables first, then the user's constants, holes, free parameters."""
    nodes = list(postorder(program.term))
    symbols = [*syntax.symbols, *(name for name in syntax.constants if name not in NAMED_CONSTANTS)]
    for node in nodes:
        if isinstance(node, Hole):
            symbols += (node.name, *node.symbols)
        elif isinstance(node, Parameter) and node.index >= len(program.parameters):
            symbols.append(syntax.parameter_name(node.index))
    return dict.fromkeys(symbols)


def _is_sum(term: Term) -> bool:
    """Whether a term is a sum, perhaps with its sign changed."""
    while isinstance(term, Apply) and term.primitive == "neg":
        term = term.arguments[0]
    return isinstance(term, Apply) and term.primitive in ("add", "sub")


def _summands(term: Term, negative: bool = False) -> list[tuple[bool, Term]]:
    """The summands of nested sums and differences, each with its sign."""
    if isinstance(term, Apply):
        if term.primitive in ("add", "sub"):
            left, right = term.arguments
            return [*_summands(left, negative), *_summands(right, negative != (term.primitive == "sub"))]
        if term.primitive == "neg":
            return _summands(term.arguments[0], not negative)
    return [(negative, term)]


def _flattened(term: Term) -> tuple[bool, list[Term], list[Term]]:
    """The sign, the factors and the divisors of nested products and quotients."""
    if isinstance(term, Apply):
        if term.primitive == "neg":
            negative, above, below = _flattened(term.arguments[0])
            return not negative, above, below
        if term.primitive == "inv":
            negative, above, below = _flattened(term.arguments[0])
            return negative, below, above
        if term.primitive in ("mul", "div"):
            left, right = map(_flattened, term.arguments)
            if term.primitive == "div":
                right = (right[0], right[2], right[1])
            return left[0] != right[0], left[1] + right[1], left[2] + right[2]
    return False, [term], []


def _is_natural(term: Term) -> bool:
    """Whether a term is a whole number greater than 1."""
    return (
        isinstance(term, Literal)
        and isinstance(term.value, Fraction)
        and term.value.denominator == 1
        and term.value > 1
    )
