"""The documented JSON of predictions (docs/json-schema.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, final

import numpy as np

from sagredo.faces.result_json import SCHEMA, number

if TYPE_CHECKING:
    from sagredo.faces.prediction import Abstention, Prediction
    from sagredo.faces.result import Result

LEAST_SHOWN = 0.01
"""Laws of a smaller probability are left out of the breakdown of a row."""


@final
@dataclass
class PredictionDocument:
    """The document of a table of rows that is predicted part by part; ``with_laws`` says what each law says of each."""

    result: Result
    levels: Sequence[float]
    with_laws: bool = False
    rows: list[dict[str, Any]] = field(default_factory=list)
    abstentions: list[Abstention] = field(default_factory=list)

    def add(self, found: Prediction) -> None:
        """The rows of the next part."""
        values, quantiles = found.fitted.tolist(), found.quantiles.tolist()
        for row, (value, mean, ends) in enumerate(zip(values, found.mean.tolist(), quantiles, strict=True)):
            entry: dict[str, Any] = {
                "value": number(value),
                "mean": number(mean),
                "quantiles": [number(end) for end in ends],
            }
            if found.abstention is not None:
                entry["agreement"] = float(found.abstention.agreement[row])
                entry["answered"] = bool(found.abstention.answered[row])
            if self.with_laws:
                entry["laws"] = [
                    {
                        "expression": answer.expression,
                        "probability": answer.probability,
                        "value": number(answer.value),
                        "low": number(answer.low),
                        "high": number(answer.high),
                    }
                    for answer in found.explain(row)
                    if answer.probability >= LEAST_SHOWN
                ]
            self.rows.append(entry)
        if found.abstention is not None:
            self.abstentions.append(found.abstention)

    def document(self) -> dict[str, Any]:
        """All of it as JSON data."""
        return {
            "schema": SCHEMA,
            "target": self.result.problem.target.name,
            "unseen_mass": self.result.posterior.unseen_mass,
            "levels": list(self.levels),
            "rows": self.rows,
            "abstention": self._abstention() if self.abstentions else None,
        }

    def _abstention(self) -> dict[str, Any]:
        first = self.abstentions[0]
        settling = settling_row(self.abstentions)
        return {
            "alpha": first.alpha,
            "least_agreement": first.least_agreement,
            "laws_in_the_running": first.law_count,
            "exclusion_bound": first.exclusion_bound,
            "settling_row": None if settling is None else settling + 1,
        }


def settling_row(abstentions: Sequence[Abstention]) -> int | None:
    """The row, counted from 0 over all parts, whose measurement tells the laws apart best; None if none does."""
    first, best = 0, None
    least = np.inf
    for part in abstentions:
        row = part.settling_row
        if row is not None and part.agreement[row] < least:
            best, least = first + row, float(part.agreement[row])
        first += len(part.agreement)
    return best
