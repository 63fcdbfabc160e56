from __future__ import annotations

import re
from fractions import Fraction
from xml.etree import ElementTree

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from sagredo._native import jacobians, rounding_bound, trace
from sagredo.domains.expressions.convert import to_latex, to_mathml, to_python, to_sympy
from sagredo.domains.expressions.encoding import encode
from sagredo.domains.expressions.primitives import (
    NAMED_CONSTANTS,
    OPERATIONS,
    constant_primitive,
    default_primitives,
)
from sagredo.domains.expressions.prior import expression_grammar
from sagredo.domains.expressions.simulator import NativeSimulator
from sagredo.domains.expressions.syntax import ExpressionSyntax
from sagredo.language.term import (
    Apply,
    Hole,
    Literal,
    Parameter,
    Program,
    Variable,
    parameter_count,
    variables,
)

SYMBOLS = ("x", "v_max", "theta1")
CONSTANTS = {"g": 9.81}
GRAMMAR = expression_grammar(SYMBOLS, [*default_primitives(), *map(constant_primitive, ("e", "g"))])
SIMULATOR = NativeSimulator(CONSTANTS)
ROWS = 6

COUNTED = ("mn", "mfrac", "msqrt", "mroot", "msup", "msub", "msubsup")

PHYSICS = (
    *("x", "y", "z", "m", "v", "c", "q1", "q2", "epsilon", "r", "l", "g", "t", "tau", "omega", "phi_0"),
    *("mu", "sigma", "h", "k", "T", "v_max", "K_m", "S", "m_sun", "theta1", "mass", "speed", "lambda_"),
    *("x1", "x_1", "e_", "pi_", "orbital_period", "μ", "Delta", "größe"),
)
SYNTAX = ExpressionSyntax(PHYSICS, ("pi", "e", "G"))


def parsed(text: str, *parameters: float) -> Program:
    return Program(SYNTAX.parse(text), parameters)


@st.composite
def programs(draw: st.DrawFn) -> Program:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    term = GRAMMAR.sample(rng)
    return Program(term, tuple(rng.standard_normal(parameter_count(term)) * 3))


@st.composite
def inputs(draw: st.DrawFn) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return {symbol: rng.normal(0.5, 2, ROWS) for symbol in SYMBOLS}


def rounding(program: Program, columns: dict[str, np.ndarray]) -> np.ndarray:
    """How far the native values may be from the exact ones, the rounding of constants included."""
    code = encode(program.term, SYMBOLS, {**NAMED_CONSTANTS, **CONSTANTS})
    rows = np.array([columns[symbol] for symbol in SYMBOLS])
    arguments = code.instructions, code.constants, np.array(program.parameters, float), rows
    with np.errstate(invalid="ignore", over="ignore"):
        leaves = np.abs(jacobians(*arguments)[1] * trace(*arguments)).sum(axis=0) * np.finfo(float).eps
    return 8 * (rounding_bound(*arguments) + leaves)


def compiled(source: str) -> object:
    namespace: dict[str, object] = {}
    exec(compile(source, "law.py", "exec"), namespace)
    return namespace["law"]


def certain_rows(program: Program, columns: dict[str, np.ndarray]) -> tuple[np.ndarray, ...]:
    """The native values, how exact they are, and the rows where rounding changes them little."""
    run = SIMULATOR.trace(program, columns)
    bound = rounding(program, columns) + 1e-9 * np.abs(run.outcome.values) + np.finfo(float).tiny
    moderate = np.all([np.abs(node) < 1e9 for node in run.nodes], axis=0)
    return run.outcome.values, bound, np.flatnonzero(moderate & (bound < 1e-6))


@settings(max_examples=250, deadline=None)
@given(program=programs(), columns=inputs())
@np.errstate(all="ignore")
def test_python_has_the_values_of_the_program(program: Program, columns: dict[str, np.ndarray]) -> None:
    law = compiled(to_python(program, CONSTANTS))
    values = np.broadcast_to(law(*(columns[symbol] for symbol in variables(program.term))), ROWS)
    expected, bound, rows = certain_rows(program, columns)
    assert np.all(np.abs(values - expected)[rows] <= bound[rows])


