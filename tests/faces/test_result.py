from __future__ import annotations

import io

import numpy as np
import pandas as pd
import polars as pl
import pytest
from rich.console import Console

from sagredo.faces.induce import effort_of, induce
from sagredo.faces.result import Result
from sagredo.posterior.posterior import Posterior
from sagredo.problem.errors import InvalidInput
from sagredo.search.planner import StopReason


def test_a_line_is_found_with_its_parameters(line):
    predicted = line.values({"x": np.array([0.0, 10.0])})
    assert predicted == pytest.approx([3.0, 28.0], abs=0.4)
    assert line.best.probability == max(weighted.probability for weighted in line.posterior.programs)


def test_values_take_every_form_of_a_table(plane):
    a, b = np.array([1.0, 2.0]), np.array([3.0, 5.0])
    symbol = plane.problem.inputs[1].symbol
    expected = plane.values({"a": a, symbol: b})
    columns = {"<b> & µ": b, "a": a}
    for table in (columns, pd.DataFrame(columns), pl.DataFrame(columns), np.column_stack([a, b])):
        np.testing.assert_array_equal(plane.values(table), expected)


def test_values_refuse_wrong_tables(plane):
    with pytest.raises(InvalidInput, match="must have a column '<b> & µ'"):
        plane.values({"a": np.ones(2)})
    with pytest.raises(InvalidInput, match=r"array with 2 columns.*shape \(3,\)"):
        plane.values(np.ones(3))


def test_every_notation_agrees_with_the_values(line):
    x = np.array([1.0, 2.5, 6.0])
    expression = line.to_sympy()
    (symbol,) = expression.free_symbols
    assert [float(expression.subs(symbol, value)) for value in x] == pytest.approx(line.values({"x": x}))
    assert "x" in line.to_latex()
    assert "def " in line.to_python()
    assert line.expression in str(line)


def test_notebook_shows_formulas_and_escapes_names(plane):
    html = plane._repr_html_()
    assert "<math" in html
    assert "<b>" not in html
    assert plane._repr_latex_().startswith("$$")


def test_no_program_is_said_and_not_hidden(line):
    empty = Result(line.problem, line.domain, Posterior((), None, 10.0), StopReason.BUDGET, 0.1, 10)
    with pytest.raises(InvalidInput, match="must hold at least one program"):
        _ = empty.best
    assert "no program found" in str(empty)
    assert "No program" in empty._repr_html_()
    assert empty._repr_latex_() is None


@pytest.mark.parametrize("width", [24, 40, 80, 200])
@pytest.mark.parametrize("fixture", ["line", "plane"])
def test_terminal_output_fits_any_width_and_needs_no_colour(width, fixture, request):
    stream = io.StringIO()
    Console(file=stream, width=width, color_system=None).print(request.getfixturevalue(fixture))
    text = stream.getvalue()
    assert "\x1b" not in text
    assert all(len(text_line) <= width for text_line in text.split("\n"))
    assert "probability" in text


def test_the_same_seed_gives_the_same_answer(line):
    again = induce(line.problem, effort=effort_of("reflex", threads=1), seed=1)
    assert again.expression == line.expression
    assert again.work_units == line.work_units


def test_unusable_settings_are_refused(line):
    with pytest.raises(InvalidInput, match=r"must be one of reflex, quick, normal, deep. Got 'huge'"):
        induce(line.problem, effort="huge")
    for budget in (0, -1.0, float("nan")):
        with pytest.raises(InvalidInput, match="positive number of seconds"):
            induce(line.problem, budget_seconds=budget)
    with pytest.raises(InvalidInput, match="threads must be at least 1"):
        effort_of("quick", threads=0)
    with pytest.raises(InvalidInput, match="positive number of GiB"):
        effort_of("quick", memory_gib=0)
    with pytest.raises(InvalidInput, match="'nowhere'"):
        induce(line.problem, domain="nowhere")


def test_an_interrupted_search_keeps_its_best(line):
    def stop(planner, elites, work_done):
        if elites:
            raise KeyboardInterrupt

    result = induce(line.problem, effort="reflex", seed=1, recorder=stop)
    assert result.interrupted
    assert result.best.probability > 0
