"""The prior over real expressions, and over the numbers that are written in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import gcd, inf, log
from typing import TYPE_CHECKING, Final, final

from sagredo.domains.expressions.primitives import default_primitives
from sagredo.language.grammar import Grammar
from sagredo.problem.column import REAL

if TYPE_CHECKING:
    import numpy as np

    from sagredo.language.language import Primitive

KIND_WEIGHTS: Final[Mapping[str, float]] = {
    "variable": 1.0,
    "parameter": 1.0,
    "literal": 1.0,
    "arithmetic": 1.0,
    "power": 1.0,
    "function": 1.0,
    "constant": 0.25,
    "order": 0.25,
}
"""Uniform by kind, but for two kinds of one or two members, which would otherwise outweigh every variable."""

PRIMITIVE_WEIGHTS: Final[Mapping[str, float]] = {
    "neg": 0.5,
    "inv": 0.5,
    "cube": 0.5,
    "cbrt": 0.25,
    "tan": 0.5,
    "arcsin": 0.5,
    "arccos": 0.5,
    "arctan": 0.5,
    "sinh": 0.5,
    "cosh": 0.5,
    "tanh": 0.5,
    "abs": 0.5,
    "e": 0.25,
}
"""Weights inside a kind; 1 where none is given. What a plainer primitive says almost as shortly weighs a half
(``neg`` by ``sub``, ``inv`` by ``div``, ``tan`` by sin/cos, ``cosh`` by exp) or, where it is rarer still, a
quarter."""

ZERO_PROBABILITY: Final = 1 / 16
"""The probability that a literal is 0, which seldom says anything."""

NEGATIVE_PROBABILITY: Final = 1 / 4
"""The probability that a non-zero literal is negative; outside of exponents ``sub`` and ``neg`` say so."""


@final
class RationalPrior:
    """A heavy-tailed prior over the rationals.

    p(0) = 1/16; any other has the sign and, for p/q in lowest terms, probability (2/5) (p q)^-2 of its
    magnitude: 2 log2(p q) + 1.3 bits, the tail of Elias's gamma code. It is the law of P/Q for independent
    P, Q with probabilities n^-2 / zeta(2), because sum_d (d p)^-2 (d q)^-2 / zeta(2)^2 = (p q)^-2 zeta(4) /
    zeta(2)^2 and zeta(4) / zeta(2)^2 = (pi^4 / 90) / (pi^2 / 6)^2 = 2/5; so it is proper, and equal for r
    and 1/r.
    """

    def log_probability(self, value: object) -> float:
        """log p(value), in nats; -inf for anything but a ``Fraction``."""
        if not isinstance(value, Fraction):
            return -inf
        if value == 0:
            return log(ZERO_PROBABILITY)
        sign = NEGATIVE_PROBABILITY if value < 0 else 1 - NEGATIVE_PROBABILITY
        magnitude = log(2 / 5) - 2 * (log(abs(value.numerator)) + log(value.denominator))
        return log((1 - ZERO_PROBABILITY) * sign) + magnitude

    def sample(self, rng: np.random.Generator) -> Fraction:
        """Draw a rational."""
        if rng.random() < ZERO_PROBABILITY:
            return Fraction(0)
        sign = -1 if rng.random() < NEGATIVE_PROBABILITY else 1
        numerator, denominator = int(rng.zipf(2.0)), int(rng.zipf(2.0))
        common = gcd(numerator, denominator)
        return Fraction(sign * numerator // common, denominator // common)


def expression_grammar(
    symbols: Iterable[str],
    primitives: Iterable[Primitive] | None = None,
    *,
    kind_weights: Mapping[str, float] | None = None,
    primitive_weights: Mapping[str, float] | None = None,
) -> Grammar:
    """The prior over real expressions in the columns ``symbols``, with free parameters and rational literals.

    ``primitives`` are operations and named constants (default: all operations and pi). Weights that are given
    take the place of the defaults ``KIND_WEIGHTS`` and ``PRIMITIVE_WEIGHTS``.

    Raises:
        ValueError: the weights make a grammar that is not subcritical.
    """
    return Grammar(
        primitives=tuple(default_primitives() if primitives is None else primitives),
        variables=dict.fromkeys(symbols, REAL),
        result_type=REAL,
        parameter_types=frozenset({REAL}),
        literals={REAL: RationalPrior()},
        kind_weights={**KIND_WEIGHTS, **(kind_weights or {})},
        primitive_weights={**PRIMITIVE_WEIGHTS, **(primitive_weights or {})},
    )
