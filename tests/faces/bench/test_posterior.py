from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from sagredo.domains.expressions.sample import sample_problem
from sagredo.faces.bench.posterior import JUDGED_ROWS, REGIONS, ROWS, Posterior, coverage, split
from sagredo.faces.bench.rank_histogram import ranks, twice_as_sure, uniformity
from sagredo.faces.bench.rivals import GaussianProcess
from sagredo.objective.normal_mixture import NormalMixture

SMALL = Posterior(problems=2, budget_seconds=1e5, effort="reflex", seed=5)


def normal(means: np.ndarray, deviation: float) -> NormalMixture:
    shape = (len(means), 1)
    return NormalMixture(np.ones(shape), means[:, np.newaxis], np.full(shape, deviation))


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("seed", range(5))
def test_new_rows_lie_inside_or_beyond_the_range_of_the_training_data(seed: int, rows: int) -> None:
    problem, _ = sample_problem(np.random.default_rng(seed), rows=4 * (rows + JUDGED_ROWS))
    chosen = split(problem, rows)
    inputs = np.array([column.values for column in problem.inputs])
    box = inputs[:, chosen.training]
    low, high = box.min(axis=1), box.max(axis=1)
    assert len(set(chosen.training)) == rows
    assert len(set().union(*map(set, chosen))) == sum(map(len, chosen))
    assert all(np.all((inputs[:, row] >= low) & (inputs[:, row] <= high)) for row in chosen.inside)
    assert all(np.any((inputs[:, row] < low) | (inputs[:, row] > high)) for row in chosen.outside)
    assert len(chosen.outside) == JUDGED_ROWS


@pytest.mark.parametrize("bin_width", [1e-9, 0.5, 8.0])
def test_ranks_are_uniform_for_the_true_distribution_alone(bin_width: float) -> None:
    rng = np.random.default_rng(0)
    means = rng.normal(size=2000)
    responses = np.rint((means + rng.standard_normal(2000)) / bin_width) * bin_width
    spread = np.sqrt(1 + bin_width**2 / 12)
    assert uniformity(ranks(rng, normal(means, spread), responses, bin_width).tolist()) > 0.01
    if bin_width < 1:
        sure = twice_as_sure(normal(means, spread))
        assert uniformity(ranks(rng, sure, responses, bin_width).tolist()) < 1e-4


def test_half_the_deviation_is_that_of_the_whole_mixture_about_its_mean() -> None:
    mixture = NormalMixture(
        np.array([[0.25, 0.75, 0.0], [0.5, 0.2, 0.1]]),
        np.array([[1.0, 3.0, np.nan], [-2.0, 0.0, 5.0]]),
        np.array([[0.5, 2.0, np.nan], [0.0, 1.0, 0.1]]),
    )
    sure = twice_as_sure(mixture)
    np.testing.assert_allclose(sure.mean, mixture.mean)
    np.testing.assert_allclose(sure.standard_deviation, mixture.standard_deviation / 2)
    np.testing.assert_allclose(sure.defined, mixture.defined)


def test_coverage_is_the_mean_over_problems() -> None:
    full = {"inside": {"covered": [True] * 10, "ranks": [0.5, 0.01]}}
    half = {"inside": {"covered": [True, False], "ranks": [0.5, 0.5]}}
    assert coverage([full, half], "inside") == "0.750 +- 0.500; by ranks 0.750 +- 0.500"


def test_a_draw_is_searched_and_judged_and_can_be_repeated() -> None:
    tasks = SMALL.tasks()
    assert list(tasks)[:3] == [f"draw 0, {rows} rows" for rows in ROWS]
    record = tasks["draw 0, 10 rows"]()
    assert record["failure"] is None
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert {**SMALL.measure(0, 10), "seconds": 0} == {**record, "seconds": 0}
    assert len(record["outside"]["covered"]) == JUDGED_ROWS
    figures = SMALL.summary([record, {"name": "draw 1, 10 rows", "rows": 10, "failure": "broken"}])
    assert figures["failures"] == 1
    assert all(0 <= figures[f"{region}_ranks_p_value"] <= 1 for region in REGIONS)
    assert len(record["inside"]["ranks_if_twice_as_sure"]) == len(record["inside"]["ranks"])
    assert "draw 0" in SMALL.line(record)
    assert len(SMALL.table([record]).rows) == 1


def test_a_rival_is_scored_on_the_same_new_responses() -> None:
    with_rival = replace(SMALL, against=(GaussianProcess(),))
    assert with_rival.options()["against"] == ["gp"]
    assert "against" not in SMALL.options()
    record = with_rival.measure(0, 10)
    assert record["failure"] is None
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert record["rivals"]["gp"]["failure"] is None
    assert all(np.isfinite(record["rivals"]["gp"][region]) for region in REGIONS)
    without = SMALL.measure(0, 10)
    assert record["inside"] == without["inside"]
    assert "inside_log_score_better_than_gp" in SMALL.summary([record])
