from __future__ import annotations

from fractions import Fraction
from math import inf, log

import numpy as np
import pytest

from sagredo.domains.expressions.constants import simplest_rational, snap
from sagredo.domains.expressions.objective import RealObjective
from sagredo.domains.expressions.primitives import default_primitives
from sagredo.domains.expressions.prior import expression_grammar
from sagredo.domains.expressions.syntax import ExpressionSyntax
from sagredo.language.language import Language
from sagredo.language.term import Apply, Literal, Parameter, Program, Term, Variable
from sagredo.objective.evidence import log_marginal_likelihood
from sagredo.objective.likelihood import Gaussian
from sagredo.objective.noise import GivenNoise, LogUniformNoise, Noise
from sagredo.problem.column import REAL, Column
from sagredo.problem.errors import InvalidInput
from sagredo.problem.problem import Problem

X = Variable("x")
A, B = Parameter(0), Parameter(1)


def f(name: str, *arguments: Term) -> Term:
    return Apply(name, arguments)


def number(value: int | Fraction) -> Term:
    return Literal(Fraction(value))


LINE = Program(f("add", f("mul", A, X), B), (1.0, 0.5))
DECAY = Program(f("mul", A, f("exp", f("mul", B, X))), (1.8, -0.4))
POWER = Program(f("mul", A, f("pow", X, B)), (1.0, -1.0))


def objective(x: np.ndarray, y: np.ndarray, **target: float) -> RealObjective:
    primitives, symbols = default_primitives(), ("x",)
    language = Language(
        primitives, {"x": REAL}, REAL, expression_grammar(symbols, primitives), ExpressionSyntax(symbols)
    )
    return RealObjective(Problem((Column("x", "x", x),), Column("y", "y", y, **target)), language)


@pytest.fixture
def x() -> np.ndarray:
    return np.random.default_rng(1).uniform(1, 5, 40)


def test_an_exact_law_beats_its_fit_and_both_beat_a_constant(x: np.ndarray) -> None:
    truth = Program(f("mul", number(2), f("exp", f("div", X, number(-2)))))
    weighed = objective(x, 2 * np.exp(-0.5 * x))
    exact, fitted = weighed.score(truth), weighed.score(DECAY)
    assert exact.noise_scale == 0
    assert exact.data_bits == pytest.approx(weighed.floor_bits, abs=0.1)
    assert fitted.program.parameters == pytest.approx((2.0, -0.5), rel=1e-9)
    assert 60 < fitted.data_bits - exact.data_bits < 110
    assert fitted.description_length_bits < weighed.null_bits


@pytest.mark.parametrize("factor", [1e-60, 1e-7, 1e5, 1e60])
def test_no_ranking_changes_with_the_units(x: np.ndarray, factor: float) -> None:
    noise = 0.05 * np.random.default_rng(2).standard_normal(len(x))
    y = np.rint((2 * np.exp(-0.5 * x) + noise) * 1e4) / 1e4
    before = objective(x, y, resolution=1e-4)
    columns = objective(x * factor, y, resolution=1e-4)
    target = objective(x, y * factor, resolution=1e-4 * factor)
    for program, of_columns, of_target in (
        (LINE, (1 / factor, 1.0), (factor, factor)),
        (DECAY, (1.0, 1 / factor), (factor, 1.0)),
    ):
        expected = before.score(program).data_bits
        for changed, factors in ((columns, of_columns), (target, of_target)):
            start = tuple(value * scale for value, scale in zip(program.parameters, factors, strict=True))
            assert changed.score(Program(program.term, start)).data_bits == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("given", [True, False], ids=["sigma given", "sigma unknown"])
def test_a_ten_times_wider_prior_costs_at_most_its_logarithm(x: np.ndarray, given: bool) -> None:
    """log L is the integral of the likelihood against a density that nowhere falls to less than a tenth."""
    y = 2 * np.exp(-0.5 * x) + 0.05 * np.random.default_rng(2).standard_normal(len(x))
    noise: Noise = GivenNoise(np.full(len(x), 0.05)) if given else LogUniformNoise(1e-13, 3.0)
    bins, weights = np.full(len(x), 1e-12), np.ones(len(x))
    jacobian = np.stack([x, np.ones(len(x))], axis=1)
    best = np.linalg.lstsq(jacobian, y)[0]
    for scale in (1e-3, 1.0, 1e3):
        evidence = [
            log_marginal_likelihood(
                Gaussian(), noise, y - jacobian @ best, bins, weights, jacobian, log_cauchy(best, wide)
            ).log_evidence
            for wide in (scale, 10 * scale)
        ]
        assert abs(evidence[1] - evidence[0]) <= 2 * log(10) + 1e-9


def log_cauchy(values: np.ndarray, scale: float) -> np.ndarray:
    return -np.log(np.pi * scale) - 2 * np.log(np.hypot(1.0, values / scale))


def test_a_program_without_a_value_is_data(x: np.ndarray) -> None:
    score = objective(x, x).score(Program(f("log", f("sub", X, number(3)))))
    assert score.data_bits == inf


def test_spelling_does_not_decide(x: np.ndarray) -> None:
    weighed = objective(x, x**3 / 3)
    spellings = (
        f("div", f("cube", X), number(3)),
        f("mul", f("square", X), f("div", X, number(3))),
        f("mul", number(Fraction(1, 3)), f("mul", X, f("square", X))),
    )
    bits = [weighed.score(Program(term)).data_bits for term in spellings]
    assert max(bits) - min(bits) < 0.1


def test_a_fit_that_lives_off_cancellation_pays(x: np.ndarray) -> None:
    y = x**2
    huge = number(10**12)
    plain = objective(x, y).score(Program(f("square", X)))
    cancelling = objective(x, y).score(Program(f("sub", f("add", f("square", X), huge), huge)))
    assert cancelling.data_bits > plain.data_bits + 5 * len(x)


def test_parameters_become_constants_where_that_is_shorter(x: np.ndarray) -> None:
    weighed = objective(x, np.pi / 6 * x**3)
    snapped = snap(weighed, weighed.score(POWER))
    assert snapped.program.parameters == ()
    assert f("pi") in snapped.program.term.arguments[0].arguments
    noisy = objective(x, 0.61803 * x + 0.3 + 1e-3 * np.random.default_rng(0).standard_normal(len(x)))
    fitted = noisy.score(LINE)
    assert snap(noisy, fitted).description_length_bits <= fitted.description_length_bits


def test_the_simplest_rational() -> None:
    assert simplest_rational(Fraction("3.14"), Fraction("3.15")) == Fraction(22, 7)
    assert simplest_rational(Fraction("-0.34"), Fraction("-0.33")) == Fraction(-1, 3)
    assert simplest_rational(Fraction(-1), Fraction(1)) == 0


def test_the_noise_must_be_known(x: np.ndarray) -> None:
    weighed = objective(x, x)
    with pytest.raises(InvalidInput, match="student_t"):
        RealObjective(Problem((Column("x", "x", x),), Column("y", "y", x), noise="cauchy"), weighed.language)
