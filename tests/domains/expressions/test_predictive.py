"""Predictions of real expressions, against quadrature, closed forms and draws of the model."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from sagredo.domains.expressions.domain import Expressions
from sagredo.domains.expressions.expression_predictive import LEAST_LAPLACE_SHARE
from sagredo.domains.expressions.sample import sample_problem
from sagredo.faces.bench.rank_histogram import ranks, uniformity
from sagredo.language.term import Program
from sagredo.objective.likelihood import Gaussian
from sagredo.objective.normal_mixture import NormalMixture
from sagredo.objective.objective import Score
from sagredo.posterior.predictive import LawPrediction
from sagredo.problem.build import problem_from
from sagredo.problem.problem import Problem


def fitted(problem: Problem, text: str, start: tuple[float, ...], domain: Expressions | None = None) -> Score:
    domain = domain or Expressions()
    language = domain.language(problem)
    return domain.objective(problem, language).score(Program(language.syntax.parse(text), start))


def predicted(
    problem: Problem, score: Score, new: dict[str, np.ndarray], *, checked: bool = True
) -> LawPrediction:
    return Expressions().predictive(problem).law(score, new, checked=checked)


def decay(rows: int, noise: float, sigma: float | None) -> Problem:
    rng = np.random.default_rng(3)
    x = np.linspace(0.2, 2, rows)
    y = np.round(np.exp(-0.8 * x) + noise * rng.standard_normal(rows), 3)
    return problem_from({"x": x, "y": y}, target="y", sigma=sigma)


@pytest.mark.parametrize(("rows", "noise"), [(6, 0.3), (12, 0.1), (30, 0.02)])
@pytest.mark.parametrize("known", [True, False])
def test_a_nonlinear_law_agrees_with_quadrature(rows: int, noise: float, known: bool) -> None:
    problem = decay(rows, noise, noise if known else None)
    score = fitted(problem, "exp(p0*x)", (-0.5,))
    predictive = Expressions().predictive(problem)
    new = np.array([0.1, 1.0, 5.0])
    found = predictive.law(score, {"x": new})
    # The posterior over (p0, sigma) on a grid, from the likelihood of the recorded responses.
    best, error = score.program.parameters[0], score.standard_errors[0]
    grid = best + error * np.linspace(-12, 12, 1201)
    x, y, bins = problem.inputs[0].values, problem.responses, np.full(rows, problem.target.resolution)
    sigmas = np.full(1, noise) if known else np.geomspace(0.1 * bins[0], np.std(y), 161)
    residuals = y - np.exp(grid[:, np.newaxis] * x)
    logs = np.stack(
        [Gaussian().log_probability(residuals, bins, np.full(1, sigma)).sum(axis=1) for sigma in sigmas],
        axis=1,
    )
    logs = logs + predictive.log_prior_density(score.program, grid[:, np.newaxis])
    mass = np.exp(logs - logs.max())
    mass /= mass.sum()
    for row, at in enumerate(new):
        values = np.exp(grid * at)[:, np.newaxis]
        spread = np.sqrt(sigmas**2 + bins[0] ** 2 / 12)
        for level in (0.05, 0.5, 0.95):
            quantile = found.response.quantiles([level])[row, 0]
            # What is linear may be a twentieth of a deviation off, and so may the draws.
            assert float(np.sum(mass * norm.cdf((quantile - values) / spread))) == pytest.approx(
                level, abs=0.03
            )
        mean = float(np.sum(mass * values))
        deviation = found.response.standard_deviation[row]
        assert found.value.mean[row] == pytest.approx(mean, abs=0.12 * deviation)


def test_draws_replace_the_linear_law_where_it_is_poor_and_not_elsewhere() -> None:
    rough, fine = decay(6, 0.3, 0.3), decay(30, 0.02, 0.02)
    at = {"x": np.array([1.0, 8.0])}
    poor = predicted(rough, fitted(rough, "exp(p0*x)", (-0.5,)), at)
    good = predicted(fine, fitted(fine, "exp(p0*x)", (-0.5,)), {"x": np.array([1.0])})
    assert poor.sampled is not None
    assert poor.sampled.all()
    assert good.sampled is not None
    assert not good.sampled.any()
    assert good.laplace_share is not None
    assert good.laplace_share > LEAST_LAPLACE_SHARE
    unchecked = predicted(rough, fitted(rough, "exp(p0*x)", (-0.5,)), at, checked=False)
    assert unchecked.laplace_share is None
    assert unchecked.sampled is None
    # The law is positive; linear about its best parameter it would not be.
    assert poor.value.cumulative(np.zeros(2)).max() < 0.05
    assert unchecked.value.cumulative(np.zeros(2)).max() > 0.2


def test_what_is_said_of_a_row_does_not_depend_on_the_others() -> None:
    problem = decay(12, 0.02, 0.02)
    score = fitted(problem, "exp(p0*x)", (-0.5,))
    together = predicted(problem, score, {"x": np.array([0.5, -30.0])})
    assert together.sampled is not None
    assert together.sampled.tolist() == [False, True]
    alone = [predicted(problem, score, {"x": np.array([x])}).value for x in (0.5, -30.0)]
    for level in (0.05, 0.95):
        quantiles = [mixture.quantiles([level])[0, 0] for mixture in alone]
        assert together.value.quantiles([level])[:, 0].tolist() == pytest.approx(quantiles, rel=1e-9)


def test_a_linear_law_is_left_as_it_is() -> None:
    rng = np.random.default_rng(2)
    x = np.linspace(0, 4, 12)
    problem = problem_from(
        {"x": x, "y": np.round(2 + x + 0.2 * rng.standard_normal(12), 3)}, target="y", sigma=0.2
    )
    found = predicted(problem, fitted(problem, "p0 + p1*x", (1.0, 1.0)), {"x": np.array([2.0, 9.0])})
    assert found.laplace_share == pytest.approx(1.0, abs=0.01)
    assert found.sampled is not None
    assert not found.sampled.any()


def test_an_exact_law_is_known_to_the_record_and_no_better() -> None:
    x = np.arange(1.0, 9.0)
    problem = problem_from({"x": x, "y": np.round(x / 3, 2)}, target="y")
    found = predicted(problem, fitted(problem, "x/3", ()), {"x": np.array([100.0])})
    assert found.value.standard_deviation[0] == 0.0
    assert 0.01 / np.sqrt(12) <= found.response.standard_deviation[0] < 0.01
    noise = fitted(problem, "x/3", ()).noise_scale
    assert noise == 0.0


def test_derivatives_by_the_parameters_are_those_of_the_formula() -> None:
    problem = decay(8, 0.1, None)
    x = np.array([0.0, 0.7, 2.0])
    domain = Expressions(form="a*exp(b*x)")
    program = fitted(problem, "a*exp(b*x)", (2.0, -0.5), domain).program
    values, jacobian = Expressions().predictive(problem).linear(program, {"x": x})
    a, b = program.parameters
    assert values == pytest.approx(a * np.exp(b * x))
    assert jacobian == pytest.approx(np.column_stack([np.exp(b * x), a * x * np.exp(b * x)]))


def test_the_order_of_rows_does_not_matter() -> None:
    problem = decay(12, 0.1, None)
    again = problem.take(np.random.default_rng(0).permutation(12))
    new = {"x": np.array([0.5, 3.0])}
    one, other = (
        predicted(each, fitted(each, "p1*exp(p0*x)", (-0.5, 1.0)), new).response for each in (problem, again)
    )
    np.testing.assert_allclose(one.mean, other.mean, rtol=1e-6)
    np.testing.assert_allclose(one.standard_deviation, other.standard_deviation, rtol=1e-6)


def test_a_row_without_a_value_is_not_predicted() -> None:
    problem = problem_from(
        {"x": np.arange(1.0, 9.0), "y": np.round(np.log(np.arange(1.0, 9.0)), 3)}, target="y"
    )
    found = predicted(problem, fitted(problem, "p0*log(x)", (1.0,)), {"x": np.array([-1.0, 2.0])})
    assert found.response.defined.tolist() == pytest.approx([0.0, 1.0])
    assert np.isnan(found.fitted[0])


def test_parameters_stay_within_their_bounds() -> None:
    rng = np.random.default_rng(1)
    x = np.linspace(1, 3, 10)
    problem = problem_from(
        {"x": x, "y": np.round(0.05 * x + rng.normal(0, 0.5, 10), 3)}, target="y", sigma=0.5
    )
    domain = Expressions(form="A*x", bounds={"A": (0.0, 0.2)})
    score = fitted(problem, "A*x", (0.1,), domain)
    found = domain.predictive(problem).law(score, {"x": np.array([10.0])})
    assert found.sampled is not None
    assert found.sampled.all()
    ends = found.value.quantiles([0.01, 0.99])[0]
    assert 0 <= ends[0] < ends[1] <= 2.0


def test_given_errors_of_new_responses_are_theirs_or_typical() -> None:
    x = np.arange(1.0, 13.0)
    rng = np.random.default_rng(0)
    sigma = np.array([0.1, 0.2, 0.9] * 4)
    problem = problem_from(
        {"x": x, "y": np.round(x + sigma * rng.standard_normal(12), 4), "s": sigma}, target="y", sigma="s"
    )
    predictive, score = Expressions().predictive(problem), fitted(problem, "x", ())
    new = {"x": np.array([4.0])}
    assert predictive.law(score, new).response.standard_deviation[0] == pytest.approx(0.2, rel=1e-3)
    own = predictive.law(score, new, np.array([3.0])).response.standard_deviation[0]
    assert own == pytest.approx(3.0, rel=1e-3)


def test_intervals_of_the_true_law_hold_and_those_of_half_the_width_do_not() -> None:
    rng = np.random.default_rng(11)
    found, sure = [], []
    for _ in range(200):
        whole, truth = sample_problem(rng, rows=12)
        problem, new = whole.take(slice(0, 11)), whole.take(slice(11, 12))
        domain = Expressions()
        score = domain.objective(problem, domain.language(problem)).score(truth)
        response = domain.predictive(problem).law(score, new.input_values).response
        half = NormalMixture(response.weights, response.means, response.deviations / 2)
        width = new.target.resolution
        found += ranks(rng, response, new.responses, width).tolist()
        sure += ranks(rng, half, new.responses, width).tolist()
    assert uniformity(found) > 0.01
    assert uniformity(sure) < 1e-4


def test_a_parameter_whose_variance_no_double_holds_has_none() -> None:
    problem = decay(12, 0.1, None)
    score = fitted(problem, "cos(p0/cosh(p1))", (689.0, -653.0))
    predictive = Expressions().predictive(problem)
    assert max(score.standard_errors) > 1e200
    assert predictive.covariance(score).tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert np.isfinite(predictive.law(score, {"x": np.array([1.0])}).response.mean).all()
