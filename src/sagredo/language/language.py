"""A language: typed primitives, a prior over programs, and a way to write programs down."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import log
from typing import TYPE_CHECKING, final

from sagredo.language.term import Program, Term

if TYPE_CHECKING:
    import numpy as np

    from sagredo.problem.column import ValueType


@final
@dataclass(frozen=True)
class Primitive:
    """A typed operation of a language; what it computes is the business of its semantics.

    ``commutative`` says that f(a, b) = f(b, a). ``kind`` groups primitives that share one prior weight.
    """

    name: str
    argument_types: tuple[ValueType, ...]
    result_type: ValueType
    commutative: bool = False
    kind: str = "function"

    @property
    def arity(self) -> int:
        """The number of arguments."""
        return len(self.argument_types)


class Prior(ABC):
    """A proper probability distribution over the terms of a language."""

    @abstractmethod
    def log_prior(self, term: Term) -> float:
        """log p(term), in nats; -inf for a term outside the language."""

    @abstractmethod
    def sample(self, rng: np.random.Generator) -> Term:
        """Draw a term from the prior."""


class Syntax(ABC):
    """The written form of programs; parsing what was printed gives the same term."""

    @abstractmethod
    def print_term(self, term: Term) -> str:
        """The text of a term."""

    @abstractmethod
    def parse(self, text: str) -> Term:
        """The term of a text.

        Raises:
            SyntaxProblem: the text is not a term of the language.
        """


@final
class SyntaxProblem(ValueError):
    """A text that is no program; the message says where and what was expected.

    ``position`` is the index of the first character that can't be read.
    """

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.position = position


@final
@dataclass(frozen=True)
class Language:
    """What programs can say: typed variables and primitives, with a prior and a syntax."""

    primitives: tuple[Primitive, ...]
    variables: Mapping[str, ValueType]
    result_type: ValueType
    prior: Prior
    syntax: Syntax

    @cached_property
    def primitive_by_name(self) -> dict[str, Primitive]:
        """The primitives by name."""
        return {primitive.name: primitive for primitive in self.primitives}

    def code_bits(self, program: Program) -> float:
        """L_code = -log2 p(program.term), bits."""
        return -self.prior.log_prior(program.term) / log(2)
