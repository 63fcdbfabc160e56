"""The problems of Nguyen and of Jin: short expressions on a few rows.

Nguyen 1 to 10: Uy, Hoai, O'Neill, McKay & Galvan-Lopez 2011, Genetic Programming and Evolvable Machines 12.
Nguyen 11 and 12, and the ranges and rows of all twelve as they are compared on since: Petersen et al. 2021,
ICLR, table of benchmarks (Uy et al. drew 100 rows in [-1, 1] for 9 and 10). Jin 1 to 6: Jin, Fu, Kang, Guo & Guo
2020, Bayesian Symbolic Regression, arXiv:1910.08892; their formulas are also in Mundhenk et al. 2021.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

from sagredo.domains.expressions.syntax import ExpressionSyntax
from sagredo.faces.bench.laws import Law

_NGUYEN_ROWS: Final = 20
_JIN_ROWS: Final = 100


@final
@dataclass(frozen=True)
class ClassicProblem:
    """A law and the number of rows on which it is usually looked for."""

    law: Law
    rows: int


def _problem(name: str, formula: str, low: float, high: float, rows: int) -> ClassicProblem:
    """The inputs are x and, where it occurs, y, all uniform in one range."""
    syntax = ExpressionSyntax(symbols=("x", "y"))
    symbols = ("x", "y") if "y" in formula else ("x",)
    ranges = tuple((symbol, low, high) for symbol in symbols)
    return ClassicProblem(Law(name, "z", formula, syntax.parse(formula), ranges), rows)


CLASSIC_PROBLEMS: Final = (
    _problem("Nguyen-1", "x**3 + x**2 + x", -1, 1, _NGUYEN_ROWS),
    _problem("Nguyen-2", "x**4 + x**3 + x**2 + x", -1, 1, _NGUYEN_ROWS),
    _problem("Nguyen-3", "x**5 + x**4 + x**3 + x**2 + x", -1, 1, _NGUYEN_ROWS),
    _problem("Nguyen-4", "x**6 + x**5 + x**4 + x**3 + x**2 + x", -1, 1, _NGUYEN_ROWS),
    _problem("Nguyen-5", "sin(x**2)*cos(x) - 1", -1, 1, _NGUYEN_ROWS),
    _problem("Nguyen-6", "sin(x) + sin(x + x**2)", -1, 1, _NGUYEN_ROWS),
    _problem("Nguyen-7", "log(x + 1) + log(x**2 + 1)", 0, 2, _NGUYEN_ROWS),
    _problem("Nguyen-8", "sqrt(x)", 0, 4, _NGUYEN_ROWS),
    _problem("Nguyen-9", "sin(x) + sin(y**2)", 0, 1, _NGUYEN_ROWS),
    _problem("Nguyen-10", "2*sin(x)*cos(y)", 0, 1, _NGUYEN_ROWS),
    _problem("Nguyen-11", "x**y", 0, 1, _NGUYEN_ROWS),
    _problem("Nguyen-12", "x**4 - x**3 + y**2/2 - y", 0, 1, _NGUYEN_ROWS),
    _problem("Jin-1", "2.5*x**4 - 1.3*x**3 + 0.5*y**2 - 1.7*y", -3, 3, _JIN_ROWS),
    _problem("Jin-2", "8*x**2 + 8*y**3 - 15", -3, 3, _JIN_ROWS),
    _problem("Jin-3", "0.2*x**3 + 0.5*y**3 - 1.2*y - 0.5*x", -3, 3, _JIN_ROWS),
    _problem("Jin-4", "1.5*exp(x) + 5*cos(y)", -3, 3, _JIN_ROWS),
    _problem("Jin-5", "6*sin(x)*cos(y)", -3, 3, _JIN_ROWS),
    _problem("Jin-6", "1.35*x*y + 5.5*sin((x - 1)*(y - 1))", -3, 3, _JIN_ROWS),
)
