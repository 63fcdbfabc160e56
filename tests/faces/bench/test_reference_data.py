"""The original data sets, read in full."""

from __future__ import annotations

import ast
import csv
import math
from pathlib import Path

import numpy as np
import pytest

from sagredo.faces.bench.empirical import DATA_SETS, DataSet
from sagredo.faces.bench.laws import read_laws
from sagredo.faces.bench.nist_problems import read_regressions
from sagredo.language.term import parameter_count, variables

DATA = Path(__file__).parents[3] / "../shared/data"
EQUATIONS = DATA / "feynman" / "FeynmanEquations.csv"

PARAMETER_COUNTS = {
    **dict.fromkeys(["BoxBOD", "DanWood", "Misra1a", "Misra1b", "Misra1c", "Misra1d"], 2),
    **dict.fromkeys(["Bennett5", "Chwirut1", "Chwirut2", "Eckerle4", "MGH10", "Nelson", "Rat42"], 3),
    **dict.fromkeys(["MGH09", "Rat43", "Roszman1"], 4),
    **dict.fromkeys(["Kirby2", "MGH17"], 5),
    **dict.fromkeys(["Lanczos1", "Lanczos2", "Lanczos3"], 6),
    **dict.fromkeys(["Hahn1", "Thurber"], 7),
    **dict.fromkeys(["Gauss1", "Gauss2", "Gauss3"], 8),
    "ENSO": 9,
}

FUNCTIONS = {
    "ln": np.log,
    **{name: getattr(np, name) for name in ("exp", "sqrt", "sin", "cos", "tanh", "arcsin")},
}


def independent_value(node: ast.expr, columns: dict[str, np.ndarray]) -> np.ndarray:
    """The formula as Python reads it, walked with NumPy: neither our parser nor our kernels."""
    match node:
        case ast.BinOp(left, operation, right):
            a, b = independent_value(left, columns), independent_value(right, columns)
            return {
                ast.Add: np.add,
                ast.Sub: np.subtract,
                ast.Mult: np.multiply,
                ast.Div: np.divide,
                ast.Pow: np.power,
            }[type(operation)](a, b)
        case ast.UnaryOp(ast.USub(), operand):
            return -independent_value(operand, columns)
        case ast.Call(ast.Name(name), [argument]):
            return FUNCTIONS[name](independent_value(argument, columns))
        case ast.Constant(value):
            return np.float64(value)
        case ast.Name("pi"):
            return np.float64(math.pi)
        case ast.Name(name):
            return columns[name]
    raise AssertionError(ast.dump(node))


def test_all_100_equations_are_read() -> None:
    laws = read_laws(EQUATIONS)
    assert len(laws) == 100
    assert len({law.name for law in laws}) == 100


@pytest.mark.parametrize("position", range(100))
def test_an_equation_has_the_values_of_its_formula(position: int) -> None:
    law = read_laws(EQUATIONS)[position]
    inputs, responses = law.sample(np.random.default_rng(position), 50)
    assert set(variables(law.term)) <= set(law.symbols) == set(inputs)
    wanted = independent_value(ast.parse(law.formula, mode="eval").body, inputs)
    assert np.allclose(responses, wanted, rtol=1e-12, atol=0)
    assert all(np.all((inputs[s] >= low) & (inputs[s] <= high)) for s, low, high in law.ranges)


def test_a_longer_sample_begins_with_the_shorter() -> None:
    # II.24.17 and I.26.2 among others have no value on a part of their ranges, where rows are drawn anew.
    for law in read_laws(EQUATIONS)[::9]:
        short, few = law.sample(np.random.default_rng(3), 20)
        long, many = law.sample(np.random.default_rng(3), 20)
        assert np.array_equal(few, many)
        long, many = law.sample(np.random.default_rng(3), 60)
        assert np.array_equal(few, many[:20])
        assert all(np.array_equal(short[name], long[name][:20]) for name in short)


def test_the_file_has_no_equation_that_is_left_out() -> None:
    with EQUATIONS.open(encoding="utf-8-sig", newline="") as file:
        names = [row["Filename"] for row in csv.DictReader(file) if row["Formula"]]
    assert [law.name for law in read_laws(EQUATIONS)] == names


def test_all_27_regressions_are_read_with_their_parameters() -> None:
    regressions = read_regressions(DATA / "nist")
    assert {r.name: parameter_count(r.term) for r in regressions} == PARAMETER_COUNTS
    for regression in regressions:
        count = PARAMETER_COUNTS[regression.name]
        assert len(regression.certified) == len(regression.standard_deviations) == count
        assert {len(start) for start in regression.starts} == {count}
        assert set(variables(regression.term)) == set(regression.inputs)


def test_nelson_is_a_model_of_log_y_with_two_predictors() -> None:
    nelson = next(r for r in read_regressions(DATA / "nist") if r.name == "Nelson")
    assert set(nelson.inputs) == {"x1", "x2"}
    assert nelson.responses[0] == pytest.approx(math.log(15.0))


@pytest.mark.parametrize("data_set", DATA_SETS, ids=lambda data_set: data_set.name)
def test_every_table_of_measurements_is_read(data_set: DataSet) -> None:
    problem = data_set.problem(DATA)
    assert problem.row_count >= 6
    assert tuple(column.name for column in problem.inputs) == data_set.inputs
    assert (problem.sigma is not None) == (data_set.sigma is not None)
