"""Expected information gain, against closed forms and brute force."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagredo.design.information_gain import expected_information_gain, prediction_information_gain
from sagredo.design.predictions import JointDraws, LawPredictions
from sagredo.objective.normal_mixture import NormalMixture, mixed


def normals(means, deviations) -> NormalMixture:
    """One normal distribution a row."""
    means, deviations = np.broadcast_arrays(np.asarray(means, dtype=float), deviations)
    return NormalMixture(np.ones((len(means), 1)), means[:, None].copy(), deviations[:, None].astype(float))


def predictions(probabilities, laws, *, noise=None, unseen=0.0, broad=None) -> LawPredictions:
    noise = [law.deviations for law in laws] if noise is None else noise
    return LawPredictions(np.asarray(probabilities, float), tuple(laws), tuple(noise), unseen, broad)


@given(st.floats(0.01, 0.99), st.floats(0.1, 5))
def test_laws_far_apart_are_told_apart_by_one_response(probability: float, noise: float) -> None:
    laws = [normals([0.0], noise), normals([100.0], noise)]
    gain = expected_information_gain(predictions([probability, 1 - probability], laws))
    entropy = -probability * np.log(probability) - (1 - probability) * np.log(1 - probability)
    assert gain[0] == pytest.approx(entropy, abs=1e-6)


def test_equal_laws_are_not_told_apart_but_equal_means_are_where_deviations_differ() -> None:
    same = [normals([3.0], 0.5), normals([3.0], 0.5)]
    assert expected_information_gain(predictions([0.5, 0.5], same))[0] == pytest.approx(0, abs=1e-6)
    wide = [normals([3.0], 0.5), normals([3.0], 50.0)]
    assert expected_information_gain(predictions([0.5, 0.5], wide))[0] > 0.5 * np.log(2)


@settings(deadline=None)
@given(st.integers(0, 10**6))
def test_gain_lies_between_zero_and_the_entropy_of_the_laws(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 5))
    weights = rng.dirichlet(np.ones(count + 1))
    laws = [normals(rng.normal(0, 3, 6), rng.uniform(0.1, 4)) for _ in range(count)]
    gain = expected_information_gain(
        predictions(weights[:-1], laws, unseen=float(weights[-1]), broad=normals(np.zeros(6), 9.0))
    )
    assert np.all(gain >= 0)
    assert np.all(gain <= -np.sum(weights * np.log(weights)) + 1e-6)


def test_program_gain_is_the_expected_fall_of_the_entropy_of_the_laws() -> None:
    """Brute force: draw responses, weigh the laws anew by Bayes' theorem, average."""
    rng = np.random.default_rng(3)
    probabilities = np.array([0.5, 0.3, 0.2])
    laws = [normals([0.0], 1.0), normals([1.5], 0.5), normals([-1.0], 2.0)]
    gain = expected_information_gain(predictions(probabilities, laws))[0]
    responses = mixed(list(probabilities), laws).sample(rng, 200_000)[0]
    logs = np.array(
        [
            np.log(p)
            - 0.5 * ((responses - law.means[0, 0]) / law.deviations[0, 0]) ** 2
            - np.log(law.deviations[0, 0])
            for p, law in zip(probabilities, laws, strict=True)
        ]
    )
    posterior = np.exp(logs - np.logaddexp.reduce(logs))
    after = -np.sum(posterior * np.log(posterior), axis=0)
    before = -np.sum(probabilities * np.log(probabilities))
    assert gain == pytest.approx(before - after.mean(), abs=4 * after.std() / np.sqrt(len(after)))


@given(st.floats(0.05, 3), st.floats(0.0, 10))
def test_joint_gain_of_a_linear_model_is_the_closed_form(noise: float, spread: float) -> None:
    law = normals([2.0], np.hypot(noise, spread))
    gain = expected_information_gain(predictions([1.0], [law], noise=[np.array([[noise]])]), about="joint")
    assert gain[0] == pytest.approx(0.5 * np.log1p((spread / noise) ** 2), abs=1e-9)


