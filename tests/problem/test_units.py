from __future__ import annotations

import builtins
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagredo.problem import units
from sagredo.problem.errors import InvalidInput
from sagredo.problem.units import DIMENSIONLESS, Dimension, parse_unit, split_header


@pytest.mark.parametrize(
    ("text", "exponents", "factor"),
    [
        ("m/s", (1, 0, -1, 0, 0, 0, 0), 1.0),
        ("N", (1, 1, -2, 0, 0, 0, 0), 1.0),
        ("kg m^2 s^-2", (2, 1, -2, 0, 0, 0, 0), 1.0),
        ("1/cm", (-1, 0, 0, 0, 0, 0, 0), 100.0),
        ("degC", (0, 0, 0, 0, 1, 0, 0), 1.0),
        ("°C", (0, 0, 0, 0, 1, 0, 0), 1.0),
        ("µm", (1, 0, 0, 0, 0, 0, 0), 1e-6),
        ("m s⁻¹", (1, 0, -1, 0, 0, 0, 0), 1.0),
        ("m·s", (1, 0, 1, 0, 0, 0, 0), 1.0),
        ("Hz^0.5", (0, 0, Fraction(-1, 2), 0, 0, 0, 0), 1.0),
        ("J/(kg K)", (2, 0, -2, 0, -1, 0, 0), 1.0),
        ("%", (0,) * 7, 0.01),
        ("1", (0,) * 7, 1.0),
    ],
)
def test_units_are_exponents_and_a_factor(text: str, exponents: tuple[Fraction, ...], factor: float) -> None:
    unit = parse_unit(text)
    assert unit.exponents == exponents
    assert unit.factor == pytest.approx(factor)
    assert str(unit) == text


@pytest.mark.parametrize(
    "text", ["nonsense", "m/ss", "(", "a.u.", "9**9**9**9", "pH", "m" * 1000, "dB", "2 m"]
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="unit"):
        parse_unit(text)


@given(st.text(alphabet="ms9^*/()-+1 .°[]", max_size=12) | st.text(max_size=12))
def test_no_text_breaks_the_parser(text: str) -> None:
    try:
        unit = parse_unit(text)
    except InvalidInput:
        return
    assert unit.factor > 0.0


@given(*[st.lists(st.fractions(-3, 3, max_denominator=6), min_size=7, max_size=7)] * 2)
def test_dimensions_form_a_vector_space(first: list[Fraction], second: list[Fraction]) -> None:
    a, b = Dimension(tuple(first)), Dimension(tuple(second))
    assert a * b / b == a
    assert a / a == DIMENSIONLESS
    assert (a * b) ** Fraction(1, 3) == a ** Fraction(1, 3) * b ** Fraction(1, 3)
    assert (a**0).is_dimensionless


@pytest.mark.parametrize(
    ("header", "parts"),
    [
        ("v [m/s]", ("v", "m/s")),
        ("v (m/s)", ("v", "m/s")),
        ("signal [arb. units]", ("signal", "arb. units")),
        ("dose (of the day)", ("dose (of the day)", None)),
        ("mass", ("mass", None)),
    ],
)
def test_headers(header: str, parts: tuple[str, str | None]) -> None:
    assert split_header(header) == parts


def test_without_pint_the_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real_import = builtins.__import__

    def without_pint(name: str, *rest: object, **named: object) -> object:
        if name == "pint":
            raise ImportError(name)
        return real_import(name, *rest, **named)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(builtins, "__import__", without_pint)
    units._registry.cache_clear()
    parse_unit.cache_clear()
    with pytest.raises(InvalidInput, match=r"pip install 'sagredo\[units\]'"):
        parse_unit("m/s")
    assert parse_unit("1").dimension == DIMENSIONLESS
    monkeypatch.undo()
    units._registry.cache_clear()
