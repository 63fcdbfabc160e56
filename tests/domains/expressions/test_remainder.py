"""Residuals that are a function of the inputs are told from noise."""

from __future__ import annotations

from math import inf, log2

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagredo.domains.expressions.domain import Expressions
from sagredo.domains.expressions.prior import expression_grammar
from sagredo.domains.expressions.remainder import LARGEST_ROWS, remainder_bits
from sagredo.language.enumeration import terms_up_to
from sagredo.language.places import places
from sagredo.language.term import Apply, Program, Term
from sagredo.problem.build import problem_from_arrays
from sagredo.problem.column import REAL
from sagredo.problem.problem import Problem

SEEDS = st.integers(0, 10_000)
RANGE = 100.0


def columns(seed: int, inputs: int, rows: int) -> list[np.ndarray]:
    return list(np.random.default_rng(seed).uniform(1.0, 3.0, (inputs, rows)))


@settings(max_examples=8, deadline=None)
@given(seed=SEEDS, inputs=st.integers(1, 4), rows=st.integers(10, 60), heavy=st.booleans())
def test_noise_of_any_distribution_looks_like_noise(seed: int, inputs: int, rows: int, heavy: bool) -> None:
    rng = np.random.default_rng(seed)
    given_inputs = columns(seed, inputs, rows)
    draws = (rng.standard_cauchy(rows) if heavy else rng.standard_normal(rows) for _ in range(30))
    bits = np.array([remainder_bits(given_inputs, [], draw, RANGE) for draw in draws])
    # The Bayes factor is 1 in expectation, so that it exceeds 2^10 in one of 1000 (Markov's inequality).
    assert np.median(bits) < 0.0
    assert bits.max() < 10.0


@settings(max_examples=8, deadline=None)
@given(seed=SEEDS, rows=st.integers(60, 300), frequency=st.floats(0.01, 2.0))
def test_a_function_of_an_input_or_of_an_intermediate_value_is_seen(
    seed: int, rows: int, frequency: float
) -> None:
    first, second = columns(seed, 2, rows)
    noise = 0.1 * np.random.default_rng(seed + 1).standard_normal(rows)
    for place in (first, first * second):
        signal = np.sin(frequency * place)
        residuals = signal / np.std(signal) + noise
        assert remainder_bits([first, second], [first * second], residuals, RANGE) > 10.0


@settings(max_examples=8, deadline=None)
@given(seed=SEEDS, rows=st.integers(5, 50), scale=st.floats(1e-300, 1e100))
def test_neither_the_units_nor_the_direction_of_anything_matter(seed: int, rows: int, scale: float) -> None:
    first, second = columns(seed, 2, rows)
    residuals = np.random.default_rng(seed + 1).standard_normal(rows) * np.exp(first)
    bits = remainder_bits([first, second], [first * second], residuals, RANGE)
    scaled = remainder_bits([scale * first, second], [-first * second], scale * residuals, RANGE)
    assert scaled == pytest.approx(bits, abs=1e-9)
    repeated = remainder_bits(
        [first, second], [first * second, np.exp(first), first / first], residuals, RANGE
    )
    assert repeated == pytest.approx(bits, abs=1e-9)


def test_where_there_is_nothing_to_compare_nothing_is_said() -> None:
    rows = 2 * LARGEST_ROWS
    residuals = np.random.default_rng(0).standard_normal(rows)
    assert remainder_bits([np.ones(rows)], [np.full(rows, inf)], residuals, RANGE) == 0.0
    assert remainder_bits([np.arange(rows, dtype=float)], [], np.ones(rows), RANGE) == 0.0


def margin_bits(problem: Problem, text: str, domain: Expressions | None = None) -> float:
    """How many bits what may lie unseen near a program is behind the program."""
    domain = domain or Expressions()
    language = domain.language(problem)
    term = language.syntax.parse(text)
    score = domain.objective(problem, language).score(Program(term))
    return domain.unseen_bits(problem)(score) - score.description_length_bits


