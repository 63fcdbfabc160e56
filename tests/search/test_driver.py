from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import Any, final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagredo.language.term import Apply, Program, Term, Variable
from sagredo.objective.objective import Score
from sagredo.search import driver
from sagredo.search.driver import FIRST_STEP_FRACTION, search
from sagredo.search.planner import Effort, Planner, PlannerStatus, Shared, StepResult, StopReason

SEEDS = st.integers(0, 10_000)
EFFORT = Effort(work_units=20_000, memory_bytes=2**26)


@final
@dataclass
class Scripted(Planner[int]):
    """Conjectures the next of ``batches`` at each step, with all the work it is given, and takes notes."""

    batches: list[list[Term]]
    name: str = "scripted"
    step_units: int = 64
    given: list[int] = field(default_factory=list)
    draws: list[float] = field(default_factory=list)

    def init(self, rng: np.random.Generator, problem: Any, shared: Shared) -> int:
        self.draws.append(float(rng.random()))
        return 0

    def step(self, state: int, work_units: int) -> StepResult[int]:
        self.given.append(work_units)
        candidates = tuple(map(Program, self.batches[state])) if state < len(self.batches) else ()
        ended = state + 1 >= len(self.batches)
        status = PlannerStatus.EXHAUSTED if ended else PlannerStatus.RUNNING
        return StepResult(state + 1, candidates, work_units, status)


def linear_problem(residues: Any) -> Any:
    """y = x0 + 2 x1 modulo 7 on 20 rows."""
    values = np.random.default_rng(0).integers(7, size=(20, 2))
    return residues.problem(values, (values[:, 0] + 2 * values[:, 1]) % 7)


TRUTH = Apply("add", (Variable("x1"), Apply("add", (Variable("x0"), Variable("x1")))))


@settings(max_examples=8, deadline=None)
@given(seed=SEEDS)
def test_no_small_program_is_shorter_than_what_is_found(residues: Any, seed: int) -> None:
    problem, _ = residues.sample_problem(np.random.default_rng(seed))
    result = search(np.random.default_rng(0), residues, problem, effort=EFFORT)
    objective = residues.objective(problem, residues.language(problem))
    terms = residues.small_terms(problem, 2)
    shortest = min(objective.score(Program(term)).description_length_bits for term in terms)
    assert result.scores[0].description_length_bits <= shortest + 1e-9
    assert [objective.score(score.program) for score in result.scores] == list(result.scores)


@settings(max_examples=5, deadline=None)
@given(seed=SEEDS)
def test_the_same_seed_gives_the_same_answer(residues: Any, seed: int) -> None:
    problem, _ = residues.sample_problem(np.random.default_rng(seed))
    first, second = (search(np.random.default_rng(1), residues, problem, effort=EFFORT) for _ in range(2))
    assert first.meanings == second.meanings
    assert (first.stop_reason, first.work_units) == (second.stop_reason, second.work_units)


def test_a_law_is_found_and_the_reason_says_so(residues: Any) -> None:
    result = search(np.random.default_rng(0), residues, linear_problem(residues), effort=EFFORT)
    assert result.stop_reason is StopReason.FOUND
    assert result.scores[0].noise_scale == 0.0
    assert result.work_units < EFFORT.work_units


def test_programs_to_start_from_are_weighed_first(residues: Any) -> None:
    planner = Scripted([[]])
    result = search(
        np.random.default_rng(0),
        residues,
        linear_problem(residues),
        effort=EFFORT,
        planners=[planner],
        start=[Program(TRUTH), Program(Variable("x0"))],
    )
    assert result.scores[0].program == Program(TRUTH)
    assert len(result.scores) == 2


def test_what_is_no_program_or_has_no_value_is_not_kept(residues: Any) -> None:
    outside = [Variable("unknown"), Apply("sqrt", (Variable("x0"),))]
    undefined = Apply("inv", (Apply("add", (Variable("x0"), Apply("neg", (Variable("x0"),)))),))
    planner = Scripted([[*outside, undefined, TRUTH, TRUTH]])
    result = search(
        np.random.default_rng(0), residues, linear_problem(residues), effort=EFFORT, planners=[planner]
    )
    assert [score.program for score in result.scores] == [Program(TRUTH)]
    assert result.meanings[0].spellings == 1
    assert result.stop_reason is StopReason.EXHAUSTED


