"""Detailed balance, exactly: every move is run on every sequence of random numbers that it can draw."""

from __future__ import annotations

from collections.abc import Iterator
from math import exp
from typing import Any

import numpy as np
import pytest

from sagredo.language import grammar as grammar_module
from sagredo.language.enumeration import terms_up_to
from sagredo.language.grammar import NEW_PARAMETER_PROBABILITY, Grammar
from sagredo.language.language import Primitive
from sagredo.language.places import places
from sagredo.language.term import Apply, Parameter, Term, Variable, size
from sagredo.problem.column import ValueType
from sagredo.search import moves as moves_module
from sagredo.search.moves import (
    EditSpace,
    Move,
    Nest,
    Recall,
    Regenerate,
    SwapArguments,
    SwapPrimitive,
    propose,
    sub_terms,
)

NUMBER, TRUTH = ValueType("number"), ValueType("truth")
X, A, B = Variable("x"), Parameter(0), Parameter(1)

WITH_PARAMETERS = Grammar(
    (
        Primitive("sin", (NUMBER,), NUMBER),
        Primitive("neg", (NUMBER,), NUMBER),
        Primitive("sub", (NUMBER, NUMBER), NUMBER),
    ),
    {"x": NUMBER},
    NUMBER,
    parameter_types=frozenset({NUMBER}),
    kind_weights={"variable": 2.0, "parameter": 1.5},
)
WITH_TYPES = Grammar(
    (
        Primitive("add", (NUMBER, NUMBER), NUMBER),
        Primitive("sub", (NUMBER, NUMBER), NUMBER),
        Primitive("if", (TRUTH, NUMBER), NUMBER),
        Primitive("positive", (NUMBER,), TRUTH),
    ),
    {"x": NUMBER, "y": NUMBER},
    NUMBER,
    kind_weights={"variable": 3.0},
)
LISTED: dict[Grammar, list[tuple[Term, ValueType]]] = {
    WITH_PARAMETERS: [
        (A, NUMBER),
        (Apply("neg", (A,)), NUMBER),
        (Apply("sub", (A, B)), NUMBER),
        (Apply("sub", (A, A)), NUMBER),
    ],
    WITH_TYPES: [
        (Apply("sub", (X, Variable("y"))), NUMBER),
        (Apply("add", (X, X)), NUMBER),
        (Apply("positive", (X,)), TRUTH),
    ],
}
LARGEST: dict[Grammar, int] = {WITH_PARAMETERS: 3, WITH_TYPES: 4}
MOST_DRAWS = 13
"""Terms of 4 nodes take at most 12: the place, the way, and then 2 or 3 for a level or a node."""


def moves(grammar: Grammar) -> list[Move]:
    listed = {entry: 1.0 + k for k, entry in enumerate(LISTED[grammar])}
    recalls = [Recall(listed), Recall(listed, whole=True)]
    return [Regenerate(), SwapPrimitive(), SwapArguments(), Nest(), *recalls]


@pytest.fixture(autouse=True)
def scripted_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (grammar_module, moves_module):
        monkeypatch.setattr(module, "categorical", lambda rng, cumulative: rng.categorical(cumulative))


class TooLong(Exception):
    """What comes of these draws is larger than the largest term."""


class Scripted:
    """A generator whose draws are written in a script; draws beyond it take their first value.

    Every categorical draw becomes a node, so that more of them than there is room for at the place that the first draw
    chose need not be followed.
    """

    def __init__(self, script: list[int], room: list[int]) -> None:
        self.script = script
        self.room = room
        self.options: list[int] = []
        self.probability = 1.0
        self.nodes = 0
        self.place = 0

    def _draw(self, probabilities: Any) -> int:
        k = len(self.options)
        if k >= MOST_DRAWS:
            raise TooLong
        value = self.script[k] if k < len(self.script) else 0
        self.options.append(len(probabilities))
        self.probability *= float(probabilities[value])
        return value

    def integers(self, count: int) -> int:
        first = not self.options
        value = self._draw(np.full(count, 1 / count))
        if first and count == len(self.room):
            self.place = value
        return value

    def categorical(self, cumulative: list[float]) -> int:
        self.nodes += 1
        if self.nodes > self.room[self.place]:
            raise TooLong
        return self._draw(np.diff(cumulative, prepend=0.0))

    def random(self) -> float:
        known = self._draw([NEW_PARAMETER_PROBABILITY, 1 - NEW_PARAMETER_PROBABILITY])
        return NEW_PARAMETER_PROBABILITY if known else 0.0


