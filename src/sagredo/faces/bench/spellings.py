"""The spellings of a known law, and the shortest of them: what regret is measured against."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING, Final

import sympy

from sagredo.language.term import Apply, Literal, Parameter, Program, Term, Variable, rebuild, variables

if TYPE_CHECKING:
    from sagredo.objective.objective import Objective, Score

_FUNCTIONS: Final = {
    sympy.exp: "exp",
    sympy.log: "log",
    sympy.sin: "sin",
    sympy.cos: "cos",
    sympy.tan: "tan",
    sympy.asin: "arcsin",
    sympy.acos: "arccos",
    sympy.atan: "arctan",
    sympy.sinh: "sinh",
    sympy.cosh: "cosh",
    sympy.tanh: "tanh",
    sympy.Abs: "abs",
    sympy.Min: "min",
    sympy.Max: "max",
}
_POWERS: Final = {
    sympy.Integer(2): "square",
    sympy.Integer(3): "cube",
    sympy.Rational(1, 2): "sqrt",
    sympy.Rational(1, 3): "cbrt",
}
_REWRITINGS: Final[tuple[Callable[[sympy.Expr], sympy.Expr], ...]] = (
    lambda expression: expression,
    sympy.factor,
    sympy.expand,
    sympy.together,
    sympy.powsimp,
    sympy.simplify,
)


def spellings(term: Term, positive: Collection[str]) -> Iterator[Program]:
    """The term as given; rewritten by algebra; and rewritten with every number but integers as a parameter.

    The algebra uses that the variables of these names are positive where the law is sampled, and the others real.
    """
    yield Program(term)
    given = _to_sympy(term, positive)
    for expression in dict.fromkeys(rewriting(given) for rewriting in _REWRITINGS):
        yield Program(_Writer().write(expression))
        values: list[float] = []
        template = _Writer(values).write(expression)
        if values:
            yield Program(template, tuple(values))


def shortest_spelling(term: Term, objective: Objective, positive: Collection[str]) -> Score:
    """The least description length of the spellings, under the objective that the search used."""
    scores = [objective.score(program) for program in dict.fromkeys(spellings(term, positive))]
    return min(scores, key=lambda score: score.description_length_bits)


def with_numbers_as_parameters(term: Term, positive: Collection[str]) -> Iterator[Program]:
    """A term as it is and, merged by algebra, as few parameters as that leaves, for numbers but integers.

    The numbers are floats, so that the algebra is quick. What the algebra makes complex or undefined, or says in
    functions that the language does not have, is left out.
    """
    yield _numbers_freed(term)
    given = _to_sympy(rebuild(term, _as_float), positive)
    for expression in dict.fromkeys((given, sympy.expand(given))):
        is_real = not expression.has(sympy.I, sympy.zoo, sympy.nan, sympy.oo)
        if is_real and {type(part) for part in expression.atoms(sympy.Function)} <= set(_FUNCTIONS):
            values: list[float] = []
            yield Program(_Writer(values).write(expression), tuple(values))


def _numbers_freed(term: Term) -> Program:
    """The term with a parameter for every number that is no integer."""
    values: list[float] = []

    def change(node: Term) -> Term:
        freed = _as_float(node)
        if not (isinstance(freed, Literal) and isinstance(freed.value, float)):
            return node
        values.append(freed.value)
        return Parameter(len(values) - 1)

    return Program(rebuild(term, change), tuple(values))


def _as_float(node: Term) -> Term:
    """Numbers that are no integers as floats; other nodes as they are."""
    if isinstance(node, Literal) and isinstance(node.value, Fraction) and node.value.denominator != 1:
        return Literal(float(node.value))
    return node


def own_constants(term: Term) -> int:
    """The numbers of the term that are no integers, up to scale and offset, equal ones counted once.

    An overall factor and an overall summand are not counted, nor are roots: 0 for ``m*v**2/2`` and
    ``q/(4*pi*r**2)``, 1 for ``exp(-x**2/2)/sqrt(2*pi)``, 2 for ``2.5*x**4 - 1.3*x**3``.
    """
    expression = _to_sympy(term, variables(term))
    symbols = expression.free_symbols
    _, rest = expression.as_independent(*symbols, as_Add=True)
    _, rest = rest.as_independent(*symbols, as_Add=False)
    values: list[float] = []
    _Writer(values).write(rest)
    return len(values)


def _to_sympy(term: Term, positive: Collection[str]) -> sympy.Expr:
    """The term as a SymPy expression over real symbols, some of them positive."""
    if isinstance(term, Variable):
        is_positive = term.symbol in positive
        return (
            sympy.Symbol(term.symbol, positive=True) if is_positive else sympy.Symbol(term.symbol, real=True)
        )
    if isinstance(term, Literal) and isinstance(term.value, Fraction):
        return sympy.Rational(term.value.numerator, term.value.denominator)
    if isinstance(term, Literal) and isinstance(term.value, float):
        return sympy.Float(term.value)
    if not isinstance(term, Apply):
        raise TypeError(
            f"A known law must be made of variables, numbers and operations. Got {term!r} instead."
        )
    arguments = [_to_sympy(argument, positive) for argument in term.arguments]
    match term.primitive:
        case "pi":
            return sympy.pi
        case "e":
            return sympy.E
        case "add":
            return arguments[0] + arguments[1]
        case "sub":
            return arguments[0] - arguments[1]
        case "mul":
            return arguments[0] * arguments[1]
        case "div":
            return arguments[0] / arguments[1]
        case "pow":
            return arguments[0] ** arguments[1]
        case "neg":
            return -arguments[0]
        case "inv":
            return 1 / arguments[0]
    for exponent, name in _POWERS.items():
        if name == term.primitive:
            return arguments[0] ** exponent
    function = next(function for function, name in _FUNCTIONS.items() if name == term.primitive)
    return function(*arguments)


class _Writer:
    """Writes a SymPy expression as a term.

    With a list of ``values``, factors and summands that are numbers but not integers become parameters, whose
    values are appended to it; the same number is the same parameter.
    """

    def __init__(self, values: list[float] | None = None) -> None:
        self._values = values

    def write(self, expression: sympy.Expr) -> Term:
        """The term of an expression."""
        if expression.is_number:
            return self._number(expression)
        if expression.is_Symbol:
            return Variable(expression.name)
        if expression.is_Add:
            return self._sum(expression)
        if expression.is_Mul:
            return self._product(expression)
        if expression.is_Pow and expression.base != sympy.E:
            return self._power(expression.base, expression.exp)
        if expression.is_Pow:
            return Apply("exp", (self.write(expression.exp),))
        arguments = tuple(self.write(argument) for argument in expression.args)
        name = _FUNCTIONS[expression.func]
        return _joined(name, list(arguments)) if name in ("min", "max") else Apply(name, arguments)

    def _number(self, value: sympy.Expr) -> Term:
        if self._values is not None and not value.is_Integer:
            number = float(value)
            if number not in self._values:
                self._values.append(number)
            return Parameter(self._values.index(number))
        if value.could_extract_minus_sign():
            return Apply("neg", (self._number(-value),))
        if value.is_Rational:
            return Literal(Fraction(int(value.p), int(value.q)))
        if value in (sympy.pi, sympy.E):
            return Apply("pi" if value == sympy.pi else "e")
        if value.is_Mul:
            return self._product(value)
        if value.is_Add:
            return self._sum(value)
        if value.is_Pow:
            return self._power(value.base, value.exp)
        return Apply(_FUNCTIONS[value.func], tuple(self._number(argument) for argument in value.args))

    def _sum(self, expression: sympy.Expr) -> Term:
        """Positive summands first, so that the others are subtracted from them."""
        number, rest = expression.as_independent(*expression.free_symbols, as_Add=True)
        if not expression.free_symbols:
            number, rest = sympy.Integer(0), expression
        summands = [*sympy.Add.make_args(rest), *([] if number == 0 else [number])]
        positive = [self.write(part) for part in summands if not part.could_extract_minus_sign()]
        negative = [self.write(-part) for part in summands if part.could_extract_minus_sign()]
        if not positive:
            return Apply("neg", (_joined("add", negative),))
        return reduce(lambda left, right: Apply("sub", (left, right)), negative, _joined("add", positive))

    def _product(self, expression: sympy.Expr) -> Term:
        """One fraction: below the line what has a negative power, and the denominators of the numbers."""
        if expression.free_symbols:
            number, rest = expression.as_independent(*expression.free_symbols, as_Add=False)
        else:
            number, rest = sympy.Integer(1), expression
        if number.could_extract_minus_sign():
            return Apply("neg", (self.write(-expression),))
        # By exponent, what stands above and below the line: square(a)*square(b) is square(a*b).
        groups: dict[sympy.Expr, tuple[list[Term], list[Term]]] = {sympy.Integer(1): ([], [])}
        factors = [number] if self._values is not None else list(sympy.Mul.make_args(number))
        for factor in (*factors, *sympy.Mul.make_args(rest)):
            if factor.is_Rational and self._values is None:
                above, below = groups[sympy.Integer(1)]
                above += [self._number(sympy.Integer(factor.p))] if factor.p != 1 else []
                below += [self._number(sympy.Integer(factor.q))] if factor.q != 1 else []
                continue
            base, exponent = factor.as_base_exp()
            if base == sympy.E or (factor.is_number and self._values is not None):
                base, exponent = factor, sympy.Integer(1)
            side = 1 if exponent.could_extract_minus_sign() else 0
            power, root = _split_power(-exponent if side else exponent)
            if factor != 1:
                groups.setdefault(power, ([], []))[side].append(self.write(base**root))
        above, below = groups.pop(sympy.Integer(1))
        for power, (numerator, denominator) in groups.items():
            part = Apply(
                _POWERS[power],
                (_fraction(numerator, denominator) if numerator else _joined("mul", denominator),),
            )
            (above if numerator else below).append(part)
        return _fraction(above, below)

    def _power(self, base: sympy.Expr, exponent: sympy.Expr) -> Term:
        if exponent.could_extract_minus_sign():
            return Apply("inv", (self.write(base**-exponent),))
        if exponent in _POWERS:
            return Apply(_POWERS[exponent], (self.write(base),))
        if exponent.is_Rational and exponent.q == 2 and exponent.p != 1:
            return Apply("sqrt", (self.write(base**exponent.p),))
        if exponent.is_Integer and exponent % 2 == 0 and exponent / 2 in _POWERS:
            return Apply("square", (self.write(base ** (exponent / 2)),))
        return Apply("pow", (self.write(base), self.write(exponent)))


def _split_power(exponent: sympy.Expr) -> tuple[sympy.Expr, sympy.Expr]:
    """An exponent as (a power that has a primitive, the rest), or as (1, itself)."""
    if exponent in _POWERS:
        return exponent, sympy.Integer(1)
    if exponent.is_Integer and exponent % 2 == 0:
        return sympy.Integer(2), exponent / 2
    return sympy.Integer(1), exponent


def _fraction(above: list[Term], below: list[Term]) -> Term:
    if not below:
        return _joined("mul", above)
    if not above:
        return Apply("inv", (_joined("mul", below),))
    return Apply("div", (_joined("mul", above), _joined("mul", below)))


def _joined(primitive: str, terms: list[Term]) -> Term:
    return reduce(lambda left, right: Apply(primitive, (left, right)), terms)
