"""The domain of real expressions: from a table of numbers to a formula."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from math import inf
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from sagredo.domain.domain import Domain
from sagredo.domains.expressions.count_predictive import CountPredictive
from sagredo.domains.expressions.dimensions import DimensionChecker
from sagredo.domains.expressions.forms import Form, forbidden, parse_form
from sagredo.domains.expressions.objective import RealObjective
from sagredo.domains.expressions.planners.backward import NativeBackward
from sagredo.domains.expressions.planners.form_filling import FormFilling
from sagredo.domains.expressions.planners.given import GivenPrograms
from sagredo.domains.expressions.planners.pursuit import Pursuit
from sagredo.domains.expressions.planners.refinement import Refinement
from sagredo.domains.expressions.planners.spelling import Spelling
from sagredo.domains.expressions.predictive import LIKELIHOODS, RealPredictive
from sagredo.domains.expressions.primitives import (
    NAMED_CONSTANTS,
    constant_primitive,
    default_primitives,
    parse_operators,
    user_constants,
)
from sagredo.domains.expressions.prior import expression_grammar
from sagredo.domains.expressions.record import recorded
from sagredo.domains.expressions.redundancy import diagnose_law
from sagredo.domains.expressions.remainder import unseen_bits_near
from sagredo.domains.expressions.response_models import CountResponses, noises_of_responses, response_model
from sagredo.domains.expressions.restrictions import Allowed, RestrictedPrior, grammar_of
from sagredo.domains.expressions.sample import sample_problem
from sagredo.domains.expressions.semantics import RealColumns
from sagredo.domains.expressions.simulator import NativeSimulator
from sagredo.domains.expressions.syntax import ExpressionSyntax
from sagredo.language.language import Language, Primitive, Prior
from sagredo.language.term import Program, size
from sagredo.problem.column import REAL
from sagredo.search.monte_carlo import MonteCarlo

if TYPE_CHECKING:
    from jaxtyping import Float64, Int64

    from sagredo.objective.objective import Score
    from sagredo.posterior.diagnosis import LawDiagnosis
    from sagredo.posterior.predictive import Predictive
    from sagredo.posterior.sampled_evidence import SampledDataBits
    from sagredo.problem.problem import Problem
    from sagredo.search.planner import Planner
    from sagredo.simulator.simulator import Simulator

LARGEST_SIZE: Final = 60
"""Nodes that a program may have unless the user says otherwise; with one bit a node or more, longer ones never win."""

FRESH_POINTS: Final = 16
"""Points between the rows on which two programs must agree as well to mean the same."""

MEANING_DIGITS: Final = 6
"""Significant digits, relative to the target's magnitude, to which equal meanings agree."""

KEY_BYTES: Final = 16
"""Bytes of the digest of a meaning: two differ in it but for one pair in 2^128."""