@settings(max_examples=100, deadline=None)
@given(program=programs(), columns=inputs())
def test_sympy_has_the_values_of_the_program(program: Program, columns: dict[str, np.ndarray]) -> None:
    expression = to_sympy(program, CONSTANTS)
    expected, bound, rows = certain_rows(program, columns)
    for row in rows:
        point = {sympy.Symbol(symbol): sympy.Float(columns[symbol][row]) for symbol in SYMBOLS}
        assert abs(complex(expression.subs(point).evalf(25)) - expected[row]) <= bound[row]


@settings(max_examples=250, deadline=None)
@given(program=programs(), digits=st.integers(1, 15))
def test_formulas_are_balanced_and_well_formed(program: Program, digits: int) -> None:
    for shown in (program, Program(program.term)):
        text = to_latex(shown, digits)
        depth = 0
        for brace in re.findall(r"(?<!\\)[{}]", text):
            depth += 1 if brace == "{" else -1
            assert depth >= 0
        assert depth == 0
        assert text.count(r"\left") == text.count(r"\right")
        assert text.count("(") == text.count(")")
        assert text.count("|") % 2 == 0
        root = ElementTree.fromstring(to_mathml(shown, digits))
        counts = {"mfrac": 2, "msup": 2, "msub": 2, "msubsup": 3, "mroot": 2, "msqrt": 1}
        for element in root.iter():
            tag = element.tag.removeprefix("{http://www.w3.org/1998/Math/MathML}")
            assert len(element) == counts.get(tag, len(element))


@settings(max_examples=200, deadline=None)
@given(program=programs())
def test_latex_and_mathml_show_the_same(program: Program) -> None:
    text = to_latex(program)
    root = ElementTree.fromstring(to_mathml(program))
    math = {tag: list(root.iter(f"{{http://www.w3.org/1998/Math/MathML}}{tag}")) for tag in COUNTED}
    degrees = [element[1] for element in math["mroot"]]
    numbers = [element.text for element in math["mn"] if element not in degrees]
    assert re.findall(r"[\d.]+", text.replace("[3]", "")) == numbers
    assert text.count(r"\frac") == len(math["mfrac"])
    assert text.count(r"\sqrt") == len(math["msqrt"]) + len(degrees)
    assert text.count("^") == len(math["msup"]) + len(math["msubsup"])
    assert text.count("_") == len(math["msub"]) + len(math["msubsup"])


