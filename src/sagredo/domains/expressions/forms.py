"""Forms: templates of expressions whose parameters are fitted and whose holes are searched."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf, isfinite
from typing import TYPE_CHECKING, Final, final

from sagredo.domains.expressions.primitives import FUNCTION_ALIASES, OPERATIONS
from sagredo.language.language import SyntaxProblem
from sagredo.language.term import Apply, Hole, Parameter, Program, Term, postorder, rebuild
from sagredo.language.tokens import closest
from sagredo.problem.errors import InvalidInput

if TYPE_CHECKING:
    from sagredo.domains.expressions.syntax import ExpressionSyntax
    from sagredo.language.tokens import Token, TokenReader

DEFAULT_START: Final = 1.0
"""Where the fit of a parameter begins of which nothing is known; the bound nearest to it where it is
outside."""

UNBOUNDED: Final = (-inf, inf)
"""The bounds of a parameter that has none."""

_NESTING: Final = re.compile(r"\s*(\w+)\s*\(\s*(\w+)\s*\)\s*")


@final
@dataclass(frozen=True)
class Form:
    """A term with holes and parameters: ``Parameter(k)`` is called ``parameter_names[k]``.

    Its fit begins at ``starts[k]`` and stays within ``bounds[k]``.
    """

    term: Term
    parameter_names: tuple[str, ...]
    starts: tuple[float, ...]
    bounds: tuple[tuple[float, float], ...]

    @property
    def holes(self) -> tuple[Hole, ...]:
        """The different holes, in order of first occurrence."""
        return tuple(dict.fromkeys(node for node in postorder(self.term) if isinstance(node, Hole)))


def parse_form(
    text: str,
    syntax: ExpressionSyntax,
    starts: Mapping[str, float] | None = None,
    bounds: Mapping[str, tuple[float, float]] | None = None,
) -> Form:
    """The form that a text such as ``A*exp(-f(x)/T)`` writes down.

    A name that the syntax doesn't know is a free parameter or, before variables in brackets, a hole over them
    (over all inputs before empty brackets). Wherever a name occurs it is the same parameter or hole.

    Raises:
        InvalidInput: the text is malformed, a start or a bound is that of no parameter, a lower bound is not
            below its upper one, or a start is outside of its bounds.
    """
    names = _Names(syntax)
    try:
        term = syntax.parse_with(text, names.read)
    except SyntaxProblem as problem:
        raise InvalidInput(f"The form can't be read. {problem}") from problem
    starts, bounds = starts or {}, bounds or {}
    for what, given in (("start", starts), ("bound", bounds)):
        for name in given:
            if name not in names.parameters:
                known = ", ".join(names.parameters) or "none"
                raise InvalidInput(
                    f"Every {what} must be that of a parameter of the form {text!r} (they are: {known}). "
                    f"Got {name!r} instead.{closest(name, names.parameters)}"
                )
    intervals = tuple(_interval(name, bounds) for name in names.parameters)
    pairs = zip(names.parameters, intervals, strict=True)
    values = tuple(_start(name, interval, starts) for name, interval in pairs)
    return Form(term, tuple(names.parameters), values, intervals)


def fill(form: Form, terms: Mapping[Hole, Term]) -> Program:
    """The form with terms in its holes, its parameters at their starts.

    The terms' own parameters are numbered behind the form's, apart for every hole.

    Raises:
        ValueError: a hole is left without a term.
    """
    filled: dict[Hole, Term] = {}
    values = list(form.starts)
    for hole in form.holes:
        if hole not in terms:
            raise ValueError(f"Every hole must be given a term. Got none for {hole.name!r}.")
        own: dict[int, Parameter] = {}
        for node in postorder(terms[hole]):
            if isinstance(node, Parameter) and node.index not in own:
                own[node.index] = Parameter(len(values))
                values.append(DEFAULT_START)
        filled[hole] = _renumbered(terms[hole], own)

    def change(node: Term) -> Term:
        return filled[node] if isinstance(node, Hole) else node

    return Program(rebuild(form.term, change), tuple(values))


def forbidden(text: str) -> Callable[[Term], bool]:
    """Whether a term keeps to the rule that a text such as ``sin(exp)`` gives: no exp anywhere inside a sin.

    Raises:
        InvalidInput: the text is not one primitive in brackets behind another.
    """
    match = _NESTING.fullmatch(text)
    if match is None:
        raise InvalidInput(
            "A forbidden nesting must be two functions, the outer one first, such as sin(exp). "
            f"Got {text!r} instead."
        )
    outer, inner = (_operation(name, text) for name in match.groups())

    def allowed(term: Term) -> bool:
        pending = [(term, False)]
        while pending:
            node, inside = pending.pop()
            if isinstance(node, Apply) and node.arguments:
                if inside and node.primitive == inner:
                    return False
                within = inside or node.primitive == outer
                pending += [(argument, within) for argument in node.arguments]
        return True

    return allowed


@final
class _Names:
    """Reads the names of a form that the syntax doesn't know: parameters and holes."""

    def __init__(self, syntax: ExpressionSyntax) -> None:
        self._symbols = syntax.symbols
        self._holes: dict[str, Hole] = {}
        self.parameters: dict[str, Parameter] = {}

    def read(self, token: Token, reader: TokenReader) -> Term:
        """The parameter or hole of a name; the reader stands behind it."""
        name = token.text
        is_hole = reader.accept("(") is not None
        if name in (self.parameters if is_hole else self._holes):
            reader.fail(f"{name!r} either for a parameter or for a hole, not both,", token)
        if not is_hole:
            return self.parameters.setdefault(name, Parameter(len(self.parameters)))
        hole = Hole(name, self._variables(name, reader))
        if self._holes.setdefault(name, hole) != hole:
            reader.fail(f"the hole {name!r} with the same variables everywhere", token)
        return hole

    def _variables(self, name: str, reader: TokenReader) -> tuple[str, ...]:
        """The variables of a hole up to the closing bracket; the opening one is taken."""
        variables: list[str] = []
        while not reader.accept(")"):
            if variables:
                reader.expect(",", ")")
            token = reader.take()
            if token.text not in self._symbols or token.text in variables:
                reader.fail(
                    f"variables of the hole {name!r} ({', '.join(self._symbols)}), each once,",
                    token,
                    f" A product needs its sign: {name}*(...).",
                )
            variables.append(token.text)
        return tuple(variables)


