"""The native bank, matchers and backward search, against brute force."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sagredo import _native

CODES = _native.OPERATION_CODES
VARIABLE = CODES["variable"]
PRIME = 7

REAL_OPERATIONS: dict[str, Callable[..., np.ndarray]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "exp": np.exp,
    "log": np.log,
    "sin": np.sin,
    "sqrt": np.sqrt,
    "square": np.square,
}


def run_postfix(
    code: list[tuple[int, int]], leaves: list[np.ndarray], apply: Callable[..., np.ndarray]
) -> np.ndarray:
    names = {value: name for name, value in CODES.items()}
    stack: list[np.ndarray] = []
    for operation, operand in code:
        if operation == VARIABLE:
            stack.append(leaves[operand])
        elif names[operation] in ("add", "sub", "mul", "div"):
            right, left = stack.pop(), stack.pop()
            stack.append(apply(names[operation], left, right))
        else:
            stack.append(apply(names[operation], stack.pop()))
    (result,) = stack
    return result


def modular(name: str, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    operation = {"add": np.add, "sub": np.subtract, "mul": np.multiply}[name]
    return operation(left.astype(int), right.astype(int)) % PRIME


def real_bank(
    rng: np.random.Generator, rows: int, size: int, inputs: int = 2
) -> tuple[_native.Bank, np.ndarray]:
    bank = _native.Bank(rows, [(CODES[name], 3 + k % 3) for k, name in enumerate(REAL_OPERATIONS)], size)
    columns = rng.uniform(
        0.5, 1.5, (inputs, rows)
    )  # larger ones make exp(exp(exp(x))), and rounding errors of it
    for k, column in enumerate(columns):
        assert bank.add_leaf(VARIABLE, k, 2, column)
    while bank.enumerate(10_000):
        pass
    return bank, columns


@given(seed=st.integers(0, 2**32 - 1), rows=st.integers(1, 4))
@settings(max_examples=20, deadline=None)
def test_a_bank_has_exactly_the_meanings_that_brute_force_finds(seed: int, rows: int) -> None:
    rng = np.random.default_rng(seed)
    leaves = list(rng.integers(0, PRIME, (2, rows)).astype(np.uint32))
    costs = {"add": 1, "sub": 2, "mul": 2}
    bank = _native.ModularBank(rows, PRIME, [(CODES[name], cost) for name, cost in costs.items()], 100_000)
    for k, leaf in enumerate(leaves):
        bank.add_leaf(VARIABLE, k, 1, leaf)
    limit = 8
    while bank.frontier_cost <= limit and bank.enumerate(1000):
        pass
    cheapest: dict[tuple[int, ...], int] = {}
    levels: dict[int, set[tuple[int, ...]]] = {1: {tuple(map(int, leaf)) for leaf in leaves}}
    for values in levels[1]:
        cheapest[values] = 1
    for total in range(2, limit + 1):
        levels[total] = set()
        for name, cost in costs.items():
            for left_cost in range(1, total - cost):
                pairs = itertools.product(levels.get(left_cost, ()), levels.get(total - cost - left_cost, ()))
                for left, right in pairs:
                    values = tuple(map(int, modular(name, np.array(left), np.array(right))))
                    if cheapest.setdefault(values, total) == total:
                        levels[total].add(values)
    found = {tuple(bank.values(k)): bank.cost(k) for k in range(len(bank)) if bank.cost(k) <= limit}
    assert found == cheapest


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=10, deadline=None)
def test_the_values_of_an_entry_are_those_of_its_program(seed: int) -> None:
    bank, columns = real_bank(np.random.default_rng(seed), rows=12, size=1000)
    for entry in range(0, len(bank), 37):
        with np.errstate(all="ignore"):
            values = run_postfix(
                bank.code(entry), list(columns), lambda name, *args: REAL_OPERATIONS[name](*args)
            )
        np.testing.assert_allclose(bank.values(entry), values, rtol=1e-9, atol=1e-9 * np.abs(values).max())


def test_no_two_entries_of_a_bank_mean_the_same() -> None:
    bank, _ = real_bank(np.random.default_rng(1), rows=12, size=2000)
    values = np.array([bank.values(k) for k in range(len(bank))])
    scale = np.abs(values).max(axis=1)
    for k in range(len(bank)):
        difference = np.abs(values[k + 1 :] - values[k]).max(axis=1)
        assert not np.any(difference <= 1e-12 * scale[k])


def test_a_bank_keeps_to_its_capacity_and_says_that_it_is_full() -> None:
    bank, _ = real_bank(np.random.default_rng(2), rows=8, size=500)
    assert len(bank) == 500
    assert bank.full
    assert bank.enumerate(1000) == 0


def test_results_do_not_depend_on_how_enumeration_is_cut_into_steps() -> None:
    rng = np.random.default_rng(3)
    columns = rng.uniform(0.5, 3.0, (2, 10))
    banks = []
    for step in (1, 7, 100_000):
        bank = _native.Bank(10, [(CODES[name], 3) for name in REAL_OPERATIONS], 1000)
        for k, column in enumerate(columns):
            bank.add_leaf(VARIABLE, k, 2, column)
        while bank.enumerate(step):
            pass
        banks.append([bank.code(k) for k in range(len(bank))])
    assert banks[0] == banks[1] == banks[2]


@given(
    seed=st.integers(0, 2**32 - 1),
    scale=st.floats(-100, 100).filter(lambda value: abs(value) > 1e-3),
    offset=st.floats(-100, 100),
)
@settings(max_examples=20, deadline=None)
def test_every_affine_image_of_an_entry_is_matched(seed: int, scale: float, offset: float) -> None:
    rng = np.random.default_rng(seed)
    bank, columns = real_bank(rng, rows=20, size=1000)
    entry = int(rng.integers(len(bank)))
    values = np.array(bank.values(entry))
    assume(np.ptp(values) >= 1e-3 * np.abs(values).max())
    # Beside a row of 1e35 all others are equal: such an entry has no direction of its own.
    assume(np.median(np.abs(values - np.median(values))) >= 1e-6 * np.ptp(values))
    target = scale * values + offset
    search = _native.Backward(bank, columns, target, len(bank), 10, 0, list(range(10)), [])
    _, hits = search.step(1)
    affine = [hit for hit in hits if _native.SHAPES[hit[1]] == "affine" and not hit[0]]
    assert affine
    for _, _, first, _, (a, b), _ in affine:
        np.testing.assert_allclose(
            a * np.array(bank.values(first)) + b, target, rtol=1e-6, atol=1e-6 * np.ptp(target)
        )


@given(
    seed=st.integers(0, 2**32 - 1),
    exponents=st.tuples(*[st.sampled_from([-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0])] * 2),
    power=st.sampled_from([-2.0, -1.0, 0.5, 1.0, 2.0]),
)
@settings(max_examples=20, deadline=None)
def test_a_monomial_times_a_power_of_an_entry_is_matched(
    seed: int, exponents: tuple[float, float], power: float
) -> None:
    rng = np.random.default_rng(seed)
    bank, columns = real_bank(rng, rows=20, size=300)
    factor = columns[0] + columns[1]
    target = 1.7 * columns[0] ** exponents[0] * columns[1] ** exponents[1] * factor**power
    search = _native.Backward(bank, columns, target, len(bank), 10, 0, list(range(10)), [])
    _, hits = search.step(1)
    powers = [hit for hit in hits if _native.SHAPES[hit[1]] == "power" and not hit[0]]
    assert powers
    for _, _, first, _, coefficients, _ in powers:
        product = coefficients[0] * columns[0] ** coefficients[2] * columns[1] ** coefficients[3]
        product *= np.array(bank.values(first)) ** coefficients[1]
        np.testing.assert_allclose(product, target, rtol=1e-6)


def real_value(
    hit: tuple[list[tuple[int, int, int]], int, int, int, list[float], int], bank: _native.Bank
) -> np.ndarray:
    """The target that a hit of a sum of two entries makes."""
    steps, _, first, second, (a, b, offset), _ = hit
    value = a * np.array(bank.values(first)) + b * np.array(bank.values(second)) + offset
    names = {code: name for name, code in CODES.items()}
    for operation, position, other in reversed(steps):
        column = np.array(bank.values(other)) if other >= 0 else None
        arguments = (value,) if column is None else (value, column) if position == 0 else (column, value)
        value = REAL_OPERATIONS[names[operation]](*arguments)
    return value


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=10, deadline=None)
def test_a_sum_over_a_factor_is_met_ahead_of_its_turn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    bank, columns = real_bank(rng, rows=24, size=1000, inputs=3)
    factor = int(rng.integers(900, len(bank)))
    values = np.array(bank.values(factor))
    assume(np.abs(values).min() > 0.01 and np.abs(values).max() < 100 and np.ptp(values) > 0.1)
    target = (3.1 * columns[0] - 0.7 * np.exp(columns[2])) / values
    library = [0, bank.find(np.exp(columns[2]))]
    pairs = {}
    for factors in ((), (factor,)):
        search = _native.Backward(bank, columns, target, len(bank), 20_000, 20, library, factors)
        _, hits = search.step(10_000)
        pairs[factors] = [hit for hit in hits if _native.SHAPES[hit[1]] == "pair"]
    assert not pairs[()]
    assert pairs[factor,]
    for hit in pairs[factor,]:
        np.testing.assert_allclose(real_value(hit, bank), target, rtol=1e-6)


@given(seed=st.integers(0, 2**32 - 1), name=st.sampled_from(["add", "sub", "mul"]))
@settings(max_examples=20, deadline=None)
def test_backward_search_meets_sums_and_products_of_two_entries_exactly(seed: int, name: str) -> None:
    rng = np.random.default_rng(seed)
    rows, prime = 8, 10_007
    leaves = list(rng.integers(1, prime, (3, rows)).astype(np.uint32))
    operations = ("add", "sub", "mul")
    bank = _native.ModularBank(rows, prime, [(CODES[op], 1) for op in operations], 300)
    for k, leaf in enumerate(leaves):
        bank.add_leaf(VARIABLE, k, 1, leaf)
    bank.enumerate(10_000)

    def apply(name: str, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        operation = {"add": np.add, "sub": np.subtract, "mul": np.multiply}[name]
        return operation(np.asarray(left, dtype=object), np.asarray(right, dtype=object)) % prime

    left, right = (np.array(bank.values(int(k))) for k in rng.integers(len(bank), size=2))
    target = apply(name, left, right).astype(np.uint32)
    search = _native.ModularBackward(bank, target, 100)
    hits = []
    while not hits:
        done, hits = search.step(100)
        assert done or hits, "the search ended without the match that exists"
    names = {code: op for op, code in CODES.items()}
    for steps, _, first, _, (a, b), _ in hits:
        value = (int(a) * np.array(bank.values(first), dtype=object) + int(b)) % prime
        for operation, position, other in reversed(steps):
            column = np.array(bank.values(other))
            value = apply(names[operation], *((value, column) if position == 0 else (column, value)))
        assert list(value) == list(target)


@pytest.mark.parametrize("threads", [2, 3])
def test_hits_do_not_depend_on_the_number_of_threads(threads: int) -> None:
    rng = np.random.default_rng(5)
    bank, columns = real_bank(rng, rows=24, size=2000, inputs=3)
    target = np.sin(columns[0] * columns[1]) / (1 + columns[2] ** 2)
    runs = []
    for count in (1, threads):
        search = _native.Backward(bank, columns, target, len(bank), 2000, 40, list(range(50)), [])
        hits = [hit for _ in range(5) for hit in search.step(10_000, count)[1]]
        runs.append((hits, search.goal_count, search.frontier_cost))
    assert runs[0] == runs[1]


def test_pure_noise_is_not_matched() -> None:
    rng = np.random.default_rng(6)
    bank, columns = real_bank(rng, rows=24, size=3000)
    search = _native.Backward(
        bank, columns, rng.standard_normal(24), len(bank), 3000, 40, list(range(50)), []
    )
    done, hits = search.step(200_000, 2)
    assert done >= 200_000
    assert hits == []


def test_bad_arguments_are_refused() -> None:
    bank = _native.Bank(3, [(CODES["add"], 1)], 10)
    with pytest.raises(ValueError, match="as many rows"):
        bank.add_leaf(VARIABLE, 0, 1, np.ones(4))
    with pytest.raises(IndexError):
        bank.code(0)
    with pytest.raises(ValueError, match="operation code"):
        _native.Bank(3, [(99, 1)], 10)
    with pytest.raises(ValueError, match="cost of at least 1"):
        _native.Bank(3, [(CODES["add"], 0)], 10)
