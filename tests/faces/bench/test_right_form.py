from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sagredo.domains.expressions.forms import fill, parse_form
from sagredo.domains.expressions.syntax import ExpressionSyntax
from sagredo.faces.bench.laws import Law
from sagredo.faces.bench.right_form import FormJudge, clean_rows
from sagredo.faces.bench.spellings import own_constants
from sagredo.language.term import Apply, Parameter, Program, Variable

SYMBOLS = ("a", "b", "c")
SYNTAX = ExpressionSyntax(symbols=SYMBOLS)


def law(formula: str) -> Law:
    return Law("law", "y", formula, SYNTAX.parse(formula), tuple((symbol, 1.0, 3.0) for symbol in SYMBOLS))


def judge_of(formula: str) -> FormJudge:
    known = law(formula)
    refit = clean_rows(*known.sample(np.random.default_rng(1), 200))
    fresh = clean_rows(*known.sample(np.random.default_rng(2), 500))
    return FormJudge(own_constants(known.term), refit, fresh)


def form(text: str, **values: float) -> Program:
    return fill(parse_form(text, SYNTAX, values), {})


PRODUCT = judge_of("a*b")


@pytest.mark.parametrize(
    ("formula", "constants"),
    [
        ("a*b", 0),
        ("1/2*a*b**2", 0),
        ("a/(4*pi*b**2)", 0),
        ("3/5*a*b + 0.7", 0),
        ("sqrt(a*b)", 0),
        ("exp(-a**2/2)/sqrt(2*pi)", 1),
        ("2.5*a**2 - 1.3*b", 2),
        ("0.3*a + sin(0.3*b)", 1),
        ("a**2.7*b", 1),
    ],
)
def test_the_constants_of_a_law_are_its_numbers_but_integers_scale_and_offset(
    formula: str, constants: int
) -> None:
    assert own_constants(SYNTAX.parse(formula)) == constants


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a*b", {}),
        ("p*a*b", {"p": 1.02}),
        ("p*a*b + q", {"p": 1.02, "q": -0.01}),
        ("b/(p/a)", {"p": 0.97}),
        ("exp(log(a) + log(b))", {}),
    ],
)
def test_a_right_form_is_recognised(text: str, values: dict[str, float]) -> None:
    assert PRODUCT.is_right(form(text, **values))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("p*a**q*b**r + s*sin(b)", {"p": 1.02, "q": 0.98, "r": 1.01, "s": 0.003}),
        ("p*a**q*b**r", {"p": 1.02, "q": 0.98, "r": 1.01}),
        ("a*b + p*sin(b)", {"p": 0.003}),
        ("a*b + c*p", {"p": 0.003}),
        ("a*b*c**p", {"p": 0.003}),
        ("a**0.98*b**1.01", {}),
        ("1.02*a*b", {}),
        ("p*a*c", {"p": 1.0}),
        ("p*a**2*b", {"p": 0.5}),
        ("p", {"p": 4.0}),
    ],
)
def test_a_wrong_form_is_refused(text: str, values: dict[str, float]) -> None:
    assert not PRODUCT.is_right(form(text, **values))


FORMS = st.sampled_from(
    [
        ("a*exp(-0.7*b)", "p*a*exp(q*b) + r"),
        ("sin(1.3*a)/c", "p*sin(q*a)/c"),
        ("a/(b + 2.4)", "p*a/(b + q)"),
        ("2.5*a**2 - 1.3*b", "p*a**2 + q*b"),
        ("sqrt(a**2 + 0.4*b**2)", "p*sqrt(a**2 + q*b**2)"),
        ("c*tanh(0.3*a*b)", "p*c*tanh(q*a*b)"),
    ]
)


@settings(max_examples=30, deadline=None)
@given(FORMS, st.integers(0, 2**32 - 1))
def test_a_right_form_is_recognised_whatever_noise_did_to_its_parameters(
    forms: tuple[str, str], seed: int
) -> None:
    formula, text = forms
    judge = judge_of(formula)
    rng = np.random.default_rng(seed)
    right = fill(parse_form(text, SYNTAX), {})
    fitted = judge._refit(right)
    noisy = Program(right.term, tuple(value * rng.uniform(0.8, 1.25) for value in fitted))
    assert judge.is_right(noisy)


@settings(max_examples=30, deadline=None)
@given(FORMS, FORMS)
def test_the_form_of_one_law_is_not_that_of_another(one: tuple[str, str], other: tuple[str, str]) -> None:
    assume(one != other)
    assert not judge_of(one[0]).is_right(form(other[1]))


@given(st.permutations([0, 1, 2, 3]))
@settings(max_examples=10, deadline=None)
def test_the_numbering_of_parameters_does_not_matter(order: list[int]) -> None:
    p, q, r, _ = (Parameter(k) for k in order)
    damped = Apply("mul", (Variable("a"), Apply("exp", (Apply("mul", (q, Variable("b"))),))))
    term = Apply("add", (Apply("mul", (p, damped)), r))
    values = [0.0] * 4
    values[order[0]], values[order[1]], values[order[2]] = 1.1, -0.6, 0.01
    assert judge_of("a*exp(-0.7*b)").is_right(Program(term, tuple(values)))
