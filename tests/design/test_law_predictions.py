"""Predictives of a posterior over formulas, conditioning, and what the acquisitions make of them."""

from dataclasses import replace

import numpy as np
import pytest

from sagredo.design.acquisition import (
    ACQUISITIONS,
    DOptimal,
    ExpectedInformationGain,
    LatinHypercube,
    QueryByCommittee,
    TOptimal,
)
from sagredo.design.candidates import Box
from sagredo.design.law_predictions import MOST_UNSEEN_MASS, FittedLaw, LawPredictor
from sagredo.design.planning import Designer
from sagredo.design.unmet_laws import UnmetLaws
from sagredo.domains.expressions.domain import Expressions
from sagredo.domains.expressions.syntax import ExpressionSyntax
from sagredo.language.term import Program
from sagredo.objective.objective import Score
from sagredo.posterior.posterior import Posterior, WeightedProgram
from sagredo.problem.build import problem_from
from sagredo.problem.errors import InvalidInput

SYNTAX = ExpressionSyntax(["x"], [], ["add", "mul", "square", "sqrt", "sub", "neg"], ["a", "b"])
BOX = Box.of({"x": (0.0, 4.0)})
NOISE = 0.3


def law(text: str, probability: float, parameters=(), covariance=None) -> FittedLaw:
    covariance = np.zeros((len(parameters),) * 2) if covariance is None else np.array(covariance)
    return FittedLaw(Program(SYNTAX.parse(text), tuple(parameters)), probability, NOISE, covariance)


def predictor(*laws: FittedLaw, unseen: float = 0.0) -> LawPredictor:
    problem = problem_from({"x": np.array([0.0, 0.5, 1.0]), "y": np.array([0.0, 1.0, 2.0])}, target="y")
    predictive = Expressions().predictive(problem)
    return LawPredictor(predictive, ("x",), laws, unseen, UnmetLaws.of(problem, NOISE))


LINE = ("a + b * x", 1.0, (1.0, 2.0), [[0.04, -0.01], [-0.01, 0.09]])


def test_a_line_predicts_with_the_variance_of_its_parameters() -> None:
    points = np.array([[0.0], [2.0]])
    told = predictor(law(*LINE)).predictions(points)
    assert told.laws[0].means[:, 0] == pytest.approx([1.0, 5.0])
    expected = [NOISE**2 + 0.04, NOISE**2 + 0.04 - 4 * 0.01 + 4 * 0.09]
    assert told.laws[0].deviations[:, 0] ** 2 == pytest.approx(expected)
    gain = ExpectedInformationGain("joint").score(
        np.random.default_rng(0), None, 0, points, predictor(law(*LINE))
    )
    assert gain == pytest.approx(0.5 * np.log(np.array(expected) / NOISE**2), abs=1e-6)
    assert DOptimal().score(
        np.random.default_rng(0), None, 0, points, predictor(law(*LINE))
    ) == pytest.approx(gain)


def test_conditioning_a_line_is_bayesian_regression() -> None:
    told = predictor(law(*LINE)).conditioned(np.array([3.0]), 9.0)
    prior, slope = np.array(LINE[3]), np.array([1.0, 3.0])
    precision = np.linalg.inv(prior) + np.outer(slope, slope) / NOISE**2
    covariance = np.linalg.inv(precision)
    mean = covariance @ (np.linalg.inv(prior) @ np.array(LINE[2]) + slope * 9.0 / NOISE**2)
    assert told.laws[0].covariance == pytest.approx(covariance)
    assert told.laws[0].program.parameters == pytest.approx(mean)


def test_conditioning_weighs_the_laws_by_bayes() -> None:
    told = predictor(law("x", 0.6), law("square(x)", 0.4)).conditioned(np.array([2.0]), 2.9)
    ratio = 0.6 / 0.4 * np.exp(-0.5 * (0.9**2 - 1.1**2) / NOISE**2)
    assert told.laws[0].probability == pytest.approx(ratio / (1 + ratio))
    surprised = predictor(law("x", 0.5), unseen=0.5).conditioned(np.array([4.0]), 6.0)
    assert surprised.unseen_mass == pytest.approx(MOST_UNSEEN_MASS)


@pytest.mark.parametrize("name", ["information_gain", "query_by_committee", "t_optimal"])
def test_two_laws_are_asked_about_where_they_differ_most(name: str) -> None:
    rng = np.random.default_rng(0)
    acquisition = ACQUISITIONS[name]()
    told = predictor(law("x", 0.5), law("x + x * (x - 1) * (x - 4) * 0.3", 0.5))
    designer = Designer(BOX, acquisition, acquisition.init(rng, BOX, 1))
    chosen = designer.choose(rng, told, asked=0, count=1)[0]
    assert chosen.point[0] == pytest.approx((10 + np.sqrt(52)) / 6, abs=0.6)


