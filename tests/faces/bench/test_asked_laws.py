"""Laws measured one row at a time."""

from pathlib import Path

from sagredo.domains.expressions.syntax import ExpressionSyntax
from sagredo.faces.bench.asked_laws import POLICIES, AskedLaws
from sagredo.faces.bench.laws import Law

PRODUCT = Law(
    "product", "y", "a*b", ExpressionSyntax(symbols=("a", "b")).parse("a*b"), (("a", 1, 5), ("b", 1, 5))
)
OPTIONS = {"data": None, "noise": 0.01, "budget_seconds": 600.0, "effort": "reflex", "seed": 0}


def test_a_product_is_soon_sure() -> None:
    record = AskedLaws(**{**OPTIONS, "noise": 0.0}, most=8).measure(PRODUCT, "information_gain")
    assert record["failure"] is None
    assert 3 <= record["measurements"] <= 8


def test_a_law_that_stays_unsure_counts_as_needing_more_than_any_other() -> None:
    records = [
        {"name": name, "policy": policy, "failure": None, "measurements": count}
        for policy in POLICIES
        for name, count in (("one", 4), ("two", None), ("three", 9))
    ]
    table = AskedLaws.table(records)
    assert table.rows[1] == ("two", "-", "-", "-", "-")
    assert table.rows[-1] == ("median", "9", "9", "9", "9")


def test_the_records_of_a_law_that_has_no_value_say_what_failed() -> None:
    nowhere = ExpressionSyntax(symbols=("a",)).parse("sqrt(-a)")
    law = Law("nowhere", "y", "sqrt(-a)", nowhere, (("a", 1, 5),))
    record = AskedLaws(**OPTIONS, most=3).measure(law, "random")
    assert "must have values in its ranges" in record["failure"]


def test_paths_are_kept_out_of_the_options() -> None:
    assert "data" not in AskedLaws(**{**OPTIONS, "data": Path("somewhere")}, most=3).options()
