from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from sagredo.domains.expressions.domain import Expressions
from sagredo.faces.by_group import groups_of_rows
from sagredo.faces.cli import main
from sagredo.faces.estimator import SymbolicRegressor
from sagredo.faces.induce import induce
from sagredo.faces.model_file import load_model, save_model
from sagredo.faces.report.page import report_html
from sagredo.faces.result import Result
from sagredo.faces.result_json import fit_document
from sagredo.faces.suggest import box_of, suggest
from sagredo.problem.build import problem_from
from sagredo.problem.errors import InvalidInput
from sagredo.problem.groups import Groups
from sagredo.search.planner import Effort

SLOPES = {"Padua": 2.0, "Pisa": -1.0, "Venice": 0.5}
LINE = Expressions(form="a + b*x")
EFFORT = Effort(20_000, 2**26, threads=1)


def table_of_lines(rng: np.random.Generator, rows: int = 8) -> dict[str, list[Any]]:
    """Lines through 1 whose slope is the group's own, the groups' rows mixed up."""
    names = list(SLOPES) * rows
    x = rng.uniform(1, 4, len(names)).round(2)
    y = 1.0 + np.array([SLOPES[name] for name in names]) * x + rng.normal(0, 0.1, len(names))
    return {"x": x.tolist(), "city": names, "y": y.round(3).tolist()}


@pytest.fixture(scope="module")
def lines() -> Result:
    problem = problem_from(table_of_lines(np.random.default_rng(0)), target="y", group="city")
    return induce(problem, domain=LINE, effort=EFFORT)


def test_the_law_shows_what_is_shared_and_names_what_is_not(lines: Result) -> None:
    assert lines.best.score.shared == (0,)
    assert lines.expression.endswith(" + b*x")
    assert float(lines.expression.removesuffix(" + b*x")) == lines.best.score.program.parameters[0]
    assert "b" in lines.to_latex()
    assert "def law(b, x)" in lines.to_python()
    assert {symbol.name for symbol in lines.to_sympy().free_symbols} == {"b", "x"}
    page = report_html(lines)
    assert "Parameters by group" in page
    assert all(name in page for name in SLOPES)


def test_a_group_is_an_ordinary_result(lines: Result) -> None:
    pisa = lines.group("Pisa")
    assert pisa.problem.groups is None
    assert pisa.problem.row_count == 8
    assert pisa.best.score.program.parameters == pytest.approx([1.0, -1.0], abs=0.15)
    assert pisa.best.probability == lines.best.probability
    with pytest.raises(InvalidInput, match="nothing was measured"):
        lines.group("Rome")
    with pytest.raises(InvalidInput, match="data in groups"):
        pisa.group("Pisa")


def test_rows_are_predicted_by_their_groups_in_their_own_order(lines: Result) -> None:
    names = ["Venice", "Padua", "Pisa", "Padua", "Venice"]
    x = np.array([1.0, 2.0, 3.0, 4.0, 0.0])
    inputs = {"x": x, "city": names}
    values = lines.values(inputs)
    assert values == pytest.approx(1.0 + np.array([SLOPES[name] for name in names]) * x, abs=0.5)
    prediction = lines.predict(inputs, abstain=True)
    assert prediction.fitted == pytest.approx(values)
    assert prediction.abstention is not None
    for row, name in enumerate(names):
        alone = lines.group(name).predict({"x": x[row : row + 1]}, abstain=True)
        assert prediction.quantiles[row] == pytest.approx(alone.quantiles[0])
        assert prediction.mean[row] == pytest.approx(alone.mean[0])
        assert alone.abstention is not None
        assert prediction.abstention.agreement[row] == pytest.approx(alone.abstention.agreement[0])
        assert prediction.explain(row)[0][1:] == pytest.approx(alone.explain(0)[0][1:])
    assert lines.values({"x": x}, groups="Pisa") == pytest.approx(lines.group("Pisa").values(x))
    assert lines.values(x[:, np.newaxis], groups=names) == pytest.approx(values)


@pytest.mark.parametrize(
    ("groups", "message"),
    [(None, "which group they are of"), (["Pisa"], "each of 2 rows"), (["Pisa", "Rome"], "Got 'Rome'")],
)
def test_rows_without_a_known_group_are_refused(lines: Result, groups: Any, message: str) -> None:
    for ask in (lines.values, lines.predict):
        with pytest.raises(InvalidInput, match=message):
            ask({"x": [1.0, 2.0]}, groups=groups)


