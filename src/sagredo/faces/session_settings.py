"""What decides a session's answers, as the first line of its file keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np

from sagredo.design.acquisition import Acquisition, acquisition_named
from sagredo.design.candidates import Box, Constraint, Pool, QuerySpace
from sagredo.domain.domain import Domain
from sagredo.faces.induce import check_budget, effort_of
from sagredo.faces.model_file import domain_document, domain_from
from sagredo.problem.errors import InvalidInput

if TYPE_CHECKING:
    from sagredo.design.information_gain import About


@final
@dataclass(frozen=True, eq=False)
class SessionSettings:
    """What decides a session's answers, beside cost and constraint, which are functions and so are not kept."""

    inputs: Mapping[str, tuple[float, float]]
    target: str
    domain: Domain
    pool: tuple[tuple[float, ...], ...] | None = None
    sigma: float | None = None
    noise: str = "gaussian"
    acquisition: str = "information_gain"
    about: About = "program"
    steps: int = 1
    effort: str = "quick"
    budget_seconds: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        effort_of(self.effort)
        check_budget(self.budget_seconds)
        self.acquisition_rule()
        if not self.inputs or self.target in self.inputs:
            raise InvalidInput(
                "A session must have at least one input, and a target that is none of them. "
                f"Got the inputs {', '.join(self.inputs) or '(none)'} and the target {self.target!r}."
            )
        if self.steps < 1:
            raise InvalidInput(f"The steps to look ahead must be at least 1. Got {self.steps} instead.")
        if self.sigma is not None and not 0 < self.sigma < float("inf"):
            raise InvalidInput(f"The sigma of responses must be a positive number. Got {self.sigma} instead.")

    def document(self) -> dict[str, Any]:
        """As JSON data."""
        plain = {
            name: getattr(self, name)
            for name in ("target", "sigma", "noise", "acquisition", "about", "steps", "effort", "seed")
        }
        return plain | {
            "inputs": {name: list(ends) for name, ends in self.inputs.items()},
            "pool": None if self.pool is None else [list(point) for point in self.pool],
            "budget_seconds": self.budget_seconds,
            "domain": domain_document(self.domain),
        }

    @classmethod
    def of(cls, document: dict[str, Any]) -> SessionSettings:
        """Those of a document."""
        inputs = {str(name): (float(low), float(high)) for name, (low, high) in document["inputs"].items()}
        pool = document["pool"]
        changed = {
            "inputs": inputs,
            "domain": domain_from(document["domain"]),
            "pool": None if pool is None else tuple(tuple(map(float, point)) for point in pool),
        }
        return cls(**{**document, **changed})

    def space(self, constraint: Constraint | None) -> QuerySpace:
        """The queries among which to choose."""
        box = Box.of(self.inputs, constraint)
        if self.pool is None:
            return box
        points = np.array(self.pool, dtype=float).reshape(len(self.pool), -1)
        if points.shape[1] != len(self.inputs):
            raise InvalidInput(
                f"Each query of a pool must have {len(self.inputs)} values. Got {points.shape[1]} instead."
            )
        return Pool(box.names, points[[box.contains(point) for point in points]])

    def acquisition_rule(self) -> Acquisition:
        """How queries are chosen."""
        return acquisition_named(self.acquisition, self.about)
