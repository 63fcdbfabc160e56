"""The prior's draws against its density, and the density against that of SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import cauchy, kstest

from sagredo.domains.expressions.parameter_prior import ParameterPrior
from sagredo.domains.expressions.primitives import NAMED_CONSTANTS
from sagredo.domains.expressions.record import recorded
from sagredo.domains.expressions.syntax import ExpressionSyntax
from sagredo.problem.build import problem_from

X = np.linspace(1.0, 2.0, 6)
RECORD = recorded(problem_from({"x": X, "y": 3.0 * X + np.round(np.sin(9 * X), 2)}, target="y"))
TERM = ExpressionSyntax(["x"]).parse("p0*x")
SCALE = RECORD.target_magnitude / np.sqrt(np.mean(X**2))


@pytest.mark.parametrize(
    "bounds", [(-np.inf, np.inf), (0.2, 0.5), (-np.inf, -1.0), (2.0, np.inf), (1e7, 1e7 + 1), (-1.0, 4.0)]
)
def test_draws_have_the_density_given_the_bounds(bounds: tuple[float, float]) -> None:
    prior = ParameterPrior(TERM, RECORD, NAMED_CONSTANTS, [bounds])
    drawn = prior.draw(np.random.default_rng(0), 2000)[:, 0]
    assert bounds[0] <= drawn.min()
    assert drawn.max() <= bounds[1]
    of = cauchy(scale=SCALE)

    def tail(at: np.ndarray | float) -> np.ndarray:
        """The distribution function; of positive numbers that from above, which does not cancel."""
        return np.arctan(SCALE / np.asarray(at)) / np.pi if bounds[0] > 0 else of.cdf(at)

    sign = -1.0 if bounds[0] > 0 else 1.0
    ends = tail(bounds[0]), tail(bounds[1])
    assert kstest((tail(drawn) - ends[0]) / (ends[1] - ends[0]), "uniform").pvalue > 0.01
    logs = prior.log_densities(drawn[:, np.newaxis])[:, 0]
    np.testing.assert_allclose(logs, of.logpdf(drawn) - np.log(sign * (ends[1] - ends[0])), atol=1e-6)
    outside = prior.log_densities(np.array([[bounds[0] - 1.0], [bounds[1] + 1.0]]))
    assert np.all(np.isneginf(outside))
