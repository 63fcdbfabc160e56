"""Log scores of predictions of new responses, and whose are better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from math import inf
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from sagredo.faces.bench.benchmark import finite, guarded
from sagredo.faces.bench.intervals import share

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.faces.bench.journal import Record
    from sagredo.faces.bench.rivals import Rival
    from sagredo.objective.normal_mixture import NormalMixture
    from sagredo.problem.problem import Problem


def rival_scores(
    rivals: Sequence[Rival], problem: Problem, new_rows: Mapping[str, Problem], seed: int
) -> dict[str, Record]:
    """The mean log densities of the rivals, by name and region; a rival that fails says so and has none."""
    return {
        rival.name: guarded(dict.fromkeys(new_rows), partial(_scores, rival, problem, new_rows, seed))
        for rival in rivals
    }


def _scores(rival: Rival, problem: Problem, new_rows: Mapping[str, Problem], seed: int) -> Record:
    inputs, responses = _table(problem), np.asarray(problem.responses, dtype=float)
    predicted = rival.predict(inputs, responses, np.vstack([_table(new) for new in new_rows.values()]), seed)
    ends = np.cumsum([new.row_count for new in new_rows.values()])
    return {
        region: mean_log_density(predicted.rows(np.arange(end - new.row_count, end)), new)
        for (region, new), end in zip(new_rows.items(), ends.tolist(), strict=True)
    }


def mean_log_density(predicted: NormalMixture, new: Problem) -> float | None:
    """The mean log density of new responses, nats a response; None without responses or for -inf."""
    densities = predicted.log_density(np.asarray(new.responses, dtype=float))
    return finite(float(np.mean(densities))) if len(densities) else None


def comparison(records: Sequence[Record], regions: Sequence[str]) -> dict[str, Any]:
    """For each rival and region: of how many problems ours has the greater log score, and the median difference.

    A prediction that rules out what is then observed has no log score and loses to any other; so does a rival that
    fails. Problems without new responses in a region, or with no score on either side, are left out of it.
    """
    figures: dict[str, Any] = {}
    for name in dict.fromkeys(rival for record in records for rival in record.get("rivals", {})):
        entered = [record for record in records if name in record["rivals"]]
        failures = sum(bool(record["rivals"][name]["failure"]) for record in entered)
        figures[f"failures_of_{name}"] = failures
        for region in regions:
            pairs = [
                (_or_least(record[region]["log_score"]), _or_least(record["rivals"][name][region]))
                for record in entered
                if record[region]["covered"]
            ]
            decided = [pair for pair in pairs if max(pair) > -inf]
            better = sum(own > other for own, other in decided)
            figures[f"{region}_log_score_better_than_{name}"] = share(better, len(decided))
            gains = [own - other for own, other in decided]
            figures[f"{region}_median_nats_better_than_{name}"] = finite(median(gains)) if gains else None
    return figures


def _or_least(score: float | None) -> float:
    return -inf if score is None else score


def _table(problem: Problem) -> Float64[np.ndarray, "rows variables"]:
    return np.column_stack([np.asarray(column.values, dtype=float) for column in problem.inputs])