def test_a_law_of_noisy_data_has_little_near_it_and_an_approximation_has_much() -> None:
    rng = np.random.default_rng(5)
    x, y = rng.uniform(1, 3, (2, 100))
    exact = x * y + 0.3 * np.sin(3 * x)
    noisy = exact + 0.02 * rng.standard_normal(100)
    for responses in (exact, noisy):
        problem = problem_from_arrays(np.array([x, y]).T, responses, input_names=["x", "y"])
        assert margin_bits(problem, "x*y") < -10.0
        margin = margin_bits(problem, "x*y + 0.3*sin(3*x)")
        assert margin == inf if responses is exact else 5.0 < margin < 20.0


def test_sigmas_that_are_given_are_taken_out_first() -> None:
    rng = np.random.default_rng(6)
    x = np.sort(rng.uniform(1, 3, 60))
    sigma = np.where(x > 2, 1.0, 0.01)
    responses = x + sigma * rng.standard_normal(60)
    problem = problem_from_arrays(x[:, np.newaxis], responses, input_names=["x"], sigma=sigma)
    assert margin_bits(problem, "x") > 4.0


def test_a_form_that_the_user_gave_has_nothing_near_it() -> None:
    x = np.linspace(1, 3, 30)
    problem = problem_from_arrays(x[:, np.newaxis], x + 0.1 * np.sin(9 * x), input_names=["x"])
    assert margin_bits(problem, "x") < 0.0
    assert margin_bits(problem, "x", Expressions(form="a*x")) == inf


def test_without_binary_operations_nothing_can_be_joined() -> None:
    x = np.linspace(1, 3, 30)
    problem = problem_from_arrays(x[:, np.newaxis], x + 0.1 * np.sin(9 * x), input_names=["x"])
    assert margin_bits(problem, "x", Expressions(operators=("sin", "exp"))) == pytest.approx(inf)


def joined_terms(term: Term, problem: Problem, domain: Expressions) -> list[Program]:
    """The term with each operand of up to three nodes without literals joined to each of its nodes, on either side."""
    primitives = {primitive.name: primitive for primitive in domain.primitives(problem)}
    symbols = [column.symbol for column in problem.inputs]
    grammar = expression_grammar(symbols, primitives.values(), kind_weights={"literal": 0.0})
    binary = [name for name, primitive in primitives.items() if primitive.arity == 2]
    return [
        Program(place.put(Apply(name, arguments)))
        for operand in terms_up_to(grammar, 3)
        for place in places(term, REAL, primitives)
        for name in binary
        for arguments in ((place.node, operand), (operand, place.node))
    ]


def test_about_as_much_is_taken_to_be_near_a_right_law_as_enumeration_finds() -> None:
    """All that is joined to the law by enumeration, of another meaning: the mean over seeds, in bits."""
    domain = Expressions(operators=("add", "mul", "div", "sin", "sqrt"))
    excess = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        x, y, z, w = inputs = rng.uniform(1, 3, (4, 60))
        exact = x * y + z / w
        noisy = exact + 0.05 * np.sqrt(np.mean(exact**2)) * rng.standard_normal(60)
        problem = problem_from_arrays(inputs.T, noisy, input_names=["x", "y", "z", "w"])
        language = domain.language(problem)
        objective = domain.objective(problem, language)
        law = objective.score(Program(language.syntax.parse("x*y + z/w")))
        near = objective.score_batch(joined_terms(law.program.term, problem, domain))
        others = [
            law.description_length_bits - other.description_length_bits
            for other in near
            if abs(other.data_bits - law.data_bits) > 0.01
        ]
        estimated = law.description_length_bits - domain.unseen_bits(problem)(law)
        excess.append(estimated - log2(sum(2.0**bits for bits in others)))
    assert -1.0 < np.mean(excess) < 2.0


def test_a_function_of_which_the_rows_do_not_tell_one_another_counts_for_little() -> None:
    """In six dimensions ten rows are all far apart: a function of all of them together is noise by another name."""
    rng = np.random.default_rng(0)
    inputs = list(rng.uniform(1.0, 3.0, (6, 10)))
    bits = [remainder_bits(inputs, [], rng.standard_normal(10), RANGE) for _ in range(30)]
    assert np.median(bits) < -2.0
