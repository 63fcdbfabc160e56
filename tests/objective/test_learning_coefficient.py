"""Against models whose learning coefficients are known in closed form."""

from __future__ import annotations

from math import log, pi

import numpy as np
import pytest

from sagredo.objective.learning_coefficient import learning_coefficient
from sagredo.objective.tempering import temper


def normal_log_prior(parameters: np.ndarray) -> np.ndarray:
    return -0.5 * (parameters**2).sum(axis=1) - 0.5 * parameters.shape[1] * log(2 * pi)


def reduced_rank(inputs: int, hidden: int, outputs: int, rank: int) -> tuple[float, int]:
    """lambda and its multiplicity for y = B A x + noise with a true product of this rank (Aoyagi & Watanabe 2005)."""
    if outputs + rank > inputs + hidden:
        return (hidden * inputs - hidden * rank + outputs * rank) / 2, 1
    if inputs + rank > outputs + hidden:
        return (hidden * outputs - hidden * rank + inputs * rank) / 2, 1
    if hidden + rank > inputs + outputs:
        return inputs * outputs / 2, 1
    odd = (inputs + hidden + outputs + rank) % 2
    h = hidden + rank
    eightfold = -(h**2) - inputs**2 - outputs**2 + 2 * h * inputs + 2 * h * outputs + 2 * inputs * outputs
    return (eightfold + odd) / 8, 1 + odd


CASES = {
    (3, 3, 3, 0): 3.5,
    (3, 3, 3, 1): 4.0,
    (3, 3, 3, 2): 4.5,
    (4, 2, 4, 1): 5.0,
    (5, 2, 3, 0): 3.0,
}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_published_coefficients_follow_from_the_formula(case: tuple[int, int, int, int]) -> None:
    assert reduced_rank(*case)[0] == CASES[case]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_reduced_rank_regression_has_its_known_coefficient(case: tuple[int, int, int, int]) -> None:
    inputs, hidden, outputs, rank = case
    expected, multiplicity = reduced_rank(*case)
    rows = 10**6
    # Inputs of covariance 1 and noise of variance 1: the mean loss exceeds its least by |B A - truth|^2 / 2.
    truth = np.zeros((outputs, inputs))
    truth[range(rank), range(rank)] = 1.0

    def log_likelihood(parameters: np.ndarray) -> np.ndarray:
        first = parameters[:, : hidden * inputs].reshape(-1, hidden, inputs)
        second = parameters[:, hidden * inputs :].reshape(-1, outputs, hidden)
        return -0.5 * rows * ((second @ first - truth) ** 2).sum(axis=(1, 2))

    rng = np.random.default_rng(0)
    draws = rng.standard_normal((600, hidden * (inputs + outputs)))
    found = learning_coefficient(
        rng, draws, normal_log_prior, log_likelihood, 0.0, rows, multiplicity=multiplicity
    )
    assert found == pytest.approx(expected, rel=0.05)


def test_a_regular_model_has_half_its_parameters() -> None:
    rng = np.random.default_rng(1)
    rows = 10**5
    found = learning_coefficient(
        rng,
        rng.standard_normal((1500, 4)),
        normal_log_prior,
        lambda parameters: -0.5 * rows * ((parameters - 0.3) ** 2).sum(axis=1),
        0.0,
        rows,
    )
    assert found == pytest.approx(2.0, rel=0.05)


def test_the_evidence_of_a_normal_model_is_that_of_its_closed_form() -> None:
    rng = np.random.default_rng(2)
    precision, dimension = 500.0, 3
    tempered = temper(
        rng,
        rng.standard_normal((2000, dimension)),
        normal_log_prior,
        lambda parameters: -0.5 * precision * (parameters**2).sum(axis=1),
    )
    assert tempered.log_evidence == pytest.approx(-0.5 * dimension * log(1 + precision), abs=0.15)
    spread = tempered.parameters.std(axis=0)
    np.testing.assert_allclose(spread, (1 + precision) ** -0.5, rtol=0.1)


def test_what_cannot_be_tempered_is_refused() -> None:
    rng = np.random.default_rng(3)
    draws = rng.standard_normal((5, 1))
    with pytest.raises(ValueError, match="at least 3 rows"):
        learning_coefficient(rng, draws, normal_log_prior, normal_log_prior, 0.0, 2)
    with pytest.raises(ValueError, match="must be positive"):
        temper(rng, draws, normal_log_prior, normal_log_prior, 0.0)
    with pytest.raises(ValueError, match="must have a likelihood"):
        temper(rng, draws, normal_log_prior, lambda parameters: np.full(len(parameters), -np.inf))
