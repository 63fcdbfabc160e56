"""The prior over real expressions and over the numbers in them."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from math import exp, inf, log, log2, pi, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagredo.domains.expressions.primitives import default_primitives, parse_operators
from sagredo.domains.expressions.prior import RationalPrior, expression_grammar
from sagredo.language.term import Apply, Variable
from sagredo.testing.conformance import check_prior

RATIONALS = RationalPrior()


def test_the_probabilities_of_all_rationals_add_up_to_one() -> None:
    largest = 300
    total = exp(RATIONALS.log_probability(Fraction(0)))
    numbers = {Fraction(p, q) for p in range(1, largest + 1) for q in range(1, largest + 1)}
    for sign in (1, -1):
        total += sum(exp(RATIONALS.log_probability(sign * number)) for number in numbers)
    # What is left out has p or q above N: at most 2 (2/5) zeta(2) sum_{n > N} n^-2 < (4/5) (pi^2 / 6) / N.
    assert 1 - 0.8 * pi**2 / 6 / largest < total < 1


@given(value=st.fractions().filter(bool))
def test_a_rational_and_its_reciprocal_are_as_probable(value: Fraction) -> None:
    assert RATIONALS.log_probability(value) == pytest.approx(RATIONALS.log_probability(1 / value))
    assert RATIONALS.log_probability(abs(value)) - RATIONALS.log_probability(-abs(value)) == pytest.approx(
        log(3)
    )


@pytest.mark.parametrize("value", [1, 0.5, "1", None])
def test_what_is_no_fraction_has_probability_0(value: object) -> None:
    assert RATIONALS.log_probability(value) == -inf


def test_samples_of_rationals_come_up_as_often_as_the_prior_says() -> None:
    rng = np.random.default_rng(2)
    draws = 20_000
    counts = Counter(RATIONALS.sample(rng) for _ in range(draws))
    for value, count in counts.most_common(30):
        probability = exp(RATIONALS.log_probability(value))
        assert abs(count - draws * probability) < 5 * sqrt(draws * probability), value


def test_it_keeps_the_contract_of_a_prior() -> None:
    check_prior(expression_grammar(["x", "y"]), np.random.default_rng(3))


@pytest.mark.parametrize("operators", ["+", "+,-,*,/", "+,sin,pi", "min,max,**"])
def test_every_choice_of_operators_makes_a_grammar(operators: str) -> None:
    grammar = expression_grammar(["x"], parse_operators(operators))
    assert grammar.spectral_radius < 1
    check_prior(grammar, np.random.default_rng(4), draws=20)


def test_every_primitive_of_the_default_language_has_a_finite_cost() -> None:
    grammar = expression_grammar(["x"])
    assert all(grammar.primitive_bits(primitive.name) < 12 for primitive in default_primitives())


def test_weights_that_are_given_take_the_place_of_the_defaults() -> None:
    plain = expression_grammar(["x"])
    keen = expression_grammar(["x"], primitive_weights={"cosh": 1.0})
    # cosh has twice its weight, among functions whose weights come to 8 instead of 7.5.
    assert plain.primitive_bits("cosh") - keen.primitive_bits("cosh") == pytest.approx(1 - log2(8.5 / 8))
    term = Apply("exp", (Variable("x"),))
    assert expression_grammar(["x"], kind_weights={"function": 0.0}).log_prior(term) == -inf
