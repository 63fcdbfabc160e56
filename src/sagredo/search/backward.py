"""Backward search, one step: undo a primitive on the target and look the rest up in the bank."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, NamedTuple, final

import numpy as np

from sagredo.language.grammar import Grammar
from sagredo.language.language import Primitive
from sagredo.language.term import Apply, Program
from sagredo.search.bank import BANK_MEMORY_FRACTION, ENTRY_BYTES, Entry, ReferenceBank, shared_bank
from sagredo.search.bottom_up import grammar_of
from sagredo.search.planner import Planner, PlannerStatus, Shared, StepResult
from sagredo.simulator.semantics import Value

if TYPE_CHECKING:
    from sagredo.problem.column import ValueType
    from sagredo.problem.problem import Problem

SPELLING_BITS = 10.0
"""All that backward search finds means the target; a spelling this much longer than the shortest adds less
than a thousandth to its weight."""


class SubGoal(NamedTuple):
    """What is missing: the column at ``place`` of a primitive whose other arguments are known."""

    primitive: Primitive
    place: int
    others: tuple[Entry, ...]
    code_bits: float


@final
@dataclass
class BackwardState:
    """How far through the bank the search is, and the sub-goals that no entry has met yet."""

    shared: Shared
    grammar: Grammar
    bank: ReferenceBank
    target: Value
    questions: Iterator[tuple[SubGoal, Iterator[Value]]]
    next_entry: int = 0
    waiting: dict[tuple[ValueType, Hashable], SubGoal] = field(default_factory=dict)
    best_bits: float = inf


@final
class Backward(Planner[BackwardState]):
    """Programs f(.., u, ..) = target with u and the other arguments in the bank: two halves that meet in the
    middle.

    For each primitive f, place and other arguments b from the bank, ``Semantics.inverses`` gives the columns
    u with f(.., u, .., b) = target. A u in the bank completes a program; any other waits as a sub-goal for
    the bank to grow. So a program of cost 2c is met when the bank is complete to cost about c.
    """

    name = "backward"

    def init(self, rng: np.random.Generator, problem: Problem, shared: Shared) -> BackwardState:
        """The state before the first question, which are the primitives of one argument."""
        state = BackwardState(
            shared,
            grammar_of(shared.language),
            shared_bank(shared),
            np.asarray(problem.responses),
            questions=iter(()),
        )
        state.questions = _unary_questions(state)
        return state

    def step(self, state: BackwardState, work_units: int) -> StepResult[BackwardState]:
        """Ask and answer about ``work_units`` questions; waits, without work, when the bank has not grown."""
        found: list[Program] = []
        work = 0
        while work < work_units:
            question = next(state.questions, None)
            if question is not None:
                work += 1 + _look_up(state, *question, found)
            elif state.next_entry < len(state.bank.entries):
                entry = state.bank.entries[state.next_entry]
                state.next_entry += 1
                work += 1
                _answer(state, entry, found)
                state.questions = _questions(state, entry)
            else:
                break
        finished = state.bank.closed and work < work_units
        status = PlannerStatus.EXHAUSTED if finished else PlannerStatus.RUNNING
        return StepResult(state, tuple(found), work, status)


def _places(state: BackwardState) -> Iterator[tuple[Primitive, int]]:
    """The primitives that can be the root, with each place that may be missing."""
    for primitive in state.shared.language.primitives:
        if primitive.result_type == state.shared.language.result_type:
            mirrored = primitive.commutative and primitive.arity == 2
            yield from ((primitive, place) for place in range(1 if mirrored else primitive.arity))


def _question(
    state: BackwardState, primitive: Primitive, place: int, others: tuple[Entry, ...]
) -> tuple[SubGoal, Iterator[Value]]:
    code_bits = state.grammar.primitive_bits(primitive.name) + sum(other.code_bits for other in others)
    values = [other.value for other in others]
    columns = state.shared.semantics.inverses(primitive.name, place, state.target, values)
    return SubGoal(primitive, place, others, code_bits), columns


def _unary_questions(state: BackwardState) -> Iterator[tuple[SubGoal, Iterator[Value]]]:
    for primitive, place in _places(state):
        if primitive.arity == 1:
            yield _question(state, primitive, place, ())


def _questions(state: BackwardState, newest: Entry) -> Iterator[tuple[SubGoal, Iterator[Value]]]:
    """What is missing beside other arguments of which this entry is the newest."""
    for primitive, place in _places(state):
        types = primitive.argument_types
        for others in state.bank.tuples((*types[:place], *types[place + 1 :]), newest):
            yield _question(state, primitive, place, others)


def _look_up(state: BackwardState, goal: SubGoal, columns: Iterator[Value], found: list[Program]) -> int:
    """Look every column of a question up in the bank, or let it wait; the number of columns."""
    value_type = goal.primitive.argument_types[goal.place]
    memory_bytes = (1.0 - BANK_MEMORY_FRACTION) * state.shared.effort.memory_bytes
    count = 0
    for column in columns:
        count += 1
        meaning = (value_type, state.shared.semantics.key(column))
        entry = state.bank.find(*meaning)
        known = state.waiting.get(meaning)
        if entry is not None:
            _complete(state, goal, entry, found)
        elif known is not None:
            if goal.code_bits < known.code_bits:
                state.waiting[meaning] = goal
        elif ENTRY_BYTES * len(state.waiting) < memory_bytes:
            state.waiting[meaning] = goal
    return count


def _answer(state: BackwardState, entry: Entry, found: list[Program]) -> None:
    """Complete the sub-goal that waited for the meaning of a new entry."""
    goal = state.waiting.pop((entry.value_type, state.shared.semantics.key(entry.value)), None)
    if goal is not None:
        _complete(state, goal, entry, found)


def _complete(state: BackwardState, goal: SubGoal, entry: Entry, found: list[Program]) -> None:
    code_bits = goal.code_bits + entry.code_bits
    if code_bits > state.best_bits + SPELLING_BITS:
        return
    state.best_bits = min(state.best_bits, code_bits)
    arguments = [other.term for other in goal.others]
    arguments.insert(goal.place, entry.term)
    found.append(Program(Apply(goal.primitive.name, tuple(arguments))))
