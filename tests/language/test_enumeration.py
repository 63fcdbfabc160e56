from __future__ import annotations

from collections import Counter
from dataclasses import replace
from math import exp

import numpy as np
import pytest

from sagredo.domains.expressions.prior import expression_grammar
from sagredo.language.enumeration import terms_up_to
from sagredo.language.grammar import Grammar
from sagredo.language.language import Primitive
from sagredo.language.term import Apply, Parameter, Variable, canonical, size
from sagredo.problem.column import ValueType

NUMBER, TRUTH = ValueType("number"), ValueType("truth")
GRAMMAR = Grammar(
    (
        Primitive("neg", (NUMBER,), NUMBER),
        Primitive("sub", (NUMBER, NUMBER), NUMBER),
        Primitive("choose", (TRUTH, NUMBER, NUMBER), NUMBER),
        Primitive("positive", (NUMBER,), TRUTH),
    ),
    {"x": NUMBER},
    NUMBER,
    parameter_types=frozenset({NUMBER, TRUTH}),
    kind_weights={"variable": 2.0, "parameter": 2.0},
)


def test_the_smallest_terms_in_order() -> None:
    x, a, b = Variable("x"), Parameter(0), Parameter(1)
    pairs = [(x, x), (x, a), (a, x), (a, a), (a, b)]
    expected = {x, a, Apply("neg", (x,)), Apply("neg", (a,))}
    expected |= {Apply("neg", (Apply("neg", (leaf,)),)) for leaf in (x, a)}
    expected |= {Apply("sub", pair) for pair in pairs}
    found = list(terms_up_to(GRAMMAR, 3))
    assert set(found) == expected
    assert len(found) == len(expected)
    assert [size(term) for term in found] == sorted(map(size, found))


def test_every_draw_is_enumerated_with_its_probability() -> None:
    rng = np.random.default_rng(1)
    terms = list(terms_up_to(GRAMMAR, 5))
    draws = Counter(GRAMMAR.sample(rng) for _ in range(20_000))
    small = {term: count for term, count in draws.items() if size(term) <= 5}
    assert set(small) <= set(terms)
    assert len(terms) == len(set(terms))
    assert all(canonical(term) == term for term in terms)
    # The share of small terms: binomial, five standard deviations.
    share = sum(exp(GRAMMAR.log_prior(term)) for term in terms)
    assert sum(small.values()) / 20_000 == pytest.approx(share, abs=5 * (share * (1 - share) / 20_000) ** 0.5)


def test_literals_are_refused_unless_no_term_has_one() -> None:
    grammar = expression_grammar(["x"])
    with pytest.raises(ValueError, match="without literals"):
        next(terms_up_to(grammar, 1))
    finite = replace(grammar, kind_weights={**grammar.kind_weights, "literal": 0.0})
    assert list(terms_up_to(finite, 1)) == [Variable("x"), Parameter(0), Apply("pi")]
