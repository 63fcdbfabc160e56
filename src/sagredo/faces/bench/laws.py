"""Known laws with the boxes that they are sampled in, and a reader of the 100 equations of the Feynman lectures
(Udrescu & Tegmark 2020, table 4)."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, final

import numpy as np

from sagredo.domains.expressions.simulator import NativeSimulator
from sagredo.domains.expressions.syntax import ExpressionSyntax
from sagredo.language.language import SyntaxProblem
from sagredo.language.term import Program, Term, size
from sagredo.problem.errors import InvalidInput

if TYPE_CHECKING:
    from jaxtyping import Float64

_LARGEST_REJECTION = 1000
"""Sampling gives up when fewer than one in this many rows of the box has a value."""


@final
@dataclass(frozen=True)
class Law:
    """y = term(x) on a box: each input symbol with the range in which it is drawn uniformly."""

    name: str
    target: str
    formula: str
    term: Term
    ranges: tuple[tuple[str, float, float], ...]

    @property
    def symbols(self) -> tuple[str, ...]:
        """The inputs, in the order of the file."""
        return tuple(symbol for symbol, _, _ in self.ranges)

    @property
    def positive_symbols(self) -> tuple[str, ...]:
        """The inputs that are positive in the whole box."""
        return tuple(symbol for symbol, low, _ in self.ranges if low >= 0)

    def evaluate(self, inputs: dict[str, Float64[np.ndarray, " rows"]]) -> Float64[np.ndarray, " rows"]:
        """The law on some rows; NaN where it has no value."""
        outcome = NativeSimulator().run(Program(self.term), inputs)
        return np.where(outcome.defined, outcome.values, np.nan)

    def sample(
        self, rng: np.random.Generator, rows: int
    ) -> tuple[dict[str, Float64[np.ndarray, " rows"]], Float64[np.ndarray, " rows"]]:
        """Rows drawn uniformly in the ranges, those without a value drawn anew: (inputs, responses).

        A longer sample of one generator state begins with the shorter one.

        Raises:
            InvalidInput: almost no row of the box has a value.
        """
        low, high = (np.array([limits[k] for limits in self.ranges], dtype=np.float64) for k in (1, 2))
        accepted = np.empty((0, len(self.ranges) + 1))
        for _ in range(_LARGEST_REJECTION):
            points = rng.uniform(low, high, size=(rows, len(low)))
            responses = self.evaluate(dict(zip(self.symbols, points.T.copy(), strict=True)))
            new = np.column_stack([points, responses])[np.isfinite(responses)]
            accepted = np.concatenate([accepted, new])
            if len(accepted) >= rows:
                break
        else:
            raise InvalidInput(
                f"The equation {self.name} must have values in its ranges. Got {len(accepted)} of {rows} "
                f"rows."
            )
        columns = accepted[:rows].T.copy()
        return dict(zip(self.symbols, columns[:-1], strict=True)), columns[-1]


def read_laws(path: Path) -> tuple[Law, ...]:
    """The equations of ``FeynmanEquations.csv``, in order; formulas go through the project's own parser.

    Raises:
        InvalidInput: a row of the file is no equation.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["Filename"]]
    return tuple(_law(path, row) for row in rows)


def chosen_laws(laws: Sequence[Law], names: Sequence[str]) -> tuple[Law, ...]:
    """The laws of these names, in their order; all where there are no names.

    Raises:
        InvalidInput: there is no law of a name.
    """
    unknown = [name for name in names if name not in {law.name for law in laws}]
    if unknown:
        raise InvalidInput(
            f"The option --only must name equations of the data set, such as {laws[0].name}. "
            f"Got {', '.join(unknown)} instead."
        )
    return tuple(law for law in laws if not names or law.name in names)


def stratified_quarter(laws: Sequence[Law]) -> tuple[Law, ...]:
    """Every fourth law, from the second on, in the order of variables, then of nodes as written, then of name.

    A systematic sample: it has laws of each number of variables and of each size in proportion, and nothing
    about it depends on what any program can do.
    """
    ordered = sorted(laws, key=lambda law: (len(law.ranges), size(law.term), law.name))
    chosen = {law.name for law in ordered[1::4]}
    return tuple(law for law in laws if law.name in chosen)


def _law(path: Path, row: dict[str, str]) -> Law:
    name = row["Filename"]
    try:
        ranges = tuple(
            (row[f"v{k}_name"], float(row[f"v{k}_low"]), float(row[f"v{k}_high"]))
            for k in range(1, int(row["# variables"]) + 1)
        )
        term = ExpressionSyntax(symbols=tuple(symbol for symbol, _, _ in ranges)).parse(row["Formula"])
    except (KeyError, ValueError, SyntaxProblem) as error:
        raise InvalidInput(
            f"Every row of {path} must be an equation with its ranges. Got for {name!r}: {error}. Correct "
            f"the file."
        ) from error
    return Law(name, row["Output"], row["Formula"], term, ranges)
