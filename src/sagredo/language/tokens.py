"""The tokens of written programs, and a reader of them that says where it got stuck."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, NoReturn, final

from sagredo.language.language import SyntaxProblem
from sagredo.language.term import depth

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sagredo.language.term import Term

LONGEST_TEXT: Final = 10_000
"""Characters that a program's text may have; far more than anyone reads."""

DEEPEST_TERM: Final = 100
"""Levels that a term may have: at seven Python calls a level they keep within Python's own limit of 1,000."""

LONGEST_NUMBER: Final = 400
"""Characters, and powers of ten, that a number may have; the largest double has 309 digits."""

LONGEST_EXCERPT: Final = 80
"""Characters of the text that a message shows: a line of a terminal."""

_TOKEN: Final = re.compile(r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<symbol>\*\*|\S)", re.ASCII)


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

    def expect_end(self, expected: str) -> None:
        """Make sure that nothing follows; ``expected`` says what could stand here."""
        if self.next.kind != "end":
            self.fail(expected)

    def fail(self, expected: str, token: Token | None = None, hint: str = "") -> NoReturn:
        """Say what was expected in place of a token (default: the next one)."""
        token = token or self.next
        found = "the end of the text" if token.kind == "end" and not token.text else repr(token.text)
        raise SyntaxProblem(
            f"A program's text must have {expected} at position {token.position + 1} of "
            f"{self._excerpt(token)!r}. Got {found} instead.{hint}",
            token.position,
        )

    def _excerpt(self, token: Token) -> str:
        """The text, or what stands around a token of a long one."""
        start = max(0, token.position - LONGEST_EXCERPT // 2)
        end = start + LONGEST_EXCERPT
        if len(self.source) <= LONGEST_EXCERPT:
            return self.source
        dots = "..."
        return f"{dots * (start > 0)}{self.source[start:end]}{dots * (end < len(self.source))}"


def require_readable(term: Term) -> None:
    """Make sure that the text of a term can be read back.

    Raises:
        ValueError: the term is deeper than ``DEEPEST_TERM``.
    """
    if (levels := depth(term)) > DEEPEST_TERM:
        raise ValueError(f"A program to print must have at most {DEEPEST_TERM} levels. Got {levels} instead.")


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
        if name := _identifier(text, position):
            tokens.append(Token("name", unicodedata.normalize("NFKC", name), position))
            position += len(name)
            continue
        match = _TOKEN.match(text, position)
        assert match is not None
        assert match.lastgroup is not None
        tokens.append(Token(match.lastgroup, match[match.lastgroup], position))
        position = match.end()
    return [*tokens, Token("end", "", len(text))]


def _identifier(text: str, position: int) -> str:
    """The longest identifier that begins here, empty if none does; a superscript is no part of one."""
    if not text[position].isidentifier():
        return ""
    end = position + 1
    while end < len(text) and f"_{text[end]}".isidentifier():
        end += 1
    return text[position:end]