LAWS = [
    ("0.5*m*v**2", r"\frac{1}{2} m v^{2}"),
    ("2*pi*sqrt(l/g)", r"2 \pi \sqrt{\frac{l}{g}}"),
    ("q1*q2/(4*pi*epsilon*r**2)", r"\frac{q_{1} q_{2}}{4 \pi \epsilon r^{2}}"),
    ("m/sqrt(1-v**2/c**2)", r"\frac{m}{\sqrt{1 - v^{2}/c^{2}}}"),
    ("v_max*S/(K_m+S)", r"\frac{v_{\mathrm{max}} S}{K_{m} + S}"),
    ("exp(-t/tau)*p0*sin(omega*t+phi_0)", r"3 \mathrm{e}^{-t/\tau} \sin(\omega t + \phi_{0})"),
    (
        "exp(-(x-mu)**2/(2*sigma**2))/(sigma*sqrt(2*pi))",
        r"\frac{\exp(-(x - \mu)^{2}/(2 \sigma^{2}))}{\sigma \sqrt{2 \pi}}",
    ),
    (
        "2*h*omega**3/c**2/(exp(h*omega/(k*T))-1)",
        r"\frac{2 h \omega^{3}}{c^{2} (\mathrm{e}^{h \omega/(k T)} - 1)}",
    ),
    ("G*m_sun*m/r**2", r"\frac{G m_{\mathrm{sun}} m}{r^{2}}"),
    ("-x+y", "y - x"),
    ("x-(y-z)", "x - y + z"),
    ("-(x*-3)", "3 x"),
    ("x**(1/3)*cbrt(y)", r"x^{1/3} \sqrt[3]{y}"),
    ("sin(theta1)*x*cos(theta1)", r"x \sin \theta_{1} \cos \theta_{1}"),
    ("sin(x)**2+log(abs(y))", r"\sin^{2} x + \ln |y|"),
    ("(x/y)**2", "(x/y)^{2}"),
    ("(x*y)**(-1.5)*2**z", r"(x y)^{-3/2} \cdot 2^{z}"),
    ("mass*speed**2", r"\mathrm{mass} \, \mathrm{speed}^{2}"),
    ("orbital_period*lambda_", r"\mathrm{orbital\_period} \, \lambda"),
    (
        "x1+x_1+e_+exp(x)+pi_*pi",
        r"x_{1} + \mathrm{x\_1} + \mathrm{e\_} + \mathrm{e}^{x} + \pi \, \mathrm{pi\_}",
    ),
    ("min(x,1/y)*2", r"2 \min(x, 1/y)"),
    ("(x+y)*(x-y)*2", "2 (x + y) (x - y)"),
    ("sqrt(x)**2", r"(\sqrt{x})^{2}".replace("(", "").replace(")", "")),
    ("exp(exp(x**2))", r"\exp(\mathrm{e}^{x^{2}})"),
    ("Delta*μ*2e9", r"2 \times 10^{9} \Delta \mu"),
    (
        "exp(-(x+y)/(z+sin(x)*log(y)))",
        r"\exp\left( -\frac{x + y}{z + \sin x \ln y} \right)",
    ),
    ("1e9*x", r"10^{9} x"),
    ("2*(1/3)*x", r"2 \cdot \frac{1}{3} x"),
    ("größe/2", r"\frac{\mathrm{größe}}{2}"),
]


@pytest.mark.parametrize(("text", "latex"), LAWS)
def test_laws_are_written_as_people_write_them(text: str, latex: str) -> None:
    program = parsed(text, 3.0)
    assert to_latex(Program(program.term, program.parameters[: parameter_count(program.term)])) == latex


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.0795774715459, 6, "0.0795775"),
        (-0.0795774715459, 3, "-0.0796"),
        (1.2e-5, 6, r"1.2 \times 10^{-5}"),
        (299792458.0, 9, "299792458"),
        (299792458.0, 6, r"2.99792 \times 10^{8}"),
        (2.0, 6, "2"),
        (0.0, 6, "0"),
        (9.99999, 2, "10"),
        (1e300, 6, r"10^{300}"),
        (-np.inf, 6, r"-\infty"),
        (np.nan, 6, r"\mathrm{NaN}"),
    ],
)
def test_parameters_are_rounded(value: float, digits: int, text: str) -> None:
    assert to_latex(Program(Parameter(0), (value,)), digits) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(299792458), "299792458"),
        (Fraction(981, 100), "9.81"),
        (Fraction(1, 3), r"\frac{1}{3}"),
        (Fraction(15, 2), "7.5"),
        (Fraction(10**9), "10^{9}"),
        (Fraction(0.1), "0.1"),
        (Fraction(10) ** 400, "10^{400}"),
        (Fraction(1, 7**300), r"2.95521 \times 10^{-254}"),
        (Fraction(123456, 1000003), r"0.123456"),
    ],
)
def test_exact_numbers_are_exact_unless_they_are_long(value: Fraction, text: str) -> None:
    assert to_latex(Program(Literal(value))) == text
    assert to_latex(Program(Literal(-value))) == f"-{text}"


def test_standard_errors_tell_the_digits() -> None:
    program = parsed("p0*x+p1*y+p2", 1.23456789, 0.000123456789, 12345.6789)
    assert to_latex(program, standard_errors=(0.012, 3e-12, 120.0)) == r"1.235 x + 0.000123456789 y + 12350"
    assert to_latex(program, digits=3, standard_errors=(np.nan, 0.0, 1e6)) == (r"1.23 x + 0.000123 y + 10000")


