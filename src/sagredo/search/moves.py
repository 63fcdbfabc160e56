"""Typed edits of a term whose probabilities are known both ways, for Metropolis-Hastings."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import exp, inf, log
from typing import TYPE_CHECKING, NamedTuple, final

import numpy as np

from sagredo.language.grammar import Grammar, categorical, cumulative
from sagredo.language.places import Parameters, Place, add_parameters, parameters_around, places
from sagredo.language.term import Apply, Parameter, Term, canonical, postorder, size, substitute

if TYPE_CHECKING:
    from sagredo.language.language import Primitive
    from sagredo.problem.column import ValueType


class Edit(NamedTuple):
    """Another sub-term for a place, with log q of drawing it and log q of drawing what it replaces, in nats."""

    node: Term
    log_forward: float
    log_backward: float


@final
@dataclass(frozen=True)
class Proposal:
    """Another term, and log q(back) - log q(there), in nats."""

    term: Term
    log_ratio: float


@final
@dataclass(frozen=True, eq=False)
class EditSpace:
    """What moves need to know of a language: its grammar, and which operations can hold a sub-term."""

    grammar: Grammar

    @cached_property
    def primitives(self) -> dict[str, Primitive]:
        """The primitives by name."""
        return {primitive.name: primitive for primitive in self.grammar.primitives}

    @cached_property
    def likely(self) -> list[Primitive]:
        """The primitives that a term can have."""
        return [p for p in self.grammar.primitives if self.grammar.primitive_bits(p.name) < inf]

    @cached_property
    def holders(self) -> dict[ValueType, tuple[list[Primitive], list[float]]]:
        """The primitives with arguments, by result type, with the cumulative p(primitive | it has arguments)."""
        by_type: dict[ValueType, list[Primitive]] = {}
        for primitive in self.likely:
            if primitive.arity > 0:
                by_type.setdefault(primitive.result_type, []).append(primitive)
        weights = {name: 2.0 ** -self.grammar.primitive_bits(name) for name in self.primitives}
        return {
            kind: (members, cumulative(weights[primitive.name] for primitive in members))
            for kind, members in by_type.items()
        }

    @cached_property
    def alternatives(self) -> dict[str, list[str]]:
        """The other primitives with the same arguments and result, by name."""
        return {
            one.name: [
                other.name
                for other in self.likely
                if other is not one and _signature(other) == _signature(one)
            ]
            for one in self.likely
        }

    @cached_property
    def log_holders(self) -> dict[str, float]:
        """log p(primitive | it has arguments), in nats, by name."""
        return {
            primitive.name: log(probability)
            for members, sums in self.holders.values()
            for primitive, probability in zip(members, np.diff(sums, prepend=0.0).tolist(), strict=True)
        }


class Move(ABC):
    """A way to draw another sub-term for a place.

    The places of a term are equally likely, unless the move is always at the root (``whole``); the same place of the
    new term is where the edit is undone. Let q(s -> s') be the probability that ``edit`` replaces s by s' there in one
    particular way, and n the number of nodes. Then every particular way satisfies detailed balance under the acceptance
    probability

        min(1, p(y) q(s' -> s) n(x) / (p(x) q(s -> s') n(y))),

    without the n where it is always at the root, and so does their sum (Green 1995; Chib & Greenberg 1995).
    """

    name: str
    whole: bool = False

    @abstractmethod
    def edit(
        self, rng: np.random.Generator, space: EditSpace, place: Place, around: Parameters
    ) -> Edit | None:
        """Draw another sub-term; ``around`` are the parameters outside the place. None: stay."""


def propose(rng: np.random.Generator, space: EditSpace, move: Move, term: Term) -> Proposal | None:
    """Edit one place of a term, drawn uniformly or the root; None where the move has nothing to do there."""
    nodes = size(term)
    index = 0 if move.whole else int(rng.integers(nodes))
    everywhere = places(term, space.grammar.result_type, space.primitives)
    place = next(place for k, place in enumerate(everywhere) if k == index)
    around = parameters_around(place, space.primitives) if space.grammar.parameter_types else {}
    edit = move.edit(rng, space, place, around)
    if edit is None:
        return None
    log_ratio = edit.log_backward - edit.log_forward
    if not move.whole:
        log_ratio += log(nodes / (nodes - size(place.node) + size(edit.node)))
    return Proposal(canonical(place.put(edit.node)), log_ratio)


@final
@dataclass(frozen=True)
class Regenerate(Move):
    """Draw the sub-term anew from the grammar."""

    name = "regenerate"

    def edit(
        self, rng: np.random.Generator, space: EditSpace, place: Place, around: Parameters
    ) -> Edit | None:
        """A sub-term of the grammar, whatever was there."""
        node = space.grammar.sample_part(rng, place.value_type, around)
        log_prior = space.grammar.log_prior_of_part
        return Edit(
            node,
            log_prior(node, place.value_type, around),
            log_prior(place.node, place.value_type, around),
        )


@final
@dataclass(frozen=True)
class SwapPrimitive(Move):
    """Apply another primitive of the same types to the same arguments."""

    name = "swap_primitive"

    def edit(
        self, rng: np.random.Generator, space: EditSpace, place: Place, around: Parameters
    ) -> Edit | None:
        """One of the others, each as likely: symmetric."""
        if not isinstance(place.node, Apply):
            return None
        others = space.alternatives[place.node.primitive]
        if not others:
            return None
        return Edit(Apply(others[int(rng.integers(len(others)))], place.node.arguments), 0.0, 0.0)


@final
@dataclass(frozen=True)
class SwapArguments(Move):
    """Exchange two arguments of one type."""

    name = "swap_arguments"

    def edit(
        self, rng: np.random.Generator, space: EditSpace, place: Place, around: Parameters
    ) -> Edit | None:
        """One of the pairs, each as likely: symmetric."""
        if not isinstance(place.node, Apply):
            return None
        types = space.primitives[place.node.primitive].argument_types
        pairs = [(i, j) for j in range(len(types)) for i in range(j) if types[i] == types[j]]
        if not pairs:
            return None
        i, j = pairs[int(rng.integers(len(pairs)))]
        arguments = list(place.node.arguments)
        arguments[i], arguments[j] = arguments[j], arguments[i]
        return Edit(Apply(place.node.primitive, tuple(arguments)), 0.0, 0.0)


@final
@dataclass(frozen=True)
class Nest(Move):
    """Grow or hoist: put the sub-term deeper into new operations, or one of its own sub-terms in its place.

    Evenly one or the other, by L levels, p(L) = 2^-L. Downwards each operation is drawn from the grammar, given that it
    has arguments, its place for what is kept uniformly, and its other arguments from the grammar. Upwards an argument
    is chosen uniformly at each level. Growing by one level is inserting a node, hoisting by one is pruning it.
    """

    name = "nest"

    def edit(
        self, rng: np.random.Generator, space: EditSpace, place: Place, around: Parameters
    ) -> Edit | None:
        """The sub-term with more, or fewer, operations around what is kept of it."""
        grows = bool(rng.integers(2))
        levels = 1
        while rng.integers(2):
            levels += 1
        return (
            _grow(rng, space, place, around, levels) if grows else _hoist(rng, space, place, around, levels)
        )


def _grow(
    rng: np.random.Generator, space: EditSpace, place: Place, around: Parameters, levels: int
) -> Edit | None:
    """Operations are chosen from the root down, and filled in that order once what they hold is known to fit."""
    chosen: list[tuple[Primitive, int]] = []
    value_type = place.value_type
    for _ in range(levels):
        if value_type not in space.holders:
            return None
        members, sums = space.holders[value_type]
        primitive = members[categorical(rng, sums)]
        index = int(rng.integers(primitive.arity))
        chosen.append((primitive, index))
        value_type = primitive.argument_types[index]
    if value_type != place.value_type:
        return None
    known = _known(around, place.node, place.value_type, space)
    path = []
    for primitive, index in chosen:
        arguments = [place.node] * primitive.arity
        for k, kind in enumerate(primitive.argument_types):
            if k != index:
                arguments[k] = space.grammar.sample_part(rng, kind, known)
                add_parameters(known, arguments[k], kind, space.primitives)
        path.append((Apply(primitive.name, tuple(arguments)), index))
    grown = Place(place.node, place.value_type, tuple(path))
    return Edit(grown.put(place.node), _log_growth(space, grown, around), _log_descent(grown, space))


def _hoist(
    rng: np.random.Generator, space: EditSpace, place: Place, around: Parameters, levels: int
) -> Edit | None:
    kept = Place(place.node, place.value_type)
    for _ in range(levels):
        if not isinstance(kept.node, Apply) or not kept.node.arguments:
            return None
        primitive = space.primitives[kept.node.primitive]
        kept = kept.down(int(rng.integers(primitive.arity)), primitive)
    if kept.value_type != place.value_type:
        return None
    return Edit(kept.node, _log_descent(kept, space), _log_growth(space, kept, around))


def _log_descent(kept: Place, space: EditSpace) -> float:
    """log of the probability with which this argument is chosen at each of the levels."""
    return -sum(log(space.primitives[parent.primitive].arity) for parent, _ in kept.path)


def _log_growth(space: EditSpace, kept: Place, around: Parameters) -> float:
    """log of the probability with which these operations are put around what is kept."""
    known = _known(around, kept.node, kept.value_type, space)
    total = 0.0
    for parent, index in kept.path:
        primitive = space.primitives[parent.primitive]
        total += space.log_holders[primitive.name] - log(primitive.arity)
        for k, kind in enumerate(primitive.argument_types):
            if k != index:
                total += space.grammar.log_prior_of_part(parent.arguments[k], kind, known)
                add_parameters(known, parent.arguments[k], kind, space.primitives)
    return total


def _known(around: Parameters, kept: Term, value_type: ValueType, space: EditSpace) -> Parameters:
    """A copy of the parameters around, with those of what is kept."""
    known = {kind: list(indices) for kind, indices in around.items()}
    add_parameters(known, kept, value_type, space.primitives)
    return known


@final
class Recall(Move):
    """Draw the sub-term from a list or, as often, from the grammar.

    q(s) = w(s) / 2 + p(s) / 2, with w the weights of the list, normalised by type, and p the grammar: thanks to the
    latter every sub-term can be taken back, and none stays only because it is not in the list. The parameters of what
    comes from the list are new ones. With ``whole`` the list is one of programs, and q nearly the target where they are
    a sample of it.

    Raises:
        ValueError: a weight is not positive.
    """

    def __init__(self, weights: Mapping[tuple[Term, ValueType], float], *, whole: bool = False) -> None:
        self.name = "recall_whole" if whole else "recall"
        self.whole = whole
        totals: dict[ValueType, float] = {}
        for (_, kind), weight in weights.items():
            if not weight > 0:
                raise ValueError(
                    f"The weights of a list of sub-terms must be positive. Got {weight} instead."
                )
            totals[kind] = totals.get(kind, 0.0) + weight
        self._log_weights: dict[ValueType, dict[Term, float]] = {kind: {} for kind in totals}
        for (term, kind), weight in weights.items():
            own = self._log_weights[kind]
            form = canonical(term)
            own[form] = log(exp(own.get(form, -inf)) + weight / totals[kind])
        self._terms = {kind: list(own) for kind, own in self._log_weights.items()}
        self._cumulative = {
            kind: cumulative(map(exp, own.values())) for kind, own in self._log_weights.items()
        }

    def edit(
        self, rng: np.random.Generator, space: EditSpace, place: Place, around: Parameters
    ) -> Edit | None:
        """A sub-term of the mixture, whatever was there."""
        kind = place.value_type
        if kind in self._terms and rng.integers(2):
            listed = self._terms[kind][categorical(rng, self._cumulative[kind])]
            node = _with_new_parameters(listed, around)
        else:
            node = space.grammar.sample_part(rng, kind, around)
        return Edit(
            node,
            self._log_density(node, kind, around, space.grammar),
            self._log_density(place.node, kind, around, space.grammar),
        )

    def _log_density(self, node: Term, kind: ValueType, around: Parameters, grammar: Grammar) -> float:
        log_prior = grammar.log_prior_of_part(node, kind, around)
        if kind not in self._terms:
            return log_prior
        known = {index for indices in around.values() for index in indices}
        is_new = not any(isinstance(leaf, Parameter) and leaf.index in known for leaf in postorder(node))
        listed = self._log_weights[kind].get(canonical(node), -inf) if is_new else -inf
        return float(np.logaddexp(listed, log_prior)) - log(2.0)


def _with_new_parameters(term: Term, around: Parameters) -> Term:
    """A canonical term with its parameters numbered after those around."""
    first = 1 + max((index for indices in around.values() for index in indices), default=-1)
    if first == 0:
        return term
    indices = {node.index for node in postorder(term) if isinstance(node, Parameter)}
    return substitute(term, {Parameter(k): Parameter(k + first) for k in indices})


def _signature(primitive: Primitive) -> tuple[tuple[ValueType, ...], ValueType]:
    return primitive.argument_types, primitive.result_type


def sub_terms(terms: Iterable[Term], space: EditSpace) -> dict[tuple[Term, ValueType], float]:
    """The sub-terms of terms of the language with more than one node, and how often each occurs, for ``Recall``."""
    counts: dict[tuple[Term, ValueType], float] = {}
    for term in terms:
        for place in places(term, space.grammar.result_type, space.primitives):
            if isinstance(place.node, Apply):
                key = canonical(place.node), place.value_type
                counts[key] = counts.get(key, 0.0) + 1.0
    return counts
