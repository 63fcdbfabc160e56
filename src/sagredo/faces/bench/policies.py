"""A small language of stochastic policies: rules over the last observations and the last action, and biases."""

from __future__ import annotations

from itertools import product
from math import log
from typing import TYPE_CHECKING, Final

import numpy as np

from sagredo.language.enumeration import terms_up_to
from sagredo.language.grammar import Grammar
from sagredo.language.language import Primitive
from sagredo.language.term import Apply, Program, Term
from sagredo.posterior.imitation import Policies
from sagredo.problem.column import ValueType
from sagredo.search.elites import total_bits

if TYPE_CHECKING:
    from jaxtyping import Bool, Float64

POLICY, CONDITION = ValueType("policy"), ValueType("condition")

BIASES: Final = {"rarely": 0.1, "evenly": 0.5, "mostly": 0.9}
"""The probability of the second of two actions: none is certain, so that one action never settles a policy."""

FACTS: Final = ("now", "before", "did")
"""What a rule can look at: the observation, the one before, and the action before, all bits."""

CONTEXTS: Final = np.array(list(product((False, True), repeat=len(FACTS)))).T
"""The facts of every context, one row a fact: context 4 now + 2 before + did."""

GRAMMAR: Final = Grammar(
    (
        *(Primitive(name, (), POLICY, kind="bias") for name in BIASES),
        Primitive("when", (CONDITION, POLICY, POLICY), POLICY, kind="rule"),
        *(Primitive(name, (), CONDITION, kind="fact") for name in FACTS),
        Primitive("not", (CONDITION,), CONDITION, kind="connective"),
        Primitive("both", (CONDITION, CONDITION), CONDITION, commutative=True, kind="connective"),
        Primitive("differ", (CONDITION, CONDITION), CONDITION, commutative=True, kind="connective"),
    ),
    {},
    POLICY,
    kind_weights={"bias": 2.0, "fact": 2.0},
)
"""With probability 2/3 a policy is a bias, else a rule with two policies, and a condition is a fact."""

LARGEST_SIZE: Final = 8
"""Nodes of the programs that are enumerated: a rule inside a rule, or one with a condition of five nodes."""


def enumerated_policies(largest_size: int = LARGEST_SIZE) -> Policies:
    """The programs up to a size, the shortest spelling of each behaviour, with the prior given that size."""
    spellings: dict[bytes, list[tuple[float, Term]]] = {}
    for term in terms_up_to(GRAMMAR, largest_size):
        bits = -GRAMMAR.log_prior(term) / log(2)
        spellings.setdefault(_second_action(term).tobytes(), []).append((bits, term))
    chosen = [min(group, key=lambda spelling: spelling[0])[1] for group in spellings.values()]
    code_bits = [total_bits(bits for bits, _ in group) for group in spellings.values()]
    second = np.array([_second_action(term) for term in chosen])
    return Policies(
        tuple(map(Program, chosen)),
        np.array(code_bits) - total_bits(code_bits),
        np.stack([1 - second, second], axis=2),
    )


def _second_action(term: Term) -> Float64[np.ndarray, " contexts"]:
    """The probability of the second action in every context."""
    match term:
        case Apply("when", (condition, then, otherwise)):
            chosen = np.where(_holds(condition), _second_action(then), _second_action(otherwise))
            return np.asarray(chosen, dtype=float)
        case Apply(name, ()) if name in BIASES:
            return np.full(CONTEXTS.shape[1], BIASES[name])
        case _:
            raise ValueError(f"A policy must be a rule or one of {', '.join(BIASES)}. Got {term}.")


def _holds(term: Term) -> Bool[np.ndarray, " contexts"]:
    """Whether a condition holds, in every context."""
    match term:
        case Apply("not", (inner,)):
            return ~_holds(inner)
        case Apply("both", (one, other)):
            return np.asarray(_holds(one) & _holds(other), dtype=bool)
        case Apply("differ", (one, other)):
            return np.asarray(_holds(one) ^ _holds(other), dtype=bool)
        case Apply(name, ()) if name in FACTS:
            return np.asarray(CONTEXTS[FACTS.index(name)])
        case _:
            raise ValueError(f"A condition must be one of the language. Got {term}.")