def test_the_classical_rules_are_their_formulas() -> None:
    points, rng = np.array([[2.0]]), np.random.default_rng(0)
    told = predictor(law("x", 0.7), law("square(x)", 0.3))
    assert QueryByCommittee().score(rng, None, 0, points, told)[0] == pytest.approx(0.7 * 0.3 * 4)
    assert TOptimal().score(rng, None, 0, points, told)[0] == pytest.approx(0.3 * 4 / (2 * NOISE**2))


def test_a_law_without_a_value_is_told_apart_by_the_response() -> None:
    told = predictor(law("x", 0.5), law("sqrt(x - 3) + x - sqrt(x - 3)", 0.5))
    gain = ExpectedInformationGain().score(np.random.default_rng(0), None, 0, np.array([[1.0], [3.5]]), told)
    assert gain == pytest.approx([np.log(2), 0.0], abs=1e-6)


def test_laws_not_met_are_looked_for_away_from_the_rows() -> None:
    told = predictor(law("x", 0.9), unseen=0.1)
    gains = ExpectedInformationGain().score(
        np.random.default_rng(0), None, 0, np.array([[0.0], [1.0], [4.0]]), told
    )
    assert gains[:2] == pytest.approx([0, 0], abs=0.01)
    assert gains[2] > 0.05


def test_laws_not_met_are_looked_for_between_rows_that_lie_far_apart() -> None:
    columns = {"x": np.array([0.0, 0.5, 1.0, 8.0]), "y": np.array([0.0, 1.0, 2.0, 16.0])}
    rows = problem_from(columns, target="y")
    apart = replace(predictor(law("x", 0.9), unseen=0.1), unmet_laws=UnmetLaws.of(rows, NOISE))
    points = np.array([[0.5], [4.5], [8.0]])
    gains = ExpectedInformationGain().score(np.random.default_rng(0), None, 0, points, apart)
    assert gains[1] > 2 * max(gains[0], gains[2])


def test_prediction_gain_prefers_the_query_that_moves_the_targets() -> None:
    rng = np.random.default_rng(0)
    steep = law("a + b * x", 1.0, (0.0, 1.0), [[1e-8, 0], [0, 1.0]])
    acquisition = ExpectedInformationGain("prediction")
    state = acquisition.init(rng, BOX, 1)
    gains = acquisition.score(rng, state, 0, np.array([[0.0], [1.0], [4.0]]), predictor(steep))
    assert gains[0] == pytest.approx(0, abs=1e-6)
    assert gains[2] > gains[1] > 0.5


def test_a_batch_about_the_parameters_does_not_ask_twice_for_the_same() -> None:
    """For a line the first query is an end of the box, the second tells the rest: not the same end."""
    rng = np.random.default_rng(0)
    acquisition = ExpectedInformationGain("joint")
    wide = law("a + b * x", 1.0, (0.0, 0.0), [[100.0, 0], [0, 100.0]])
    designer = Designer(BOX, acquisition, None)
    first, second = designer.choose(rng, predictor(wide), asked=0, count=2)
    assert first.point[0] == pytest.approx(4.0, abs=0.1)
    assert second.point[0] == pytest.approx(0.0, abs=0.1)


def test_cost_moves_the_choice_and_look_ahead_agrees_where_one_step_settles_it() -> None:
    rng = np.random.default_rng(0)
    told = predictor(law("x", 0.5), law("square(x) - 12", 0.5))
    acquisition = ExpectedInformationGain()
    costly = Designer(BOX, acquisition, None, cost=lambda points: 1 + 10.0 * (points[:, 0] < 1))
    assert costly.choose(rng, told, asked=0, count=1)[0].point[0] >= 1
    ahead = Designer(BOX, acquisition, None, steps=2).choose(rng, told, asked=0, count=1)[0]
    assert ahead.gain == pytest.approx(np.log(2), abs=1e-3)


def test_a_latin_hypercube_is_asked_point_by_point() -> None:
    rng = np.random.default_rng(3)
    acquisition = LatinHypercube()
    designer = Designer(BOX, acquisition, acquisition.init(rng, BOX, 8))
    points = [designer.choose(rng, predictor(law("x", 1.0)), asked=k, count=1)[0].point[0] for k in range(8)]
    assert sorted(np.floor(np.array(points) / 4.0 * 8).astype(int)) == list(range(8))


