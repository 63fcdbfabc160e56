"""What a search gives back: programs with their probabilities, ready to read, to run and to draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, final

import numpy as np

from sagredo.domain.domain import Domain
from sagredo.faces import rendering
from sagredo.faces.by_group import groups_of_rows, prediction_by_group, result_in_group, values_by_group
from sagredo.faces.inputs import check_shares, errors_of_rows, inputs_by_symbol, real_inputs
from sagredo.faces.prediction import (
    ALPHA,
    LEAST_AGREEMENT,
    LEVELS,
    Abstention,
    LawAnswer,
    PredictedLaw,
    Prediction,
)
from sagredo.language.term import Program, Variable
from sagredo.objective.links import link_of
from sagredo.posterior.diagnosis import LawDiagnosis, diagnose
from sagredo.posterior.joint_draws import ResponseSampler, joint_draws
from sagredo.posterior.posterior import Posterior, WeightedProgram
from sagredo.posterior.predictive import predict, predictive_of
from sagredo.posterior.top_set import agreement, top_set
from sagredo.problem.errors import InvalidInput
from sagredo.problem.groups import label_of
from sagredo.problem.problem import Problem
from sagredo.search.planner import StopReason

if TYPE_CHECKING:
    import sympy
    from jaxtyping import Float64, Shaped
    from rich.console import Console, ConsoleOptions, RenderResult

    from sagredo.language.language import Language
    from sagredo.objective.objective import Score
    from sagredo.posterior.predictive import Predictive
    from sagredo.search.planner import Effort, Recorder
    from sagredo.simulator.simulator import Outcome, Simulator


DIAGNOSED: Final = 3
"""Laws whose parameters are diagnosed unless another number is asked for."""


@final
@dataclass(frozen=True, eq=False)
class Result:
    """The posterior over programs that a run ended with, and how the run went.

    ``posterior.programs`` come best first; there are none if no program with a value on every row was met.
    Where the data come in groups a law's parameters differ between them: :meth:`group` is the result in one group.
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
        return self.law_text(self.best)

    def law_text(self, weighted: WeightedProgram) -> str:
        """A program as text, with the values of its parameters; those that differ between groups by their names."""
        return self.text(rendering.shown(self.language, weighted.score).program)

    def group(self, name: object) -> Result:
        """The result as it is in one group: an ordinary result of its rows, with the parameters that it has there.

        Raises:
            InvalidInput: the data have no groups, or none of this name.
        """
        label = label_of(name) or ""
        if label not in self._in_groups:
            self._in_groups[label] = result_in_group(self, label)
        return self._in_groups[label]

    @cached_property
    def _in_groups(self) -> dict[str, Result]:
        return {}

    def text(self, program: Program) -> str:
        """A program as text, with the values of its parameters."""
        return rendering.program_text(self.language, program)

    @property
    def fitted_values(self) -> Shaped[np.ndarray, " rows"]:
        """What :meth:`values` gives for the data's own rows."""
        groups = self.problem.groups
        return self.values(self.problem.input_values, groups=None if groups is None else groups.labels)

    def values(self, inputs: Any, groups: Any = None) -> Shaped[np.ndarray, " rows"]:
        """The mean response under the best program, one a row; NaN where it has none.

        That is the program's output, or the probability of success where the output is its log-odds.
        ``inputs`` is a mapping of column names or symbols to values, a pandas or polars frame with the
        columns of the problem, or an array of one column for each input. Where the data came in groups, ``groups``
        names that of each row, or one for all; by default the column of ``inputs`` does that the data had.

        Raises:
            InvalidInput: a column is missing, the array has the wrong shape, or a group is unknown.
        """
        given = self.inputs_from(inputs)
        named = groups_of_rows(self.problem.groups, inputs, len(next(iter(given.values()))), groups)
        if named is not None:
            return values_by_group(self, given, named)
        outcome = self.run(self.best.score.program, given)
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

    def predict(
        self,
        inputs: Any,
        *,
        levels: Sequence[float] = LEVELS,
        sigma: float | Float64[np.ndarray, " rows"] | None = None,
        groups: Any = None,
        abstain: bool = False,
        alpha: float = ALPHA,
        least_agreement: float = LEAST_AGREEMENT,
    ) -> Prediction:
        """The predictive distribution of new responses, laws, parameters and noise integrated out.

        Args:
            inputs: as for :meth:`values`.
            levels: the quantiles wanted.
            sigma: the errors of the new responses, where those of the data were given; by default their median.
            groups: as for :meth:`values`.
            abstain: whether to say where the laws in the running disagree too much for an answer.
            alpha: a law is in the running while it has this share of the probability of those no less probable.
            least_agreement: a row is answered if at least this much of all probability lies where the laws in
                the running agree; laws that were not seen agree with nothing.

        Raises:
            InvalidInput: there is no program, the inputs or an option can't be used, or the domain's
                predictions have no distributions.
        """
        check_shares(levels, alpha, least_agreement)
        values = real_inputs(self.problem.inputs, inputs)
        errors = errors_of_rows(sigma, values)
        _ = self.best
        named = groups_of_rows(self.problem.groups, inputs, len(next(iter(values.values()))), groups)
        if named is not None:
            return prediction_by_group(
                self,
                values,
                named,
                lambda result, inputs, sigma: result.predict(
                    inputs,
                    levels=levels,
                    sigma=sigma,
                    abstain=abstain,
                    alpha=alpha,
                    least_agreement=least_agreement,
                ),
                errors,
            )
        members = top_set(self.posterior.programs, alpha) if abstain else ()
        found = predict(
            self.posterior,
            self.predictive,
            self.problem,
            values,
            errors,
            least_laws=max(1, len(members)),
        )
        abstention = None
        if abstain:
            agreed = agreement([law.response for law in found.predictions[: len(members)]])
            unseen = self.posterior.unseen_mass or 0.0
            abstention = Abstention(
                alpha,
                least_agreement,
                len(members),
                unseen,
                (1.0 - unseen) * agreed,
                self.best.score.code_bits,
            )
        laws = tuple(
            PredictedLaw(self.text(law.score.program), law.probability, prediction)
            for law, prediction in zip(found.laws, found.predictions, strict=True)
        )
        return Prediction(
            tuple(levels), found.response, found.value, laws, self.posterior.unseen_mass, abstention
        )

    def explain(self, row: Any) -> tuple[LawAnswer, ...]:
        """What each law says at one row: its probability, its value, and its interval of 90%.

        ``row`` is a mapping of column names or symbols to one value each, or a sequence of them.

        Raises:
            InvalidInput: as :meth:`predict`.
        """
        if isinstance(row, Mapping):
            table: Any = {name: np.atleast_1d(value) for name, value in row.items()}
        else:
            table = np.atleast_2d(np.asarray(row))
        return self.predict(table).explain(0)

    def sample(self, rng: np.random.Generator, inputs: Any, count: int) -> Float64[np.ndarray, "rows count"]:
        """Joint draws of new responses: each is of one law, one set of parameters and one noise for all rows.

        NaN stands where that law has no value. Of counts each row is drawn by itself.

        Raises:
            InvalidInput: as :meth:`predict`, or the count is negative.
        """
        _ = self.best
        self._refuse_groups("Joint draws")
        values = real_inputs(self.problem.inputs, inputs)
        predictive = self.predictive
        if not isinstance(predictive, ResponseSampler):
            return self.predict(inputs).response.sample(rng, count)
        return joint_draws(rng, self.posterior, predictive, self.problem, values, count)

    def diagnostics(self, laws: int = DIAGNOSED) -> tuple[LawDiagnosis, ...]:
        """Whether the likeliest laws, so many of them, have redundant parameters: a second or so each.

        Raises:
            InvalidInput: the domain can't tell, or the data are in groups.
        """
        self._refuse_groups("A diagnosis")
        return tuple(
            diagnose(np.random.default_rng(self.seed), self.domain, self.problem, law.score)
            for law in self.posterior.programs[:laws]
        )

    def _refuse_groups(self, what: str) -> None:
        if self.problem.groups is not None:
            raise InvalidInput(
                f"{what} must be of one group, since parameters differ between groups. Got a result in the groups of "
                f"{self.problem.groups.column!r}: choose one with result.group(NAME)."
            )

    def update(
        self,
        rows: object,
        *,
        sigma: str | float | None = None,
        weights: str | None = None,
        missing: Literal["refuse", "drop"] = "refuse",
        effort: str | Effort = "normal",
        budget_seconds: float | None = None,
        recorder: Recorder | None = None,
    ) -> Result:
        """The result on the data with more rows, searched on from the programs that are known.

        All programs of the posterior are weighed again on all rows before the search begins, so that it ends soon
        where the best of them stands. ``rows`` and the options up to ``missing`` are those of
        :func:`~sagredo.problem.extension.extended`, the others those of :func:`~sagredo.faces.induce.induce`.

        Raises:
            InvalidInput: the rows or an option can't be used.
        """
        from sagredo.faces.induce import induce
        from sagredo.problem.extension import extended

        return induce(
            extended(self.problem, rows, sigma=sigma, weights=weights, missing=missing),
            domain=self.domain,
            effort=effort,
            budget_seconds=budget_seconds,
            seed=self.seed,
            recorder=recorder,
            start=[weighted.score.program for weighted in self.posterior.programs],
        )

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

    @cached_property
    def predictive(self) -> Predictive:
        """The predictive distributions of the laws, given the data.

        Raises:
            InvalidInput: the domain has none.
        """
        return predictive_of(self.domain, self.problem)

    def __getstate__(self) -> dict[str, Any]:
        """What a copy in memory needs; what is cached is made again from the domain."""
        cached = ("language", "_simulator", "predictive", "_in_groups")
        return {name: value for name, value in vars(self).items() if name not in cached}

    def inputs_from(self, table: Any) -> dict[str, Any]:
        """The values of the inputs by symbol, from any of the forms that ``values`` takes."""
        return inputs_by_symbol(self.problem.inputs, table)

    def to_sympy(self) -> sympy.Expr:
        """The best program as a SymPy expression."""
        return rendering.to_sympy(self.domain, self._shown.program)

    def to_latex(self) -> str:
        """The best program as LaTeX."""
        score = self._shown
        return rendering.to_latex(self.domain, score.program, score.standard_errors)

    def to_python(self) -> str:
        """The best program as the source of a Python function over NumPy arrays."""
        return rendering.to_python(self.domain, self._shown.program)

    @property
    def _shown(self) -> Score:
        return rendering.shown(self.language, self.best.score)

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
