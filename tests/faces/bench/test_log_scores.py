from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sagredo.domains.expressions.sample import sample_problem
from sagredo.faces.bench.log_scores import comparison, mean_log_density, rival_scores
from sagredo.faces.bench.posterior import REGIONS
from sagredo.faces.bench.rivals import GaussianProcess
from sagredo.objective.normal_mixture import NormalMixture


def normal(means: np.ndarray, deviation: float) -> NormalMixture:
    shape = (len(means), 1)
    return NormalMixture(np.ones(shape), means[:, np.newaxis], np.full(shape, deviation))


def test_the_log_score_is_the_mean_log_density_of_the_responses() -> None:
    problem, _ = sample_problem(np.random.default_rng(2), rows=5)
    responses = np.asarray(problem.responses, dtype=float)
    found = mean_log_density(normal(responses + 1.0, 2.0), problem)
    assert found == pytest.approx(-0.5 * np.log(2 * np.pi * 4.0) - 0.125)
    assert mean_log_density(normal(responses[:0], 1.0), problem.take(np.arange(0))) is None


def test_each_region_has_the_score_of_its_own_rows() -> None:
    problem, _ = sample_problem(np.random.default_rng(4), rows=40)
    known, some, others = (problem.take(np.arange(*ends)) for ends in ((0, 30), (30, 33), (33, 40)))
    both = rival_scores([GaussianProcess()], known, {"some": some, "others": others}, 0)["gp"]
    turned = rival_scores([GaussianProcess()], known, {"others": others, "some": some}, 0)["gp"]
    assert both["failure"] is None
    assert both["some"] == pytest.approx(turned["some"])
    assert both["others"] == pytest.approx(turned["others"])


def test_a_score_that_is_missing_loses_and_one_that_misses_on_both_sides_does_not_count() -> None:
    def record(own: float | None, other: float | None, failure: str | None = None) -> dict[str, Any]:
        mine = {"log_score": own, "covered": [True]}
        theirs = {"inside": other, "outside": other, "failure": failure}
        return {"inside": mine, "outside": mine | {"covered": []}, "rivals": {"gp": theirs}}

    records = [record(1.0, 0.5), record(1.0, None, "broken"), record(None, 0.5), record(None, None)]
    figures = comparison(records, REGIONS)
    assert figures["failures_of_gp"] == 1
    assert figures["inside_log_score_better_than_gp"].startswith("2 of 3 ")
    assert figures["outside_log_score_better_than_gp"].startswith("0 of 0 ")
    assert figures["inside_median_nats_better_than_gp"] == 0.5
    assert comparison([{"inside": {}, "outside": {}}], REGIONS) == {}
