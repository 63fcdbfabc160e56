"""Model averaging: identities of the mixture of laws."""

from __future__ import annotations

from typing import Any, final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagredo.language.term import Literal, Program
from sagredo.objective.normal_mixture import NormalMixture
from sagredo.objective.objective import Score
from sagredo.posterior.posterior import Posterior, WeightedProgram
from sagredo.posterior.predictive import (
    REACH,
    LawPrediction,
    Predictive,
    UnseenLaws,
    laws_that_count,
    predict,
    predictive_of,
)
from sagredo.problem.column import Column
from sagredo.problem.errors import InvalidInput
from sagredo.problem.problem import Inputs, Problem

X = np.arange(4.0)
Y = np.array([1.0, 4.0, 7.0, 2.0])
PROBLEM = Problem((Column("x", "x", X),), Column("y", "y", Y))


@final
class Constants(Predictive):
    """Laws that say a number, give or take 1; undefined where x is negative."""

    def law(
        self, score: Score, inputs: Inputs, sigma: np.ndarray | None = None, *, checked: bool = True
    ) -> LawPrediction:
        values, _ = self.linear(score.program, inputs)
        mean = values[:, np.newaxis]
        weights = np.isfinite(mean).astype(float)
        value = NormalMixture(weights, mean, np.zeros_like(mean))
        return LawPrediction(values, value, NormalMixture(weights, mean, np.ones_like(mean)))

    def linear(self, program: Program, inputs: Inputs) -> tuple[np.ndarray, np.ndarray]:
        assert isinstance(program.term, Literal)
        x = np.asarray(inputs["x"])
        return np.where(x >= 0, float(program.term.value), np.nan), np.zeros((len(x), 0))

    def covariance(self, score: Score) -> np.ndarray:
        return np.zeros((0, 0))

    def noise_deviation(self, score: Score) -> float:
        return 1.0


def posterior(probabilities: list[float], unseen: float | None) -> Posterior:
    scores = [Score(Program(Literal(k)), 0.0, 0.0) for k in range(len(probabilities))]
    weighted = [WeightedProgram(score, p) for score, p in zip(scores, probabilities, strict=True)]
    return Posterior(tuple(weighted), unseen, 10.0)


@given(st.lists(st.floats(0.01, 1), min_size=1, max_size=6), st.none() | st.floats(0, 0.9))
def test_among_the_data_the_mixture_has_the_moments_of_its_laws(
    weights: list[float], unseen: float | None
) -> None:
    mass = unseen or 0.0
    p = np.sort(np.array(weights) / sum(weights))[::-1]
    found = predict(posterior(list((1 - mass) * p), unseen), Constants(), PROBLEM, {"x": np.ones(1)})
    centres = np.arange(len(p))
    variance = float(p @ (centres**2 + 1)) - float(p @ centres) ** 2
    assert found.response.mean[0] == pytest.approx(float(p @ centres))
    assert found.response.standard_deviation[0] ** 2 == pytest.approx(variance)


@given(st.floats(0, 4), st.floats(0.05, 0.95))
def test_beyond_the_data_unseen_laws_widen_the_mixture_up_to_the_spread_of_the_responses(
    sides: float, unseen: float
) -> None:
    far = float(X.max() + sides * np.ptp(X))
    found = predict(posterior([1 - unseen], unseen), Constants(), PROBLEM, {"x": np.array([far])})
    free = -np.expm1(-((sides / REACH) ** 2))
    assert found.response.standard_deviation[0] ** 2 == pytest.approx(1 + unseen * free * Y.var())


def test_how_far_a_row_lies_beyond_the_data_is_told_in_their_range() -> None:
    unseen = UnseenLaws.of(PROBLEM)
    assert unseen.beyond({"x": np.array([2.0, 6.0])}) == pytest.approx([0.0, 1.0])


def test_laws_of_a_ten_thousandth_are_left_out_unless_asked_for() -> None:
    almost = posterior([0.9, 0.09995, 0.00004, 0.00001], 0.0)
    assert laws_that_count(almost) == 2
    found = predict(almost, Constants(), PROBLEM, {"x": np.zeros(1)}, least_laws=4)
    assert len(found.laws) == 4
    assert found.response.defined[0] == pytest.approx(1.0)


def test_where_laws_have_no_value_the_rest_is_said() -> None:
    found = predict(posterior([0.6], 0.4), Constants(), PROBLEM, {"x": np.array([-1.0, 1.0])})
    assert found.response.defined.tolist() == pytest.approx([0.4, 1.0])
    assert found.response.mean[0] == pytest.approx(Y.mean())


def test_where_all_mass_is_unseen_the_data_alone_are_left() -> None:
    found = predict(posterior([0.0, 0.0], 1.0), Constants(), PROBLEM, {"x": np.zeros(1)})
    assert found.response.mean[0] == pytest.approx(Y.mean())
    assert len(found.laws) == 1


def test_the_weights_of_rows_count_in_the_spread_of_the_data() -> None:
    weights = np.array([2.0, 1.0, 1.0, 3.0])
    repeated = Y.repeat(weights.astype(int))
    problem = Problem(PROBLEM.inputs, PROBLEM.target, weights=weights)
    found = predict(posterior([0.001], 0.999), Constants(), problem, {"x": np.array([-1.0])})
    assert found.response.mean[0] == pytest.approx(repeated.mean())
    assert found.response.standard_deviation[0] == pytest.approx(repeated.std())


def test_a_domain_of_exact_values_has_no_intervals(residues: Any) -> None:
    with pytest.raises(InvalidInput, match=r"must implement PredictiveProvider.*'residues'"):
        predictive_of(residues, PROBLEM)
