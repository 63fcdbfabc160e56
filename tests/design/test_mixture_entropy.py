"""The entropy of mixtures, against closed forms and adaptive quadrature."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from sagredo.design.mixture_entropy import MANY_COMPONENTS, TOLERANCE_NATS, mixture_entropy
from sagredo.objective.normal_mixture import NormalMixture


def adaptive(mixture: NormalMixture) -> float:
    """-int p log p of a mixture of one row, by adaptive quadrature between the components."""

    def integrand(y: float) -> float:
        logarithm = float(mixture.log_density(np.array([y]))[0])
        return -np.exp(logarithm) * logarithm if np.isfinite(logarithm) else 0.0

    ends = np.concatenate([mixture.means[0] + k * mixture.deviations[0] for k in range(-9, 10, 3)])
    cuts = np.unique(ends)
    return sum(quad(integrand, low, high, epsabs=1e-10)[0] for low, high in pairwise(cuts))


@st.composite
def mixtures(draw: st.DrawFn) -> NormalMixture:
    count = draw(st.integers(1, 4))
    weights = np.array([draw(st.floats(0.05, 1)) for _ in range(count)])
    means = [draw(st.floats(-100, 100)) for _ in range(count)]
    deviations = [10.0 ** draw(st.floats(-3, 2)) for _ in range(count)]
    share = draw(st.sampled_from([1.0, 0.6]))
    return NormalMixture(share * weights[None] / weights.sum(), np.array([means]), np.array([deviations]))


@settings(max_examples=60, deadline=None)
@given(mixtures())
def test_quadrature_agrees_with_an_adaptive_one(mixture: NormalMixture) -> None:
    missing = 1 - mixture.weights.sum()
    expected = adaptive(mixture) - (missing * np.log(missing) if missing > 1e-9 else 0.0)
    assert mixture_entropy(mixture)[0] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("spread", [0.0, 0.4, 30.0])
def test_convolving_many_components_agrees_with_the_panels(spread: float) -> None:
    rng = np.random.default_rng(0)
    count = MANY_COMPONENTS + 20
    weights = rng.dirichlet(np.ones(count), size=3)
    means = spread * rng.standard_normal((3, count)) + 7.0
    deviations = np.repeat([[0.5], [2.0], [0.01]], count, axis=1)
    convolved = mixture_entropy(NormalMixture(weights, means, deviations))
    # One deviation a hair wider sends the mixture to the panels.
    deviations[:, 0] *= 1 + 1e-12
    assert convolved == pytest.approx(
        mixture_entropy(NormalMixture(weights, means, deviations)), abs=TOLERANCE_NATS
    )


@pytest.mark.parametrize("spread", [0.0, 3.0, 8.0, 300.0])
def test_an_even_grid_agrees_with_adaptive_quadrature_however_far_apart_components_lie(spread: float) -> None:
    rng = np.random.default_rng(1)
    count = 12
    weights, means = rng.dirichlet(np.ones(count), size=4), spread * rng.standard_normal((4, count))
    mixture = NormalMixture(weights, means, np.exp(rng.uniform(0.0, 1.5, (4, count))))
    expected = [adaptive(mixture.row(k)) for k in range(4)]
    assert mixture_entropy(mixture) == pytest.approx(expected, abs=1e-6)


def test_rows_do_not_depend_on_each_other() -> None:
    rng = np.random.default_rng(1)
    whole = NormalMixture(
        rng.dirichlet(np.ones(40), size=30), rng.normal(size=(30, 40)), rng.uniform(0.1, 2, (30, 40))
    )
    row = NormalMixture(whole.weights[17:18], whole.means[17:18], whole.deviations[17:18])
    assert mixture_entropy(whole)[17] == pytest.approx(mixture_entropy(row)[0], abs=1e-9)


def test_a_response_known_exactly_is_refused() -> None:
    with pytest.raises(ValueError, match="must be positive"):
        mixture_entropy(NormalMixture(np.ones((1, 1)), np.zeros((1, 1)), np.zeros((1, 1))))
