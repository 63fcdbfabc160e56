from __future__ import annotations

from math import inf, isnan

import numpy as np
import pytest
from scipy.signal import lfilter

from sagredo.search.mixing import integrated_autocorrelation_time, potential_scale_reduction


@pytest.mark.parametrize("memory", [0.0, 0.5, 0.9])
def test_the_time_of_an_autoregression_is_the_known_one(memory: float) -> None:
    # rho(t) = memory^t: 1 + 2 sum = (1 + memory) / (1 - memory).
    noise = np.random.default_rng(1).normal(size=(8, 20_000))
    chains = lfilter([1.0], [1.0, -memory], noise, axis=1)
    expected = (1 + memory) / (1 - memory)
    assert integrated_autocorrelation_time(chains) == pytest.approx(expected, rel=0.1)


def test_chains_that_are_too_short_or_constant_say_so() -> None:
    assert integrated_autocorrelation_time(np.repeat([[0.0], [1.0]], 20, axis=1)) == inf
    assert integrated_autocorrelation_time(np.ones((3, 10))) == 1.0
    assert isnan(potential_scale_reduction(np.ones((3, 3))))
    assert potential_scale_reduction(np.ones((3, 10))) == 1.0
    assert potential_scale_reduction(np.array([[0.0] * 10, [1.0] * 10])) == inf


def test_the_reduction_tells_chains_that_agree_from_those_that_do_not() -> None:
    rng = np.random.default_rng(2)
    same = rng.normal(size=(4, 1000))
    assert potential_scale_reduction(same) == pytest.approx(1.0, abs=0.01)
    # Means 0 and 2, variance 1 inside: B/n = 8/7 over the eight halves, R^2 = 1 + 8/7.
    apart = same + np.array([[0.0], [0.0], [2.0], [2.0]])
    assert potential_scale_reduction(apart) == pytest.approx((1 + 8 / 7) ** 0.5, rel=0.05)
    # Means 1 and 3 of the halves, variance 1 + 1/3 inside.
    drifting = same + np.linspace(0, 4, 1000)
    assert potential_scale_reduction(drifting) == pytest.approx((1 + 8 / 7 * 3 / 4) ** 0.5, rel=0.05)
