from __future__ import annotations

from math import inf, nan
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagredo.faces.bench.nist import Nist, correct_digits
from sagredo.faces.bench.nist_problems import read_regression, read_regressions
from sagredo.problem.errors import InvalidInput

FILE = """NIST/ITL StRD
Dataset Name:  Decay             (Decay.dat)

File Format:   ASCII
               Starting Values   (lines 20 to 21)
               Certified Values  (lines 20 to 26)
               Data              (lines 29 to 34)

Data:          1 Response  (y = activity)
               1 Predictor (x = time)

Model:         Exponential Class
               2 Parameters (b1 and b2)

               y = b1*exp[-b2*x]
                   +  e

          Starting values                  Certified Values
        Start 1     Start 2           Parameter     Standard Deviation
  b1 =   5           2.5          {b1:.10E}  {s1:.10E}
  b2 =   0.1         0.4          {b2:.10E}  {s2:.10E}

Residual Sum of Squares:                    1E-02
Residual Standard Deviation:                1E-01
Degrees of Freedom:                                 4
Number of Observations:                             6

Data:   y              x
"""
X = np.arange(6.0)
Y = 3.0 * np.exp(-0.5 * X) + np.array([0.01, -0.02, 0.015, 0.0, -0.01, 0.005])


def certified() -> tuple[np.ndarray, np.ndarray]:
    """The least-squares values, by Gauss-Newton on the exact Jacobian to convergence."""
    b = np.array([3.0, 0.5])
    for _ in range(50):
        decay = np.exp(-b[1] * X)
        jacobian = np.column_stack([decay, -b[0] * X * decay])
        b = b + np.linalg.lstsq(jacobian, Y - b[0] * decay, rcond=None)[0]
    residual = Y - b[0] * np.exp(-b[1] * X)
    covariance = np.linalg.inv(jacobian.T @ jacobian) * (residual @ residual) / (len(X) - 2)
    return b, np.sqrt(np.diag(covariance))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    b, s = certified()
    text = FILE.format(b1=b[0], b2=b[1], s1=s[0], s2=s[1])
    rows = "".join(f"   {float(y)!r}   {float(x)!r}\n" for x, y in zip(X, Y, strict=True))
    (tmp_path / "nist").mkdir()
    (tmp_path / "nist" / "Decay.dat").write_text(text + rows)
    return tmp_path


def test_a_file_is_read_by_its_own_line_numbers(folder: Path) -> None:
    regression = read_regression(folder / "nist" / "Decay.dat")
    assert regression.name == "Decay"
    assert regression.form == "b1*exp(-b2*x)"
    assert regression.starts == ((5.0, 0.1), (2.5, 0.4))
    assert np.array_equal(regression.responses, Y)
    assert np.array_equal(regression.inputs["x"], X)
    assert regression.certified == pytest.approx(tuple(certified()[0]), rel=1e-10)


def test_a_fit_from_both_starts_reaches_the_certified_values(folder: Path) -> None:
    benchmark = Nist(folder)
    records = [task() for task in benchmark.tasks().values()]
    assert [record["failure"] for record in records] == [None, None]
    assert benchmark.summary(records)["data_sets_solved_from_both_starts"] == "1 of 1"


def test_a_wrong_certified_value_is_not_reached(folder: Path) -> None:
    path = folder / "nist" / "Decay.dat"
    b, _ = certified()
    path.write_text(path.read_text().replace(f"{b[0]:.10E}", f"{b[0] * (1 + 1e-5):.10E}"))
    benchmark = Nist(folder)
    records = [task() for task in benchmark.tasks().values()]
    assert benchmark.summary(records)["data_sets_solved_from_both_starts"] == "0 of 1"


@pytest.mark.parametrize("missing", ["Data              (lines", "y = b1*exp", "Data:   y", "  b1 ="])
def test_a_file_in_another_format_is_refused(folder: Path, missing: str) -> None:
    path = folder / "nist" / "Decay.dat"
    path.write_text(path.read_text().replace(missing, "?"))
    with pytest.raises(InvalidInput, match=r"Decay\.dat"):
        read_regression(path)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="none"):
        read_regressions(tmp_path)


@given(st.floats(1e-10, 0.5), st.floats(1e-3, 1e3))
def test_digits_are_the_log_relative_error(error: float, value: float) -> None:
    assert correct_digits([value * (1 + error), value], [value, value]) == pytest.approx(
        -np.log10(error), abs=1e-4
    )


def test_digits_end_at_those_that_are_certified_and_at_none() -> None:
    assert correct_digits([1.0], [1.0]) == 11.0
    assert (
        correct_digits([nan], [1.0]) == correct_digits([inf], [1.0]) == correct_digits([-1.0], [1.0]) == 0.0
    )
