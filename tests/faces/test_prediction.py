"""Predictions of a result: model averaging, explanations, abstention, and going on with more rows."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from sagredo.faces.cli import main
from sagredo.faces.model_file import load_model, save_model
from sagredo.faces.prediction_json import settling_row
from sagredo.faces.wording import exclusion_text
from sagredo.posterior.top_set import top_set
from sagredo.problem.errors import InvalidInput

NEW = {"x": np.array([0.0, 4.0, 30.0])}


def test_a_prediction_is_that_of_its_laws(line):
    found = line.predict(NEW)
    np.testing.assert_array_equal(found.fitted, line.values(NEW))
    assert found.laws[0].expression == line.expression
    assert (np.diff(found.quantiles, axis=1) > 0).all()
    np.testing.assert_allclose(found.response.cumulative(found.quantiles[:, 2]), 0.95, atol=1e-6)
    # A response has the noise on top of what the value has.
    assert (found.standard_deviation > found.value.standard_deviation).all()
    # The data's noise is 0.2: a response amid the data is known to about that.
    low, _, high = found.quantiles[1]
    assert 2 * 1.645 * 0.14 < high - low < 2 * 1.645 * 0.3
    # Beyond the data less is known.
    widths = found.quantiles[:, 2] - found.quantiles[:, 0]
    assert widths[2] > widths[1]


def test_an_explanation_says_what_each_law_says(line):
    found = line.predict(NEW)
    answers = line.explain({"x": 30.0})
    assert answers == found.explain(2) == line.explain([30.0])
    probabilities = [answer.probability for answer in answers]
    assert probabilities == sorted(probabilities, reverse=True)
    unseen = line.posterior.unseen_mass or 0.0
    assert sum(probabilities) == pytest.approx(1 - unseen, abs=2e-4)
    for answer in answers:
        assert answer.low < answer.value < answer.high


def test_draws_follow_the_prediction_and_its_seed(line):
    drawn = line.sample(np.random.default_rng(1), NEW, 4000)
    np.testing.assert_array_equal(drawn, line.sample(np.random.default_rng(1), NEW, 4000))
    quantiles = line.predict(NEW).quantiles
    for row in range(3):
        assert np.mean(drawn[row] <= quantiles[row, 0]) == pytest.approx(0.05, abs=0.015)


def test_draws_are_of_one_law_at_all_rows(line):
    sure = replace(line, posterior=replace(line.posterior, unseen_mass=None))
    drawn = sure.sample(np.random.default_rng(2), {"x": [1000.0, 1001.0]}, 500)
    # Far away the parameters make nearly all of the spread, and they are the same for both rows.
    assert np.std(drawn[0]) > 3.0
    assert np.median(np.abs(drawn[1] - drawn[0] - 2.5)) < 0.5
    lost = replace(line, posterior=replace(line.posterior, unseen_mass=0.999))
    far = lost.sample(np.random.default_rng(2), {"x": [1000.0, 1001.0]}, 500)
    assert np.corrcoef(far)[0, 1] > 0.99
    with pytest.raises(InvalidInput, match="at least 0"):
        line.sample(np.random.default_rng(2), NEW, -1)


def test_rows_on_which_the_likely_laws_disagree_are_not_answered(line):
    far = {"x": np.array([4.0, 1e4])}
    assert line.predict(far).abstention is None
    abstention = line.predict(far, abstain=True).abstention
    assert abstention.law_count == len(top_set(line.posterior.programs, abstention.alpha)) > 1
    assert abstention.answered.tolist() == [True, False]
    assert abstention.settling_row == 1
    assert abstention.agreement[0] > 0.5 > abstention.agreement[1]
    alone = line.predict(far, abstain=True, alpha=1.0).abstention
    assert alone.law_count == 1
    seen = 1.0 - (line.posterior.unseen_mass or 0.0)
    np.testing.assert_allclose(alone.agreement, seen, atol=1e-6)
    assert alone.settling_row is None


def test_the_guarantee_of_the_laws_in_the_running_is_said_or_that_there_is_none(line):
    prior = 2.0**-line.best.score.code_bits
    for alpha, words in ((0.5 * prior, "at most 0.5 (alpha / its prior)"), (0.05, "There is no guarantee")):
        abstention = line.predict(NEW, abstain=True, alpha=alpha).abstention
        assert abstention.exclusion_bound == pytest.approx(min(1.0, alpha / prior))
        assert words in exclusion_text(abstention)
    assert f"{prior:.2g}" in exclusion_text(abstention)


def test_the_settling_row_is_counted_over_all_parts(line):
    near, far, farther = (
        line.predict({"x": x}, abstain=True).abstention for x in ([4.0, 5.0], [4.0, 300.0], [1e4, 4.0])
    )
    assert settling_row([near, near]) is None
    least = min((far, 3), (farther, 4), key=lambda part: part[0].agreement.min())
    assert settling_row([near, far, farther]) == least[1]


def test_laws_that_no_one_has_seen_agree_with_nothing(line):
    unsure = replace(line, posterior=replace(line.posterior, unseen_mass=0.9))
    abstention = unsure.predict({"x": [4.0]}, abstain=True, alpha=1.0).abstention
    assert abstention.agreement[0] == pytest.approx(0.1)
    assert abstention.answered.tolist() == [False]
    assert abstention.settling_row is None


def test_what_is_saved_predicts_the_same(line, tmp_path):
    save_model(line, tmp_path / "m.json")
    one, other = (r.predict(NEW, abstain=True) for r in (line, load_model(tmp_path / "m.json")))
    np.testing.assert_array_equal(one.quantiles, other.quantiles)
    np.testing.assert_array_equal(one.abstention.agreement, other.abstention.agreement)


def test_unusable_questions_are_refused(line):
    with pytest.raises(InvalidInput, match=r"between 0 and 1. Got \(0.5, 1.0\)"):
        line.predict(NEW, levels=(0.5, 1.0))
    with pytest.raises(InvalidInput, match="alpha must be above 0"):
        line.predict(NEW, abstain=True, alpha=0.0)
    with pytest.raises(InvalidInput, match="least agreement must lie"):
        line.predict(NEW, abstain=True, least_agreement=2.0)
    with pytest.raises(InvalidInput, match="must go with errors of the data"):
        line.predict(NEW, sigma=0.1)
    with pytest.raises(InvalidInput, match="one positive number, or one for each of 3 rows"):
        line.predict(NEW, sigma=[0.1, 0.1])


def test_more_rows_sharpen_the_law_without_starting_again(line):
    rng = np.random.default_rng(7)
    x = np.round(np.linspace(10, 30, 12), 2)
    y = np.round(3.0 + 2.5 * x + rng.normal(0, 0.2, 12), 2)

    # A search that is stopped at its first step knows what it was given.
    def stop(planner, elites, work_done):
        raise KeyboardInterrupt

    known = line.update({"x": x, "y": y}, effort="reflex", recorder=stop)
    assert known.interrupted
    assert known.problem.row_count == line.problem.row_count + 12
    templates = {law.score.program.term for law in line.posterior.programs}
    assert templates & {law.score.program.term for law in known.posterior.programs}
    before, after = line.predict({"x": [30.0]}), known.predict({"x": [30.0]})
    assert after.standard_deviation[0] < before.standard_deviation[0]
    assert known.values({"x": [100.0]})[0] == pytest.approx(253, abs=2)


@pytest.fixture(scope="module")
def files(line, tmp_path_factory):
    """The line's model, and new rows."""
    folder = tmp_path_factory.mktemp("predict")
    save_model(line, folder / "m.json")
    (folder / "new.csv").write_text("x\n4\n10000\n")
    return folder


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return code, [text.split(",") for text in out.split("\n")[:-1]], err