def test_groups_are_refused_where_the_law_has_none(lines: Result) -> None:
    with pytest.raises(InvalidInput, match="fitted in groups"):
        lines.group("Pisa").values({"x": [1.0]}, groups="Pisa")
    assert groups_of_rows(None, {"x": [1.0]}, 1) is None
    assert groups_of_rows(Groups("n", ("1", "2")), {"n": [2.0, 1.0]}, 2).labels == ("2", "1")  # type: ignore[union-attr]


def test_a_saved_model_is_the_same(lines: Result, tmp_path: Any) -> None:
    save_model(lines, tmp_path / "model.json")
    again = load_model(tmp_path / "model.json")
    assert [law.score for law in again.posterior.programs] == [law.score for law in lines.posterior.programs]
    assert fit_document(again) == fit_document(lines)
    inputs = {"x": [1.0, 2.0], "city": ["Pisa", "Venice"]}
    assert again.predict(inputs).quantiles == pytest.approx(lines.predict(inputs).quantiles)


def test_the_document_has_the_parameters_of_every_group(lines: Result) -> None:
    document = json.loads(json.dumps(fit_document(lines)))
    assert document["problem"]["group"] == {"column": "city", "names": sorted(SLOPES)}
    best = document["programs"][0]
    shared, separate = best["parameters"]
    assert shared["value"] == lines.best.score.program.parameters[0]
    assert separate == {"name": "b", "value": None, "std": None}
    for entry, part in zip(best["groups"], lines.best.score.parts, strict=True):
        assert [parameter["value"] for parameter in entry["parameters"]] == list(part.program.parameters)
    assert [entry["group"] for entry in best["groups"]] == sorted(SLOPES)


def test_a_damaged_model_is_refused(lines: Result, tmp_path: Any) -> None:
    save_model(lines, tmp_path / "model.json")
    document = json.loads((tmp_path / "model.json").read_text())
    document["programs"][0]["groups"].pop()
    (tmp_path / "model.json").write_text(json.dumps(document))
    with pytest.raises(InvalidInput, match="parameters for each group"):
        load_model(tmp_path / "model.json")


def test_measurements_are_suggested_for_one_group(lines: Result) -> None:
    with pytest.raises(InvalidInput, match="choose one"):
        suggest(lines, box_of(lines, {}))
    pisa = lines.group("Pisa")
    assert len(suggest(pisa, box_of(pisa, {}), acquisition="random")) == 1


def test_rows_are_added_to_their_groups(lines: Result) -> None:
    more = lines.update({"x": [2.5], "city": ["Pisa"], "y": [-1.5]}, effort=EFFORT)
    assert more.group("Pisa").problem.row_count == 9
    assert more.best.score.shared == (0,)


def test_counts_share_parameters_too() -> None:
    rng = np.random.default_rng(1)
    x = np.tile(np.linspace(0, 3, 20), 2)
    counts = rng.poisson(np.repeat([200.0, 60.0], 20) * np.exp(-0.7 * x))
    table = {"x": x, "box": np.repeat([1, 2], 20), "n": counts}
    problem = problem_from(table, target="n", group="box", noise="poisson")
    result = induce(problem, domain=Expressions(form="a*exp(-k*x)"), effort=EFFORT)
    assert result.best.score.shared == (1,)
    first, second = (part.program.parameters for part in result.best.score.parts)
    assert (first[0], second[0]) == pytest.approx((200.0, 60.0), rel=0.2)
    assert first[1] == second[1] == pytest.approx(0.7, rel=0.1)
    together, *alone = (result.best.score.data_bits, *(part.data_bits for part in result.best.score.parts))
    assert together > sum(alone)  # The shared parameter is paid for once, beside the groups' own bits.
    # The shared rate is known better than from one group's counts.
    alone = induce(
        problem_from({"x": x[:20], "n": counts[:20]}, target="n", noise="poisson"),
        domain=Expressions(form="a*exp(-k*x)"),
        effort=EFFORT,
    )
    shared, single = (
        part.predictive.covariance(part.best.score)[1, 1] for part in (result.group("1"), alone)
    )
    assert shared < 0.9 * single
    predicted = result.predict({"x": np.ones(2)}, groups=[1, 2]).response
    assert predicted.mean == pytest.approx(np.array([200.0, 60.0]) * np.exp(-0.7), rel=0.2)


def test_the_estimator_takes_groups() -> None:
    table = table_of_lines(np.random.default_rng(2))
    x = np.array(table["x"])[:, np.newaxis]
    model = SymbolicRegressor(form="a + b*x0", effort="reflex", n_jobs=1)
    model.fit(x, table["y"], groups=table["city"])
    assert model.expression_.endswith(" + b*x0")
    values, deviations = model.predict(x, return_std=True, groups=table["city"])
    assert np.sqrt(np.mean((values - table["y"]) ** 2)) < 0.2
    assert np.all((deviations > 0.05) & (deviations < 0.3))
    with pytest.raises(InvalidInput, match="which group they are of"):
        model.predict(x)


