"""Posterior probabilities over a grammar so small that its posterior is known by enumeration."""

from __future__ import annotations

from fractions import Fraction
from math import log

import numpy as np
import pytest
from scipy.stats import chisquare

from sagredo.domains.expressions.objective import RealObjective
from sagredo.domains.expressions.primitives import default_primitives
from sagredo.domains.expressions.sample import sample_problem
from sagredo.domains.expressions.syntax import ExpressionSyntax
from sagredo.language.language import Language, Prior
from sagredo.language.term import Apply, Literal, Parameter, Program, Term, Variable
from sagredo.problem.column import REAL

PROBLEMS = 1500
BINS = 10
X, A, B = Variable("x0"), Parameter(0), Parameter(1)


def f(name: str, *arguments: Term) -> Term:
    return Apply(name, arguments)


def number(numerator: int, denominator: int = 1) -> Term:
    return Literal(Fraction(numerator, denominator))


SHAPES = (X, f("square", X), f("sin", X), f("arctan", X), f("exp", f("neg", f("abs", X))))
TERMS = (
    *SHAPES,
    *(f("mul", A, shape) for shape in SHAPES),
    *(f("add", f("mul", A, shape), B) for shape in SHAPES),
    *(f("mul", number(1, 2), shape) for shape in SHAPES),
    *(f("add", A, shape) for shape in SHAPES),
    f("arctan", f("mul", A, X)),
    f("mul", A, f("arctan", f("mul", B, X))),
)
"""Every one is defined everywhere and never constant, so that no draw is rejected."""


class SmallGrammar(Prior):
    """Each of the terms with a probability that falls with its place."""

    probabilities = 0.95 ** np.arange(len(TERMS)) / np.sum(0.95 ** np.arange(len(TERMS)))

    def log_prior(self, term: Term) -> float:
        return log(self.probabilities[TERMS.index(term)])

    def sample(self, rng: np.random.Generator) -> Term:
        return TERMS[int(rng.choice(len(TERMS), p=self.probabilities))]


def posterior(seed: int) -> tuple[np.ndarray, int]:
    """The description lengths of all terms on one problem, bits, and the place of the term that made it."""
    problem, truth = sample_problem(np.random.default_rng(seed), rows=6, inputs=1, prior=SmallGrammar())
    language = Language(default_primitives(), {"x0": REAL}, REAL, SmallGrammar(), ExpressionSyntax(("x0",)))
    scores = RealObjective(problem, language).score_batch([Program(term) for term in TERMS])
    return np.array([score.description_length_bits for score in scores]), TERMS.index(truth.term)


@pytest.fixture(scope="module")
def posteriors() -> list[tuple[np.ndarray, int]]:
    return [posterior(seed) for seed in range(PROBLEMS)]


def uniformity(posteriors: list[tuple[np.ndarray, int]], sharpness: float) -> float:
    """The p-value of the posteriors 2^(-sharpness L): small where they are not calibrated.

    With the terms sorted by probability, the mass before the truth and a random part of the truth's own
    is uniform on [0, 1] if and only if the probabilities are right (Talts 2018, with ties broken at random).
    """
    rng = np.random.default_rng(0)
    places = []
    for lengths, truth in posteriors:
        weights = 2.0 ** (-sharpness * (lengths - lengths.min()))
        weights /= weights.sum()
        places.append(weights[weights > weights[truth]].sum() + rng.random() * weights[truth])
    return float(chisquare(np.histogram(places, BINS, (0, 1))[0]).pvalue)


def test_posterior_probabilities_are_calibrated(posteriors: list[tuple[np.ndarray, int]]) -> None:
    assert uniformity(posteriors, 1.0) > 0.01


@pytest.mark.parametrize("sharpness", [1 / 2, 2])
def test_probabilities_that_are_too_flat_or_too_sharp_are_found_out(
    posteriors: list[tuple[np.ndarray, int]], sharpness: float
) -> None:
    assert uniformity(posteriors, sharpness) < 0.01