@final
@dataclass(frozen=True)
class Expressions(Domain):
    """Real expressions over the columns of a table.

    ``operators`` chooses the primitives (None: the default set); ``constants`` are named constants of the user's;
    ``forbidden_nestings`` such as ``sin(exp)`` and ``maximum_size`` (nodes) restrict programs. ``form`` is a template
    whose holes are searched and whose parameters are fitted from ``starts`` within ``bounds``.
    ``initial_programs`` are weighed before the search. ``monte_carlo`` adds the planner of that name.
    """

    operators: tuple[str, ...] | None = None
    constants: Mapping[str, float] = field(default_factory=dict)
    forbidden_nestings: tuple[str, ...] = ()
    maximum_size: int = LARGEST_SIZE
    form: str | None = None
    starts: Mapping[str, float] = field(default_factory=dict)
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    initial_programs: tuple[str, ...] = ()
    monte_carlo: bool = False

    name = "expressions"

    @cached_property
    def constant_values(self) -> dict[str, float]:
        """The values of all named constants."""
        return {**NAMED_CONSTANTS, **self.constants}

    def primitives(self, problem: Problem) -> tuple[Primitive, ...]:
        """The primitives that the user chose, with the user's constants."""
        chosen = default_primitives() if self.operators is None else parse_operators(",".join(self.operators))
        own = user_constants(self.constants, [column.symbol for column in problem.inputs])
        known = {primitive.name for primitive in chosen}
        return (*chosen, *(constant_primitive(name) for name in own if name not in known))

    def language(self, problem: Problem) -> Language:
        """The chosen primitives over the problem's inputs; what is ruled out has prior 0."""
        symbols = [column.symbol for column in problem.inputs]
        primitives = self.primitives(problem)
        grammar = expression_grammar(symbols, primitives)
        rules = self._rules(problem)
        prior: Prior = RestrictedPrior(grammar, rules) if rules else grammar
        return Language(primitives, dict.fromkeys(symbols, REAL), REAL, prior, self.syntax(problem))

    def syntax(self, problem: Problem) -> ExpressionSyntax:
        """Plain Python text in the symbols of the columns, the chosen primitives and the form's parameters."""
        form = self.parsed_form(problem)
        return self._syntax_with(problem, () if form is None else form.parameter_names)

    def _syntax_with(self, problem: Problem, parameter_names: tuple[str, ...]) -> ExpressionSyntax:
        """The syntax in which the first parameters have these names."""
        primitives = self.primitives(problem)
        constants = [primitive.name for primitive in primitives if not primitive.arity]
        operations = [primitive.name for primitive in primitives if primitive.arity]
        symbols = [column.symbol for column in problem.inputs]
        return ExpressionSyntax(symbols, constants, operations, parameter_names)

    def _rules(self, problem: Problem) -> tuple[Allowed, ...]:
        """What a term must satisfy."""
        maximum_size = self.maximum_size
        rules: list[Allowed] = [lambda term: size(term) <= maximum_size]
        rules += [forbidden(nesting) for nesting in self.forbidden_nestings]
        # Who gives a form means it, even where it hides a unit in a parameter, as exp(A - B/T) does.
        with_units = self.form is None and problem.target.unit is not None
        if with_units and any(column.unit is not None for column in problem.inputs):
            rules.append(DimensionChecker(problem, self.constants).possible)
        return tuple(rules)

    def semantics(self, problem: Problem) -> RealColumns:
        """Columns of float64."""
        return RealColumns(self.constants)

    def simulator(self, problem: Problem) -> Simulator:
        """The native simulator."""
        return NativeSimulator(self.constants)

    def objective(self, problem: Problem, language: Language) -> RealObjective:
        """The description length of real expressions, the parameters of a form within their bounds."""
        return RealObjective(
            problem, language, constants=self.constant_values, bounds=self._bounds_of_form(problem)
        )

    def predictive(self, problem: Problem) -> Predictive:
        """The predictive distributions of real expressions, the parameters of a form within their bounds."""
        model = response_model(problem)
        bounds = self._bounds_of_form(problem)
        if isinstance(model, CountResponses):
            return CountPredictive(problem, model, self.constant_values, bounds)
        return RealPredictive(problem, self.constant_values, bounds)

    def _bounds_of_form(self, problem: Problem) -> tuple[tuple[float, float], ...]:
        form = self.parsed_form(problem)
        return () if form is None else tuple(form.bounds)

    def noises(self, problem: Problem) -> tuple[str, ...]:
        """Normal noise, Student's t, and of counts Poisson's."""
        return noises_of_responses(problem)

    def sample_problem(self, rng: np.random.Generator) -> tuple[Problem, Program]:
        """A problem drawn from the generative model with the default priors."""
        return sample_problem(rng)

    def planners(self, problem: Problem) -> tuple[Planner[Any], ...]:
        """Backward search, pursuit, spelling, refinement and what the user adds; with a form, filling it in."""
        constants = self.constant_values
        language = self.language(problem)
        given = tuple(Program(language.syntax.parse(text)) for text in self.initial_programs)
        first: tuple[Planner[Any], ...] = (GivenPrograms(given),) if given else ()
        form = self.parsed_form(problem)
        if form is not None:
            return (*first, FormFilling(form, constants))
        last = (MonteCarlo(grammar=lambda language: grammar_of(language.prior)),) if self.monte_carlo else ()
        return (
            *first,
            NativeBackward(constants),
            Pursuit(constants),
            Spelling(constants),
            Refinement(),
            *last,
        )

    def parsed_form(self, problem: Problem) -> Form | None:
        """The user's form over the problem's columns."""
        if self.form is None:
            return None
        return parse_form(self.form, self._syntax_with(problem, ()), self.starts, self.bounds)

    def unseen_bits(self, problem: Problem) -> Callable[[Score], float]:
        """What may lie unseen near a program that leaves residuals; nothing when the user gives the form."""
        if self.form is not None:
            return lambda _: inf
        symbols = [column.symbol for column in problem.inputs]
        grammar = expression_grammar(symbols, self.primitives(problem))
        return unseen_bits_near(problem, grammar, self.constants)

    def sampled_data_bits(self, problem: Problem) -> SampledDataBits:
        """L_rec of real responses by sampling; that of counts is integrated numerically already."""
        if problem.noise not in LIKELIHOODS:
            return lambda _: None
        return RealPredictive(problem, self.constant_values, self._bounds_of_form(problem)).sampled_data_bits

    def diagnose(self, rng: np.random.Generator, problem: Problem, score: Score) -> LawDiagnosis:
        """The learning coefficient of a law, of counts as that of its working responses."""
        record = recorded(response_model(problem).working_problem())
        bounds = self._bounds_of_form(problem)
        return diagnose_law(rng, score.program, record, self.constant_values, bounds)

    def same_meaning(self, problem: Problem) -> Callable[[Program], Hashable]:
        """A digest of a program's values on the rows and on fresh points between them, rounded.

        Values are rounded to ``MEANING_DIGITS`` digits of the target's magnitude, so that families with parameters
        merge only when their predictions agree.
        """
        simulator = NativeSimulator(self.constants)
        responses = np.asarray(problem.responses, dtype=float)
        order = np.argsort(responses, kind="stable")
        inputs = {
            symbol: _with_fresh_points(values, order) for symbol, values in problem.input_values.items()
        }
        step = 10.0**-MEANING_DIGITS * max(float(np.sqrt(np.mean(responses**2))), float(np.finfo(float).tiny))

        def key(program: Program) -> Hashable:
            values = simulator.run(program, inputs).values
            with np.errstate(all="ignore"):
                rounded = np.round(values / step) + 0.0
            return blake2b(rounded.tobytes(), digest_size=KEY_BYTES).digest()

        return key


def _with_fresh_points(
    values: Any, order: Int64[np.ndarray, " rows"]
) -> Float64[np.ndarray, " rows_and_fresh"]:
    """The values, and their weighted means over pairs of rows that are neighbours in the order.

    Such points lie inside the data's convex hull but, with the golden ratio for a weight, hardly ever on a row.
    """
    column = np.asarray(values, dtype=float)
    places = np.unique(np.linspace(0, len(column) - 2, FRESH_POINTS).round().astype(int))
    weight = (5**0.5 - 1) / 2
    return np.concatenate([column, weight * column[order[places]] + (1 - weight) * column[order[places + 1]]])
