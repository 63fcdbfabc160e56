from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from sagredo.faces.cli import main


def run(capsys, *arguments):
    """The command line in this process: exit code, standard output, standard error."""
    code = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_fit_prints_the_law_and_writes_every_file(table, tmp_path, capsys):
    names = ("law.json", "model.json", "law.html")
    law, model, page = (tmp_path / name for name in names)
    code, out, err = run(
        capsys, "fit", table, "-t", "height", "--inputs", "time", "--effort", "reflex",
        "--json", law, "--save", model, "--report", page,
    )  # fmt: skip
    assert code == 0, err
    assert "height = " in out
    assert "probability" in out
    assert "Searching for height from time (8 rows)" in err
    document = json.loads(law.read_text())
    assert document["schema"] == 1
    assert document["problem"]["target"] == {"column": "height", "symbol": "height", "unit": "m"}
    assert page.read_text().startswith("<!DOCTYPE html>")

    new_rows = tmp_path / "new.csv"
    new_rows.write_text("time\n0\n100\n")
    code, out, _ = run(capsys, "predict", model, new_rows)
    assert code == 0
    header, *values = out.split()
    assert header == "height"
    assert [float(value) for value in values] == pytest.approx([10, 410], rel=0.1)
    code, out, _ = run(capsys, "predict", model, new_rows, "--out", tmp_path / "out.csv")
    assert (code, out) == (0, "")
    assert (tmp_path / "out.csv").read_text().split()[0] == "height"

    code, _, err = run(capsys, "report", model, "--out", tmp_path / "again.html")
    assert code == 0, err
    assert (tmp_path / "again.html").read_text() == page.read_text()


def test_several_targets_share_a_json_and_have_models_of_their_own(table, tmp_path, capsys):
    code, out, err = run(
        capsys, "fit", table, "-t", "height", "-t", "who is there", "--effort", "reflex",
        "--json", tmp_path / "law.json", "--save", tmp_path / "model.json",
    )  # fmt: skip
    assert code == 0, err
    assert "who_is_there = " in out
    assert len(json.loads((tmp_path / "law.json").read_text())["fits"]) == 2
    assert (tmp_path / "model-height.json").exists()
    assert (tmp_path / "model-who_is_there.json").exists()


def test_the_answer_does_not_depend_on_threads(table, tmp_path, capsys):
    answers = []
    for threads in (1, 2):
        path = tmp_path / f"{threads}.json"
        code, _, err = run(
            capsys, "fit", table, "-t", "height", "--effort", "reflex", "--threads", threads, "--json", path
        )
        assert code == 0, err
        document = json.loads(path.read_text())
        answers.append((document["programs"], document["work_units"]))
    assert answers[0] == answers[1]


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


BAD_TABLES = {
    "text in a number column": ("x,y\n1,2\n2,high\n3,4\n", "row 2, column 'y': 'high' is not a number"),
    "empty": ("", "must"),
    "header alone": ("x,y\n", "must have"),
    "two rows": ("x,y\n1,2\n2,3\n", "at least 3 rows. Got 2"),
    "constant target": ("x,y\n1,2\n2,2\n3,2\n", "target must vary"),
    "missing value": ("x,y\n1,2\n,3\n3,4\n4,5\n", "row 2"),
    "not a number": ("x,y\n1,2\n2,nan\n3,4\n4,5\n", "row 2"),
    "infinity": ("x,y\n1,2\n2,inf\n3,4\n4,5\n", "finite"),
    "duplicate names": ("x,x,y\n1,2,3\n2,3,4\n4,5,6\n", "'x'"),
}


@pytest.mark.parametrize("case", BAD_TABLES)
def test_bad_tables(case, tmp_path, capsys):
    text, sentence = BAD_TABLES[case]
    code, out, err = run(capsys, "fit", write(tmp_path / "data.csv", text), "--target", "y")
    assert (code, out) == (2, "")
    assert err.startswith("sagredo: ")
    assert sentence in err
    assert "Traceback" not in err


