"""The domain of real expressions as a whole: it finds laws, and keeps to what the user allows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from sagredo.domains.expressions.domain import Expressions
from sagredo.language.term import Apply, Program, postorder, size
from sagredo.problem.build import problem_from_arrays
from sagredo.problem.problem import Problem
from sagredo.search.driver import SearchResult, search
from sagredo.search.planner import Effort, StopReason

EFFORT = Effort(work_units=1_000_000, memory_bytes=2**28, threads=2)
EXACT_EFFORT = Effort(work_units=4_000_000, memory_bytes=2**28, threads=2)

Law = Callable[..., np.ndarray]


def problem_of(law: Law, inputs: int = 2, rows: int = 24, noise: float = 0.0, seed: int = 0) -> Problem:
    rng = np.random.default_rng(seed)
    columns = rng.uniform(0.5, 3.0, (inputs, rows))
    responses = law(*columns)
    responses = responses + noise * np.std(responses) * rng.standard_normal(rows)
    return problem_from_arrays(columns.T, responses, input_names=[f"x{k}" for k in range(inputs)])


def found(problem: Problem, domain: Expressions, effort: Effort = EFFORT) -> SearchResult:
    return search(np.random.default_rng(0), domain, problem, effort=effort)


def on_fresh_points(
    result: SearchResult, domain: Expressions, problem: Problem, law: Law
) -> tuple[np.ndarray, np.ndarray]:
    columns = np.random.default_rng(99).uniform(0.5, 3.0, (len(problem.inputs), 200))
    inputs = {column.symbol: values for column, values in zip(problem.inputs, columns, strict=True)}
    outcome = domain.simulator(problem).run(result.scores[0].program, inputs)
    assert outcome.defined.all()
    return outcome.values, law(*columns)


@pytest.mark.parametrize(
    ("law", "inputs"),
    [
        (lambda x, y: 3.7 * x**2 / np.sqrt(y), 2),
        (lambda x, y: np.exp(-x * y / 2), 2),
        (lambda x, y: x / (y + x), 2),
        (lambda x: 1.3 + 2.1 * np.sin(x), 1),
        (lambda x, y, z: np.sqrt(x**2 + y**2 + x * z), 3),
        (lambda x, y, z: x * y - 2 * z, 3),
        (lambda x, y: np.tanh(x / y) + y, 2),
    ],
)
def test_a_law_without_noise_comes_back_exactly(law: Law, inputs: int) -> None:
    problem, domain = problem_of(law, inputs), Expressions()
    result = found(problem, domain, EXACT_EFFORT)
    predicted, expected = on_fresh_points(result, domain, problem, law)
    np.testing.assert_allclose(predicted, expected, rtol=1e-7)


def test_noise_is_told_from_the_law() -> None:
    domain = Expressions()
    problem = problem_of(lambda x: 5 * x**2, inputs=1, rows=40, noise=0.05)
    best = found(problem, domain).scores[0]
    predicted, expected = on_fresh_points(found(problem, domain), domain, problem, lambda x: 5 * x**2)
    assert np.sqrt(np.mean((predicted - expected) ** 2)) < 0.05 * np.std(expected)
    assert 0.02 < best.noise_scale / np.std(expected) < 0.1
    assert len(best.program.parameters) <= 2


def test_pure_noise_has_no_certain_law() -> None:
    problem = problem_of(lambda x: np.random.default_rng(5).standard_normal(len(x)), inputs=1, rows=40)
    result = found(problem, Expressions())
    assert result.scores[0].description_length_bits > result.null_bits - 10
    assert result.stop_reason is not StopReason.FOUND


def test_the_answer_does_not_depend_on_the_number_of_threads() -> None:
    problem = problem_of(lambda x, y: x * np.log(y + 1), rows=20)
    effort = [Effort(200_000, 2**28, threads) for threads in (1, 2)]
    answers = [[score.program for score in found(problem, Expressions(), e).scores] for e in effort]
    assert answers[0] == answers[1]


def test_the_order_of_the_rows_does_not_matter_to_the_law() -> None:
    problem = problem_of(lambda x, y: 2 * x + 1 / y, rows=20)
    shuffled = problem.take(np.random.default_rng(3).permutation(20))
    first, second = (found(p, Expressions()).scores[0] for p in (problem, shuffled))
    assert first.program.term == second.program.term


def test_only_the_chosen_primitives_are_used() -> None:
    domain = Expressions(operators=("+", "*", "/"))
    problem = problem_of(lambda x, y: x * x / (x + y))
    result = found(problem, domain)
    allowed = {primitive.name for primitive in domain.primitives(problem)}
    for score in result.scores:
        names = {node.primitive for node in postorder(score.program.term) if isinstance(node, Apply)}
        assert names <= allowed
    predicted, expected = on_fresh_points(result, domain, problem, lambda x, y: x * x / (x + y))
    np.testing.assert_allclose(predicted, expected, rtol=1e-7)


def test_sizes_and_nestings_are_kept() -> None:
    domain = Expressions(maximum_size=6, forbidden_nestings=("exp(sin)",))
    problem = problem_of(lambda x, y: np.exp(np.sin(x)) * y)
    for score in found(problem, domain, Effort(300_000, 2**28, 2)).scores:
        assert size(score.program.term) <= 6
        for node in postorder(score.program.term):
            if isinstance(node, Apply) and node.primitive == "exp":
                assert all(inner.primitive != "sin" for inner in postorder(node) if isinstance(inner, Apply))


def test_a_named_constant_of_the_user_is_used() -> None:
    domain = Expressions(constants={"g": 9.81})
    problem = problem_of(lambda x, y: 9.81 * x * y)
    best = found(problem, domain).scores[0]
    assert Apply("g") in set(postorder(best.program.term))
    assert best.program.parameters == ()


def test_a_hole_of_a_form_is_filled() -> None:
    def law(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return 2.5 * np.exp(-(x**2)) + 0.3 * y

    domain = Expressions(form="A*exp(-f(x0)) + B*x1")
    problem = problem_of(law)
    result = found(problem, domain, Effort(300_000, 2**28, 2))
    predicted, expected = on_fresh_points(result, domain, problem, law)
    np.testing.assert_allclose(predicted, expected, rtol=1e-6)


def test_a_program_to_start_from_is_weighed() -> None:
    def law(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.sin(x) * y + np.cos(y * y) * x

    text = "sin(x0)*x1 + cos(x1*x1)*x0"
    domain = Expressions(initial_programs=(text,))
    problem = problem_of(law)
    result = found(problem, domain, Effort(1_000, 2**28, 1))
    # It may be said more shortly: x1**2 for x1*x1.
    predicted, expected = on_fresh_points(result, domain, problem, law)
    np.testing.assert_allclose(predicted, expected, rtol=1e-12)
    language = domain.language(problem)
    given = Program(language.syntax.parse(text))
    assert language.code_bits(result.scores[0].program) <= language.code_bits(given)
