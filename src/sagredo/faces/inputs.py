"""What a result is asked about, read and checked: new inputs, errors of new responses, and shares of probability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sagredo.problem.errors import InvalidInput

if TYPE_CHECKING:
    from jaxtyping import Float64, Shaped

    from sagredo.problem.column import Column


def inputs_by_symbol(columns: Sequence[Column], table: Any) -> dict[str, Shaped[np.ndarray, " rows"]]:
    """The values of the inputs ``columns`` by symbol, from any of the forms that ``Result.values`` takes.

    Raises:
        InvalidInput: a column is missing, or an array has the wrong shape.
    """
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


def _values(table: Any, name: str, symbol: str, names: list[Any]) -> Shaped[np.ndarray, " rows"]:
    key = name if name in names else symbol
    if key not in names:
        raise InvalidInput(
            f"The inputs must have a column {name!r}. "
            f"Got the columns {', '.join(map(str, names)) or '(none)'} instead."
        )
    return np.asarray(table[key])


def real_inputs(columns: Sequence[Column], table: Any) -> dict[str, Float64[np.ndarray, " rows"]]:
    """The same as real numbers.

    Raises:
        InvalidInput: as :func:`inputs_by_symbol`, or one column is longer than another.
    """
    values = {
        symbol: np.asarray(column, dtype=float) for symbol, column in inputs_by_symbol(columns, table).items()
    }
    if len({column.shape for column in values.values()}) > 1:
        raise InvalidInput(
            "The inputs must have one value a row each. "
            f"Got {', '.join(f'{len(column)} of {symbol}' for symbol, column in values.items())} instead."
        )
    return values


def errors_of_rows(sigma: Any, inputs: Mapping[str, Any]) -> Float64[np.ndarray, " rows"] | None:
    """The errors of new responses, one a row of the inputs; None where none are given.

    Raises:
        InvalidInput: they are neither one positive number nor one a row.
    """
    if sigma is None:
        return None
    rows = len(next(iter(inputs.values())))
    errors = np.asarray(sigma, dtype=float)
    if errors.shape not in ((), (rows,)) or not (np.isfinite(errors).all() and (errors > 0).all()):
        raise InvalidInput(
            f"The errors sigma of new responses must be one positive number, or one for each of {rows} rows. "
            f"Got {sigma!r} instead."
        )
    return np.broadcast_to(errors, (rows,))


def check_shares(levels: Sequence[float], alpha: float, least_agreement: float) -> None:
    """That the levels of quantiles and the shares that abstention goes by are probabilities.

    Raises:
        InvalidInput: one is not.
    """
    if not levels or not all(0 < level < 1 for level in levels):
        raise InvalidInput(f"Levels of quantiles must lie between 0 and 1. Got {tuple(levels)} instead.")
    if not 0 < alpha <= 1:
        raise InvalidInput(f"alpha must be above 0 and at most 1. Got {alpha} instead.")
    if not 0 <= least_agreement <= 1:
        raise InvalidInput(f"The least agreement must lie between 0 and 1. Got {least_agreement} instead.")
