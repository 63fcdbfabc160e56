"""What a law says under each likelihood: the mean response itself, or a quantity that the mean follows from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, final

import numpy as np
from scipy.special import expit

if TYPE_CHECKING:
    from jaxtyping import Float64


class Link(ABC):
    """A law's value and the mean response of one trial (McCullagh & Nelder 1989, section 2.2.3)."""

    @abstractmethod
    def mean(self, values: Float64[np.ndarray, " rows"]) -> Float64[np.ndarray, " rows"]:
        """The mean response where the law has these values."""

    @abstractmethod
    def quantity(self, target: str) -> str:
        """What the law gives, in words around the target's name."""

    @abstractmethod
    def latex(self, target: str) -> str:
        """The same around the target's LaTeX."""


@final
class Identity(Link):
    """The law gives the mean response."""

    def mean(self, values: Float64[np.ndarray, " rows"]) -> Float64[np.ndarray, " rows"]:
        """The values themselves."""
        return values

    def quantity(self, target: str) -> str:
        """The target."""
        return target

    def latex(self, target: str) -> str:
        """The target."""
        return target


@final
class LogOdds(Link):
    """The law gives log(p / (1 - p)), p the probability of success."""

    def mean(self, values: Float64[np.ndarray, " rows"]) -> Float64[np.ndarray, " rows"]:
        """p = 1 / (1 + exp(-value))."""
        return np.asarray(expit(values), dtype=float)

    def quantity(self, target: str) -> str:
        """The log-odds of the target."""
        return f"log-odds({target})"

    def latex(self, target: str) -> str:
        """The log-odds of the target."""
        return rf"\operatorname{{logit}}\left({target}\right)"


LINKS: Final[Mapping[str, Link]] = MappingProxyType({"bernoulli": LogOdds(), "binomial": LogOdds()})
"""The likelihoods whose laws do not give the mean response itself."""


def link_of(noise: str) -> Link:
    """The link of the likelihood of this name."""
    return LINKS.get(noise, Identity())
