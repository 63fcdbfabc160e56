"""Refinement: edit the best programs so far, mostly by giving them parameters and taking parameters away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, final

from sagredo.domains.expressions.constants import snap
from sagredo.domains.expressions.encoding import literal_value
from sagredo.domains.expressions.objective import RealObjective
from sagredo.language.term import (
    Apply,
    Literal,
    Parameter,
    Program,
    Term,
    Variable,
    children,
    renumber,
    size,
)
from sagredo.objective.objective import Score
from sagredo.search.driver import NEGLIGIBLE_BITS
from sagredo.search.planner import Planner, PlannerStatus, Shared, StepResult

if TYPE_CHECKING:
    import numpy as np

    from sagredo.problem.problem import Problem

FRONT: Final = 16
"""Edits start from this many of the best programs."""

MOST_NODES: Final = 40
"""Larger programs are not made larger: each edit of them is slow and seldom shorter."""

SNAP_UNITS: Final = 500
"""Work charged for trying short constants in the place of fitted parameters."""


@final
@dataclass(frozen=True, eq=False)
class RefinementState:
    """What was edited already, and where the elites are."""

    shared: Shared
    problem: Problem
    edited: frozenset[Term]


@final
class Refinement(Planner[RefinementState]):
    """Local search around the elites by typed edits, each refitted by the objective.

    A sub-term s becomes p s, s + p or s^p (p a new parameter, starting where nothing changes); a literal becomes a
    parameter; a parameter is dropped with the operation that it stands in, or becomes a short exact constant; a
    variable is added with a coefficient of its own, or takes the place of another.
    """

    name = "refinement"
    step_units = 20_000

    def init(self, rng: np.random.Generator, problem: Problem, shared: Shared) -> RefinementState:
        """Nothing edited yet."""
        return RefinementState(shared, problem, frozenset())

    def step(self, state: RefinementState, work_units: int) -> StepResult[RefinementState]:
        """Edit the best elite that was not edited yet; wait when there is none."""
        elites = _front(state.shared.elites)
        fresh = next((score for score in elites if score.program.term not in state.edited), None)
        if fresh is None:
            return StepResult(state, (), 0, PlannerStatus.RUNNING)
        symbols = [column.symbol for column in state.problem.inputs]
        names = {primitive.name for primitive in state.shared.language.primitives}
        # An exact fit has nothing to gain from more parameters.
        exact = fresh.noise_scale == 0.0
        programs = [renumber(edit) for edit in edits(fresh.program, symbols, names, grow=not exact)]
        programs += _snapped(fresh, state.shared)
        next_state = RefinementState(state.shared, state.problem, state.edited | {fresh.program.term})
        return StepResult(next_state, tuple(dict.fromkeys(programs)), SNAP_UNITS, PlannerStatus.RUNNING)

    def finished_with(self, state: RefinementState, best: Score) -> bool:
        """Whether the best program was edited."""
        return best.program.term in state.edited


def _snapped(score: Score, shared: Shared) -> list[Program]:
    """The program with short exact constants for its parameters, where that makes the message shorter."""
    objective = shared.objective
    if not score.program.parameters or not isinstance(objective, RealObjective):
        return []
    snapped = snap(objective, score)
    return [] if snapped.program == score.program else [snapped.program]


def _front(elites: list[Score]) -> list[Score]:
    """The best elites that are not negligible beside the first."""
    if not elites:
        return []
    limit = elites[0].description_length_bits + NEGLIGIBLE_BITS
    return [score for score in elites[:FRONT] if score.description_length_bits <= limit]


def edits(program: Program, symbols: list[str], names: set[str], *, grow: bool) -> Iterator[Program]:
    """All single edits of a program over the variables ``symbols`` and the primitives ``names``.

    Those that add a parameter are left out unless ``grow``.
    """
    new = Parameter(len(program.parameters))
    grow = grow and size(program.term) < MOST_NODES
    for node, replace_by in _places(program.term):
        if grow and isinstance(node, Literal):
            yield Program(replace_by(new), (*program.parameters, literal_value(node.value)))
        if isinstance(node, Variable):
            for symbol in symbols:
                if symbol != node.symbol:
                    yield Program(replace_by(Variable(symbol)), program.parameters)
        if isinstance(node, Apply) and any(isinstance(child, Parameter) for child in node.arguments):
            for child in node.arguments:
                if not isinstance(child, Parameter):
                    yield Program(replace_by(child), program.parameters)
        if not grow or isinstance(node, Parameter | Literal):
            continue
        for operation, start in (("mul", 1.0), ("add", 0.0)):
            if operation in names:
                yield Program(replace_by(Apply(operation, (new, node))), (*program.parameters, start))
        if "pow" in names:
            yield Program(replace_by(Apply("pow", (node, new))), (*program.parameters, 1.0))
    if grow and "add" in names and "mul" in names:
        for symbol in symbols:
            linear = Apply("mul", (new, Variable(symbol)))
            yield Program(Apply("add", (program.term, linear)), (*program.parameters, 0.0))


def _places(term: Term) -> Iterator[tuple[Term, Rebuild]]:
    """Every node, with a function that gives the whole term with another node in its place."""
    yield term, Rebuild(())
    for index, child in enumerate(children(term)):
        assert isinstance(term, Apply)
        for node, rebuild in _places(child):
            yield node, Rebuild(((term, index), *rebuild.path))


@final
@dataclass(frozen=True)
class Rebuild:
    """A place in a term: the operations on the way to it, from the root, with the argument taken at each."""

    path: tuple[tuple[Apply, int], ...]

    def __call__(self, node: Term) -> Term:
        """The whole term with ``node`` in this place."""
        for parent, index in reversed(self.path):
            arguments = (*parent.arguments[:index], node, *parent.arguments[index + 1 :])
            node = Apply(parent.primitive, arguments)
        return node