BAD_OPTIONS = {
    "missing column": (["-t", "nothing"], "'nothing'"),
    "target among the inputs": (["-t", "height", "--inputs", "time,height"], "must not be among the inputs"),
    "negative sigma": (["-t", "height", "--sigma", "-1"], "must be positive"),
    "unknown sigma": (["-t", "height", "--sigma", "error"], "'error'"),
    "contradictory units": (["-t", "height", "--unit", "height=s"], "must have one unit"),
    "unknown unit": (["-t", "height", "--unit", "time=glorp"], "glorp"),
    "malformed unit": (["-t", "height", "--unit", "time"], "NAME=VALUE"),
    "unknown operator": (["-t", "height", "--operators", "add,frobnicate"], "frobnicate"),
    "malformed form": (["-t", "height", "--form", "A*exp(-f("], "form"),
    "malformed program": (["-t", "height", "--program", "time +* 2"], "+*"),
    "constant without a number": (["-t", "height", "--constant", "g=x"], "finite number"),
    "budget zero": (["-t", "height", "--budget", "0"], "positive number of seconds"),
    "unknown effort": (["-t", "height", "--effort", "huge"], "reflex, quick, normal, deep"),
    "unknown noise": (["-t", "height", "--noise", "pink"], "pink"),
    "unknown treatment of missing values": (["-t", "height", "--missing", "guess"], "guess"),
    "memory zero": (["-t", "height", "--memory", "0"], "GiB"),
}


@pytest.mark.parametrize("case", BAD_OPTIONS)
def test_bad_options(case, table, capsys):
    options, sentence = BAD_OPTIONS[case]
    code, out, err = run(capsys, "fit", table, *options)
    assert (code, out) == (2, "")
    assert err.splitlines()[-1].startswith("sagredo: ")
    assert sentence in err


def test_missing_file(tmp_path, capsys):
    code, _, err = run(capsys, "fit", tmp_path / "none.csv", "-t", "y")
    assert code == 2
    assert "none.csv" in err


@pytest.mark.parametrize("option", ["--json", "--save", "--report"])
def test_an_unwritable_output_is_found_before_the_table_is_read(option, tmp_path, capsys):
    code, _, err = run(
        capsys, "fit", tmp_path / "none.csv", "-t", "y", option, tmp_path / "no folder" / "file"
    )
    assert code == 2
    assert "must be writable, but there is no folder" in err


def test_random_bytes_never_crash(tmp_path, capsys):
    path = tmp_path / "data.csv"
    path.write_bytes(np.random.default_rng(3).bytes(10_000_000))
    code, _, err = run(capsys, "fit", path, "-t", "y")
    assert code == 2
    assert err.startswith("sagredo: ")


def test_a_table_beyond_the_memory_is_refused_before_it_is_loaded(tmp_path, capsys):
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.write(b"a,y\n" + b"1.5,2.5\n" * 1000)
        file.truncate(2**30)  # sparse: a gigabyte that takes no room
    code, out, err = run(capsys, "fit", path, "-t", "y")
    assert (code, out) == (2, "")
    assert "must fit in 134,217,728 bytes" in err
    assert "--memory" in err


def test_predict_finds_columns_whose_names_are_no_identifiers(tmp_path, capsys):
    rows = "\n".join(f"{t},{2 * t}" for t in range(1, 9))
    table = write(tmp_path / "table.csv", f"fall time [s],y\n{rows}\n")
    model = tmp_path / "model.json"
    code, _, err = run(capsys, "fit", table, "-t", "y", "--effort", "reflex", "--save", model)
    assert code == 0, err
    code, out, _ = run(capsys, "predict", model, write(tmp_path / "new.csv", "fall time\n10\n"))
    assert code == 0
    assert float(out.split()[1]) == pytest.approx(20)


def test_predict_needs_a_model_and_its_columns(table, tmp_path, capsys):
    code, _, err = run(capsys, "predict", table, table)
    assert code == 2
    assert "must be one that sagredo wrote" in err
    model = tmp_path / "m.json"
    assert run(capsys, "fit", table, "-t", "height", "--effort", "reflex", "--save", model)[0] == 0
    code, _, err = run(capsys, "predict", model, write(tmp_path / "new.csv", "other\n1\n2\n"))
    assert code == 2
    assert "'time'" in err


def test_a_full_disk_behind_standard_output_is_said():
    program = "import sys; from sagredo.faces.cli import main; sys.exit(main(['--version']))"
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-c", program], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 2
    assert done.stderr == (
        "sagredo: What is printed must have somewhere to go, but No space left on device. "
        "Make room, or print elsewhere.\n"
    )