def test_a_program_that_is_alone_is_kept_however_long_it_is(residues: Any) -> None:
    problem = linear_problem(residues).take(slice(0, 3))
    long: Term = Variable("x0")
    for _ in range(30):
        long = Apply("neg", (long,))
    assert (
        residues.language(problem).code_bits(Program(long))
        > 3 * residues.objective(problem, residues.language(problem)).null_bits
    )
    result = search(np.random.default_rng(0), residues, problem, effort=EFFORT, planners=[Scripted([[long]])])
    assert [score.program for score in result.scores] == [Program(long)]


def test_what_is_much_longer_than_the_best_is_not_weighed(residues: Any) -> None:
    problem = linear_problem(residues)
    long: Term = TRUTH
    for _ in range(40):
        long = Apply("neg", (long,))
    result = search(
        np.random.default_rng(0), residues, problem, effort=EFFORT, planners=[Scripted([[TRUTH], [long]])]
    )
    assert [score.program for score in result.scores] == [Program(TRUTH)]
    assert result.meanings[0].spellings == 1


def test_steps_double_up_to_the_largest_and_stay_within_the_effort(residues: Any) -> None:
    planner = Scripted([[]] * 100)
    effort = Effort(work_units=300, memory_bytes=2**20)
    result = search(
        np.random.default_rng(0), residues, linear_problem(residues), effort=effort, planners=[planner]
    )
    first = int(planner.step_units * FIRST_STEP_FRACTION)
    assert planner.given == [first, 2 * first, 4 * first, 8 * first, 64, 64, 64, 48]
    assert (result.stop_reason, result.work_units) == (StopReason.BUDGET, 300)


def test_every_planner_has_randomness_of_its_own(residues: Any) -> None:
    planners = [Scripted([[]]), Scripted([[]])]
    for _ in range(2):
        search(np.random.default_rng(0), residues, linear_problem(residues), effort=EFFORT, planners=planners)
    assert planners[0].draws[0] != planners[1].draws[0]
    assert all(planner.draws[0] == planner.draws[1] for planner in planners)


def test_a_domain_may_bring_its_own_planners(residues: Any) -> None:
    planner = Scripted([[TRUTH]])

    class WithPlanners(type(residues)):  # type: ignore[misc]  # a class made for this test
        def planners(self, problem: Any) -> tuple[Planner[Any], ...]:
            return (planner,)

    search(np.random.default_rng(0), WithPlanners(), linear_problem(residues), effort=EFFORT)
    assert planner.given


def test_the_recorder_is_told_of_every_step(residues: Any) -> None:
    told: list[tuple[str, int, int]] = []

    def recorder(planner: str, elites: list[Score], work_done: int) -> None:
        told.append((planner, len(elites), work_done))

    result = search(
        np.random.default_rng(0),
        residues,
        linear_problem(residues),
        effort=EFFORT,
        planners=[Scripted([[Variable("x0")], [TRUTH], []])],
        recorder=recorder,
    )
    assert [(name, count) for name, count, _ in told] == [("scripted", 1), ("scripted", 2), ("scripted", 2)]
    assert [work for *_, work in told] == sorted(work for *_, work in told)
    assert told[-1][-1] == result.work_units


def test_a_stopping_rule_may_be_given(residues: Any) -> None:
    result = search(
        np.random.default_rng(0),
        residues,
        linear_problem(residues),
        effort=EFFORT,
        planners=[Scripted([[Variable("x0")], [TRUTH]])],
        stopping_rule=lambda elites, work_done: True,
    )
    assert result.stop_reason is StopReason.FOUND
    assert [score.program for score in result.scores] == [Program(Variable("x0"))]


