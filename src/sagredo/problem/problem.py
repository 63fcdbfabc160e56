"""The data that a program must explain."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, final

from sagredo.problem.column import Column
from sagredo.problem.groups import Groups

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Float64, Shaped

Inputs = dict[str, Any]
"""Values of the variables of a program, an array of one value a row for each symbol."""


@final
@dataclass(frozen=True, eq=False)
class Problem:
    """Observations (x_i, y_i[, sigma_i]), i = 1..rows, held as columns.

    ``sigma`` are the known standard deviations of the responses (None: unknown, one for all rows).
    ``weights`` are multiplicities: a row of weight 2 is two equal rows. ``noise`` names the likelihood.
    ``covariance`` is that of the errors of all rows, where it is known (None: rows are independent); it stands alone,
    without ``sigma`` and ``weights``.
    ``censored`` is -1 on rows whose response is only known to be less than the target says, +1 where it is more, and 0
    where it was measured (None: all were).
    ``trials`` are those of which the responses count the successes (None: the responses are no such counts).
    ``groups`` say which group each row is of, where laws have parameters of their own in each (None: no groups).
    ``notes`` tell the user what was decided while reading the data (columns left out, rows dropped).
    """

    inputs: tuple[Column, ...]
    target: Column
    sigma: Float64[np.ndarray, " rows"] | None = None
    weights: Float64[np.ndarray, " rows"] | None = None
    noise: str = "gaussian"
    notes: tuple[str, ...] = ()
    trials: Float64[np.ndarray, " rows"] | None = None
    covariance: Float64[np.ndarray, "rows rows"] | None = None
    censored: Float64[np.ndarray, " rows"] | None = None
    groups: Groups | None = None

    def __post_init__(self) -> None:
        rows = len(self.target)
        for column in self.inputs:
            if len(column) != rows:
                raise ValueError(
                    f"Every column must have as many rows as the target ({rows}). "
                    f"Got {len(column)} rows in column {column.name!r} instead."
                )
        if self.groups is not None and len(self.groups.labels) != rows:
            raise ValueError(
                f"Every row must be of a group ({rows} rows). Got {len(self.groups.labels)} groups of rows instead."
            )
        symbols = [column.symbol for column in (*self.inputs, self.target)]
        if len(set(symbols)) != len(symbols):
            raise ValueError(f"Every column must have a symbol of its own. Got {symbols} instead.")

    @property
    def row_count(self) -> int:
        """The number of rows, repeated rows counted once."""
        return len(self.target)

    @property
    def input_values(self) -> Inputs:
        """The inputs as programs see them, by symbol."""
        return {column.symbol: column.values for column in self.inputs}

    @property
    def responses(self) -> Shaped[np.ndarray, " rows"]:
        """The target's values."""
        return self.target.values

    def take(self, rows: Any) -> Problem:
        """The same problem on some of its rows (an index array or a slice)."""
        return replace(
            self,
            inputs=tuple(column.take(rows) for column in self.inputs),
            target=self.target.take(rows),
            sigma=None if self.sigma is None else self.sigma[rows],
            weights=None if self.weights is None else self.weights[rows],
            trials=None if self.trials is None else self.trials[rows],
            covariance=None if self.covariance is None else self.covariance[rows][:, rows],
            censored=None if self.censored is None else self.censored[rows],
            groups=None if self.groups is None else self.groups.take(rows),
        )
