"""Laws whose learning coefficients are known: half of the number of parameters that matter."""

from __future__ import annotations

import numpy as np
import pytest

from sagredo.domains.expressions.domain import Expressions
from sagredo.language.term import Program
from sagredo.posterior.diagnosis import LawDiagnosis, diagnose
from sagredo.problem.build import problem_from

X = np.linspace(0.5, 3.0, 12)


def diagnosed(text: str, parameters: tuple[float, ...], y: np.ndarray) -> LawDiagnosis:
    problem = problem_from({"x": X, "y": y}, target="y")
    domain = Expressions()
    language = domain.language(problem)
    score = domain.objective(problem, language).score(Program(language.syntax.parse(text), parameters))
    return diagnose(np.random.default_rng(0), domain, problem, score)


@pytest.mark.parametrize(
    ("text", "parameters", "y", "coefficient", "entangled"),
    [
        ("p0*p1*x", (1.0, 1.3), 1.3 * X, 0.5, (0, 1)),
        ("p0 + p1*x + p2", (1.0, 1.3, 0.5), 1.5 + 1.3 * X, 1.0, (0, 2)),
        ("p0*exp(p1*x + p2)", (1.0, -0.5, 0.3), np.exp(0.3 - 0.5 * X), 1.0, (0, 2)),
        ("p0*x", (1.3,), 1.3 * X, 0.5, ()),
        ("p0 + p1*x", (1.0, 1.3), 1.0 + 1.3 * X, 1.0, ()),
        ("p0*exp(p1*x)", (2.0, -0.5), 2.0 * np.exp(-0.5 * X), 1.0, ()),
    ],
)
def test_the_parameters_that_matter_are_counted_and_the_others_named(
    text: str, parameters: tuple[float, ...], y: np.ndarray, coefficient: float, entangled: tuple[int, ...]
) -> None:
    noisy = np.round(y + 0.1 * np.random.default_rng(1).standard_normal(len(X)), 3)
    found = diagnosed(text, parameters, noisy)
    assert found.learning_coefficient == pytest.approx(coefficient, abs=0.15)
    assert found.redundant == (len(parameters) / 2 > coefficient)
    assert found.entangled == entangled


def test_a_law_without_parameters_has_nothing_to_tell() -> None:
    assert diagnosed("x", (), X + 0.01) == LawDiagnosis(0, 0.0)


def test_a_law_that_hardly_ever_has_a_value_is_not_judged() -> None:
    found = diagnosed("log(sin(p0*x) - 0.999)", (0.01,), X)
    assert np.isnan(found.learning_coefficient)
    assert not found.redundant
