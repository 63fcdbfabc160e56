"""The probabilistic grammar: a proper distribution over terms, sampled as it is weighed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import product
from math import exp, inf, log, log2, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagredo.language.grammar import Grammar, categorical, cumulative
from sagredo.language.language import Primitive
from sagredo.language.term import Apply, Literal, Parameter, Term, Variable, children, postorder
from sagredo.problem.column import ValueType
from sagredo.testing.conformance import check_prior

NUMBER = ValueType("number")
TRUTH = ValueType("truth")
PRIMITIVES = (
    Primitive("add", (NUMBER, NUMBER), NUMBER),
    Primitive("if", (TRUTH, NUMBER, NUMBER), NUMBER, kind="choice"),
    Primitive("less", (NUMBER, NUMBER), TRUTH),
    Primitive("true", (), TRUTH, kind="constant"),
)


class Coin:
    """Two literals, with probabilities 1/4 and 3/4."""

    def log_probability(self, value: object) -> float:
        probability = {"low": 0.25, "high": 0.75}.get(str(value), 0.0)
        return float(np.log(probability)) if probability else -inf

    def sample(self, rng: np.random.Generator) -> object:
        return "low" if rng.random() < 0.25 else "high"


GRAMMAR = Grammar(
    primitives=PRIMITIVES,
    variables={"x": NUMBER, "y": NUMBER, "t": TRUTH},
    result_type=NUMBER,
    parameter_types=frozenset({NUMBER}),
    literals={NUMBER: Coin()},
    kind_weights={"variable": 2.0, "choice": 0.5},
    primitive_weights={"less": 3.0},
)
# Worked out by hand. Kinds of numbers: variable 2, parameter 1, literal 1, function 1, choice 1/2; of truths:
# variable 2, function 1, constant 1.
NUMBER_PRODUCTIONS = [(4 / 5.5, ()), (1 / 5.5, (NUMBER, NUMBER)), (0.5 / 5.5, (TRUTH, NUMBER, NUMBER))]
TRUTH_PRODUCTIONS = [(3 / 4, ()), (1 / 4, (NUMBER, NUMBER))]
PRODUCTIONS = {NUMBER: NUMBER_PRODUCTIONS, TRUTH: TRUTH_PRODUCTIONS}


def size_distribution(largest: int) -> list[float]:
    """P(size = n) of the branching process of numbers, n = 0..largest, by convolution."""
    sizes = {kind: np.zeros(largest + 1) for kind in PRODUCTIONS}
    for n in range(1, largest + 1):
        for kind, productions in PRODUCTIONS.items():
            for probability, arguments in productions:
                total = np.ones(1)
                for argument in arguments:
                    total = np.convolve(total, sizes[argument][:n])[:n]
                if len(total) >= n:
                    sizes[kind][n] += probability * total[n - 1]
    return [float(value) for value in sizes[NUMBER]]


def skeletons(kind: ValueType, nodes: int) -> Iterator[Term]:
    """All terms of a type and size, whose parameters are all number 0."""
    if nodes == 1:
        leaves = {
            NUMBER: [Variable("x"), Variable("y"), Parameter(0), Literal("low"), Literal("high")],
            TRUTH: [Variable("t"), Apply("true")],
        }
        yield from leaves[kind]
    for primitive in PRIMITIVES:
        if primitive.result_type == kind and primitive.arity:
            for sizes in product(range(1, nodes), repeat=primitive.arity):
                if sum(sizes) == nodes - 1:
                    pairs = zip(primitive.argument_types, sizes, strict=True)
                    choices = [list(skeletons(argument, count)) for argument, count in pairs]
                    yield from (Apply(primitive.name, arguments) for arguments in product(*choices))


def numberings(term: Term, used: int = 0) -> Iterator[tuple[Term, int]]:
    """The term with its parameters named in every way, new ones in order, and how many are used."""
    if isinstance(term, Parameter):
        yield from ((Parameter(index), max(used, index + 1)) for index in range(used + 1))
    elif isinstance(term, Apply):
        partial: list[tuple[tuple[Term, ...], int]] = [((), used)]
        for child in children(term):
            partial = [
                ((*done, named), count)
                for done, before in partial
                for named, count in numberings(child, before)
            ]
        yield from ((Apply(term.primitive, arguments), count) for arguments, count in partial)
    else:
        yield term, used


@pytest.mark.parametrize("nodes", [1, 2, 3, 4, 5])
def test_the_probabilities_of_all_terms_of_a_size_are_those_of_the_branching_process(nodes: int) -> None:
    terms = [term for skeleton in skeletons(NUMBER, nodes) for term, _ in numberings(skeleton)]
    assert len(set(terms)) == len(terms)
    total = sum(exp(GRAMMAR.log_prior(term)) for term in terms)
    assert total == pytest.approx(size_distribution(nodes)[nodes], rel=1e-12, abs=1e-15)


def test_terms_are_finite_and_as_large_as_the_grammar_says() -> None:
    sizes = np.array(size_distribution(400))
    assert sizes.sum() == pytest.approx(1.0, abs=1e-9)
    assert np.arange(401) @ sizes == pytest.approx(GRAMMAR.mean_size, rel=1e-6)


def test_samples_come_up_as_often_as_the_prior_says() -> None:
    rng = np.random.default_rng(0)
    draws = 20_000
    counts = Counter(GRAMMAR.sample(rng) for _ in range(draws))
    two_parameters = Apply("add", (Parameter(0), Parameter(1)))
    for term, count in [*counts.most_common(40), (two_parameters, counts[two_parameters])]:
        probability = exp(GRAMMAR.log_prior(term))
        # Five standard deviations of a binomial count: one false alarm in 40,000 runs of this loop.
        assert abs(count - draws * probability) < 5 * sqrt(draws * probability), term


def test_it_keeps_the_contract_of_a_prior() -> None:
    check_prior(GRAMMAR, np.random.default_rng(1))


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_costs_of_the_nodes_add_up_to_that_of_the_term(seed: int) -> None:
    term = GRAMMAR.sample(np.random.default_rng(seed))

    def bits(node: Term, kind: ValueType) -> float:
        match node:
            case Variable():
                return GRAMMAR.variable_bits(kind)
            case Literal(value):
                return GRAMMAR.literal_bits(kind, value)
            case Parameter():
                return GRAMMAR.parameter_bits(kind)
            case Apply(name, arguments):
                (primitive,) = (candidate for candidate in PRIMITIVES if candidate.name == name)
                pairs = zip(arguments, primitive.argument_types, strict=True)
                return GRAMMAR.primitive_bits(name) + sum(bits(*pair) for pair in pairs)
        raise AssertionError(node)

    seen: set[int] = set()
    reference_bits = 0.0
    for node in postorder(term):
        if isinstance(node, Parameter):
            if seen:
                reference_bits -= log2((1 / 16) / len(seen) if node.index in seen else 15 / 16)
            seen.add(node.index)
    assert bits(term, NUMBER) + reference_bits == pytest.approx(-GRAMMAR.log_prior(term) / log(2))


FOREIGN = [
    Apply("sub", (Variable("x"), Variable("y"))),
    Apply("add", (Variable("x"),)),
    Apply("add", (Variable("x"), Variable("t"))),
    Apply("if", (Variable("x"), Variable("x"), Variable("x"))),
    Apply("true"),
    Variable("z"),
    Variable("t"),
    Literal("edge"),
    Apply("if", (Parameter(0), Variable("x"), Variable("x"))),
]


@pytest.mark.parametrize("term", FOREIGN, ids=str)
def test_what_is_outside_of_the_language_has_probability_0(term: Term) -> None:
    assert GRAMMAR.log_prior(term) == -inf


def test_what_no_term_has_costs_infinitely_much() -> None:
    assert GRAMMAR.primitive_bits("sub") == inf
    assert GRAMMAR.variable_bits(ValueType("colour")) == inf
    assert GRAMMAR.parameter_bits(TRUTH) == inf
    assert GRAMMAR.literal_bits(TRUTH, "low") == inf
    assert GRAMMAR.with_weights({"choice": 0.0}).primitive_bits("if") == inf


def test_weights_replace_those_of_the_same_name_alone() -> None:
    changed = GRAMMAR.with_weights({"choice": 0.25}, {"add": 2.0})
    assert changed.kind_weights == {"variable": 2.0, "choice": 0.25}
    assert changed.primitive_weights == {"less": 3.0, "add": 2.0}


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"function": 5.0}, "spectral radius"),
        ({"variable": -1.0}, "at least 0"),
        ({"variable": inf}, "finite"),
        ({"variable": 0.0, "function": 0.0, "constant": 0.0}, "production"),
    ],
)
def test_weights_that_make_no_distribution_are_refused(weights: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        GRAMMAR.with_weights(weights)


@given(st.lists(st.floats(0.01, 1), min_size=1, max_size=20), st.integers(0, 2**32 - 1))
def test_a_categorical_draw_is_the_one_of_numpy(weights: list[float], seed: int) -> None:
    probabilities = np.array(weights) / sum(weights)
    fast, slow = np.random.default_rng(seed), np.random.default_rng(seed)
    for _ in range(20):
        expected = slow.choice(len(weights), p=probabilities)
        assert categorical(fast, cumulative(probabilities)) == expected
