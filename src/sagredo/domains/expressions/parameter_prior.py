"""The prior of a term's parameters: its density at many draws, and draws from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import pi
from typing import TYPE_CHECKING, Protocol, final

import numpy as np

from sagredo.domains.expressions.parameter_values import values_at
from sagredo.domains.expressions.scales import Size, Visit, assign_scales, root_mean_squares
from sagredo.language.term import Parameter, Term, Variable, postorder

if TYPE_CHECKING:
    from jaxtyping import Float64

_UNBOUNDED = (-np.inf, np.inf)


class ScaledData(Protocol):
    """What the scales of parameters are known by: the inputs' values and declared magnitudes, and the target's."""

    @property
    def symbols(self) -> tuple[str, ...]:
        """Of the inputs."""

    @property
    def columns(self) -> Float64[np.ndarray, "inputs rows"]:
        """Of the inputs."""

    @property
    def magnitudes(self) -> Mapping[str, float]:
        """Of the inputs that have a declared one."""

    @property
    def target_magnitude(self) -> float:
        """Of a law's values."""


@final
class ParameterPrior:
    """p(kappa) = prod_j Cauchy(kappa_j; 0, s_j), with the scales of :func:`.assign_scales` (decision 0001).

    A scale may depend on the values of parameters that come before it. A parameter with ``bounds`` has the density
    given that it lies within them; the scale of one that the term lacks is 1.
    """

    def __init__(
        self,
        term: Term,
        data: ScaledData,
        constants: Mapping[str, float],
        bounds: Sequence[tuple[float, float]] = (),
    ) -> None:
        self._term, self._data, self._constants = term, data, constants
        self._present = {node.index for node in postorder(term) if isinstance(node, Parameter)}
        self._count = 1 + max(self._present, default=-1)
        self._bounds = [*bounds[: self._count], *[_UNBOUNDED] * (self._count - len(bounds))]

    def log_densities(
        self, parameters: Float64[np.ndarray, "draws parameters"]
    ) -> Float64[np.ndarray, "draws parameters"]:
        """log p_j(kappa_j | those before it), nats, of each draw."""
        logs = np.empty(parameters.shape)

        def add(index: int, scale: Size) -> None:
            low, high = self._bounds[index]
            values = parameters[:, index]
            inside = (values >= low) & (values <= high)
            density = -np.log(pi * scale) - 2 * np.log(np.hypot(1.0, values / scale))
            if np.isfinite(low) or np.isfinite(high):
                density = density - _log_mass(low / scale, high / scale)
            logs[:, index] = np.where(inside & ~np.isnan(density), density, -np.inf)

        with np.errstate(all="ignore"):
            self._assign(parameters, add)
        return logs

    def draw(self, rng: np.random.Generator, count: int) -> Float64[np.ndarray, "draws parameters"]:
        """Independent draws."""
        drawn = np.ones((count, self._count))

        def draw(index: int, scale: Size) -> None:
            low, high = self._bounds[index]
            drawn[:, index] = _truncated_cauchy(rng.random(count), low / scale, high / scale) * scale

        self._assign(drawn, draw)
        return drawn

    def _assign(self, parameters: Float64[np.ndarray, "draws parameters"], visit: Visit) -> None:
        """Visit each parameter with its scales at the draws of those before it."""
        data = self._data

        def magnitude(node: Term) -> Size:
            if isinstance(node, Variable) and node.symbol in data.magnitudes:
                return data.magnitudes[node.symbol]
            fixed = not any(isinstance(inner, Parameter) for inner in postorder(node))
            at = parameters[:1] if fixed else parameters
            values = values_at(node, data.symbols, self._constants, at, data.columns)
            sizes = root_mean_squares(values)
            return float(sizes[0]) if fixed else sizes

        assign_scales(self._term, data.target_magnitude, magnitude, visit, self._constants)
        for index in set(range(self._count)) - self._present:
            visit(index, 1.0)


def _log_mass(low: Size, high: Size) -> Size:
    """log of the probability that Cauchy(0, 1) lies between bounds, one of them finite, free of cancellation."""
    if np.all(np.isinf(low)):
        angle: Size = np.arctan2(1.0, -np.asarray(high))
    elif np.all(np.isinf(high)):
        angle = np.arctan2(1.0, low)
    else:
        angle = np.arctan2(np.subtract(high, low), 1.0 + low * high)
    logs: Size = np.log(np.divide(angle, pi))
    return logs


def _truncated_cauchy(
    uniform: Float64[np.ndarray, " draws"], low: Size, high: Size
) -> Float64[np.ndarray, " draws"]:
    """Cauchy(0, 1) between the bounds, by its inverse distribution function.

    Far from 0 that would cancel; there the reciprocal, which is Cauchy(0, 1) as well, is drawn.
    """
    if np.all(np.less(high, 0)):
        return -_truncated_cauchy(uniform, np.negative(high), np.negative(low))
    if np.all(np.greater(low, 0)):
        first, last = np.arctan(np.divide(1.0, high)), np.arctan(np.divide(1.0, low))
        return np.asarray(1.0 / np.tan(first + uniform * (last - first)), dtype=float)
    first, last = np.arctan(low), np.arctan(high)
    return np.asarray(np.tan(first + uniform * (last - first)), dtype=float)
