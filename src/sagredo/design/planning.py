"""More than one query ahead: batches that are measured together, and look-ahead to what will be asked next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from sagredo.design.choice import Choice, best_query
from sagredo.objective.normal_mixture import mixed
from sagredo.problem.errors import InvalidInput

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.design.acquisition import Acquisition
    from sagredo.design.candidates import QuerySpace
    from sagredo.design.choice import Cost
    from sagredo.design.predictions import Predictor

FANTASIES: Final = 8
"""Responses imagined for a query that was chosen but not answered: their mean gain is right to about a third of its
spread, and the work grows with them."""

LOOK_AHEAD_CANDIDATES: Final = 8
"""The queries, best for one step, whose future is looked into."""

LOOK_AHEAD_NEXT: Final = 32
"""Queries among which the next one is imagined to be chosen."""


@final
@dataclass(frozen=True, eq=False)
class Designer:
    """Chooses queries of a space by an acquisition; ``cost`` divides what a query is worth.

    ``steps`` is how many queries ahead it looks; ``asked`` how many were chosen before.

    Raises:
        InvalidInput: a rule that fills the space is to weigh costs or to look ahead.
    """

    space: QuerySpace
    acquisition: Acquisition
    state: Any
    cost: Cost | None = None
    steps: int = 1

    def __post_init__(self) -> None:
        if self.acquisition.fills_space and (self.cost is not None or self.steps > 1):
            raise InvalidInput(
                "Queries that fill the space must be chosen without costs, one step at a time. Got "
                f"{self.acquisition.name!r} with {'costs' if self.cost is not None else f'{self.steps} steps'}: leave "
                "them out, or choose by information_gain."
            )

    def choose(
        self,
        rng: np.random.Generator,
        predictor: Predictor,
        *,
        asked: int,
        count: int,
        pending: Sequence[Float64[np.ndarray, " inputs"]] = (),
    ) -> list[Choice]:
        r"""The next queries, to be measured together.

        Each is the best given those before it, whose responses are imagined: the gain of the next one is the mean
        over them of its gain after conditioning on the response. By the chain rule of information,
        $I(\phi; y_1, y_2) = I(\phi; y_1) + E\,I(\phi; y_2 \mid y_1)$, and the greedy sum is at least 1 - 1/e of
        the best batch's as far as the gain is submodular (Nemhauser et al. 1978).

        ``pending`` are queries chosen before whose responses have not come yet; they count as part of the batch.
        """
        predictors: list[Predictor] = [predictor]
        for point in pending:
            predictors = _after(rng, predictors, point)
        choices: list[Choice] = []
        for k in range(count):
            if choices:
                predictors = _after(rng, predictors, choices[-1].point)
            choices.append(self._next(rng, predictors, asked + k))
        return choices

    def _next(self, rng: np.random.Generator, predictors: Sequence[Predictor], asked: int) -> Choice:
        if self.steps == 1:
            return best_query(
                rng,
                self.space,
                lambda points: self._mean_gain(rng, predictors, asked, points),
                cost=self.cost,
                more=self.acquisition.proposals(self.state, asked),
            )
        points = self.space.draw(rng, LOOK_AHEAD_NEXT)
        ahead = best_query(
            rng, self.space, lambda points: self._mean_gain(rng, predictors, asked, points), cost=self.cost
        )
        worth = self._per_cost(self._mean_gain(rng, predictors, asked, points), points)
        best = np.argsort(-worth)[: LOOK_AHEAD_CANDIDATES - 1]
        tried = [(point, self._value(rng, predictors, asked, point, self.steps)) for point in points[best]]
        tried.append((ahead.point, self._value(rng, predictors, asked, ahead.point, self.steps)))
        point, _ = max(tried, key=lambda pair: pair[1])
        gain = float(self._mean_gain(rng, predictors, asked, point[np.newaxis])[0])
        return Choice(point, gain, float(self._per_cost(np.array([gain]), point[np.newaxis])[0]))

    def _value(
        self,
        rng: np.random.Generator,
        predictors: Sequence[Predictor],
        asked: int,
        point: Float64[np.ndarray, " inputs"],
        steps: int,
    ) -> float:
        """What a query is worth with the best that can be asked after it, per cost."""
        own = self._mean_gain(rng, predictors, asked, point[np.newaxis])
        value = float(self._per_cost(own, point[np.newaxis])[0])
        if steps == 1:
            return value
        futures = []
        for predictor in predictors:
            for imagined in _imagined(rng, predictor, point, FANTASIES):
                points = self.space.draw(rng, LOOK_AHEAD_NEXT)
                gains = self._per_cost(self._mean_gain(rng, [imagined], asked + 1, points), points)
                best = points[int(np.argmax(gains))]
                futures.append(self._value(rng, [imagined], asked + 1, best, steps - 1))
        return value + float(np.mean(futures))

    def _mean_gain(
        self,
        rng: np.random.Generator,
        predictors: Sequence[Predictor],
        asked: int,
        points: Float64[np.ndarray, "points inputs"],
    ) -> Float64[np.ndarray, " points"]:
        gains = [self.acquisition.score(rng, self.state, asked, points, one) for one in predictors]
        return np.asarray(np.mean(gains, axis=0), dtype=float)

    def _per_cost(
        self, gains: Float64[np.ndarray, " points"], points: Float64[np.ndarray, "points inputs"]
    ) -> Float64[np.ndarray, " points"]:
        return gains if self.cost is None else np.asarray(gains / self.cost(points), dtype=float)


def _after(
    rng: np.random.Generator, predictors: list[Predictor], point: Float64[np.ndarray, " inputs"]
) -> list[Predictor]:
    """Each of ``FANTASIES`` predictors after one imagined response."""
    weighed = predictors if len(predictors) > 1 else predictors * FANTASIES
    return [imagined for one in weighed for imagined in _imagined(rng, one, point, 1)]


def _imagined(
    rng: np.random.Generator, predictor: Predictor, point: Float64[np.ndarray, " inputs"], count: int
) -> list[Predictor]:
    """The predictor after each of some responses drawn from what it predicts itself."""
    parts = predictor.predictions(point[np.newaxis]).components
    whole = mixed([probability for probability, _ in parts], [law for _, law in parts])
    responses = whole.sample(rng, count)[0]
    return [predictor.conditioned(point, float(y)) if np.isfinite(y) else predictor for y in responses]