def test_help_and_version(capsys):
    code, out, _ = run(capsys, "--help")
    assert code == 0
    assert all(command in out for command in ("fit", "predict", "report", "bench"))
    code, out, _ = run(capsys, "--version")
    assert code == 0
    assert out.startswith("sagredo ")
    assert run(capsys, "bench", "--help")[0] == 0


def test_help_loads_nothing_heavy():
    program = (
        "import sys; from sagredo.faces.cli import main; main(['--help']); "
        "heavy = {'numpy', 'scipy', 'sklearn', 'sympy', 'rich', 'sagredo._native'} & set(sys.modules); "
        "sys.exit(f'loaded: {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_import_loads_nothing_heavy():
    program = "import sys, sagredo; sys.exit(str({'numpy', 'sklearn', 'typer'} & set(sys.modules) or 0))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == "0"


def test_a_pipe_that_knows_only_ascii(table):
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "COLUMNS": "50"}
    command = [sys.executable, "-m", "sagredo.faces.cli", "fit", table, "-t", "height", "--effort", "reflex"]
    done = subprocess.run(command, capture_output=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()
    assert b"o" in done.stdout


def test_a_form_keeps_its_bounds_and_its_names(tmp_path, capsys):
    x = np.linspace(0.5, 8, 20)
    y = 5 * x / (2 + x) + 0.01 * np.cos(5 * x)
    (tmp_path / "data.csv").write_text("c,rate\n" + "".join(f"{a},{b}\n" for a, b in zip(x, y, strict=True)))
    law, model = tmp_path / "law.json", tmp_path / "model.json"
    code, out, err = run(
        capsys, "fit", tmp_path / "data.csv", "-t", "rate", "--form", "V*c/(K + c)",
        "--bound", "V=:4,K=0:", "--effort", "reflex", "--json", law, "--save", model,
    )  # fmt: skip
    assert code == 0, err
    assert "V = 4 ± " in out
    best = json.loads(law.read_text())["programs"][0]
    assert best["template"] == "V*c/(K + c)"
    assert [parameter["name"] for parameter in best["parameters"]] == ["V", "K"]
    assert best["parameters"][0]["value"] == 4
    code, _, err = run(capsys, "report", model, "--out", tmp_path / "law.html")
    assert code == 0, err
    assert "K = " in (tmp_path / "law.html").read_text()


def test_trials_make_a_law_of_log_odds_that_predicts_probabilities(tmp_path, capsys):
    data, model = tmp_path / "doses.csv", tmp_path / "model.json"
    rng = np.random.default_rng(0)
    dose = np.linspace(-2, 2, 15)
    killed = rng.binomial(50, 1 / (1 + np.exp(-1 - 2 * dose)))
    rows = "".join(f"{x:.3f},50,{y}\n" for x, y in zip(dose, killed, strict=True))
    data.write_text("dose,subjects,killed\n" + rows)
    code, out, err = run(
        capsys, "fit", data, "-t", "killed", "--trials", "subjects", "--noise", "binomial",
        "--form", "a + b*dose", "--effort", "reflex", "--save", model,
    )  # fmt: skip
    assert code == 0, err
    assert "log-odds(killed) = " in out
    code, out, err = run(capsys, "predict", model, data)
    assert code == 0, err
    predicted = np.array([float(value) for value in out.split()[1:]])
    assert predicted == pytest.approx(1 / (1 + np.exp(-1 - 2 * dose)), abs=0.1)


def test_a_covariance_is_read_kept_and_checked(tmp_path, capsys):
    x = np.linspace(0, 5, 12)
    data, errors, model, law = (tmp_path / name for name in ("d.csv", "c.csv", "m.json", "l.json"))
    data.write_text("x,y\n" + "".join(f"{a},{b:.4f}\n" for a, b in zip(x, 3 * x + 1.25, strict=True)))
    np.savetxt(errors, 0.01 * (np.eye(12) + 1), delimiter=",")
    fit = ("fit", data, "-t", "y", "--effort", "reflex", "--form", "a*x + b", "--covariance")
    code, _, err = run(capsys, *fit, errors, "--save", model, "--json", law)
    assert code == 0, err
    document = json.loads(law.read_text())
    assert document["problem"]["has_covariance"]
    by_name = {entry["name"]: entry["std"] for entry in document["programs"][0]["parameters"]}
    # The errors that all rows share make b unsure, by 0.1 and more, and not a.
    assert by_name["b"] > 0.1 > 3 * by_name["a"]
    code, out, err = run(capsys, "predict", model, data, "--interval", "0.9")
    assert code == 0, err
    assert len(out.splitlines()) == 13
    code, _, err = run(capsys, "update", model, data, "--save", model)
    assert code == 2
    assert "fit all rows anew" in err
    np.savetxt(errors, np.eye(11), delimiter=",")
    code, _, err = run(capsys, *fit, errors)
    assert code == 2
    assert "each of the 12 rows" in err


def test_counts_have_intervals_of_whole_numbers(tmp_path, capsys):
    x = np.linspace(0, 3, 30)
    data, model = tmp_path / "d.csv", tmp_path / "m.json"
    counts = np.random.default_rng(2).poisson(80 * np.exp(-x))
    data.write_text("x,y\n" + "".join(f"{a},{b}\n" for a, b in zip(x, counts, strict=True)))
    code, _, err = run(
        capsys, "fit", data, "-t", "y", "--noise", "poisson", "--effort", "reflex", "--form", "a*exp(b*x)",
        "--save", model,
    )  # fmt: skip
    assert code == 0, err
    code, out, err = run(capsys, "predict", model, data, "--interval", "0.9")
    assert code == 0, err
    header, *lines = out.splitlines()
    assert header == "y,mean,low,high"
    rows = np.array([[float(cell) for cell in line.split(",")] for line in lines])
    assert (rows[:, 2:] == np.rint(rows[:, 2:])).all()
    inside = (rows[:, 2] <= counts) & (counts <= rows[:, 3])
    assert inside.sum() >= 24
    code, _, err = run(capsys, "suggest", model)
    assert code == 2
    assert "noise is additive" in err


def test_bounds_in_the_target_or_in_a_column(tmp_path, capsys):
    x = np.linspace(0, 5, 20)
    y = np.round(2 * x - 3 + np.random.default_rng(0).normal(0, 0.1, 20), 2)
    marked, beside, model = (tmp_path / name for name in ("m.csv", "b.csv", "m.json"))
    rows = list(zip(x, y, strict=True))
    marked.write_text("x,y\n" + "".join(f"{a},{'<0' if b < 0 else b}\n" for a, b in rows))
    beside.write_text("x,y,seen\n" + "".join(f"{a},{max(b, 0.0)},{'<' if b < 0 else ''}\n" for a, b in rows))
    fit = ("-t", "y", "--effort", "reflex", "--form", "a*x + b", "--save", model)
    for arguments in ((marked,), (beside, "--censored", "seen")):
        code, _, err = run(capsys, "fit", *arguments, *fit)
        assert code == 0, err
        code, out, _ = run(capsys, "predict", model, marked, "--interval", "0.9")
        assert code == 0
        # Nothing was seen below 0, where the line goes on all the same.
        assert float(out.splitlines()[1].split(",")[0]) == pytest.approx(-3, abs=0.3)
    code, _, err = run(capsys, "fit", marked, *fit, "--noise", "student_t")
    assert code == 2
    assert "must have no bounds" in err


def test_responses_that_are_no_counts_are_refused(tmp_path, capsys):
    data = tmp_path / "data.csv"
    data.write_text("x,y\n1,2.5\n2,3\n3,1\n")
    code, _, err = run(capsys, "fit", data, "-t", "y", "--noise", "poisson")
    assert code == 2
    assert "whole numbers" in err
    assert "2.5" in err


def test_an_interrupted_demonstration_says_so_by_its_exit_code(capsys, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("sagredo.search.driver._loop", interrupt)
    assert run(capsys, "demo", "active", "--law", "2*x")[0] == 130


def test_predict_does_not_name_an_option_that_it_lacks(table, tmp_path, capsys):
    model = tmp_path / "m.json"
    options = ("-t", "height", "--inputs", "time", "--effort", "reflex", "--save", model)
    assert run(capsys, "fit", table, *options)[0] == 0
    code, _, err = run(capsys, "predict", model, write(tmp_path / "new.csv", "time\n1\nnan\n"))
    assert code == 2
    assert "row 2: fill them in, or leave such rows out." in err
    assert "--missing" not in err
