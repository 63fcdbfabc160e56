"""The suites pass a domain that keeps its contracts, and fail each way of breaking them."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from math import log
from typing import Any

import numpy as np
import pytest

from sagredo.language.term import Apply, Program, Variable
from sagredo.search.bottom_up import BottomUp
from sagredo.search.planner import Planner, PlannerStatus, StepResult
from sagredo.simulator.simulator import Outcome, Trace
from sagredo.testing import conformance


class Changed:
    """Another object's attributes, some of them replaced."""

    def __init__(self, original: Any, **changes: Any) -> None:
        self._original = original
        vars(self).update(changes)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def test_a_domain_that_keeps_its_contracts_passes(residues: Any, rng: np.random.Generator) -> None:
    conformance.check_domain(residues, rng)


def test_its_planners_pass(residues: Any, rng: np.random.Generator) -> None:
    problem, _ = residues.sample_problem(rng)
    conformance.check_planner(BottomUp(), residues, problem, seed=1)


def test_a_prior_that_is_no_probability_fails(residues: Any, rng: np.random.Generator) -> None:
    problem, _ = residues.sample_problem(rng)
    prior = residues.language(problem).prior
    for log_prior in (lambda term: 0.1, lambda term: -float("inf"), lambda term: log(0.9)):
        with pytest.raises(AssertionError, match="must have"):
            conformance.check_prior(Changed(prior, log_prior=log_prior), rng)  # type: ignore[arg-type]  # a double


def test_a_syntax_that_does_not_read_what_it_wrote_fails(residues: Any, rng: np.random.Generator) -> None:
    problem, _ = residues.sample_problem(rng)
    language = residues.language(problem)
    syntax = Changed(language.syntax, parse=lambda text: Variable("x0"))
    with pytest.raises(AssertionError, match="must parse to"):
        conformance.check_syntax(replace(language, syntax=syntax), rng)


def test_a_simulator_whose_rows_depend_on_one_another_fails(residues: Any, rng: np.random.Generator) -> None:
    problem, _ = residues.sample_problem(rng)
    simulator = residues.simulator(problem)

    def run(program: Program, inputs: Any) -> Outcome:
        outcome = simulator.run(program, inputs)
        return Outcome(np.cumsum(outcome.values), outcome.defined)

    def trace(program: Program, inputs: Any) -> Trace:
        return Trace(
            run(program, inputs), (*simulator.trace(program, inputs).nodes[:-1], run(program, inputs).values)
        )

    language = residues.language(problem)
    for changes, message in (({"run": run}, "agree"), ({"run": run, "trace": trace}, "rows must not depend")):
        with pytest.raises(AssertionError, match=message):
            conformance.check_simulator(Changed(simulator, **changes), problem, language, rng)  # type: ignore[arg-type]  # a double


@pytest.mark.parametrize(
    "change",
    [
        {"distance": lambda left, right: 1.0},
        {"key": lambda value: object()},
        {"apply": lambda primitive, arguments: np.zeros(12, int)},
        {"inverses": lambda primitive, position, goal, others: iter([np.zeros(12, int)])},
    ],
    ids=lambda change: next(iter(change)),
)
def test_semantics_that_break_a_law_fail(
    residues: Any, rng: np.random.Generator, change: dict[str, Any]
) -> None:
    problem, _ = residues.sample_problem(rng)
    with pytest.raises(AssertionError):
        conformance.check_semantics(
            Changed(residues.semantics(problem), **change),  # type: ignore[arg-type]  # a double
            residues.simulator(problem),
            problem,
            residues.language(problem),
            rng,
        )


def test_an_objective_that_forgets_what_it_said_fails(residues: Any, rng: np.random.Generator) -> None:
    class Forgetful(type(residues)):  # type: ignore[misc]  # a class made for this test
        def objective(self, problem: Any, language: Any) -> Any:
            steady = super().objective(problem, language)
            calls = count()

            def score(program: Program) -> Any:
                found = steady.score(program)
                return replace(found, data_bits=found.data_bits + next(calls))

            return Changed(
                steady, score=score, score_batch=lambda programs, threads: list(map(score, programs))
            )

    with pytest.raises(AssertionError, match="must have one score"):
        conformance.check_domain(Forgetful(), rng)


class Restless(Planner[int]):
    """Conjectures another variable at every run, or something that is no program."""

    name = "restless"

    def __init__(self, *symbols: str) -> None:
        self._symbols = symbols
        self._runs = -1

    def init(self, rng: np.random.Generator, problem: Any, shared: Any) -> int:
        self._runs += 1
        return self._runs

    def step(self, state: int, work_units: int) -> StepResult[int]:
        program = Program(Apply("neg", (Variable(self._symbols[state % len(self._symbols)]),)))
        return StepResult(state, (program,), 1, PlannerStatus.EXHAUSTED)


@pytest.mark.parametrize(
    ("symbols", "message"),
    [
        (("x0", "x1"), "must conjecture the same again"),
        (("x0", "x0", "x1"), "must conjecture the same with two threads"),
        (("unknown",), "must be a program of the language"),
        (("x0", "x0", "x0", "x0", "x1"), "must not depend on the number of threads"),
    ],
)
def test_a_planner_that_is_not_reproducible_fails(
    residues: Any, rng: np.random.Generator, symbols: tuple[str, ...], message: str
) -> None:
    problem, _ = residues.sample_problem(rng)
    with pytest.raises(AssertionError, match=message):
        conformance.check_planner(Restless(*symbols), residues, problem, seed=1)
