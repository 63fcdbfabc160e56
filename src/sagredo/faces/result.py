"""What a search gives back: programs with their probabilities, ready to read, to run and to draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, final

import numpy as np

from sagredo.domain.domain import Domain
from sagredo.faces import rendering
from sagredo.language.term import Program, Variable
from sagredo.objective.links import link_of
from sagredo.posterior.posterior import Posterior, WeightedProgram
from sagredo.problem.errors import InvalidInput
from sagredo.problem.problem import Problem
from sagredo.search.planner import StopReason

if TYPE_CHECKING:
    import sympy
    from jaxtyping import Shaped
    from rich.console import Console, ConsoleOptions, RenderResult

    from sagredo.language.language import Language
    from sagredo.simulator.simulator import Outcome, Simulator


@final
@dataclass(frozen=True, eq=False)
class Result:
    """The posterior over programs that a run ended with, and how the run went.

    ``posterior.programs`` come best first; there are none if no program with a value on every row was met.
    ``noise_bits`` has the least description length under each likelihood where the noise was chosen (None: it was
    named).
    """

    problem: Problem
    domain: Domain
    posterior: Posterior
    stop_reason: StopReason
    seconds: float
    work_units: int
    seed: int = 0
    noise_bits: Mapping[str, float] | None = None

    @property
    def best(self) -> WeightedProgram:
        """The most probable program.

        Raises:
            InvalidInput: the search found no program at all.
        """
        if not self.posterior.programs:
            raise InvalidInput(
                "A result must hold at least one program, but the search found none that has a value on "
                "every row. Search with more effort or allow more operators."
            )
        return self.posterior.programs[0]

    @property
    def interrupted(self) -> bool:
        """Whether the user stopped the search before its end."""
        return self.stop_reason is StopReason.INTERRUPTED

    @property
    def expression(self) -> str:
        """The best program as text, in the syntax of its language."""
        return self.text(self.best.score.program)

    def text(self, program: Program) -> str:
        """A program as text, with the values of its parameters."""
        return rendering.program_text(self.language, program)

    def predict(self, inputs: Any) -> Shaped[np.ndarray, " rows"]:
        """The mean response under the best program, one a row; NaN where it has none.

        That is the program's output, or the probability of success where the output is its log-odds.
        ``inputs`` is a mapping of column names or symbols to values, a pandas or polars frame with the
        columns of the problem, or an array of one column for each input.

        Raises:
            InvalidInput: a column is missing or the array has the wrong shape.
        """
        outcome = self.run(self.best.score.program, self.inputs_from(inputs))
        values = link_of(self.problem.noise).mean(outcome.values)
        if outcome.defined.all():
            return values
        return np.where(outcome.defined, values, np.nan)

    @property
    def observed(self) -> Shaped[np.ndarray, " rows"]:
        """What :meth:`predict` predicts, as it was measured: the responses, or the share of successes in the trials."""
        problem = self.problem
        return problem.responses if problem.trials is None else problem.responses / problem.trials

    @property
    def quantity(self) -> str:
        """What the programs say: the symbol of the target, or ``log-odds`` of it."""
        return link_of(self.problem.noise).quantity(self.problem.target.symbol)

    def run(self, program: Program, inputs: Mapping[str, Any]) -> Outcome:
        """Run any program of the posterior on inputs given by symbol."""
        return self._simulator.run(program, dict(inputs))

    @cached_property
    def language(self) -> Language:
        """The language that the programs are written in."""
        return self.domain.language(self.problem)

    @cached_property
    def _simulator(self) -> Simulator:
        return self.domain.simulator(self.problem)

    def __getstate__(self) -> dict[str, Any]:
        """What a copy in memory needs; language and simulator are made again from the domain."""
        return {name: value for name, value in vars(self).items() if name not in ("language", "_simulator")}

    def inputs_from(self, table: Any) -> dict[str, Any]:
        """The values of the inputs by symbol, from any of the forms that ``predict`` takes."""
        columns = self.problem.inputs
        if isinstance(table, Mapping) or hasattr(table, "columns"):
            names = list(table) if isinstance(table, Mapping) else list(table.columns)
            return {column.symbol: _values(table, column.name, column.symbol, names) for column in columns}
        array = np.asarray(table)
        if array.ndim == 1 and len(columns) == 1:
            array = array[:, None]
        if array.ndim != 2 or array.shape[1] != len(columns):
            raise InvalidInput(
                f"The inputs must be an array with {len(columns)} columns "
                f"({', '.join(column.name for column in columns)}). Got shape {array.shape} instead."
            )
        return {column.symbol: array[:, k] for k, column in enumerate(columns)}

    def to_sympy(self) -> sympy.Expr:
        """The best program as a SymPy expression."""
        return rendering.to_sympy(self.domain, self.best.score.program)

    def to_latex(self) -> str:
        """The best program as LaTeX."""
        score = self.best.score
        return rendering.to_latex(self.domain, score.program, score.standard_errors)

    def to_python(self) -> str:
        """The best program as the source of a Python function over NumPy arrays."""
        return rendering.to_python(self.domain, self.best.score.program)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from sagredo.faces.terminal import summary

        yield summary(self, width=options.max_width, ascii_only=options.ascii_only)

    def __str__(self) -> str:
        if not self.posterior.programs:
            return f"{self.quantity}: no program found"
        return f"{self.quantity} = {self.expression}  (probability {self.best.probability:.3g})"

    def __repr__(self) -> str:
        return f"<Result {self}>"

    def _repr_html_(self) -> str:
        from sagredo.faces.report.notebook import notebook_html

        return notebook_html(self)

    def _repr_latex_(self) -> str | None:
        if not self.posterior.programs or not rendering.has_formulas(self.domain):
            return None
        target = rendering.to_latex(self.domain, Program(Variable(self.problem.target.symbol)))
        return f"$${link_of(self.problem.noise).latex(target)} = {self.to_latex()}$$"


def _values(table: Any, name: str, symbol: str, names: list[Any]) -> Shaped[np.ndarray, " rows"]:
    key = name if name in names else symbol
    if key not in names:
        raise InvalidInput(
            f"The inputs must have a column {name!r}. "
            f"Got the columns {', '.join(map(str, names)) or '(none)'} instead."
        )
    return np.asarray(table[key])
