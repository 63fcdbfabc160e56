from __future__ import annotations

import keyword
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagredo.problem.symbols import MATHEMATICAL_NAMES, symbols_of


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("mass", "mass"),
        ("θ", "θ"),
        ("initial speed", "initial_speed"),
        ("lambda", "lambda_"),
        ("exp", "exp_"),
        ("e", "e_"),
        ("2theta", "x_2theta"),
        ("rate (1/s)", "rate_1_s"),
        ("%", "x"),
    ],
)
def test_readable_symbols(name: str, symbol: str) -> None:
    assert symbols_of([name]) == (symbol,)


@given(
    st.lists(
        st.text(max_size=8) | st.sampled_from(["a b", "a_b", "if", "pi", "pi_", ""]), max_size=8, unique=True
    )
)
def test_symbols_are_free_identifiers_of_their_own(names: list[str]) -> None:
    symbols = symbols_of(names)
    assert len(set(symbols)) == len(names)
    for symbol in symbols:
        assert symbol.isidentifier()
        assert not keyword.iskeyword(symbol)
        assert symbol not in MATHEMATICAL_NAMES
        assert unicodedata.normalize("NFKC", symbol) == symbol


def test_a_name_that_is_an_identifier_keeps_it_whatever_stands_before() -> None:
    assert symbols_of(["a b", "a_b", "g"], reserved=["g"]) == ("a_b_2", "a_b", "g_2")