def _renumbered(term: Term, numbers: Mapping[int, Parameter]) -> Term:
    """The term with other parameters."""

    def change(node: Term) -> Term:
        return numbers[node.index] if isinstance(node, Parameter) else node

    return rebuild(term, change)


def _interval(name: str, bounds: Mapping[str, tuple[float, float]]) -> tuple[float, float]:
    """The bounds of a parameter, checked."""
    lower, upper = bounds.get(name, UNBOUNDED)
    if not lower < upper:
        raise InvalidInput(
            f"The lower bound of {name!r} must be below its upper bound. Got {lower!r} and {upper!r} instead."
        )
    return float(lower), float(upper)


def _start(name: str, interval: tuple[float, float], starts: Mapping[str, float]) -> float:
    """Where the fit of a parameter begins, checked."""
    lower, upper = interval
    if name not in starts:
        return min(max(DEFAULT_START, lower), upper)
    start = starts[name]
    if not (isfinite(start) and lower <= start <= upper):
        raise InvalidInput(
            f"The start of {name!r} must be a finite number between its bounds {lower!r} and {upper!r}. "
            f"Got {start!r} instead."
        )
    return float(start)


def _operation(name: str, text: str) -> str:
    """The operation of a name in a forbidden nesting."""
    operation = FUNCTION_ALIASES.get(name, name)
    if operation not in OPERATIONS:
        raise InvalidInput(
            f"A forbidden nesting must name operations such as {', '.join(OPERATIONS)}. "
            f"Got {name!r} in {text!r} instead.{closest(name, OPERATIONS)}"
        )
    return operation
