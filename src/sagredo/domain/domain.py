"""The contract of a plug-in: one kind of problem, its language, and what its programs mean."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from sagredo.language.language import Language
from sagredo.language.term import Program
from sagredo.objective.objective import Objective
from sagredo.problem.problem import Problem
from sagredo.simulator.semantics import Semantics
from sagredo.simulator.simulator import Simulator

if TYPE_CHECKING:
    import numpy as np


class Domain(ABC):
    """Everything the core must be told about a kind of problem.

    A third party adds a domain by an entry point in the group ``sagredo.domains`` that names a subclass; it
    is created without arguments. A domain that brings planners of its own also implements ``PlannerProvider``
    of :mod:`sagredo.search.planner`; one whose programs can mean different things while they agree on the
    data's rows also implements ``MeaningProvider`` of :mod:`sagredo.search.elites`; one whose laws have predictive
    distributions implements ``PredictiveProvider`` of :mod:`sagredo.posterior.predictive`.
    """

    name: str

    @abstractmethod
    def language(self, problem: Problem) -> Language:
        """The language in which programs for this problem are written."""

    @abstractmethod
    def semantics(self, problem: Problem) -> Semantics:
        """What primitives do to columns of values."""

    @abstractmethod
    def simulator(self, problem: Problem) -> Simulator:
        """Runs programs."""

    @abstractmethod
    def objective(self, problem: Problem, language: Language) -> Objective:
        """Weighs programs, in bits."""

    @abstractmethod
    def sample_problem(self, rng: np.random.Generator) -> tuple[Problem, Program]:
        """Draw a program, parameters, inputs, noise and data from the domain's generative model."""
