"""bench empirical: what is found in real measurements, with real noise. There is no pass or fail."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np

from sagredo.faces.bench.benchmark import Benchmark, Table, Task, finite, guarded, text
from sagredo.faces.bench.data_folder import data_file
from sagredo.faces.bench.journal import Record
from sagredo.faces.induce import induce
from sagredo.faces.rendering import template_text
from sagredo.problem.build import problem_from_arrays
from sagredo.problem.errors import InvalidInput
from sagredo.search.planner import StopReason

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.problem.problem import Problem

PROGRAMS_KEPT = 5
"""The most programs of an answer that the record holds."""


@final
@dataclass(frozen=True)
class DataSet:
    """A table of measurements: which column is to be explained, by which, with which errors.

    ``where`` selects rows, as a column and the text it must have. ``columns`` are the names of a file that
    has no header and separates its columns by spaces.
    """

    name: str
    path: tuple[str, str]
    target: str
    inputs: tuple[str, ...]
    sigma: str | None = None
    where: tuple[str, str] | None = None
    columns: tuple[str, ...] = ()

    def problem(self, folder: Path | None) -> Problem:
        """The measurements as a problem.

        Raises:
            InvalidInput: the file is missing or has other columns.
        """
        rows = self._rows(data_file(folder, *self.path))
        names = [*self.inputs, self.target, *([self.sigma] if self.sigma else [])]
        try:
            values = {name: _numbers(rows, name) for name in names}
        except (KeyError, ValueError) as error:
            raise InvalidInput(
                f"The data set {'/'.join(self.path)} must have the columns {', '.join(names)} in numbers. "
                f"Got: {error}. Put the original file there."
            ) from error
        return problem_from_arrays(
            {name: values[name] for name in self.inputs},
            values[self.target],
            target=self.target,
            sigma=None if self.sigma is None else values[self.sigma],
        )

    def _rows(self, path: Path) -> list[dict[str, str]]:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        if self.columns:
            return [dict(zip(self.columns, line.split(), strict=True)) for line in lines if line.strip()]
        rows = list(csv.DictReader(lines))
        if self.where is None:
            return rows
        column, wanted = self.where
        return [row for row in rows if row[column] == wanted]


DATA_SETS = (
    DataSet("hubble", ("empirical", "hubble.csv"), "v", ("D",)),
    DataSet("leavitt", ("empirical", "leavitt.csv"), "M", ("logP",)),
    DataSet("tully-fisher", ("empirical", "tully.csv"), "M", ("DV",)),
    DataSet(
        "cosmic-chronometers",
        ("empirical", "ESR_cosmic_chronometers_CC_Hubble.dat"),
        "H",
        ("z",),
        sigma="sigma",
        columns=("z", "H", "sigma"),
    ),
    DataSet("boiling-water", ("tables", "MASS_forbes.csv"), "pres", ("bp",)),
    DataSet("mercury-pressure", ("tables", "datasets_pressure.csv"), "pressure", ("temperature",)),
    DataSet(
        "puromycin-treated",
        ("tables", "datasets_Puromycin.csv"),
        "rate",
        ("conc",),
        where=("state", "treated"),
    ),
    DataSet(
        "puromycin-untreated",
        ("tables", "datasets_Puromycin.csv"),
        "rate",
        ("conc",),
        where=("state", "untreated"),
    ),
    DataSet("oxygen-demand", ("tables", "datasets_BOD.csv"), "demand", ("Time",)),
    DataSet("exoplanets", ("tables", "HSAUR_planets.csv"), "period", ("mass", "eccen")),
    DataSet("capacitor", ("tables", "Stat2Data_Volts.csv"), "Voltage", ("Time",)),
    DataSet("trees", ("tables", "datasets_trees.csv"), "Volume", ("Girth", "Height")),
)
"""Which column explains which; what law they obey is said nowhere."""


@final
@dataclass(frozen=True)
class Empirical(Benchmark):
    """Each data set is searched as a user would, units unknown; the record is what was found and how sure it
    is."""

    command: ClassVar[str] = "empirical"

    data: Path | None
    budget_seconds: float
    effort: str
    seed: int
    only: tuple[str, ...] = ()

    def options(self) -> dict[str, Any]:
        """Budget, effort and seed."""
        return {"budget_seconds": self.budget_seconds, "effort": self.effort, "seed": self.seed}

    def tasks(self) -> Mapping[str, Task]:
        """One for each data set."""
        names = [data_set.name for data_set in DATA_SETS]
        unknown = [name for name in self.only if name not in names]
        if unknown:
            raise InvalidInput(
                f"The option --only must name data sets out of {', '.join(names)}. "
                f"Got {', '.join(unknown)} instead."
            )
        return {
            data_set.name: partial(self.measure, data_set, data_set.problem(self.data))
            for data_set in DATA_SETS
            if not self.only or data_set.name in self.only
        }

    def measure(self, data_set: DataSet, problem: Problem) -> Record:
        """Search one data set; a failure is a record that says what failed."""
        nothing_found = {"name": data_set.name, "rows": problem.row_count, "programs": []}
        return guarded(nothing_found, partial(self._search, problem))

    def _search(self, problem: Problem) -> Record:
        result = induce(problem, budget_seconds=self.budget_seconds, effort=self.effort, seed=self.seed)
        if result.stop_reason is StopReason.INTERRUPTED:
            raise KeyboardInterrupt
        return {
            "seconds": result.seconds,
            "work_units": result.work_units,
            "stop_reason": result.stop_reason.value,
            "null_bits": finite(result.posterior.null_bits),
            "unseen_mass": finite(result.posterior.unseen_mass),
            "programs": [
                {
                    "template": template_text(result.language, found.score.program),
                    "parameters": list(found.score.program.parameters),
                    "standard_errors": [finite(error) for error in found.score.standard_errors],
                    "probability": found.probability,
                    "description_length_bits": finite(found.score.description_length_bits),
                    "residual_rms": finite(found.score.residual_rms),
                }
                for found in result.posterior.programs[:PROGRAMS_KEPT]
            ],
        }

    @staticmethod
    def line(record: Record) -> str:
        """Name, probability, bits and the best program."""
        if record["failure"] or not record["programs"]:
            return f"{record['name']:<20} {record['failure'] or 'nothing found'}"
        best = record["programs"][0]
        saved = record["null_bits"] - best["description_length_bits"]
        return f"{record['name']:<20} p {best['probability']:.3f}  saves {saved:8.1f} bits  {_law(best)}"

    @staticmethod
    def summary(records: Sequence[Record]) -> dict[str, Any]:
        """How many data sets were searched, and how many searches failed."""
        return {"data sets": len(records), "failures": sum(bool(record["failure"]) for record in records)}

    @staticmethod
    def table(records: Sequence[Record]) -> Table:
        """One row a data set, with its best program and the runner-up."""
        headers = (
            "data",
            "rows",
            "best program",
            "probability",
            "bits",
            "bits without a law",
            "rms residual",
        )
        rows = []
        for record in records:
            best = record["programs"][0] if record["programs"] else {}
            second = record["programs"][1] if len(record["programs"]) > 1 else None
            rows.append(
                (
                    record["name"],
                    str(record["rows"]),
                    _law(best) if best else record["failure"] or "nothing found",
                    text(best.get("probability"), ".3f"),
                    text(best.get("description_length_bits"), ".1f"),
                    text(record.get("null_bits"), ".1f"),
                    text(best.get("residual_rms")),
                    f"{_law(second)} ({text(second['probability'], '.3f')})" if second else "-",
                    text(record.get("seconds"), ".1f"),
                )
            )
        return Table((*headers, "runner-up", "seconds"), tuple(rows))


def _law(program: Mapping[str, Any]) -> str:
    """The expression with its parameters and their standard errors."""
    values = ", ".join(
        f"{value:.6g} ± {error:.2g}" if error is not None else f"{value:.6g}"
        for value, error in zip(program["parameters"], program["standard_errors"], strict=True)
    )
    return f"`{program['template']}`" + (f" at {values}" if values else "")


def _numbers(rows: Sequence[Mapping[str, str]], name: str) -> Float64[np.ndarray, " rows"]:
    return np.array([float(row[name]) for row in rows], dtype=np.float64)