def test_templates_show_names() -> None:
    program = Program(Apply("mul", (Parameter(0), Hole("f", ("x", "y")))))
    assert to_latex(program) == "p_{0} f(x, y)"
    assert str(to_sympy(program)) == "p0*f(x, y)"
    with pytest.raises(ValueError, match="no holes"):
        to_python(program)


@pytest.mark.parametrize("name", OPERATIONS)
@np.errstate(all="ignore")
def test_every_operation_converts(name: str) -> None:
    x, y = Variable("x"), Variable("y")
    program = Program(Apply(name, (x, y)[: OPERATIONS[name].arity]))
    edges = np.array([0.3, -0.3, 0.0, 1.0, -1.0, 2.0, -2.0, np.inf, -np.inf, np.nan])
    grid = dict(zip("xy", map(np.ravel, np.meshgrid(edges, edges)), strict=True))
    expected = SIMULATOR.run(program, grid).values
    law = compiled(to_python(program))
    np.testing.assert_allclose(
        law(*(grid[symbol] for symbol in variables(program.term))), expected, rtol=1e-14
    )
    expression = to_sympy(program)
    for row in range(12):
        point = {symbol: column[row] for symbol, column in grid.items()}
        if np.isfinite(expected[row]) and np.isfinite([*point.values()]).all():
            assert float(expression.subs(point)) == pytest.approx(expected[row])
    assert to_latex(program)


def test_sympy_keeps_numbers_exact() -> None:
    program = parsed("x/3 + pi*e + p0*G", 0.1)
    x, gravity = sympy.symbols("x G")
    assert to_sympy(program) == x / 3 + sympy.pi * sympy.E + sympy.Float(0.1) * gravity
    assert to_sympy(parsed("G*x"), {"G": 2.5}) == sympy.Float(2.5) * x


def test_cube_roots_are_real_in_sympy() -> None:
    assert float(to_sympy(parsed("cbrt(x)")).subs("x", -8)) == -2


def test_sympy_works_no_gigantic_number_out() -> None:
    assert to_sympy(parsed("3**(1e9)")).is_Float
    assert to_sympy(parsed("(2*x)**(1e9)")).free_symbols == {sympy.Symbol("x")}
    assert to_sympy(parsed("(2/3)**(1e9)")).is_Float
    assert to_sympy(parsed("exp(1e9*log(2))")).is_Float


def test_sympy_has_no_least_of_what_is_not_real() -> None:
    assert to_sympy(parsed("min(log(-1), x)")) is sympy.nan
    assert to_sympy(parsed("sin(max(p0, x))", np.nan)) is sympy.nan


def test_python_is_plain_source() -> None:
    assert to_python(parsed("p0*m*v**2 - G*x/e", 0.5), {"G": 6.67e-11}) == (
        "import numpy as np\n\n\n"
        "def law(m, v, x, G=6.67e-11):\n"
        "    m = np.asarray(m, dtype=np.float64)\n"
        "    v = np.asarray(v, dtype=np.float64)\n"
        "    x = np.asarray(x, dtype=np.float64)\n"
        "    return 0.5 * m * v**2 - G * x / np.e\n"
    )


def test_python_takes_lists_and_columns_named_like_numpy() -> None:
    np_column, law_column = Variable("np"), Variable("law")
    law = compiled(to_python(Program(Apply("pow", (np_column, Apply("neg", (law_column,)))))))
    np.testing.assert_allclose(law([2, 4], [1, 2]), [0.5, 0.0625])


@np.errstate(all="ignore")
@pytest.mark.parametrize(
    "text", ["1/0", "(1)/0-x", "(-1)**0.5+x", "1e200**2*x", "3**400*x", "9007199254740992*9007199254740992*x"]
)
def test_numbers_alone_have_numpy_values(text: str) -> None:
    program = Program(ExpressionSyntax(["x"]).parse(text))
    x = np.array([2.0])
    law = compiled(to_python(program))
    np.testing.assert_allclose(
        law(*[x][: len(variables(program.term))]), NativeSimulator().run(program, {"x": x}).values[0]
    )
