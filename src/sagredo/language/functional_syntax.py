"""The functional form of programs, such as ``and(x, not(y))``, for any language."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import final

from sagredo.language.language import Primitive, Syntax
from sagredo.language.parameter_names import ParameterNames
from sagredo.language.term import Apply, Literal, Parameter, Term, Variable
from sagredo.language.tokens import (
    DEEPEST_TERM,
    LONGEST_NUMBER,
    Token,
    TokenReader,
    closest,
    require_readable,
)


@final
class FunctionalSyntax(Syntax):
    """Writes a primitive before its arguments in brackets; variables and nullary primitives are names alone.

    Free parameters are ``p0``, ``p1``, ..., or have another prefix where a name is taken. Literals are
    numbers, with or without a minus sign: ``read_number`` makes the value of a text, ``str`` the text of a
    value. Without ``read_number`` the language has no literals.

    Raises:
        ValueError: a name stands for two things, or is no identifier.
    """

    def __init__(
        self,
        primitives: Iterable[Primitive],
        variables: Iterable[str],
        read_number: Callable[[str], object] | None = None,
    ) -> None:
        self._primitives = tuple(primitives)
        self._arities = {primitive.name: primitive.arity for primitive in self._primitives}
        self._variables = tuple(variables)
        self._read_number = read_number
        self._known = (*(primitive.name for primitive in self._primitives), *self._variables)
        if len(set(self._known)) < len(self._known) or not all(map(str.isidentifier, self._known)):
            raise ValueError(
                f"Every name must be an identifier and stand for one thing. Got {self._known} instead."
            )
        self._parameters = ParameterNames(self._known)

    def print_term(self, term: Term) -> str:
        """The text of a term.

        Raises:
            ValueError: the term is deeper than what can be read back, or has a hole.
        """
        require_readable(term)
        return self._text(term)

    def parse(self, text: str) -> Term:
        """The term of a text.

        Raises:
            SyntaxProblem: the text is not made of these primitives and variables.
        """
        reader = TokenReader(text)
        term = self._term(reader, 1)
        reader.expect_end("the end of the text")
        return term

    def _text(self, term: Term) -> str:
        match term:
            case Variable(symbol):
                return symbol
            case Parameter(index):
                return self._parameters.name(index)
            case Literal(value):
                return str(value)
            case Apply(name, ()):
                return name
            case Apply(name, arguments):
                return f"{name}({', '.join(map(self._text, arguments))})"
        raise ValueError(f"A program must have no holes. Got {term!r}.")

    def _term(self, reader: TokenReader, depth: int) -> Term:
        """The term that comes next, at this level."""
        if depth > DEEPEST_TERM:
            reader.fail(f"at most {DEEPEST_TERM} levels of brackets")
        token = reader.take()
        if self._read_number is not None and (token.kind == "number" or token.text == "-"):
            return self._literal(token, reader)
        if token.text in self._variables:
            return Variable(token.text)
        if token.text in self._arities:
            return self._applied(token.text, reader, depth)
        index = self._parameters.index(token.text)
        if index is None:
            reader.fail(f"one of {', '.join(self._known)}", token, closest(token.text, self._known))
        return Parameter(index)

    def _applied(self, name: str, reader: TokenReader, depth: int) -> Term:
        """The primitive of this name with the arguments that come next."""
        arguments: list[Term] = []
        for position in range(self._arities[name]):
            reader.expect("," if position else "(")
            arguments.append(self._term(reader, depth + 1))
        if arguments:
            reader.expect(")")
        return Apply(name, tuple(arguments))

    def _literal(self, token: Token, reader: TokenReader) -> Term:
        """The literal that a token begins."""
        assert self._read_number is not None
        number = reader.take() if token.text == "-" else token
        if number.kind != "number" or len(number.text) > LONGEST_NUMBER:
            reader.fail(f"a number of at most {LONGEST_NUMBER} digits", number)
        try:
            return Literal(self._read_number(number.text if number is token else f"-{number.text}"))
        except ValueError:
            reader.fail("a number of this language", number)
