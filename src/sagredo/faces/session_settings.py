"""What decides a session's answers, as the first line of its file keeps it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, final

import numpy as np

from sagredo.design.acquisition import Acquisition, acquisition_named
from sagredo.design.candidates import Box, Constraint, Pool, QuerySpace
from sagredo.design.law_predictions import check_additive
from sagredo.design.session_state import checked_inputs, finite_number, whole_number
from sagredo.domain.domain import Domain
from sagredo.faces.induce import check_budget, effort_of
from sagredo.faces.model_file import domain_document, domain_from
from sagredo.posterior.predictive import predictive_of
from sagredo.problem.build import LEAST_ROWS, problem_from_arrays
from sagredo.problem.errors import InvalidInput

if TYPE_CHECKING:
    from sagredo.design.information_gain import About


@final
@dataclass(frozen=True, eq=False)
class SessionSettings:
    """What decides a session's answers, beside cost and constraint, which are functions and so are not kept.

    Raises:
        InvalidInput: one of them is impossible.
    """

    inputs: Mapping[str, tuple[float, float]]
    target: str
    domain: Domain
    pool: Sequence[Sequence[float]] | None = None
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
        names = tuple(self.inputs)
        plain = {
            "inputs": {name: _checked_bounds(name, ends) for name, ends in self.inputs.items()},
            "pool": None if self.pool is None else tuple(_checked_point(point, names) for point in self.pool),
            "sigma": None if self.sigma is None else _checked_sigma(self.sigma),
            "steps": checked_whole("steps to look ahead", self.steps, 1),
            "seed": checked_whole("seed", self.seed, 0),
        }
        for name, value in plain.items():
            object.__setattr__(self, name, value)
        self._check_noise()

    def _check_noise(self) -> None:
        """Refuse a noise that the domain has no intervals for, which the choice of a query needs."""
        problem = problem_from_arrays(
            {name: np.arange(LEAST_ROWS, dtype=float) for name in self.inputs},
            np.arange(LEAST_ROWS) % 2.0,
            target=self.target,
            sigma=self.sigma,
            noise=self.noise,
        )
        check_additive(predictive_of(self.domain, problem), problem)
        self.domain.objective(problem, self.domain.language(problem))

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
        return cls(**{**document, "domain": domain_from(document["domain"])})

    def space(self, constraint: Constraint | None) -> QuerySpace:
        """The queries among which to choose."""
        box = Box.of(self.inputs, constraint)
        if self.pool is None:
            return box
        points = np.array(self.pool, dtype=float).reshape(len(self.pool), len(self.inputs))
        return Pool(box.names, points[[box.contains(point) for point in points]])

    def acquisition_rule(self) -> Acquisition:
        """How queries are chosen."""
        return acquisition_named(self.acquisition, self.about)


def checked_whole(what: str, value: Any, least: int) -> int:
    """A whole number of at least ``least``.

    Raises:
        InvalidInput: it is none.
    """
    number = whole_number(value)
    if number is None or number < least:
        raise InvalidInput(f"The {what} must be a whole number of at least {least}. Got {value!r} instead.")
    return number


def _checked_sigma(sigma: Any) -> float:
    number = finite_number(sigma)
    if number is None or number <= 0:
        raise InvalidInput(f"The sigma of responses must be a positive number. Got {sigma!r} instead.")
    return number


def _checked_bounds(name: str, ends: Any) -> tuple[float, float]:
    try:
        low, high = map(finite_number, ends)
    except (TypeError, ValueError):  # No pair.
        low = high = None
    if low is None or high is None or not (low < high and isfinite(high - low)):
        raise InvalidInput(
            f"The bounds of {name!r} must be two finite numbers, the lower one first, with a finite difference. "
            f"Got {ends!r} instead."
        )
    return low, high


def _checked_point(point: Any, names: tuple[str, ...]) -> tuple[float, ...]:
    values = tuple(point) if np.iterable(point) else ()
    if len(values) != len(names):
        raise InvalidInput(f"Each query of a pool must have {len(names)} values. Got {point!r} instead.")
    return tuple(checked_inputs(dict(zip(names, values, strict=True)), names).values())
