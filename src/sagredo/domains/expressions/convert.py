"""Programs in the notations of others: SymPy, LaTeX, MathML, Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import log2
from typing import TYPE_CHECKING, Any, Final

from sagredo.domains.expressions import layout
from sagredo.domains.expressions.encoding import literal_value
from sagredo.domains.expressions.formulas import formula
from sagredo.domains.expressions.primitives import NAMED_CONSTANTS
from sagredo.domains.expressions.python_source import python_source
from sagredo.domains.expressions.syntax import ExpressionSyntax
from sagredo.language.term import Apply, Hole, Literal, Parameter, Program, Term, Variable, variables

if TYPE_CHECKING:
    import sympy

DISPLAY_DIGITS: Final = 6
"""Significant digits of the numbers in a formula unless more are asked for."""

_LARGEST_EXACT_BITS: Final = 4096
"""Bits up to which powers of rationals are worked out exactly: doubles end at 1024, and beyond lie numbers
that would fill the memory."""

_LARGEST_EXACT_EXPONENT: Final = 1024
"""Beyond it, even a power of 2 is no double."""


def to_latex(program: Program, digits: int = DISPLAY_DIGITS, standard_errors: Sequence[float] = ()) -> str:
    """A program as LaTeX, for mathematics mode.

    Numbers are rounded to ``digits`` significant digits; a parameter with a standard error is rounded to the
    second digit of that error. Parameters without values show their names.
    """
    return layout.latex(formula(program, digits, standard_errors))


def to_mathml(program: Program, digits: int = DISPLAY_DIGITS, standard_errors: Sequence[float] = ()) -> str:
    """A program as a ``math`` element of presentation MathML; it shows what :func:`to_latex` shows."""
    body = layout.mathml(formula(program, digits, standard_errors))
    return f'<math xmlns="http://www.w3.org/1998/Math/MathML" displaystyle="true">{body}</math>'


def to_python(program: Program, constants: Mapping[str, float] | None = None) -> str:
    """A program as the source of a Python function ``law`` over NumPy arrays.

    The variables are its arguments in order of first occurrence, then ``constants``, the user's named
    constants, with their values as defaults; a constant without a value is an argument like any other.
    The parameters are written with all their digits, so that the values are those of the program.

    Raises:
        ValueError: the program has holes, or parameters without values.
    """
    return python_source(program, constants or {})


def to_sympy(program: Program, constants: Mapping[str, float] | None = None) -> sympy.Expr:
    """A program as a SymPy expression.

    Literals are exact rationals, pi and e SymPy's own, parameters floats of double precision (symbols, where
    they have no values), variables plain symbols; ``constants``, the user's named constants, are floats where
    a value is given, and symbols elsewhere. A hole is an undefined function of its variables. Cube roots are
    the real ones. SymPy's functions extend to complex numbers, so that the expression may have values where
    the program has none.
    """
    import sympy

    operations = _sympy_operations()
    values = constants or {}
    syntax = ExpressionSyntax(variables(program.term), values)

    def convert(term: Term) -> sympy.Expr:
        match term:
            case Variable(symbol):
                return sympy.Symbol(symbol)
            case Literal(value):
                exact = value if isinstance(value, Fraction) else Fraction(literal_value(value))
                return sympy.Rational(exact.numerator, exact.denominator)
            case Parameter(index) if index < len(program.parameters):
                return sympy.Float(program.parameters[index])
            case Parameter(index):
                return sympy.Symbol(syntax.parameter_name(index))
            case Hole(name, symbols):
                return sympy.Function(name)(*map(sympy.Symbol, symbols))
            case Apply(name, ()) if name in values:
                return sympy.Float(values[name])
            case Apply(name, ()):
                return {"pi": sympy.pi, "e": sympy.E}[name] if name in NAMED_CONSTANTS else sympy.Symbol(name)
            case Apply(name, arguments) if name in operations:
                return operations[name](*map(convert, arguments))
        raise TypeError(f"Only the operations of real expressions are known to SymPy. Got {term!r} instead.")

    return convert(program.term)


def _sympy_operations() -> Mapping[str, Callable[..., Any]]:
    """What each operation is in SymPy."""
    import sympy

    def power(base: sympy.Expr, exponent: sympy.Expr) -> sympy.Expr:
        coefficient = base.as_coeff_Mul()[0]
        if exponent.is_Rational and coefficient.is_Rational:
            bits = log2(max(abs(int(coefficient.p)), int(coefficient.q))) * abs(float(exponent))
            if bits > _LARGEST_EXACT_BITS:
                return base ** sympy.Float(exponent)
        return base**exponent

    def exponential(argument: sympy.Expr) -> sympy.Expr:
        # SymPy turns exp(n log 2) into the integer 2^n.
        large = [number for number in argument.atoms(sympy.Rational) if abs(number) > _LARGEST_EXACT_EXPONENT]
        if large and argument.has(sympy.log):
            argument = argument.xreplace({number: sympy.Float(number) for number in large})
        return sympy.exp(argument)

    def extremum(function: Callable[..., Any]) -> Callable[..., Any]:
        def of_reals(*arguments: sympy.Expr) -> sympy.Expr:
            try:
                return function(*arguments)
            except ValueError:  # an argument is complex or NaN for certain, and the program has no value
                return sympy.nan

        return of_reals

    return {
        "add": lambda left, right: left + right,
        "sub": lambda left, right: left - right,
        "mul": lambda left, right: left * right,
        "div": lambda left, right: left / right,
        "pow": power,
        "min": extremum(sympy.Min),
        "max": extremum(sympy.Max),
        "neg": lambda argument: -argument,
        "inv": lambda argument: 1 / argument,
        "sqrt": sympy.sqrt,
        "cbrt": lambda argument: sympy.sign(argument) * sympy.cbrt(sympy.Abs(argument)),
        "square": lambda argument: power(argument, sympy.Integer(2)),
        "cube": lambda argument: power(argument, sympy.Integer(3)),
        "exp": exponential,
        "log": sympy.log,
        "sin": sympy.sin,
        "cos": sympy.cos,
        "tan": sympy.tan,
        "arcsin": sympy.asin,
        "arccos": sympy.acos,
        "arctan": sympy.atan,
        "sinh": sympy.sinh,
        "cosh": sympy.cosh,
        "tanh": sympy.tanh,
        "abs": sympy.Abs,
    }
