"""Bottom-up search: enumerate programs in order of cost, one for each meaning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush, heapreplace
from math import inf, isfinite
from typing import TYPE_CHECKING, NamedTuple, final

import numpy as np

from sagredo.language.grammar import Grammar
from sagredo.language.language import Language, Primitive
from sagredo.language.term import Apply, Literal, Program, Term, Variable
from sagredo.search.bank import Entry, ReferenceBank, shared_bank
from sagredo.search.planner import Planner, PlannerStatus, Shared, StepResult
from sagredo.simulator.semantics import Value, on_every_row

if TYPE_CHECKING:
    from sagredo.problem.column import ValueType
    from sagredo.problem.problem import Problem

NEAREST_COUNT = 32
"""A program is conjectured when it is among this many nearest to the target so far: more would only be
weighed to have next to no posterior probability, as those before it are both nearer and shorter."""


class _Leaf(NamedTuple):
    """A program of one node, waiting for its turn."""

    code_bits: float
    serial: int
    term: Term
    value_type: ValueType


class _Combination(NamedTuple):
    """A primitive applied to entries: ``newest`` at ``place``, the others by index in the lists of their
    types."""

    code_bits: float
    serial: int
    primitive: Primitive
    newest: Entry
    place: int
    indices: tuple[int, ...]
    limits: tuple[int, ...]


@final
@dataclass
class BottomUpState:
    """The queue of what comes next, cheapest first, and the bank of what came before."""

    shared: Shared
    grammar: Grammar
    bank: ReferenceBank
    inputs: dict[str, Value]
    target: Value
    queue: list[_Leaf | _Combination] = field(default_factory=list)
    serial: int = 0
    nearest: list[float] = field(default_factory=list)


@final
class BottomUp(Planner[BottomUpState]):
    """Enumeration in order of code bits with observational equivalence (Albarghouthi 2013; Udupa 2013).

    The cost of a term under a grammar is a sum over its nodes, so the cheapest term not yet seen is a
    primitive applied to entries of the bank. For each new entry and each place in each primitive a stream of
    combinations is opened in which this entry is the newest; one queue merges the streams lazily, so that
    memory grows with the bank and not with the combinations. ``literals`` are values to build from beside
    the variables and primitives. The frontier it claims holds where a column that is nearer to the target
    never takes more bits.
    """

    name = "bottom_up"

    def __init__(self, literals: Iterable[tuple[ValueType, object]] = ()) -> None:
        self._literals = tuple(literals)

    def init(self, rng: np.random.Generator, problem: Problem, shared: Shared) -> BottomUpState:
        """The state with all leaves in the queue.

        Raises:
            TypeError: the language's prior is not a grammar, so that it has no cost for each node.
        """
        grammar = grammar_of(shared.language)
        state = BottomUpState(
            shared, grammar, shared_bank(shared), problem.input_values, np.asarray(problem.responses)
        )
        for term, value_type, code_bits in self._leaves(shared.language, grammar):
            if isfinite(code_bits):
                heappush(state.queue, _Leaf(code_bits, _next_serial(state), term, value_type))
        return state

    def _leaves(self, language: Language, grammar: Grammar) -> Iterator[tuple[Term, ValueType, float]]:
        for symbol, value_type in language.variables.items():
            yield Variable(symbol), value_type, grammar.variable_bits(value_type)
        for value_type, value in self._literals:
            yield Literal(value), value_type, grammar.literal_bits(value_type, value)
        for primitive in language.primitives:
            if primitive.arity == 0:
                yield Apply(primitive.name), primitive.result_type, grammar.primitive_bits(primitive.name)

    def step(self, state: BottomUpState, work_units: int) -> StepResult[BottomUpState]:
        """Compute the columns of the next ``work_units`` programs."""
        found = []
        work = 0
        while work < work_units and state.queue and not state.bank.full:
            item = heappop(state.queue)
            work += 1
            entry = _take_leaf(state, item) if isinstance(item, _Leaf) else _take_combination(state, item)
            if entry is not None:
                _open_streams(state, entry)
                if _is_near(state, entry):
                    found.append(Program(entry.term))
        running = bool(state.queue) and not state.bank.full
        state.bank.closed = not running
        return StepResult(
            state,
            tuple(found),
            work,
            PlannerStatus.RUNNING if running else PlannerStatus.EXHAUSTED,
            state.queue[0].code_bits if state.queue else inf,
        )


def grammar_of(language: Language) -> Grammar:
    """The prior of a language as a grammar.

    Raises:
        TypeError: the prior is of another kind.
    """
    if not isinstance(language.prior, Grammar):
        raise TypeError(
            "The generic planners need the bits of each node, so the language's prior must be a Grammar. "
            f"Got a {type(language.prior).__name__} instead; give the search planners of the domain's own."
        )
    return language.prior


def _next_serial(state: BottomUpState) -> int:
    """A number for every item, so that equal costs are taken in order of arrival."""
    state.serial += 1
    return state.serial


def _take_leaf(state: BottomUpState, leaf: _Leaf) -> Entry | None:
    rows = len(state.target)
    match leaf.term:
        case Variable(symbol):
            value = state.inputs[symbol]
        case Literal(constant):
            value = state.shared.semantics.literal(constant, rows)
        case Apply(primitive):
            value = state.shared.semantics.apply(primitive, [])
    return state.bank.add(leaf.term, leaf.value_type, on_every_row(value, rows), leaf.code_bits)


def _take_combination(state: BottomUpState, item: _Combination) -> Entry | None:
    """Compute a combination, and queue those that come after it in its stream."""
    _queue_successors(state, item)
    primitive = item.primitive
    arguments = _arguments(state.bank, item)
    value = state.shared.semantics.apply(primitive.name, [argument.value for argument in arguments])
    term = Apply(primitive.name, tuple(argument.term for argument in arguments))
    return state.bank.add(term, primitive.result_type, value, item.code_bits)


def _arguments(bank: ReferenceBank, item: _Combination) -> list[Entry]:
    others = [kind for k, kind in enumerate(item.primitive.argument_types) if k != item.place]
    arguments = [bank.of_type[kind][index] for kind, index in zip(others, item.indices, strict=True)]
    arguments.insert(item.place, item.newest)
    return arguments


def _queue_successors(state: BottomUpState, item: _Combination) -> None:
    """Raise each index from the last one that is not 0 on, so that every tuple of indices is reached once."""
    last = max((k for k, index in enumerate(item.indices) if index > 0), default=0)
    for k in range(last, len(item.indices)):
        if item.indices[k] + 1 < item.limits[k]:
            raised = (*item.indices[:k], item.indices[k] + 1, *item.indices[k + 1 :])
            _push(state, item.primitive, item.newest, item.place, raised, item.limits)


def _open_streams(state: BottomUpState, entry: Entry) -> None:
    for primitive in state.shared.language.primitives:
        types = primitive.argument_types
        if not isfinite(state.grammar.primitive_bits(primitive.name)):
            continue
        for place, value_type in enumerate(types):
            # f(a, b) = f(b, a): the newest argument first is enough.
            mirrored = primitive.commutative and primitive.arity == 2 and place == 1
            if value_type != entry.value_type or mirrored:
                continue
            limits = state.bank.choices(types, entry, place)
            if limits is not None:
                _push(state, primitive, entry, place, (0,) * len(limits), limits)


def _push(
    state: BottomUpState,
    primitive: Primitive,
    newest: Entry,
    place: int,
    indices: tuple[int, ...],
    limits: tuple[int, ...],
) -> None:
    item = _Combination(0.0, _next_serial(state), primitive, newest, place, indices, limits)
    code_bits = state.grammar.primitive_bits(primitive.name)
    code_bits += sum(argument.code_bits for argument in _arguments(state.bank, item))
    heappush(state.queue, item._replace(code_bits=code_bits))


def _is_near(state: BottomUpState, entry: Entry) -> bool:
    """Whether the entry is among the nearest to the target so far, a nearer one always being worth a look."""
    if entry.value_type != state.shared.language.result_type:
        return False
    distance = state.shared.semantics.distance(entry.value, state.target)
    if len(state.nearest) < NEAREST_COUNT:
        heappush(state.nearest, -distance)
        return True
    if distance >= -state.nearest[0]:
        return False
    heapreplace(state.nearest, -distance)
    return True