def outcomes(
    space: EditSpace, move: Move, term: Term, largest: int
) -> Iterator[tuple[Term | None, float, float]]:
    """Every proposal of terms no larger than the largest, with its probability and the log ratio that it claims."""
    script: list[int] = []
    outside = [size(term) - size(place.node) for place in places(term, NUMBER, space.primitives)]
    kept = 1 if isinstance(move, Nest) else 0
    room = [largest - nodes - kept for nodes in outside]
    while True:
        rng = Scripted(script, room[:1] if move.whole else room)
        try:
            proposal = propose(rng, space, move, term)  # type: ignore[arg-type]  # a double
            if proposal is None:
                yield None, rng.probability, 0.0
            elif size(proposal.term) <= largest:
                yield proposal.term, rng.probability, proposal.log_ratio
        except TooLong:
            pass
        script = (script + [0] * len(rng.options))[: len(rng.options)]
        while script and script[-1] + 1 == rng.options[len(script) - 1]:
            script.pop()
        if not script:
            return
        script[-1] += 1


def transition_matrix(grammar: Grammar, move: Move, terms: list[Term], target: np.ndarray) -> np.ndarray:
    """T(x, y) for x != y under the acceptance probability of Metropolis and Hastings."""
    place = {term: k for k, term in enumerate(terms)}
    matrix = np.zeros((len(terms), len(terms)))
    for k, term in enumerate(terms):
        for proposed, probability, log_ratio in outcomes(EditSpace(grammar), move, term, LARGEST[grammar]):
            if proposed is not None and proposed != term:
                new = place[proposed]
                matrix[k, new] += probability * min(1.0, target[new] / target[k] * exp(log_ratio))
    return matrix


@pytest.mark.parametrize("grammar", LISTED, ids=["parameters", "types"])
@pytest.mark.parametrize(
    "index", range(6), ids=["regenerate", "primitive", "arguments", "nest", "recall", "whole"]
)
def test_each_move_keeps_detailed_balance_for_any_target(grammar: Grammar, index: int) -> None:
    move = moves(grammar)[index]
    terms = list(terms_up_to(grammar, LARGEST[grammar]))
    target = np.random.default_rng(index).dirichlet(np.ones(len(terms)))
    matrix = transition_matrix(grammar, move, terms, target)
    flow = target[:, None] * matrix
    np.testing.assert_allclose(flow, flow.T, rtol=1e-9, atol=1e-15)
    assert np.count_nonzero(flow) > 0
    assert np.all(matrix.sum(axis=1) <= 1 + 1e-12)
    if move.name in ("regenerate", "recall", "recall_whole"):
        assert np.all(np.linalg.matrix_power(matrix + np.eye(len(terms)), 2) > 0)


@pytest.mark.parametrize("grammar", LISTED, ids=["parameters", "types"])
def test_the_ratio_is_that_of_the_two_draws_at_a_node(grammar: Grammar) -> None:
    # Regenerating the only node of a leaf is a draw from the prior: q(y)/q(x) is p(y)/p(x).
    space = EditSpace(grammar)
    drawn: dict[Term, float] = {}
    for term, probability, log_ratio in outcomes(space, Regenerate(), X, LARGEST[grammar]):
        assert term is not None
        drawn[term] = drawn.get(term, 0.0) + probability
        expected = grammar.log_prior(X) - grammar.log_prior(term) - np.log(size(term))
        assert log_ratio == pytest.approx(expected)
    for term in terms_up_to(grammar, LARGEST[grammar]):
        assert drawn[term] == pytest.approx(exp(grammar.log_prior(term)))


def test_a_list_holds_the_parts_of_terms_with_their_counts() -> None:
    inner = Apply("neg", (B,))
    term = Apply("sub", (Apply("neg", (A,)), Apply("sub", (X, inner))))
    counts = sub_terms([term, Apply("neg", (A,))], EditSpace(WITH_PARAMETERS))
    assert counts == {
        (term, NUMBER): 1.0,
        (Apply("neg", (A,)), NUMBER): 3.0,
        (Apply("sub", (X, Apply("neg", (A,)))), NUMBER): 1.0,
    }


def test_the_weights_of_a_list_must_be_positive() -> None:
    with pytest.raises(ValueError, match="must be positive"):
        Recall({(X, NUMBER): 0.0})
