"""The nonlinear regressions of NIST's Statistical Reference Datasets, read from their files.

Source: https://www.itl.nist.gov/div898/strd/nls/nls_main.shtml. A file says in which lines its parts stand;
the model is written as ``y = b1*(1-exp[-b2*x])  +  e``, sometimes over several lines, once for log[y].
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, final

import numpy as np

from sagredo.domains.expressions.syntax import ExpressionSyntax
from sagredo.language.language import SyntaxProblem
from sagredo.language.term import Parameter, Term, Variable, substitute
from sagredo.problem.errors import InvalidInput

if TYPE_CHECKING:
    from jaxtyping import Float64

_PARAMETER_LINE = re.compile(r"\s*b\d+\s*=((?:\s+\S+){4})\s*$")
_MODEL = re.compile(r"^\s*(y|log\[y\])\s*=(.*?)\+\s*e\s*$", re.MULTILINE | re.DOTALL)
_PARAMETER_COUNT = re.compile(r"^\s*(\d+) Parameters \(", re.MULTILINE)
_DATA_LINES = re.compile(r"^\s*Data\s+\(lines (\d+) to (\d+)\)", re.MULTILINE)


@final
@dataclass(frozen=True, eq=False)
class Regression:
    """One data set with its model: y = term(inputs; parameters) + noise.

    ``starts`` are the two starting points; ``certified`` and ``standard_deviations`` are NIST's values.
    Where the model is one of log y, ``responses`` are log y already.
    """

    name: str
    form: str
    term: Term
    inputs: dict[str, Float64[np.ndarray, " rows"]]
    responses: Float64[np.ndarray, " rows"]
    starts: tuple[tuple[float, ...], tuple[float, ...]]
    certified: tuple[float, ...]
    standard_deviations: tuple[float, ...]


def read_regressions(folder: Path) -> tuple[Regression, ...]:
    """Every data set of the folder, by name.

    Raises:
        InvalidInput: the folder holds none, or a file is not in NIST's format.
    """
    files = sorted(folder.glob("*.dat"))
    if not files:
        raise InvalidInput(
            f"The folder {folder} must hold NIST's .dat files. There are none. Name another with --data."
        )
    return tuple(read_regression(path) for path in files)


def read_regression(path: Path) -> Regression:
    """The data set of one file.

    Raises:
        InvalidInput: the file is not in NIST's format.
    """
    try:
        return _regression(path.stem, path.read_text(encoding="ascii"))
    except (ValueError, SyntaxProblem) as error:
        raise InvalidInput(
            f"The file {path} must be a nonlinear regression in NIST's format. Got: {error}. Fetch it anew "
            f"from NIST."
        ) from error


def _regression(name: str, content: str) -> Regression:
    lines = content.splitlines()
    model, data_lines = _MODEL.search(content), _DATA_LINES.search(content)
    parameters = _PARAMETER_COUNT.search(content)
    header = next((line.split()[1:] for line in lines if re.match(r"Data:\s+y\s+x", line)), None)
    if model is None or data_lines is None or header is None:
        raise ValueError(
            "no line with the model, with the place of the data, or with the names of the columns"
        )
    first, last = int(data_lines[1]), int(data_lines[2])
    table = np.array([[float(value) for value in line.split()] for line in lines[first - 1 : last]]).T
    if len(table) != len(header):
        raise ValueError(f"{len(table)} columns of data under {len(header)} names")
    columns = dict(zip(header, table.copy(), strict=True))
    values = np.array(
        [
            [float(value) for value in found[1].split()]
            for line in lines
            if (found := _PARAMETER_LINE.match(line))
        ]
    )
    if not parameters or int(parameters[1]) != len(values):
        raise ValueError("no starting and certified values, or not one line for each parameter")
    responses = columns.pop("y")
    form = " ".join(model[2].replace("[", "(").replace("]", ")").split())
    return Regression(
        name=name,
        form=form,
        term=_term(form, tuple(columns), len(values)),
        inputs=columns,
        responses=np.log(responses) if model[1] == "log[y]" else responses,
        starts=(tuple(values[:, 0].tolist()), tuple(values[:, 1].tolist())),
        certified=tuple(values[:, 2].tolist()),
        standard_deviations=tuple(values[:, 3].tolist()),
    )


def _term(form: str, symbols: tuple[str, ...], parameters: int) -> Term:
    """The form with b1, b2, ... as the parameters 0, 1, ..."""
    names = tuple(f"b{k}" for k in range(1, parameters + 1))
    term = ExpressionSyntax(symbols=(*symbols, *names)).parse(form)
    return substitute(term, {Variable(name): Parameter(k) for k, name in enumerate(names)})
