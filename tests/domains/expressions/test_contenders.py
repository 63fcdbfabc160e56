"""Which programs are worth weighing on all of many rows."""

import numpy as np
import pytest

from domains.expressions.readable_scores import objective_of
from sagredo.domains.expressions.objective import SAMPLED_FROM, SAMPLED_ROWS, RealObjective
from sagredo.language.term import Program, parameter_count
from sagredo.problem.build import problem_from_arrays
from sagredo.problem.problem import Problem

ROWS = 4_000


def noisy_line(noise: float, rows: int = ROWS, **options: object) -> Problem:
    rng = np.random.default_rng(0)
    x = rng.uniform(0.5, 2.0, (rows, 2))
    y = 3.1 * x[:, 0] + noise * rng.standard_normal(rows)
    return problem_from_arrays(x, y, input_names=["a", "b"], **options)  # type: ignore[arg-type]


def program(objective: RealObjective, text: str) -> Program:
    term = objective.language.syntax.parse(text)
    return Program(term, (1.0,) * parameter_count(term))


def kept(objective: RealObjective, texts: list[str], best: str, limit_bits: float = np.inf) -> list[str]:
    programs = {text: program(objective, text) for text in texts}
    found = objective.contenders(list(programs.values()), program(objective, best), limit_bits)
    terms = [one.term for one in found]
    return [text for text, one in programs.items() if one.term in terms]


def test_of_few_rows_none_is_a_sample() -> None:
    assert objective_of(noisy_line(0.1, rows=SAMPLED_FROM)).sampled_rows == 0
    assert objective_of(noisy_line(0.1, rows=SAMPLED_FROM + 1)).sampled_rows == SAMPLED_ROWS


def test_what_is_clearly_behind_goes_and_what_may_be_ahead_stays_with_its_fit() -> None:
    objective = objective_of(noisy_line(0.1))
    assert kept(objective, ["p0*a", "p0*a + p1*b", "p0*b", "a*b"], "p0*a") == ["p0*a", "p0*a + p1*b"]
    (line,) = objective.contenders([program(objective, "p0*a")], program(objective, "a*b"), np.inf)
    assert line.parameters[0] == pytest.approx(3.1, abs=0.05)


def test_programs_compete_with_one_another() -> None:
    objective = objective_of(noisy_line(0.1))
    assert kept(objective, ["p0*a", "p0*b", "a*b"], "a*b") == ["p0*a"]


def test_the_order_of_the_rows_does_not_matter() -> None:
    problem = noisy_line(0.1)
    shuffled = problem.take(np.random.default_rng(1).permutation(ROWS))
    for one, other in zip(
        *(
            objective.contenders([program(objective, "p0*a + p1*b")], program(objective, "p0*a"), np.inf)
            for objective in map(objective_of, (problem, shuffled))
        ),
        strict=True,
    ):
        assert one.parameters == pytest.approx(other.parameters, rel=1e-9)


def test_a_law_with_shorter_code_that_fits_a_little_worse_stays() -> None:
    problem = noisy_line(1.0, rows=1_100)
    objective = objective_of(problem)
    long, short = "p0*a + p1*b + p2*a*b + p3*sin(a*b)*cos(b)", "p0*a"
    code = [objective.language.code_bits(program(objective, text)) for text in (long, short)]
    assert code[0] - code[1] > 40
    assert kept(objective, [short], long) == [short]


def test_a_message_that_is_too_long_on_the_sample_alone_is_not_weighed() -> None:
    objective = objective_of(noisy_line(0.1))
    on_all = objective.score(program(objective, "p0*a")).description_length_bits
    assert kept(objective, ["p0*a"], "p0*a", on_all) == ["p0*a"]
    assert kept(objective, ["p0*a"], "p0*a", on_all * SAMPLED_ROWS / ROWS / 2) == []


def test_rows_of_weight_a_hundred_count_as_so_many() -> None:
    light, heavy = (objective_of(noisy_line(1.0, weights=np.full(ROWS, weight))) for weight in (1.0, 100.0))
    texts = ["p0*a + p1", "p0*sqrt(a)", "p0*b"]
    assert kept(light, texts, "p0*a") == kept(heavy, texts, "p0*a")
