"""A term's values at many draws of its parameters, in one pass of the native core."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from sagredo._native import evaluate
from sagredo.domains.expressions.encoding import encode
from sagredo.language.term import Parameter, Term, Variable, substitute

if TYPE_CHECKING:
    from jaxtyping import Float64


def values_at(
    term: Term,
    symbols: Sequence[str],
    constants: Mapping[str, float],
    parameters: Float64[np.ndarray, "draws parameters"],
    columns: Float64[np.ndarray, "inputs rows"],
) -> Float64[np.ndarray, "draws rows"]:
    """f(x_i; kappa_s), not finite where there is none: to the native core parameters are columns as well."""
    names = [f"parameter {k}" for k in range(parameters.shape[1])]
    as_variables: dict[Term, Term] = {Parameter(k): Variable(name) for k, name in enumerate(names)}
    code = encode(substitute(term, as_variables), (*symbols, *names), constants)
    rows = columns.shape[1]
    table = np.vstack([np.tile(columns, len(parameters)), np.repeat(parameters.T, rows, axis=1)])
    offsets = np.array([0, len(code.instructions)], dtype=np.int64)
    values = evaluate(code.instructions, offsets, code.constants, np.zeros(0), table)[0]
    return np.asarray(values.reshape(len(parameters), rows), dtype=float)
