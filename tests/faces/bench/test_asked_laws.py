"""Laws measured one row at a time."""

from pathlib import Path
from typing import Any

import pytest

from sagredo.domains.expressions.syntax import ExpressionSyntax
from sagredo.faces.bench import measured_law
from sagredo.faces.bench.asked_laws import STRATEGIES, AskedLaws
from sagredo.faces.bench.laws import Law
from sagredo.faces.bench.measured_law import MeasuredLaw
from sagredo.search.driver import SearchResult
from sagredo.search.planner import StopReason

PRODUCT = Law(
    "product", "y", "a*b", ExpressionSyntax(symbols=("a", "b")).parse("a*b"), (("a", 1, 5), ("b", 1, 5))
)
BENCHMARK = AskedLaws(data=None, noise=0.01, work_units=50_000, most=24, seed=0)


def record(name: str, strategy: str, measurements: int, sure: bool = True) -> dict[str, Any]:
    return {
        "name": name,
        "strategy": strategy,
        "failure": None,
        "measurements": measurements,
        "sure": sure,
    }


def test_a_product_is_soon_sure() -> None:
    found = BENCHMARK.measure(PRODUCT, "ask")
    assert found["failure"] is None
    assert found["sure"]
    assert 5 <= found["measurements"] <= 24
    assert found["probability"] >= 0.95


def test_the_oracle_knows_the_law_without_any_search() -> None:
    oracle = STRATEGIES["oracle"]
    found = MeasuredLaw(PRODUCT, oracle, noise=0.01, work_units=1, most=6, seed=0).run()
    assert found["expression"] == "a*b"
    assert found["probability"] > 0.5


def test_all_strategies_meet_the_same_first_rows_and_the_same_noise() -> None:
    runs = [
        MeasuredLaw(PRODUCT, strategy, noise=0.05, work_units=2_000, most=7, seed=3)
        for strategy in STRATEGIES.values()
    ]
    for run in runs:
        run.run()
    first = runs[0]
    for run in runs[1:]:
        for k in range(5):
            assert run.points[k].tolist() == first.points[k].tolist()
        errors, own = (
            [y - one.points[k].prod() for k, y in enumerate(one.responses)] for one in (first, run)
        )
        both = min(len(errors), len(own))
        assert own[:both] == pytest.approx(errors[:both])


def test_ctrl_c_is_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> SearchResult:
        return SearchResult((), StopReason.INTERRUPTED, 0.0, 0, 0.0)

    monkeypatch.setattr(measured_law, "search", interrupted)
    with pytest.raises(KeyboardInterrupt):
        BENCHMARK.measure(PRODUCT, "random")


def test_the_figures_are_those_of_the_laws_that_every_strategy_measured() -> None:
    counts = {"one": (10, 20, 15, 10), "two": (30, 20, 15, 10), "three": (100, 100, 100, 50)}
    records = [
        record(name, strategy, count, count < 100)
        for name, of_law in counts.items()
        for strategy, count in zip(STRATEGIES, of_law, strict=True)
    ]
    records += [record("four", "ask", 5), {"name": "four", "strategy": "random", "failure": "no"}]
    figures = AskedLaws.summary(records)
    assert figures["laws"] == 3
    assert figures["failures"] == 1
    assert figures["ask"] == "median 30, 90th percentile 86, unsure 1"
    assert figures["median_of_ask_over_random"].startswith("1.50 [")
    assert figures["worse_than_random_by_more_than_20%"] == 1
    rows = AskedLaws.table(records).rows
    assert rows[0] == ("four", "5", "failed", "-", "-")
    assert rows[-1] == ("three", ">100", ">100", ">100", "50")


def test_nothing_measured_has_no_figures() -> None:
    assert AskedLaws.summary([]) == {"laws": 0, "failures": 0}


def test_the_record_of_a_law_that_has_no_value_says_what_failed() -> None:
    nowhere = ExpressionSyntax(symbols=("a",)).parse("sqrt(-a)")
    law = Law("nowhere", "y", "sqrt(-a)", nowhere, (("a", 1, 5),))
    assert "must leave queries within the bounds" in BENCHMARK.measure(law, "random")["failure"]


def test_paths_are_kept_out_of_the_options() -> None:
    assert "data" not in AskedLaws(data=Path("somewhere"), noise=0.05, work_units=1, most=3, seed=0).options()
