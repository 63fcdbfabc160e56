"""The local learning coefficient: how many parameters a law really has, halved."""

from __future__ import annotations

from collections.abc import Callable
from math import e, log
from typing import TYPE_CHECKING

from sagredo.objective.tempering import temper

if TYPE_CHECKING:
    import numpy as np

    from sagredo.objective.tempering import Draws, Logs


def learning_coefficient(
    rng: np.random.Generator,
    prior_draws: Draws,
    log_prior: Callable[[Draws], Logs],
    log_likelihood: Callable[[Draws], Logs],
    largest_log_likelihood: float,
    rows: int,
    *,
    multiplicity: int = 1,
) -> float:
    """lambda, from the excess of the loss at the inverse temperature beta = 1 / log(rows).

    -log of the evidence of n rows grows as n L_n(kappa_0) + lambda log n - (m - 1) log log n, with m the multiplicity;
    lambda is half the number of parameters in a regular model and less where parameters are redundant. Its derivative
    by beta gives

        n beta E_beta[L_n(kappa) - L_n(kappa_0)] = lambda - (m - 1) / log(n beta) + o(1 / log n)

    with E_beta over p(kappa) exp(-n beta L_n(kappa)) (Watanabe 2013; Lau 2023). ``log_likelihood`` is -n L_n, and
    ``largest_log_likelihood`` its value at kappa_0. Where the multiplicity is not known, 1 gives a value that is low by
    (m - 1) / log(n beta).

    Raises:
        ValueError: there are fewer than 3 rows, for which beta would not be below 1.
    """
    if rows < e:
        raise ValueError(
            f"A learning coefficient must be estimated from at least 3 rows. Got {rows} instead."
        )
    beta = 1.0 / log(rows)
    tempered = temper(rng, prior_draws, log_prior, log_likelihood, beta)
    excess = largest_log_likelihood - float(tempered.log_likelihoods.mean())
    return beta * excess + (multiplicity - 1) / log(rows * beta)