@final
class Editor(Planner[int]):
    """Has two things to try with every program, and does nothing else."""

    name = "editor"
    step_units = 64

    def init(self, rng: np.random.Generator, problem: Any, shared: Shared) -> int:
        return 0

    def step(self, state: int, work_units: int) -> StepResult[int]:
        return StepResult(state + 1, (), work_units, PlannerStatus.RUNNING)

    def finished_with(self, state: int, best: Score) -> bool:
        return state >= 2


def test_a_run_ends_as_found_when_every_planner_has_finished_with_the_best(residues: Any) -> None:
    stepped: list[str] = []

    def recorder(planner: str, elites: list[Score], work_done: int) -> None:
        stepped.append(planner)

    result = search(
        np.random.default_rng(0),
        residues,
        linear_problem(residues),
        effort=EFFORT,
        planners=[Scripted([[TRUTH], [], []]), Editor()],
        stopping_rule=lambda elites, work_done: bool(elites),
        recorder=recorder,
    )
    assert stepped == ["scripted", "editor", "editor"]
    assert result.stop_reason is StopReason.FOUND


def test_an_interruption_keeps_the_best_so_far(residues: Any) -> None:
    def recorder(planner: str, elites: list[Score], work_done: int) -> None:
        raise KeyboardInterrupt

    result = search(
        np.random.default_rng(0),
        residues,
        linear_problem(residues),
        effort=EFFORT,
        planners=[Scripted([[TRUTH], [Variable("x0")]])],
        recorder=recorder,
    )
    assert result.stop_reason is StopReason.INTERRUPTED
    assert [score.program for score in result.scores] == [Program(TRUTH)]


def test_the_clock_is_a_ceiling(residues: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(1000))
    monkeypatch.setattr(driver, "monotonic", lambda: float(next(ticks)))
    planner = Scripted([[TRUTH], *[[]] * 100])
    result = search(
        np.random.default_rng(0),
        residues,
        linear_problem(residues),
        effort=EFFORT,
        planners=[planner],
        budget_seconds=3.0,
    )
    assert result.stop_reason is StopReason.BUDGET
    assert [score.program for score in result.scores] == [Program(TRUTH)]
    assert len(planner.given) < 10


def test_a_run_that_is_late_finds_something_all_the_same(residues: Any) -> None:
    planner = Scripted([[], [], [TRUTH], *[[]] * 100])
    result = search(
        np.random.default_rng(0),
        residues,
        linear_problem(residues),
        effort=EFFORT,
        planners=[planner],
        budget_seconds=1e-9,
    )
    assert result.stop_reason is StopReason.BUDGET
    assert [score.program for score in result.scores] == [Program(TRUTH)]


@pytest.mark.parametrize(("work_units", "seconds"), [(0, None), (-1, None), (10, 0.0), (10, float("nan"))])
def test_a_run_without_anything_to_spend_is_refused(
    residues: Any, work_units: int, seconds: float | None
) -> None:
    with pytest.raises(ValueError, match="positive number of work units"):
        search(
            np.random.default_rng(0),
            residues,
            linear_problem(residues),
            effort=Effort(work_units, 2**20),
            budget_seconds=seconds,
        )


def test_a_domain_says_what_may_lie_unseen_near_the_best(
    residues: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = linear_problem(residues)
    planners = [Scripted([[TRUTH], *[[]] * 400])]
    sure = search(np.random.default_rng(0), residues, problem, effort=EFFORT, planners=planners)
    assert (sure.stop_reason, sure.unseen_bits) == (StopReason.FOUND, inf)

    def unseen_bits(domain: Any, problem: Any) -> Any:
        return lambda score: score.description_length_bits + 1.0

    monkeypatch.setattr(type(residues), "unseen_bits", unseen_bits, raising=False)
    unsure = search(np.random.default_rng(0), residues, problem, effort=EFFORT, planners=planners)
    assert unsure.unseen_bits == unsure.scores[0].description_length_bits + 1.0
    assert unsure.stop_reason is StopReason.BUDGET
