"""bench nist: the given-form fit against the certified values of NIST's nonlinear regressions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import log10
from pathlib import Path
from time import perf_counter
from typing import Any, ClassVar, final

import numpy as np

from sagredo.domains.expressions.fitting import Fit, fit
from sagredo.domains.expressions.primitives import NAMED_CONSTANTS
from sagredo.faces.bench.benchmark import Benchmark, Table, Task, finite, guarded, text
from sagredo.faces.bench.data_folder import data_file
from sagredo.faces.bench.journal import Record
from sagredo.faces.bench.nist_problems import Regression, read_regressions
from sagredo.language.term import Program

PARAMETER_DIGITS = 6.0
STANDARD_DEVIATION_DIGITS = 4.0
"""Correct digits that count as solved, of the parameters and of their standard deviations."""

CERTIFIED_DIGITS = 11.0
"""NIST certifies eleven digits; agreement beyond them can't be told."""

STARTS = (1, 2)


def correct_digits(values: Sequence[float], certified: Sequence[float]) -> float:
    """min_k -log10(|v_k - c_k| / |c_k|), at most 11: the log relative error of the worst value.

    It is 0 where a value is wrong altogether or not a number (McCullough 1998, equation 1).
    """
    return min(_digits(value, reference) for value, reference in zip(values, certified, strict=True))


def _digits(value: float, certified: float) -> float:
    error = abs(value - certified) / abs(certified)
    if not error < 1.0:
        return 0.0
    return CERTIFIED_DIGITS if error == 0.0 else min(-log10(error), CERTIFIED_DIGITS)


@final
@dataclass(frozen=True)
class Nist(Benchmark):
    """Each data set is fitted in its given form from each of NIST's two starts."""

    command: ClassVar[str] = "nist"

    data: Path | None

    def options(self) -> dict[str, Any]:
        """None: the data, the forms and the starts are NIST's."""
        return {}

    def tasks(self) -> Mapping[str, Task]:
        """One for each data set and start."""
        return {
            f"{regression.name} start {start}": partial(self.measure, regression, start)
            for regression in read_regressions(data_file(self.data, "nist"))
            for start in STARTS
        }

    def measure(self, regression: Regression, start: int) -> Record:
        """Fit one data set from one start; a failure is a record that says what failed."""
        unsolved = {
            "name": regression.name,
            "start": start,
            "parameter_digits": 0.0,
            "standard_deviation_digits": 0.0,
        }
        return guarded(unsolved, partial(_fit, regression, start))

    @staticmethod
    def line(record: Record) -> str:
        """Name, start and digits."""
        return (
            f"{record['name']:<10} start {record['start']}  "
            f"{record['parameter_digits']:4.1f} digits, deviations "
            f"{record['standard_deviation_digits']:4.1f}  "
            f"{text(record.get('seconds'), '.3f')} s  {record['failure'] or ''}"
        )

    @staticmethod
    def summary(records: Sequence[Record]) -> dict[str, Any]:
        """Data sets solved from both starts, and runs solved."""
        by_name: dict[str, list[bool]] = {}
        for record in records:
            by_name.setdefault(record["name"], []).append(_solved(record))
        return {
            "data_sets_solved_from_both_starts": f"{sum(map(all, by_name.values()))} of {len(by_name)}",
            "runs_solved": f"{sum(map(_solved, records))} of {len(records)}",
        }

    @staticmethod
    def table(records: Sequence[Record]) -> Table:
        """One row a data set and start."""
        return Table(
            ("data set", "start", "solved", "digits of parameters", "digits of deviations", "seconds"),
            tuple(
                (
                    record["name"],
                    str(record["start"]),
                    "yes" if _solved(record) else "no",
                    text(record["parameter_digits"], ".1f"),
                    text(record["standard_deviation_digits"], ".1f"),
                    text(record.get("seconds"), ".3f"),
                )
                for record in records
            ),
        )


def _fit(regression: Regression, start: int) -> Record:
    """Fit from a start, and compare with the certified values."""
    columns = np.array(list(regression.inputs.values()))
    program = Program(regression.term, regression.starts[start - 1])
    started = perf_counter()
    found = fit(
        program,
        columns,
        regression.responses,
        symbols=tuple(regression.inputs),
        constants=NAMED_CONSTANTS,
        weights=np.ones(columns.shape[1]),
    )
    deviations = standard_deviations(found)
    return {
        "seconds": perf_counter() - started,
        "parameters": list(found.parameters),
        "standard_deviations": [finite(value) for value in deviations],
        "parameter_digits": correct_digits(found.parameters, regression.certified),
        "standard_deviation_digits": correct_digits(deviations, regression.standard_deviations),
    }


def standard_deviations(found: Fit) -> list[float]:
    """sqrt(diag(s^2 (J^T J)^-1)), s^2 = S / (n - p), as the fit reports them: what NIST certifies."""
    rows, count = found.jacobian.shape
    variances = np.diag(found.covariance_unscaled) * found.residual_sum_of_squares / (rows - count)
    return [float(value) for value in np.sqrt(variances)]


def _solved(record: Record) -> bool:
    return bool(
        record["parameter_digits"] >= PARAMETER_DIGITS
        and record["standard_deviation_digits"] >= STANDARD_DEVIATION_DIGITS
    )
