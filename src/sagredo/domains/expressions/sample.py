"""Draws from the generative model: the one source of synthetic problems for calibration, training and
benchmarks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from sagredo._native import trace
from sagredo.domains.expressions.encoding import encode
from sagredo.domains.expressions.primitives import NAMED_CONSTANTS
from sagredo.domains.expressions.prior import expression_grammar
from sagredo.domains.expressions.scales import Size, assign_scales, magnitudes
from sagredo.language.term import Parameter, Program, Term, postorder
from sagredo.objective.noise import BIN_FRACTION
from sagredo.problem.column import Column
from sagredo.problem.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jaxtyping import Float64

    from sagredo.language.language import Prior

DECADES_OF_SCALE: Final = 1.0
"""Columns and target have magnitudes within so many decades of 1, log-uniformly; a change of units undoes
it."""

RECORDED_DIGITS: Final = (2, 10)
"""The fewest and the most decimal digits in which a response is recorded, relative to the target's scale."""


def sample_problem(
    rng: np.random.Generator, *, rows: int = 40, inputs: int = 2, prior: Prior | None = None
) -> tuple[Problem, Program]:
    """Draw a problem and the program, with its parameters, that made it.

    Scales s_x, s_y are log-uniform; inputs are s_x times a standard normal, or times a uniform on (0, 2),
    evenly; the term is drawn from ``prior`` (default: the expressions' grammar), its parameters from
    Cauchy(0, s_j) in the order that :func:`.assign_scales` gives, sigma log-uniformly between a tenth of a
    bin and s_y; the responses are recorded to a number of decimal digits. The columns declare their scales
    and the target its resolution, so that the priors of inference are the ones drawn from.

    A draw is rejected, and the program and its parameters drawn again, where the program is undefined on a
    row or constant on all rows; nothing else is.
    """
    symbols = tuple(f"x{index}" for index in range(inputs))
    scales = 10.0 ** rng.uniform(-DECADES_OF_SCALE, DECADES_OF_SCALE, size=inputs + 1)
    draws = [rng.standard_normal(rows) if rng.random() < 0.5 else rng.uniform(0, 2, rows) for _ in symbols]
    columns = np.array(draws).reshape(inputs, rows) * scales[:inputs, np.newaxis]
    target_scale = float(scales[-1])
    declared = dict(zip(symbols, scales[:inputs].tolist(), strict=True))
    prior = expression_grammar(symbols) if prior is None else prior
    program, values = _draw_program(rng, prior, symbols, columns, declared, target_scale)
    resolution = 10.0 ** (
        np.floor(np.log10(target_scale)) - int(rng.integers(*RECORDED_DIGITS, endpoint=True))
    )
    sigma = float(np.exp(rng.uniform(np.log(BIN_FRACTION * resolution), np.log(target_scale))))
    noisy = values + sigma * rng.standard_normal(rows)
    responses = np.rint(noisy / resolution) * resolution
    problem = Problem(
        tuple(
            Column(symbol, symbol, values, scale=declared[symbol])
            for symbol, values in zip(symbols, columns, strict=True)
        ),
        Column("y", "y", responses, resolution=resolution, scale=target_scale),
    )
    return problem, program


def _draw_program(
    rng: np.random.Generator,
    prior: Prior,
    symbols: Sequence[str],
    columns: Float64[np.ndarray, "inputs rows"],
    declared: dict[str, float],
    target_scale: float,
) -> tuple[Program, Float64[np.ndarray, " rows"]]:
    """A program that has a value on every row and is not constant, with its values."""
    while True:
        term = prior.sample(rng)
        program, values = _draw_parameters(rng, term, symbols, columns, declared, target_scale)
        if np.isfinite(values).all() and np.ptp(values) > 0:
            return program, values


def _draw_parameters(
    rng: np.random.Generator,
    term: Term,
    symbols: Sequence[str],
    columns: Float64[np.ndarray, "inputs rows"],
    declared: dict[str, float],
    target_scale: float,
) -> tuple[Program, Float64[np.ndarray, " rows"]]:
    """Parameters drawn in order, each at a scale that may depend on the earlier ones, and the values."""
    code = encode(term, symbols, NAMED_CONSTANTS)
    count = 1 + max((node.index for node in postorder(term) if isinstance(node, Parameter)), default=-1)
    parameters = np.ones(count)

    def magnitude(node: Term) -> Size:
        nodes = trace(code.instructions, code.constants, parameters, columns)
        return magnitudes(term, nodes, declared)(node)

    def draw(index: int, scale: Size) -> None:
        parameters[index] = scale * rng.standard_cauchy()

    assign_scales(term, target_scale, magnitude, draw)
    values = trace(code.instructions, code.constants, parameters, columns)[-1]
    return Program(term, tuple(parameters.tolist())), values