def test_an_unknown_question_is_refused() -> None:
    with pytest.raises(InvalidInput, match="program, joint or prediction"):
        ExpectedInformationGain("everything")  # type: ignore[arg-type]


@pytest.mark.parametrize("unseen", [None, 0.5, 1.0])
def test_a_posterior_is_predicted_whatever_its_unseen_mass(unseen: float | None) -> None:
    x = np.array([1.0, 2.0, 3.0, 4.0])
    problem = problem_from({"x": x, "y": np.array([1.0, 4.0, 9.0, 16.5])}, target="y")
    seen = 1.0 - (unseen or 0.0)
    scores = [
        Score(Program(SYNTAX.parse(text)), 5.0, 5.0, (), noise)
        for text, noise in (("square(x)", 0.25), ("x", 6.0))
    ]
    predictive = Expressions().predictive(problem)
    posterior = Posterior(
        (WeightedProgram(scores[0], 0.75 * seen), WeightedProgram(scores[1], 0.25 * seen)), unseen, 40.0
    )
    told = LawPredictor.of(posterior, predictive, problem)
    predictions = told.predictions(np.array([[2.0], [5.0]]))
    assert predictions.unseen_mass >= 1 / 6
    assert predictions.laws[0].means[:, 0] == pytest.approx([4.0, 25.0])
    draws = told.draws(np.random.default_rng(0), np.array([[2.0]]), np.array([[5.0]]))
    assert set(draws.at_targets[0]) <= {25.0, 5.0}


def test_parameters_covary_as_the_data_leave_them() -> None:
    x = np.arange(6.0)
    problem = problem_from(
        {"x": x, "y": 1 + 2 * x + np.array([0.1, -0.2, 0.1, 0.15, -0.2, 0.05])}, target="y"
    )
    domain = Expressions()
    score = domain.objective(problem, domain.language(problem)).score(
        Program(SYNTAX.parse("a + b * x"), (1.0, 2.0))
    )
    posterior = Posterior((WeightedProgram(score, 1.0),), None, 90.0)
    told = LawPredictor.of(posterior, domain.predictive(problem), problem)
    design = np.column_stack([np.ones(6), x])
    expected = score.noise_scale**2 * np.linalg.inv(design.T @ design)
    assert told.laws[0].covariance == pytest.approx(expected, rel=0.02)


def test_without_any_law_all_is_unseen() -> None:
    problem = problem_from({"x": np.arange(4.0), "y": np.array([1.0, 4.0, 9.0, 16.5])}, target="y")
    predictive = Expressions().predictive(problem)
    told = LawPredictor.of(Posterior((), None, 40.0), predictive, problem)
    gains = ExpectedInformationGain().score(np.random.default_rng(0), None, 0, np.array([[0.5]]), told)
    assert gains == pytest.approx([0.0])


def test_rules_that_fill_the_space_know_no_costs_and_do_not_look_ahead() -> None:
    with pytest.raises(InvalidInput, match="without costs"):
        Designer(BOX, LatinHypercube(), None, cost=lambda points: points[:, 0] + 1)
    with pytest.raises(InvalidInput, match="one step at a time"):
        Designer(BOX, LatinHypercube(), None, steps=2)


def test_laws_are_still_drawn_after_a_response_that_none_of_them_predicts() -> None:
    told = predictor(law("x", 0.6), law("square(x)", 0.2), unseen=0.2).conditioned(np.array([2.0]), 1e6)
    assert told.unseen_mass < 1
    total = sum(one.probability for one in told.laws)
    assert total + told.unseen_mass == pytest.approx(1)
    drawn = told.draws(np.random.default_rng(0), np.array([[1.0]]), np.array([[3.0]]))
    assert np.isfinite(drawn.at_targets).all()


@pytest.mark.parametrize(("noise", "variance"), [("gaussian", 1.0), ("student_t", 2.0)])
def test_the_noise_about_a_law_has_the_variance_of_its_likelihood(noise: str, variance: float) -> None:
    x = np.arange(6.0)
    y = x + np.array([0.1, -0.2, 0.1, 0.15, -0.2, 0.05])
    problem = problem_from({"x": x, "y": y}, target="y", noise=noise)
    score = Score(Program(SYNTAX.parse("x")), 5.0, 5.0, (), 0.7)
    told = LawPredictor.of(
        Posterior((WeightedProgram(score, 1.0),), None, 90.0),
        Expressions().predictive(problem),
        problem,
    )
    assert told.laws[0].noise_deviation == pytest.approx(0.7 * variance**0.5, rel=0.01)
