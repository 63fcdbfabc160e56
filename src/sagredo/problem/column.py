"""One measured quantity: its name, its values, and what is known of how it was recorded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NewType, final

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Shaped

    from sagredo.problem.units import Unit

ValueType = NewType("ValueType", str)
"""The name of a kind of value, such as ``real`` or ``boolean``; a domain says what it means."""

REAL = ValueType("real")


@final
@dataclass(frozen=True, eq=False)
class Column:
    """One column of a table of observations.

    ``symbol`` is the identifier that stands for the column in programs: the name itself where that is an
    identifier. ``resolution`` is the width of the bins in which the values were recorded (0: exact).
    ``scale`` is the magnitude on which priors are set; None means that it is taken from the values.
    """

    name: str
    symbol: str
    values: Shaped[np.ndarray, " rows"]
    value_type: ValueType = REAL
    unit: Unit | None = None
    resolution: float = 0.0
    scale: float | None = None
    bounds: tuple[float, float] | None = None

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: Any) -> Column:
        """The same column on some of its rows (an index array or a slice)."""
        return replace(self, values=self.values[rows])