def test_joint_gain_of_particles_is_that_of_their_normal_distribution() -> None:
    particles = np.random.default_rng(0).normal(0, 2.0, (1, 4000))
    noise = np.full_like(particles, 0.5)
    law = NormalMixture(np.full_like(particles, 1 / 4000), particles, noise)
    gain = expected_information_gain(predictions([1.0], [law], noise=[noise]), about="joint")
    assert gain[0] == pytest.approx(0.5 * np.log1p(16), abs=0.03)


def test_joint_gain_is_at_least_that_about_the_law() -> None:
    laws = [normals([0.0, 1.0], 1.0), normals([2.0, 1.0], 1.5)]
    given_laws = predictions([0.4, 0.6], laws, noise=[np.full((2, 1), 0.3)] * 2)
    about_law = expected_information_gain(given_laws)
    joint = expected_information_gain(given_laws, about="joint")
    assert np.all(joint >= about_law)


def test_consensus_on_laws_that_may_all_be_wrong_is_no_knowledge() -> None:
    """Two laws agree everywhere; laws not met are broad far from the rows and agree at them."""
    agreed = [normals([0.0, 0.0], 0.1), normals([0.0, 0.0], 0.1)]
    broad = normals([0.0, 0.0], np.array([0.1, 5.0]))
    certain = expected_information_gain(predictions([0.5, 0.5], agreed))
    doubtful = expected_information_gain(predictions([0.45, 0.45], agreed, unseen=0.1, broad=broad))
    assert certain == pytest.approx([0, 0], abs=1e-6)
    assert doubtful[0] == pytest.approx(0, abs=1e-6)
    entropy_of_doubt = -0.1 * np.log(0.1) - 0.9 * np.log(0.9)
    assert 0.8 * entropy_of_doubt < doubtful[1] < entropy_of_doubt


def test_the_spread_of_laws_not_met_is_not_asked_about() -> None:
    """However broad, laws not met give at most the entropy of whether the truth is among them."""
    wide = [normals([0.0], 1e6)]
    gain = expected_information_gain(
        predictions([0.5], [normals([0.0], 1.0)], unseen=0.5, broad=wide[0]), about="joint"
    )
    assert gain[0] == pytest.approx(np.log(2), abs=1e-3)


def test_whether_there_is_a_response_tells_laws_apart() -> None:
    law, silent = normals([0.0], 1.0), NormalMixture(np.zeros((1, 1)), np.zeros((1, 1)), np.ones((1, 1)))
    gain = expected_information_gain(predictions([0.5, 0.5], [law, silent]))
    assert gain[0] == pytest.approx(np.log(2), abs=1e-6)


def _draws(correlation: float, noise: float = 0.2, count: int = 4000) -> JointDraws:
    rng = np.random.default_rng(1)
    first, second = rng.standard_normal((2, count))
    target = correlation * first + np.sqrt(1 - correlation**2) * second
    return JointDraws(
        np.full(count, 1 / count), np.array([first, second * 0]), np.array([target]), np.full(count, noise)
    )


@pytest.mark.parametrize("correlation", [0.0, 0.6, 0.95])
def test_gain_about_a_prediction_is_that_of_two_correlated_normals(correlation: float) -> None:
    gain = prediction_information_gain(_draws(correlation))
    rho = correlation / (1 + 0.2**2)
    assert gain[0] == pytest.approx(-0.5 * np.log1p(-(rho**2)), abs=0.03)
    assert gain[1] == pytest.approx(0, abs=1e-9)


def test_noise_finer_than_the_grid_only_lowers_the_gain() -> None:
    """Three hypotheses, each seen exactly at the candidate and at the target: log 3, never more."""
    draws = JointDraws(
        np.full(3, 1 / 3), np.array([[0.0, 1.0, 2.0]]), np.array([[5.0, 7.0, 9.0]]), np.full(3, 1e-9)
    )
    assert prediction_information_gain(draws)[0] == pytest.approx(np.log(3), abs=1e-9)


def test_impossible_predictions_are_refused() -> None:
    law = normals([0.0], 1.0)
    with pytest.raises(ValueError, match="add up to 1"):
        predictions([0.5], [law])
    with pytest.raises(ValueError, match="predictive"):
        predictions([0.5], [law], unseen=0.5)
    with pytest.raises(ValueError, match="positive"):
        prediction_information_gain(JointDraws(np.ones(1), np.zeros((1, 1)), np.zeros((1, 1)), np.zeros(1)))
