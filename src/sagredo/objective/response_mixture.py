"""What is known of new responses: one distribution a row, of real numbers or of counts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Self, TypeVar

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Float64, Int64


Mixture = TypeVar("Mixture", bound="ResponseMixture")
"""One kind of distributions."""


class ResponseMixture(ABC):
    """Distributions of the responses of some rows, each a mixture.

    The weights of a row add up to the probability that there is a response at all. Moments, quantiles and draws are
    given that there is one, and NaN where that is impossible.
    """

    @property
    @abstractmethod
    def row_count(self) -> int:
        """The number of distributions."""

    @abstractmethod
    def rows(self, indices: Int64[np.ndarray, " some"]) -> Self:
        """The distributions of some rows."""

    @abstractmethod
    def followed_by(self, others: Sequence[Self]) -> Self:
        """These distributions, then the others'; components that some rows have more of weigh nothing elsewhere."""

    @abstractmethod
    def row(self, index: int) -> Self:
        """The distribution of one row."""

    @abstractmethod
    def repeated(self, count: int) -> Self:
        """Every distribution so many times over, for as many responses."""

    @property
    @abstractmethod
    def defined(self) -> Float64[np.ndarray, " rows"]:
        """The probability that there is a response."""

    @property
    @abstractmethod
    def mean(self) -> Float64[np.ndarray, " rows"]:
        """E[y]."""

    @property
    @abstractmethod
    def standard_deviation(self) -> Float64[np.ndarray, " rows"]:
        """sqrt(E[(y - E[y])^2])."""

    @property
    @abstractmethod
    def single(self) -> Self:
        """As few components a row as have about the same mean, variance and probability of a response."""

    @property
    @abstractmethod
    def continuous(self) -> bool:
        """Whether every row has a density, or probabilities: no response is known exactly among real numbers."""

    @abstractmethod
    def cumulative(self, responses: Float64[np.ndarray, " rows"]) -> Float64[np.ndarray, " rows"]:
        """P(y <= response), row by row."""

    @abstractmethod
    def log_density(self, responses: Float64[np.ndarray, " rows"]) -> Float64[np.ndarray, " rows"]:
        """log p(response) of a real number, log P(response) of a count, nats, not given that there is one."""

    @abstractmethod
    def quantiles(self, levels: Sequence[float]) -> Float64[np.ndarray, "rows levels"]:
        """The least responses y with P(y <= response) >= level.

        Raises:
            ValueError: a level is not between 0 and 1, both excluded.
        """

    @abstractmethod
    def cells(self) -> tuple[Float64[np.ndarray, " edges"], Float64[np.ndarray, " cells"]]:
        """Of a single row, edges between which next to all of it lies, and the response that stands for each cell."""

    @abstractmethod
    def sample(self, rng: np.random.Generator, count: int) -> Float64[np.ndarray, "rows count"]:
        """Independent draws of each row's response."""

    @abstractmethod
    def mixed_with(self, weights: Sequence[float], others: Sequence[Self]) -> Self:
        """weights[0] of this and weights[k] of others[k - 1]: the components of all side by side."""


def stacked(arrays: Sequence[Float64[np.ndarray, "rows components"]]) -> Float64[np.ndarray, "all most"]:
    """The rows of all arrays, one array after the other, with 0 where an array has fewer components."""
    most = max(array.shape[1] for array in arrays)
    return np.vstack([np.pad(array, ((0, 0), (0, most - array.shape[1]))) for array in arrays])


def mixed_responses(weights: Sequence[float], parts: Sequence[Mixture]) -> Mixture:
    """sum_k weights[k] p_k."""
    return parts[0].mixed_with(weights, parts[1:])
