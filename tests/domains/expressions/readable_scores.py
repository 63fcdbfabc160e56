"""What tests of scores share: objectives, programs, and what the readable references are told of a program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from sagredo._native import jacobians, rounding_bound, trace
from sagredo.domains.expressions.domain import Expressions
from sagredo.domains.expressions.encoding import encode
from sagredo.domains.expressions.objective import RealObjective
from sagredo.domains.expressions.primitives import NAMED_CONSTANTS
from sagredo.domains.expressions.scales import assign_scales, magnitudes
from sagredo.language.language import Language
from sagredo.language.term import Apply, Parameter, Program, Term, Variable, postorder
from sagredo.problem.problem import Problem

X, A, B = Variable("x"), Parameter(0), Parameter(1)
LINE = Program(Apply("add", (A, Apply("mul", (B, X)))), (1.0, 1.0))


def objective_of(problem: Problem) -> RealObjective:
    domain = Expressions()
    return domain.objective(problem, domain.language(problem))


def values_needed(term: Term) -> int:
    """How many values the parameters of a term are numbered for."""
    return 1 + max((node.index for node in postorder(term) if isinstance(node, Parameter)), default=-1)


def draw_program(rng: np.random.Generator, language: Language) -> Program:
    term = language.prior.sample(rng)
    return Program(term, tuple(rng.normal(0, 2, values_needed(term)).tolist()))


@final
@dataclass(frozen=True, eq=False)
class ReadableRun:
    """A program's values and rounding bounds on a problem's rows, its ``jacobian`` (rows, parameters), and
    log p_j(kappa_j), nats, of its parameters.
    """

    values: np.ndarray
    rounding: np.ndarray
    jacobian: np.ndarray
    log_prior: np.ndarray


def readable_run(problem: Problem, program: Program, magnitude: float) -> ReadableRun:
    """What a program at its parameters gives, with the Cauchy priors under which it is to have this magnitude."""
    columns = np.array([column.values for column in problem.inputs])
    declared = {column.symbol: column.scale for column in problem.inputs if column.scale is not None}
    code = encode(program.term, [column.symbol for column in problem.inputs], NAMED_CONSTANTS)
    parameters = np.array(program.parameters)
    arguments = (code.instructions, code.constants, parameters, columns)
    nodes, found = trace(*arguments), [1.0] * len(parameters)
    assign_scales(program.term, magnitude, magnitudes(program.term, nodes, declared), found.__setitem__)
    scales = np.array(found)
    log_prior = -np.log(np.pi * scales) - 2 * np.log(np.hypot(1.0, parameters / scales))
    return ReadableRun(nodes[-1], rounding_bound(*arguments), jacobians(*arguments)[0].T, log_prior)
