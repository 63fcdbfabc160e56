"""What the user rules out: sizes, nestings, and programs whose units cannot be right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, final

from sagredo.language.grammar import Grammar
from sagredo.language.language import Prior
from sagredo.language.term import Term

if TYPE_CHECKING:
    import numpy as np

Allowed = Callable[[Term], bool]


@final
@dataclass(frozen=True)
class RestrictedPrior(Prior):
    """The grammar's distribution over the terms that every rule allows.

    log p(term) is that of the grammar where the rules allow the term and -inf elsewhere: the conditional
    probability, up to the share of the allowed terms, which is the same for all of them and drops out of every
    comparison.
    """

    grammar: Grammar
    rules: tuple[Allowed, ...]

    def log_prior(self, term: Term) -> float:
        """log p(term) under the grammar, in nats; -inf for a term that a rule excludes."""
        return self.grammar.log_prior(term) if all(rule(term) for rule in self.rules) else -inf

    def sample(self, rng: np.random.Generator) -> Term:
        """Draw from the grammar until the rules allow it."""
        while True:
            term = self.grammar.sample(rng)
            if all(rule(term) for rule in self.rules):
                return term


def grammar_of(prior: Prior) -> Grammar:
    """The grammar behind a prior of real expressions, whose productions have costs."""
    if isinstance(prior, RestrictedPrior):
        return prior.grammar
    if not isinstance(prior, Grammar):
        raise TypeError("The prior of real expressions must be a Grammar or a RestrictedPrior.")
    return prior
