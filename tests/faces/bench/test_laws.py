from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sagredo.faces.bench.laws import Law, stratified_quarter
from sagredo.language.term import Apply, Variable


def law(number: int, count: int) -> Law:
    term = Variable("a")
    for _ in range(number % 7):
        term = Apply("sin", (term,))
    return Law(f"law {number}", "y", "", term, tuple((f"v{k}", 0.0, 1.0) for k in range(count)))


@given(st.lists(st.integers(1, 6), min_size=4, max_size=120), st.randoms())
def test_the_quarter_has_each_number_of_variables_in_proportion(counts: list[int], random) -> None:
    laws = [law(number, count) for number, count in enumerate(counts)]
    quarter = stratified_quarter(laws)
    assert abs(len(quarter) - len(laws) / 4) < 1
    for count in set(counts):
        share = sum(len(law.ranges) == count for law in quarter)
        assert abs(share - counts.count(count) / 4) < 1
    shuffled = list(laws)
    random.shuffle(shuffled)
    assert set(map(id, stratified_quarter(shuffled))) == set(map(id, quarter))


def test_rows_without_a_value_are_drawn_anew() -> None:
    root = Law("root", "y", "sqrt(a)", Apply("sqrt", (Variable("a"),)), (("a", -1.0, 1.0),))
    inputs, responses = root.sample(np.random.default_rng(0), 200)
    assert np.all(inputs["a"] >= 0)
    assert np.array_equal(responses, np.sqrt(inputs["a"]))
