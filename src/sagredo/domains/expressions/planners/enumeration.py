"""Bottom-up search: grow the bank, and conjecture what its entries would make of the target, noise allowed for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, final

import numpy as np

from sagredo._native import screen
from sagredo.domains.expressions.planners.bank import COSTS_PER_BIT, RealBank
from sagredo.domains.expressions.planners.dialect import within
from sagredo.domains.expressions.planners.solutions import ProgramBuilder
from sagredo.language.term import Apply, Parameter, Program, Term, Variable
from sagredo.search.planner import Planner, PlannerStatus, Shared, StepResult

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.problem.problem import Problem

KEPT_A_VIEW: Final = 12
"""Entries conjectured for each view of the target and each growth of the bank; the objective weighs each in full."""

GROWTH: Final = 4
"""The bank is screened when it has grown by this factor: screening it then costs at most a third more in all."""

FIRST_SCREENING: Final = 1_000

LARGEST_LOGARITHM: Final = 700.0
"""Of a double, nearly: log(1.8e308) = 709.8."""

INVERSES: Final[Mapping[str, Callable[[np.ndarray], np.ndarray]]] = {
    "exp": np.log,
    "log": np.exp,
    "sqrt": np.square,
    "square": np.sqrt,
    "inv": np.reciprocal,
    "arctan": np.tan,
    "tanh": np.arctanh,
}
"""A view of the target is its inverse under the outermost operation: y = f(a v + b) is affine in f^-1(y)."""


def shared_bank(problem: Problem, shared: Shared, constants: Mapping[str, float]) -> RealBank:
    """The bank of the run; the planner that comes first makes it."""
    if shared.bank is None:
        # Half of the memory; the rest is for the goals of backward search and for growing arrays.
        shared.bank = RealBank(problem, shared.language, constants, shared.effort.memory_bytes // 2)
    if not isinstance(shared.bank, RealBank):
        raise TypeError("The planners of real expressions must share a RealBank.")
    return shared.bank


@final
@dataclass(frozen=True, eq=False)
class EnumerationState:
    """The bank, the views of the target, and how much of the bank was screened."""

    bank: RealBank
    views: tuple[tuple[str | None, Float64[np.ndarray, " rows"]], ...]
    screened: int
    threads: int


@final
class Enumeration(Planner[EnumerationState]):
    """Enumerates the bank in order of cost and screens it for programs f(a v + b) and f(c |v|^q prod_i x_i^p_i).

    For each view f^-1(y) of the target the entries v are ranked by the description length of the fit, up to what
    they share: rows/2 log2(1 - r^2) + bits(v) (a first-order estimate; the objective weighs the best of them).
    """

    name = "bottom-up"
    step_units = 200_000

    def __init__(self, constants: Mapping[str, float]) -> None:
        self._constants = constants

    def init(self, rng: np.random.Generator, problem: Problem, shared: Shared) -> EnumerationState:
        """The empty bank."""
        bank = shared_bank(problem, shared, self._constants)
        names = {primitive.name for primitive in shared.language.primitives}
        return EnumerationState(bank, tuple(views(bank.target, names)), 0, shared.effort.threads)

    def step(self, state: EnumerationState, work_units: int) -> StepResult[EnumerationState]:
        """Grow the bank; screen what is new whenever it has grown enough."""
        bank = state.bank
        done = bank.grow(work_units)
        exhausted = done == 0
        size = len(bank)
        if not exhausted and size < max(FIRST_SCREENING, GROWTH * state.screened):
            return StepResult(state, (), done, PlannerStatus.RUNNING)
        programs = [
            within(program, bank.primitives)
            for operation, view in state.views
            for logarithmic in (False, True)
            for program in self._screen(state, operation, view, logarithmic)
        ]
        work = done + 2 * len(state.views) * (size - state.screened)
        status = PlannerStatus.EXHAUSTED if exhausted else PlannerStatus.RUNNING
        next_state = EnumerationState(bank, state.views, size, state.threads)
        return StepResult(next_state, tuple(programs), work, status)

    def _screen(
        self,
        state: EnumerationState,
        operation: str | None,
        view: Float64[np.ndarray, " rows"],
        logarithmic: bool,
    ) -> Iterator[Program]:
        """The programs of the best entries that are new."""
        bank = state.bank
        span = np.ones((1, len(view)))
        if logarithmic:
            if not np.all(view > 0):
                return
            usable = [k for k, column in enumerate(bank.columns) if np.all(column > 0)]
            span = np.vstack([span, *(np.log(bank.columns[k])[None] for k in usable)])
            view = np.log(view)
            if state.screened == 0 and usable:
                yield from _wrapped(operation, _power_laws(bank, view, span, usable))
        for _, entry in screen(
            bank.native,
            state.screened,
            view,
            span,
            logarithmic,
            1 / COSTS_PER_BIT,
            KEPT_A_VIEW,
            state.threads,
        ):
            values = bank.values(entry)
            if not logarithmic:
                scale, offset = np.polyfit(values, view, 1)
                yield from _wrapped(operation, _affine(bank, entry, float(scale), float(offset)))
                if operation == "exp":
                    yield _exponential_law(bank.term(entry), float(scale), float(offset))
            elif np.all(values > 0):
                design = np.vstack([span, np.log(values)[None]])
                coefficients = np.linalg.lstsq(design.T, view, rcond=None)[0]
                factors: list[tuple[Term, float]] = [
                    (Variable(bank.symbols[k]), float(p))
                    for k, p in zip(usable, coefficients[1:-1], strict=True)
                ]
                factors.append((bank.term(entry), float(coefficients[-1])))
                yield from _wrapped(operation, _products(bank, factors, _exponential(coefficients[0])))


def views(target: Float64[np.ndarray, " rows"], names: set[str]) -> Iterator[tuple[str | None, np.ndarray]]:
    """The target itself, and its inverse under each operation of the language where that is defined on every row."""
    yield None, target
    for name, inverse in INVERSES.items():
        if name in names:
            with np.errstate(all="ignore"):
                view = inverse(target)
                roundtrip = np.all(np.isfinite(view)) and np.ptp(view) > 1e-9 * np.abs(view).max()
            if roundtrip and np.abs(view).max() < 1e100:
                yield name, np.ascontiguousarray(view)


def _wrapped(operation: str | None, programs: Iterator[Program]) -> Iterator[Program]:
    """The programs with the operation of the view around them."""
    for program in programs:
        yield program if operation is None else Program(Apply(operation, (program.term,)), program.parameters)


def _affine(bank: RealBank, entry: int, scale: float, offset: float) -> Iterator[Program]:
    """a v + b and its special cases: no offset, no scale."""
    term = bank.term(entry)
    yield Program(term)
    for with_offset in (False, True):
        builder = ProgramBuilder(bank)
        scaled: Term = Apply("mul", (builder.parameter(scale), term))
        if with_offset:
            scaled = Apply("add", (scaled, builder.parameter(offset)))
        yield Program(scaled, tuple(builder.parameters))
    yield Program(Apply("add", (term, Parameter(0))), (offset,))


def _exponential_law(term: Term, scale: float, offset: float) -> Program:
    """c exp(a v), which has a unit where exp(a v + b) has none."""
    exponential = Apply("exp", (Apply("mul", (Parameter(1), term)),))
    return Program(Apply("mul", (Parameter(0), exponential)), (_exponential(offset), scale))


def _exponential(value: float) -> float:
    """e^value, kept among the doubles: it is only where a fit starts."""
    return float(np.exp(np.clip(value, -LARGEST_LOGARITHM, LARGEST_LOGARITHM)))


def _power_laws(
    bank: RealBank, log_view: np.ndarray, span: np.ndarray, usable: list[int]
) -> Iterator[Program]:
    """c prod_i x_i^p_i over all inputs."""
    coefficients = np.linalg.lstsq(span.T, log_view, rcond=None)[0]
    factors: list[tuple[Term, float]] = [
        (Variable(bank.symbols[k]), float(p)) for k, p in zip(usable, coefficients[1:], strict=True)
    ]
    yield from _products(bank, factors, _exponential(coefficients[0]))


def _products(bank: RealBank, factors: list[tuple[Term, float]], scale: float) -> Iterator[Program]:
    """The product with free exponents, and with exponents rounded to halves and to thirds."""
    for denominator in (None, 2, 3):
        builder = ProgramBuilder(bank)
        if denominator is None:
            terms = [Apply("pow", (term, builder.parameter(power))) for term, power in factors]
            result: Term = builder.parameter(scale)
            for term in terms:
                result = Apply("mul", (result, term))
        else:
            rounded = [(term, round(power * denominator) / denominator) for term, power in factors]
            kept = [(term, power) for term, power in rounded if power != 0]
            if not kept:
                continue
            constant = builder.parameter(scale)
            result = Apply("mul", (constant, builder.product(kept, 1.0)))
        yield Program(result, tuple(builder.parameters))
