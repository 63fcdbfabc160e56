from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagredo.objective.likelihood import Gaussian, Likelihood, StudentT


def exact(likelihood: Likelihood, residual: float, width: float) -> float:
    """log P of a bin at unit scale, to 40 digits."""
    with mpmath.workdps(40):

        def survival(t: mpmath.mpf) -> mpmath.mpf:
            if isinstance(likelihood, Gaussian):
                return mpmath.erfc(t / mpmath.sqrt(2)) / 2
            x = t / mpmath.sqrt(4 + t * t)
            return mpmath.mpf(1) / 2 - (3 * x - x**3) / 4

        centre, half = mpmath.mpf(abs(residual)), mpmath.mpf(width) / 2
        return float(mpmath.log(survival(centre - half) - survival(centre + half)))


@pytest.mark.parametrize("likelihood", [Gaussian(), StudentT()], ids=["gaussian", "student_t"])
@given(residual=st.floats(-35, 35), log_width=st.floats(-12, 2))
@settings(max_examples=80, deadline=None)
def test_the_probability_of_a_bin_is_exact(likelihood: Likelihood, residual: float, log_width: float) -> None:
    width = 10.0**log_width
    found = likelihood.log_probability(np.array([residual]), np.array([width]), np.ones((1, 1)))[0, 0]
    assert found == pytest.approx(exact(likelihood, residual, width), abs=1e-3, rel=1e-6)


@pytest.mark.parametrize("likelihood", [Gaussian(), StudentT()], ids=["gaussian", "student_t"])
def test_the_bins_of_a_line_have_probability_one(likelihood: Likelihood) -> None:
    for width in (0.01, 0.3, 5.0):
        centres = width * np.arange(-int(3000 / width), int(3000 / width) + 1)
        logs = likelihood.log_probability(centres + 0.1, np.array([width]), np.ones((1, 1)))
        assert np.exp(logs).sum() == pytest.approx(1, abs=1e-7)
