"""What a result says of new inputs: numbers first, with the laws behind them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple, final

import numpy as np

from sagredo.objective.normal_mixture import NormalMixture
from sagredo.objective.response_mixture import ResponseMixture
from sagredo.posterior.predictive import LawPrediction
from sagredo.posterior.top_set import exclusion_bound

if TYPE_CHECKING:
    from jaxtyping import Bool, Float64

LEVELS: Final = (0.05, 0.5, 0.95)
"""The quantiles that are given unless others are asked for: the median and an interval of 90%."""

ALPHA: Final = 0.05
"""A law stays in the running while it has a twentieth of the probability of all that are no less probable."""

LEAST_AGREEMENT: Final = 0.5
"""A row is answered if at least half of the probability, that of unseen laws left out, lies where the laws in the
running agree. Of two laws that are as probable, one measurement would then tell the right one with a probability of
at most 3/4."""


class LawAnswer(NamedTuple):
    """What one law says at one row: its value at the fitted parameters, and an interval of a new response."""

    expression: str
    probability: float
    value: float
    low: float
    high: float


@final
@dataclass(frozen=True, eq=False)
class PredictedLaw:
    """One law that has a part in a prediction, and its own predictive distributions."""

    expression: str
    probability: float
    prediction: LawPrediction


@final
@dataclass(frozen=True, eq=False)
class Abstention:
    """Where the laws in the running agree enough for an answer.

    ``agreement`` is the probability on which all ``law_count`` of them agree, one value a row in [0, 1]; one minus
    it is the probability with which to measure instead. Laws that were not seen agree with nothing: their
    probability ``unseen_mass`` is taken off. A row is answered if its agreement is at least ``least_agreement``.
    ``best_code_bits`` are -log2 of the prior of the likeliest law.
    """

    alpha: float
    least_agreement: float
    law_count: int
    unseen_mass: float
    agreement: Float64[np.ndarray, " rows"]
    best_code_bits: float

    @property
    def exclusion_bound(self) -> float:
        """alpha / w_0, at most 1: were the likeliest law the truth, of prior w_0, the probability that the data ever
        put it out of the running. 1 says nothing (Cohen, Hutter and Nanda 2022).
        """
        return exclusion_bound(self.alpha, self.best_code_bits)

    @property
    def answered(self) -> Bool[np.ndarray, " rows"]:
        """Whether a row is answered."""
        return np.asarray(self.agreement >= self.least_agreement)

    @property
    def settling_row(self) -> int | None:
        """The row whose measurement tells the laws apart best, that of least agreement.

        None if all are answered, or if there is but one law in the running, which no row tells from itself.
        """
        return None if self.law_count < 2 or self.answered.all() else int(np.argmin(self.agreement))


@final
@dataclass(frozen=True, eq=False)
class Prediction:
    """The predictive distribution of every row, all laws mixed by their probabilities.

    ``response`` is that of a new measurement, ``value`` that of the law's value without noise. Mean, standard
    deviation and ``quantiles`` (rows, ``levels``) are those of the response, given that there is one; NaN where
    no law has a value. ``laws`` come best first, ``unseen_mass`` is the probability of laws that were not seen:
    as part of the mixture they are about the laws seen where the data are, and free beyond.
    """

    levels: tuple[float, ...]
    response: ResponseMixture
    value: NormalMixture
    laws: tuple[PredictedLaw, ...]
    unseen_mass: float | None
    abstention: Abstention | None = None

    @property
    def fitted(self) -> Float64[np.ndarray, " rows"]:
        """The best law's mean responses, of one trial where trials are counted, at its fitted parameters."""
        return self.laws[0].prediction.fitted

    @cached_property
    def mean(self) -> Float64[np.ndarray, " rows"]:
        """E[y]."""
        return self.response.mean

    @cached_property
    def standard_deviation(self) -> Float64[np.ndarray, " rows"]:
        """The response's standard deviation."""
        return self.response.standard_deviation

    @cached_property
    def quantiles(self) -> Float64[np.ndarray, "rows levels"]:
        """The responses at ``levels``."""
        return self.response.quantiles(self.levels)

    def explain(self, row: int) -> tuple[LawAnswer, ...]:
        """What each law says at one row, between the outermost levels."""
        ends = min(self.levels), max(self.levels)
        answers = []
        for law in self.laws:
            low, high = law.prediction.response.row(row).quantiles(ends)[0].tolist()
            fitted = float(law.prediction.fitted[row])
            answers.append(LawAnswer(law.expression, law.probability, fitted, low, high))
        return tuple(answers)
