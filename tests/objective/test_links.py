from __future__ import annotations

import numpy as np
import pytest

from sagredo.objective.links import link_of


@pytest.mark.parametrize("noise", ["gaussian", "student_t", "poisson"])
def test_a_law_gives_the_mean_itself(noise: str) -> None:
    values = np.array([-1.0, 0.0, 3.0])
    assert link_of(noise).mean(values).tolist() == values.tolist()
    assert link_of(noise).quantity("y") == link_of(noise).latex("y") == "y"


@pytest.mark.parametrize("noise", ["bernoulli", "binomial"])
def test_a_law_gives_the_log_odds_of_success(noise: str) -> None:
    chance = np.array([1e-9, 0.2, 0.5, 0.9])
    assert link_of(noise).mean(np.log(chance / (1 - chance))) == pytest.approx(chance)
    # Log-odds beyond the range of the exponential function are certain.
    assert link_of(noise).mean(np.array([-1e3, 1e3])).tolist() == [0.0, 1.0]
    assert link_of(noise).quantity("y") == "log-odds(y)"
    assert "logit" in link_of(noise).latex("y")
