"""The known covariance of the errors of the responses: a square table of numbers, checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from sagredo.problem.errors import InvalidInput
from sagredo.problem.readers import TextColumn, read_table

if TYPE_CHECKING:
    from jaxtyping import Float64

SYMMETRY: Final = 1e-6
"""Entries (i, j) and (j, i) may differ by this part of the product of their standard deviations: tables of covariances
are printed in six digits and more."""


def read_covariance(source: object, rows: int) -> Float64[np.ndarray, "rows rows"]:
    """The covariance of the errors of as many responses as a table has ``rows``, in their order.

    Args:
        source: what `read_table` reads, without a header, or nested sequences: C_ij in row i and column j.
        rows: how many there must be.

    Raises:
        InvalidInput: it can't be read, or is not square, finite, symmetric and positive definite, or of other rows.
    """
    if isinstance(source, (list, tuple)):
        try:
            source = np.array(source, dtype=float)
        except (TypeError, ValueError) as error:
            raise InvalidInput(
                f"A covariance must have rows of numbers, all of one length. Got sequences that are not: {error}"
            ) from error
    table = read_table(source)
    for position, column in enumerate(table.columns, start=1):
        if isinstance(column, TextColumn):
            raise InvalidInput(
                f"A covariance must be a square table of numbers without a header. Got {column.value!r} in row "
                f"{column.row}, column {position} of {table.source}."
            )
    if (table.row_count, len(table.columns)) != (rows, rows):
        raise InvalidInput(
            f"A covariance must have a row and a column for each of the {rows} rows of the data. Got "
            f"{table.row_count} rows and {len(table.columns)} columns in {table.source}: no header, one line a row."
        )
    matrix = np.column_stack([np.asarray(column, dtype=float) for column in table.columns])
    _check(matrix)
    return np.asarray(0.5 * (matrix + matrix.T))


def check_alone(covariance: object, **others: object) -> None:
    """Refuse what cannot be said beside a covariance: it has the errors of all rows, each measured once."""
    for role, given in others.items():
        if covariance is not None and given is not None:
            raise InvalidInput(
                f"A covariance must be given without {role}. Got both: leave one of them out (a covariance holds the "
                "variances on its diagonal, and every row is measured once)."
            )


def _check(matrix: Float64[np.ndarray, "rows rows"]) -> None:
    """Refuse a matrix that is no covariance."""
    if not np.isfinite(matrix).all():
        i, j = np.argwhere(~np.isfinite(matrix))[0] + 1
        raise InvalidInput(f"A covariance must be finite. Got {matrix[i - 1, j - 1]} in row {i}, column {j}.")
    variances = np.diag(matrix)
    if variances.min() <= 0:
        i = int(np.argmin(variances)) + 1
        raise InvalidInput(
            f"The variances on the diagonal of a covariance must be positive. Got {variances[i - 1]:g} in row {i}."
        )
    deviations = np.sqrt(variances)
    correlation = matrix / deviations / deviations[:, np.newaxis]
    uneven = np.abs(correlation - correlation.T)
    if uneven.max() > SYMMETRY:
        i, j = np.unravel_index(int(np.argmax(uneven)), uneven.shape)
        raise InvalidInput(
            f"A covariance must be symmetric. Got {matrix[i, j]:g} in row {i + 1}, column {j + 1}, and "
            f"{matrix[j, i]:g} in row {j + 1}, column {i + 1}."
        )
    least = float(np.linalg.eigvalsh(0.5 * (correlation + correlation.T))[0])
    if least <= len(matrix) * np.finfo(float).eps:
        raise InvalidInput(
            f"A covariance must be positive definite. Got {least:.2g} as the least eigenvalue of the correlations: "
            "rows of it depend on each other; add the variance of each measurement by itself to the diagonal."
        )
