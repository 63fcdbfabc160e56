"""The tokens of written programs, and a reader of them that says where it got stuck."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, NoReturn, final

from sagredo.language.language import SyntaxProblem

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST_TEXT: Final = 10_000
"""Characters that a program's text may have; far more than anyone reads."""

DEEPEST_TERM: Final = 100
"""Levels that a term may have: five Python calls a level are half of Python's own limit of 1,000."""

LONGEST_NUMBER: Final = 400
"""Characters, and powers of ten, that a number may have; the largest double has 309 digits."""

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[^\W\d]\w*)|(?P<symbol>\*\*|\S))",
    re.ASCII,
)
_NAME: Final = re.compile(r"[^\W\d]\w*")


@final
@dataclass(frozen=True, slots=True)
class Token:
    """A piece of text: a ``number``, a ``name``, a ``symbol`` or the ``end``."""

    kind: str
    text: str
    position: int


@final
class TokenReader:
    """Reads the tokens of a text one by one.

    Names are brought to Python's normal form (NFKC), as Python does with identifiers.

    Raises:
        SyntaxProblem: the text is too long.
    """

    def __init__(self, text: str) -> None:
        self.source = text
        if len(text) > LONGEST_TEXT:
            self.source = text[:20]
            self.fail(f"at most {LONGEST_TEXT} characters", Token("end", f"{len(text)} characters", 0))
        self.tokens = list(_tokens(text))
        self.index = 0

    @property
    def next(self) -> Token:
        """The token that comes next; it is not taken."""
        return self.tokens[self.index]

    def take(self) -> Token:
        """Take the next token."""
        token = self.tokens[self.index]
        if token.kind != "end":
            self.index += 1
        return token

    def accept(self, *symbols: str) -> Token | None:
        """Take the next token if it is one of these symbols."""
        if self.next.kind == "symbol" and self.next.text in symbols:
            return self.take()
        return None

    def expect(self, *symbols: str) -> Token:
        """Take the next token, which must be one of these symbols."""
        return self.accept(*symbols) or self.fail(" or ".join(map(repr, symbols)))

    def expect_end(self) -> None:
        """Make sure that nothing follows."""
        if self.next.kind != "end":
            self.fail("an operator or the end of the text")

    def fail(self, expected: str, token: Token | None = None, hint: str = "") -> NoReturn:
        """Say what was expected in place of a token (default: the next one)."""
        token = token or self.next
        found = "the end of the text" if token.kind == "end" and not token.text else repr(token.text)
        raise SyntaxProblem(
            f"A program's text must have {expected} at position {token.position + 1} of {self.source!r}. "
            f"Got {found} instead.{hint}",
            token.position,
        )


def closest(name: str, known: Iterable[str]) -> str:
    """A sentence that suggests the known name closest to ``name``; empty when none is close."""
    close = get_close_matches(name, list(known), n=1)
    return f" Did you mean {close[0]!r}?" if close else ""


def _tokens(text: str) -> list[Token]:
    """All tokens, the end included."""
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        name = _NAME.match(text, position)
        if name and unicodedata.normalize("NFKC", name[0]).isidentifier():
            tokens.append(Token("name", unicodedata.normalize("NFKC", name[0]), position))
            position = name.end()
            continue
        match = _TOKEN.match(text, position)
        assert match is not None
        assert match.lastgroup is not None
        tokens.append(Token(match.lastgroup, match[match.lastgroup], position))
        position = match.end()
    return [*tokens, Token("end", "", len(text))]