def test_the_command_line_fits_and_predicts_in_groups(tmp_path: Any, capsys: Any) -> None:
    table = table_of_lines(np.random.default_rng(3))
    rows = zip(*table.values(), strict=True)
    data, model, new = (tmp_path / name for name in ("data.csv", "model.json", "new.csv"))
    data.write_text("\n".join([",".join(table), *(",".join(map(str, row)) for row in rows)]))
    options = ["--group", "city", "--form", "a + b*x", "--effort", "reflex", "--threads", "1"]
    assert main(["fit", str(data), "-t", "y", *options, "--save", str(model)]) == 0
    out = capsys.readouterr().out
    assert " + b*x" in out
    assert all(name in out for name in SLOPES)
    new.write_text("city,x\nPisa,2\nPadua,2\n")
    assert main(["predict", str(model), str(new), "--interval", "0.9"]) == 0
    header, pisa, padua = capsys.readouterr().out.split()
    assert header == "y,mean,low,high"
    assert float(pisa.split(",")[0]) == pytest.approx(-1.0, abs=0.3)
    assert float(padua.split(",")[0]) == pytest.approx(5.0, abs=0.3)
    assert main(["suggest", str(model), "--group", "Pisa", "--acquisition", "random"]) == 0
    new.write_text("city,x\nRome,2\n")
    capsys.readouterr()
    assert main(["predict", str(model), str(new)]) == 2
    assert "Got 'Rome'" in capsys.readouterr().err
    assert main(["fit", str(data), "-t", "y", "--group", "town"]) == 2


def test_a_group_knows_what_the_others_say_of_shared_parameters() -> None:
    """With everything shared and known errors, a group's predictions are those of one fit to all rows."""
    table = table_of_lines(np.random.default_rng(4))
    x = np.array(table["x"])
    table["y"] = (1.0 + 2.0 * x + np.random.default_rng(5).normal(0, 0.1, len(x))).round(3).tolist()
    options: dict[str, Any] = {"target": "y", "sigma": 0.1}
    grouped = induce(problem_from(table, group="city", **options), domain=LINE, effort=EFFORT)
    assert grouped.best.score.shared == (0, 1)
    pooled = induce(problem_from(table, inputs=["x"], **options), domain=LINE, effort=EFFORT)
    inputs = {"x": np.array([0.0, 2.0, 10.0])}
    mine, its = grouped.predict(inputs, groups="Pisa").value, pooled.predict(inputs).value
    assert mine.mean == pytest.approx(its.mean, abs=0.01)
    assert mine.standard_deviation == pytest.approx(its.standard_deviation, rel=0.05)
    own = grouped.problem.groups
    assert own is not None
    alone = induce(
        problem_from({name: np.array(table[name])[own.rows_of("Pisa")] for name in "xy"}, **options),
        domain=LINE,
        effort=EFFORT,
    )
    assert np.all(mine.standard_deviation < 0.75 * alone.predict(inputs).value.standard_deviation)


def test_an_interruption_leaves_the_parameters_separate(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sagredo.groups.sharing.with_shared_parameters", interrupted)
    problem = problem_from(table_of_lines(np.random.default_rng(6)), target="y", group="city")
    result = induce(problem, domain=LINE, effort=EFFORT)
    assert result.interrupted
    assert result.best.score.shared == ()
    assert len(result.best.score.parts) == 3


def test_what_is_of_one_group_alone_is_refused_for_all(lines: Result) -> None:
    with pytest.raises(InvalidInput, match=r"Joint draws must be of one group.*result\.group"):
        lines.sample(np.random.default_rng(0), {"x": [1.0], "city": ["Pisa"]}, 3)
    with pytest.raises(InvalidInput, match="A diagnosis must be of one group"):
        lines.diagnostics()
    assert lines.group("Pisa").sample(np.random.default_rng(0), {"x": [1.0]}, 3).shape == (1, 3)
    with pytest.raises(InvalidInput, match="Got none in row 2"):
        lines.values({"x": [1.0, 2.0], "city": ["Pisa", None]})


def test_a_group_of_bounds_alone_is_refused() -> None:
    table = {"x": np.arange(12.0), "lab": ["a"] * 6 + ["b"] * 6, "y": np.arange(12.0) ** 2}
    marks = np.array([0.0] * 6 + [-1.0] * 6)
    with pytest.raises(InvalidInput, match=r"rows that were measured. Got bounds alone in 'b'"):
        problem_from({**table, "mark": marks}, target="y", group="lab", censored="mark")
