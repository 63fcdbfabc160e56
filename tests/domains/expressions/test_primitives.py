"""How a user chooses primitives and names constants."""

from __future__ import annotations

from math import inf, nan, pi

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagredo._native import OPERATION_CODES
from sagredo.domains.expressions.primitives import (
    FUNCTION_ALIASES,
    NAMED_CONSTANTS,
    NOTATION,
    OPERATIONS,
    default_primitives,
    parse_operators,
    user_constants,
)
from sagredo.problem.errors import InvalidInput
from sagredo.problem.symbols import MATHEMATICAL_NAMES


def names(text: str) -> list[str]:
    return [primitive.name for primitive in parse_operators(text)]


def test_the_native_core_and_the_symbols_of_columns_know_the_same_operations() -> None:
    assert set(OPERATION_CODES) == {"variable", "constant", "parameter", *OPERATIONS}
    assert {*OPERATIONS, *NAMED_CONSTANTS} == MATHEMATICAL_NAMES


def test_the_default_language_has_every_operation_and_pi() -> None:
    assert [primitive.name for primitive in default_primitives()] == [*OPERATIONS, "pi"]


def test_signs_stand_for_their_operations() -> None:
    assert names("+,-,*,/") == ["add", "sub", "mul", "div", "neg", "inv"]
    assert names("**") == names("^") == ["pow"]
    assert names(" ln , asin,e,, min ") == ["log", "arcsin", "min", "e"]


@given(
    chosen=st.lists(st.sampled_from([*NOTATION.values(), *FUNCTION_ALIASES, *NAMED_CONSTANTS]), min_size=1)
)
def test_neither_order_nor_repetition_of_operators_matters(chosen: list[str]) -> None:
    primitives = parse_operators(",".join(chosen))
    assert primitives == parse_operators(",".join(sorted(set(chosen), reverse=True)))
    assert len(set(primitives)) == len(primitives)


@given(text=st.text(max_size=20))
def test_any_other_text_is_an_invalid_input(text: str) -> None:
    try:
        primitives = parse_operators(text)
    except InvalidInput:
        return
    assert primitives


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "comma-separated list"),
        (" , ", "comma-separated list"),
        ("+,snh", "Got 'snh' instead. Did you mean 'sinh'"),
        ("+ -", "Got '\\+ -'"),
        ("Exp", "Got 'Exp' instead. Did you mean 'exp'"),
    ],
)
def test_an_unknown_operator_is_named(text: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        parse_operators(text)


def test_constants_of_the_users_own_have_free_names_and_finite_values() -> None:
    assert user_constants({"g": 9.81, "e": 1.6e-19}, ["x"]) == {"g": 9.81, "e": 1.6e-19}
    assert user_constants({"pi": pi}, []) == {"pi": pi}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"2g": 1.0}, "must be an identifier"),
        ({"x": 1.0}, "'x', which is a column or a function"),
        ({"sin": 1.0}, "column or a function"),
        ({"ln": 1.0}, "column or a function"),
        ({"g": inf}, "finite value"),
        ({"g": nan}, "finite value"),
    ],
)
def test_other_constants_are_refused(values: dict[str, float], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        user_constants(values, ["x"])