def test_the_command_line_gives_intervals_laws_and_abstention(line, files, capsys):
    model, new = files / "m.json", files / "new.csv"
    code, plain, _ = run(capsys, "predict", model, new)
    assert code == 0
    assert plain[0] == ["y"]
    code, table, _ = run(capsys, "predict", model, new, "--interval", "0.5")
    assert table[0] == ["y", "mean", "low", "high"]
    assert [row[:1] for row in table] == plain
    low, high = line.predict({"x": [4.0]}, levels=(0.25, 0.75)).quantiles[0]
    assert [float(cell) for cell in table[1][2:]] == [low, high]
    code, table, _ = run(capsys, "predict", model, new, "--laws")
    assert table[0] == ["row", "law", "probability", "y", "low", "high"]
    first = line.explain({"x": 4.0})[0]
    assert table[1] == ["1", first.expression, *(repr(value) for value in first[1:])]
    assert {row[0] for row in table[1:]} == {"1", "2"}
    code, table, err = run(capsys, "predict", model, new, "--abstain", "--alpha", "0.05", "--interval", "0.9")
    assert table[0] == ["y", "mean", "low", "high", "agreement"]
    assert "" not in table[1]
    assert table[2][:4] == [""] * 4
    assert "1 of 2 rows are not answered" in err
    assert "Measuring row 2 (x = 10000)" in err
    assert "There is no guarantee" in err


def test_predictions_are_json_as_well(line, files, capsys):
    path = files / "p.json"
    model, new = files / "m.json", files / "new.csv"
    _, table, _ = run(capsys, "predict", model, new, "--abstain", "--json", path)
    assert table[0] == ["y", "agreement"]
    document = json.loads(path.read_text())
    found = line.predict({"x": [4.0, 1e4]}, levels=(0.05, 0.95), abstain=True)
    assert [row["quantiles"] for row in document["rows"]] == found.quantiles.tolist()
    assert [row["answered"] for row in document["rows"]] == [True, False]
    assert document["abstention"]["settling_row"] == 2
    assert document["abstention"]["exclusion_bound"] == found.abstention.exclusion_bound
    _, _, _ = run(capsys, "predict", model, new, "--laws", "--json", path)
    document = json.loads(path.read_text())
    assert document["abstention"] is None
    assert document["rows"][1]["laws"][0] == line.explain({"x": 1e4})[0]._asdict()
    _, plain, _ = run(capsys, "predict", model, new, "--json", path)
    assert plain[0] == ["y"]
    assert [row["value"] for row in json.loads(path.read_text())["rows"]] == [
        float(cells[0]) for cells in plain[1:]
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--interval", "1.5"], "--interval must lie between 0 and 1"),
        (["--alpha", "0.1"], "--alpha must go with --abstain"),
        (["--abstain", "--alpha", "2"], "alpha must be above 0"),
        (["--abstain", "--laws"], "must not go together"),
    ],
)
def test_the_command_line_refuses_what_it_cannot_do(files, capsys, options, message):
    code, _, err = run(capsys, "predict", files / "m.json", files / "new.csv", *options)
    assert code == 2
    assert message in err


def test_the_command_line_updates_a_model(files, capsys):
    (files / "more.csv").write_text("x,y\n9,25.4\n10,28.1\n")
    model = files / "again.json"
    code, _, err = run(
        capsys, "update", files / "m.json", files / "more.csv", "--save", model, "--effort", "reflex"
    )
    assert code == 0, err
    document = json.loads(model.read_text())
    assert document["problem"]["rows"] == 26
    assert load_model(model).values({"x": [10.0]})[0] == pytest.approx(28, abs=0.5)
    code, _, err = run(capsys, "update", files / "m.json", files / "new.csv", "--save", model)
    assert code == 2
    assert "'y'" in err
