"""A domain whose data come in groups: one form, and parameters of its own in each group."""

from __future__ import annotations

from collections.abc import Callable
from math import log2
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from sagredo.domain.domain import Domain
from sagredo.groups.objective import GroupedObjective
from sagredo.groups.planner import OneGroup
from sagredo.objective.objective import Score
from sagredo.problem.groups import group_problem
from sagredo.search.driver import planners_of
from sagredo.search.elites import meaning_key, total_bits
from sagredo.search.unseen import unseen_bits

if TYPE_CHECKING:
    from sagredo.language.language import Language
    from sagredo.language.term import Program
    from sagredo.problem.problem import Problem
    from sagredo.search.elites import MeaningKey
    from sagredo.search.planner import Planner
    from sagredo.search.unseen import UnseenBits
    from sagredo.simulator.semantics import Semantics
    from sagredo.simulator.simulator import Simulator

LOOKED_AT: Final = 2
"""Groups whose rows planners look at: the largest, which says most, and the next, lest the first be a special case in
which a term of the law vanishes. Each gets an equal part of the work and of the memory."""


@final
class Grouped(Domain):
    """A domain for problems with groups, made from the ordinary one.

    Language, semantics and simulator are the ordinary ones; the objective adds up those of the groups
    (:class:`~sagredo.groups.objective.GroupedObjective`), and each planner looks at one of the ``LOOKED_AT`` largest
    groups (:class:`~sagredo.groups.planner.OneGroup`).
    """

    def __init__(self, inner: Domain) -> None:
        self.inner = inner
        self.name = inner.name

    def language(self, problem: Problem) -> Language:
        """The ordinary language: all groups have the same inputs."""
        return self.inner.language(problem)

    def semantics(self, problem: Problem) -> Semantics:
        """The ordinary semantics."""
        return self.inner.semantics(problem)

    def simulator(self, problem: Problem) -> Simulator:
        """The ordinary simulator."""
        return self.inner.simulator(problem)

    def objective(self, problem: Problem, language: Language) -> GroupedObjective:
        """One form, told once, and the data of every group."""
        parts = group_problems(problem)
        objectives = [self.inner.objective(part, language) for part in parts]
        return GroupedObjective(objectives, [part.row_count for part in parts], language)

    def sample_problem(self, rng: np.random.Generator) -> tuple[Problem, Program]:
        """A problem of the ordinary domain, without groups."""
        return self.inner.sample_problem(rng)

    def planners(self, problem: Problem) -> tuple[Planner[Any], ...]:
        """The ordinary planners, once for each of the largest groups."""
        parts = group_problems(problem)
        by_size = sorted(range(len(parts)), key=lambda k: -parts[k].row_count)[:LOOKED_AT]
        return tuple(
            OneGroup(planner, k, len(by_size), self._constant_value(parts[k]))
            for k in by_size
            for planner in planners_of(self.inner, parts[k])
        )

    def _constant_value(self, part: Problem) -> Callable[[Program], float]:
        """What a program without variables gives."""
        simulator, row = self.inner.simulator(part), part.take([0]).input_values
        return lambda program: float(np.ravel(simulator.run(program, row).values)[0])

    def same_meaning(self, problem: Problem) -> MeaningKey:
        """The ordinary key, on the rows of all groups."""
        return meaning_key(self.inner, problem)

    def unseen_bits(self, problem: Problem) -> UnseenBits:
        """What may lie unseen near a law: an operand that matters in all groups, or in one of them.

        With d_g = L_g - unseen_g the bits that an unseen operand is worth in group g, its mass is 2^-L times
        2^(sum_g d_g) where it matters in all groups, and times the mean of 2^(d_g) where it does in one.
        """
        nearby = [unseen_bits(self.inner, part) for part in group_problems(problem)]

        def unseen(score: Score) -> float:
            gains = [
                part.description_length_bits - near(part)
                for part, near in zip(score.parts, nearby, strict=True)
            ]
            in_one = total_bits(-gain for gain in gains) + log2(len(gains))
            return score.description_length_bits + total_bits([-sum(gains), in_one])

        return unseen


def group_problems(problem: Problem) -> tuple[Problem, ...]:
    """The problems of the groups, in the order of their names.

    Raises:
        ValueError: the problem has no groups.
    """
    if problem.groups is None:
        raise ValueError("A grouped domain must be given a problem with groups. Got one without.")
    return tuple(group_problem(problem, name) for name in problem.groups.names)
