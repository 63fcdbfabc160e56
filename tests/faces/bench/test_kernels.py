from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sagredo.faces.bench.kernels import Kernels
from sagredo.faces.bench.operon import operon_evaluator
from sagredo.faces.bench.random_expressions import LONGEST, SHORTEST, random_expressions
from sagredo.language.term import Apply, Term, Variable, size, variables

COLUMNS = {name: np.random.default_rng(k).uniform(0.5, 2.0, 9) for k, name in enumerate(("x1", "x2"))}
X, Y = Variable("x1"), Variable("x2")


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), symbols=st.lists(st.sampled_from("abcd"), min_size=1, unique=True))
def test_random_expressions_have_the_sizes_and_symbols_asked_for(seed: int, symbols: list[str]) -> None:
    terms = random_expressions(np.random.default_rng(seed), symbols, 20)
    assert len(terms) == 20
    assert all(SHORTEST <= size(term) <= LONGEST for term in terms)
    assert all(set(variables(term)) <= set(symbols) for term in terms)


def test_the_peer_gets_the_arguments_in_our_order() -> None:
    terms: list[Term] = [
        Apply("sub", (X, Apply("square", (Y,)))),
        Apply("div", (Apply("exp", (X,)), Y)),
        Apply("tanh", (Apply("sub", (Apply("log", (Y,)), X)),)),
    ]
    x, y = COLUMNS.values()
    wanted = np.array([x - y**2, np.exp(x) / y, np.tanh(np.log(y) - x)])
    assert np.allclose(operon_evaluator(terms, COLUMNS)(), wanted, rtol=1e-4)


def test_both_evaluators_do_the_same_work() -> None:
    record = Kernels(repeats=1, seed=3).evaluator()
    assert record["agreement"] > 0.99
    assert record["ratio_range"][0] <= record["ratio"] <= record["ratio_range"][1]


def test_a_measurement_that_fails_is_a_record() -> None:
    benchmark = Kernels(repeats=0, seed=0)  # No repeats have no median.
    record = benchmark.tasks()["bank"]()
    assert "no median" in record["failure"]
    assert "no median" in benchmark.table([record]).markdown()
