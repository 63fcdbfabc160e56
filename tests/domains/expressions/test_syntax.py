"""Expressions as text: read back as they were, with Python's meaning, and written for a reader."""

from __future__ import annotations

import ast
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sagredo.domains.expressions.primitives import FUNCTION_ALIASES, OPERATIONS, parse_operators
from sagredo.domains.expressions.prior import expression_grammar
from sagredo.domains.expressions.semantics import RealColumns
from sagredo.domains.expressions.syntax import ExpressionSyntax
from sagredo.language.language import SyntaxProblem
from sagredo.language.term import (
    Apply,
    Hole,
    Literal,
    Parameter,
    Program,
    Term,
    Variable,
    parameter_count,
    postorder,
    rebuild,
)
from sagredo.simulator.interpreter import ReferenceInterpreter

SEEDS = st.integers(0, 2**32 - 1)
GRAMMAR = expression_grammar(["x", "y"])
SYNTAX = ExpressionSyntax(["x", "y"])
SOUP = [
    *("x", "y", "1", "2", "3", "0", "0.5", "1e9", "+", "-", "*", "/", "**", "^", "(", ")", ",", " "),
    *("sin", "pow", "square", "p0", "pi", "q", "²", "\u00b5", "e"),
]
TEXTS = st.one_of(st.text(), st.lists(st.sampled_from(SOUP)).map("".join))


def restricted(operators: str) -> tuple[ExpressionSyntax, list[str]]:
    """The syntax of a chosen set of operators, and their names."""
    names = [primitive.name for primitive in parse_operators(operators)]
    return ExpressionSyntax(["x", "y"], (), names), names


@settings(max_examples=500, deadline=None)
@given(seed=SEEDS)
def test_parsing_what_was_printed_gives_the_same_term(seed: int) -> None:
    term = GRAMMAR.sample(np.random.default_rng(seed))
    assert SYNTAX.parse(SYNTAX.print_term(term)) == term


@settings(max_examples=200, deadline=None)
@given(
    seed=SEEDS,
    operators=st.sampled_from(["+,-,*,/,**", "+,*,sin,pow,cube", "-,/,square", "+,*,div,exp,**,square"]),
)
def test_so_it_does_in_every_language(seed: int, operators: str) -> None:
    syntax, _ = restricted(operators)
    grammar = expression_grammar(["x", "y"], parse_operators(operators))
    term = grammar.sample(np.random.default_rng(seed))
    assert syntax.parse(syntax.print_term(term)) == term


@settings(max_examples=300, deadline=None)
@given(text=TEXTS)
def test_any_text_is_a_term_or_a_syntax_problem(text: str) -> None:
    try:
        term = SYNTAX.parse(text)
    except SyntaxProblem:
        return
    assert SYNTAX.parse(SYNTAX.print_term(term)) == term


def from_python(node: ast.expr, source: str) -> Term:
    """The term that Python's own parser sees."""
    match node:
        case ast.Constant():
            return Literal(Fraction(ast.get_source_segment(source, node) or ""))
        case ast.Name(id="pi"):
            return Apply("pi")
        case ast.Name(id=name):
            return Parameter(int(name[1:])) if name.startswith("p") else Variable(name)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return Apply("neg", (from_python(operand, source),))
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return from_python(operand, source)
        case ast.BinOp(left=left, op=operator, right=right):
            names = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.Pow: "pow"}
            return Apply(names[type(operator)], (from_python(left, source), from_python(right, source)))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return Apply(name, tuple(from_python(argument, source) for argument in arguments))
    raise AssertionError(ast.dump(node))


def canonical(term: Term) -> Term:
    """The term with one spelling of powers, reciprocals, and signs and quotients of numbers."""

    def change(node: Term) -> Term:
        match node:
            case Apply("square", (base,)):
                return Apply("pow", (base, Literal(Fraction(2))))
            case Apply("cube", (base,)):
                return Apply("pow", (base, Literal(Fraction(3))))
            case Apply("neg", (Literal(Fraction() as value),)):
                return Literal(-value)
            case Apply("inv", (argument,)):
                return change(Apply("div", (Literal(Fraction(1)), argument)))
            case Apply("div", (Literal(Fraction() as left), Literal(Fraction() as right))) if right:
                return Literal(left / right)
        return node

    return rebuild(term, change)


@settings(max_examples=300, deadline=None)
@given(seed=SEEDS)
def test_what_is_printed_has_the_meaning_that_python_gives_it(seed: int) -> None:
    term = GRAMMAR.sample(np.random.default_rng(seed))
    text = SYNTAX.print_term(term)
    assert canonical(from_python(ast.parse(text, mode="eval").body, text)) == canonical(term)


@settings(max_examples=300, deadline=None)
@given(
    text=st.lists(st.sampled_from(["x", "y", "2", "3", "1", "+", "-", "*", "/", "**", "(", ")"]), max_size=12)
)
def test_what_is_read_has_the_meaning_that_python_gives_it(text: list[str]) -> None:
    source = " ".join(text)
    try:
        term = SYNTAX.parse(source)
    except SyntaxProblem:
        try:
            tree = ast.parse(source, mode="eval")
        except SyntaxError:
            return
        assert any(isinstance(node, ast.Tuple | ast.Call) for node in ast.walk(tree)), (
            "() and x(y) alone differ"
        )
        return
    assert canonical(from_python(ast.parse(source, mode="eval").body, source)) == canonical(term)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("0.5*m*v^2", "0.5*m*v**2"),
        ("ln(x) + asin(y)", "log(x) + arcsin(y)"),
        ("- 1 / 3 * x", "(-1/3)*x"),
        ("+x--y", "x - (-y)"),
        ("(1)/x + 1/x", "(1)/x + 1/x"),
        ("pow(x, 2)*x**2", "pow(x, 2)*x**2"),
        ("x**y**2", "x**(y**2)"),
        ("-x**2", "-x**2"),
        ("(-x)**2", "(-x)**2"),
        ("-(3) + 1e3 + .5e-6", "-(3) + 1000 + 5e-7"),
        ("x/(y*2)/(y/2)", "x/(y*2)/(y/2)"),
        ("0.001*x", "0.001*x"),
    ],
)
def test_how_expressions_are_written(text: str, printed: str) -> None:
    syntax = ExpressionSyntax(["x", "y", "m", "v"])
    term = syntax.parse(text)
    assert syntax.print_term(term) == printed
    assert syntax.parse(printed) == term


def test_names_are_read_in_pythons_normal_form() -> None:
    syntax = ExpressionSyntax(["\u03bc", "x", "x2"])
    assert syntax.parse("\u00b5") == Variable("\u03bc")
    with pytest.raises(SyntaxProblem, match=r"position 2 of 'x²'\. Got '²'"):
        syntax.parse("x²")


def test_parameters_get_a_prefix_that_no_column_has() -> None:
    assert ExpressionSyntax(["p0"]).print_term(Parameter(1)) == "c1"
    assert ExpressionSyntax(["p_0"]).print_term(Parameter(1)) == "p1"
    assert SYNTAX.parse("p12") == Parameter(12)
    for text in ("p012", "p1234567", "p"):
        with pytest.raises(SyntaxProblem, match="one of the names x, y, pi, add"):
            SYNTAX.parse(text)


def test_powers_and_reciprocals_are_those_of_the_language() -> None:
    syntax, _ = restricted("add,mul,div,pow")
    assert syntax.parse("x**2") == Apply("pow", (Variable("x"), Literal(Fraction(2))))
    assert syntax.parse("1/x") == Apply("div", (Literal(Fraction(1)), Variable("x")))
    assert syntax.print_term(syntax.parse("1/x + x**2 + x**3")) == "1/x + x**2 + x**3"
    for text in ("-x", "x - y", "exp(x)", "square(x)", "abs(x)"):
        with pytest.raises(SyntaxProblem, match="one of the operations add, mul, div, pow at"):
            syntax.parse(text)


@pytest.mark.parametrize("name", [*OPERATIONS, *FUNCTION_ALIASES])
def test_every_operation_is_read_by_its_name(name: str) -> None:
    operation = OPERATIONS[FUNCTION_ALIASES.get(name, name)]
    arguments = (Variable("x"), Variable("y"))[: operation.arity]
    text = f"{name}({', '.join(argument.symbol for argument in arguments)})"
    assert SYNTAX.parse(text) == Apply(operation.name, arguments)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "position 1 of ''"),
        ("x +", "number, a name or '\\(' at position 4.*end of the text"),
        ("x y", "operator or the end of the text at position 3"),
        ("sin x", "'\\(' at position 5"),
        ("pow(x)", "',' at position 6"),
        ("sni(x)", "Did you mean 'sin'"),
        ("1e401", "at most 400 digits"),
        ("1" * 401, "at most 400 digits"),
        ("x" * 10_001, "at most 10000 characters"),
        ("x == y", "position 3"),
        ("__import__('os')", "one of the names"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, message: str) -> None:
    with pytest.raises(SyntaxProblem, match=message):
        SYNTAX.parse(text)


@pytest.mark.parametrize(
    "text", ["(" * 9000, "-" * 9000, "x**" * 3000 + "x", "x**-" * 2000, "+".join("x" * 4000), "sin(" * 2000]
)
def test_deep_nesting_is_refused(text: str) -> None:
    with pytest.raises(SyntaxProblem, match="levels"):
        SYNTAX.parse(text)


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("place", [0, 1])
def test_terms_are_printed_as_deep_as_they_can_be_read(name: str, place: int) -> None:
    def deeper(term: Term) -> Term:
        arguments = (term,) if OPERATIONS[name].arity == 1 else (Variable("x"), term)
        return Apply(name, arguments if place else arguments[::-1])

    term: Term = Variable("x")
    for _ in range(99):
        term = deeper(term)
    assert SYNTAX.parse(SYNTAX.print_term(term)) == term
    with pytest.raises(ValueError, match="at most 100 levels"):
        SYNTAX.print_term(deeper(term))


def test_holes_are_printed_with_their_variables() -> None:
    assert SYNTAX.print_term(Apply("exp", (Hole("f", ("x", "y")),))) == "exp(f(x, y))"


@pytest.mark.parametrize(
    ("template", "values", "printed"),
    [
        ("p0 + p1*x", (-2.0, -3.5), "-2 - 3.5*x"),
        ("p0*x + p1", (2.5, -1e-5), "2.5*x - 1e-5"),
        ("p0*x - p1*y/x", (-1.0, -0.25), "0.25*y/x - 1*x"),
        ("x*p0 - y", (-1e20,), "-1e20*x - y"),
        ("-(p0*x)", (3.0,), "-3*x"),
        ("-p0", (-0.1,), "0.1"),
        ("x - -y*p0", (1.5,), "x + 1.5*y"),
        ("x/p0", (-2.0,), "-x/2"),
        ("-x + y", (), "y - x"),
        ("-(x - p0)", (4.0,), "4 - x"),
        ("p0*exp(p1*x)", (100.0, -1 / 3), "100*exp(-0.3333333333333333*x)"),
        ("x**p0", (-2.0,), "x**(-2)"),
        ("x**p0 + x**p1", (2.0, 0.5), "x**2 + x**0.5"),
    ],
)
def test_how_programs_are_written(template: str, values: tuple[float, ...], printed: str) -> None:
    assert SYNTAX.print_program(Program(SYNTAX.parse(template), values)) == printed


def with_values(seed: int) -> Program:
    """A random program, its parameters of all magnitudes and signs."""
    rng = np.random.default_rng(seed)
    term = GRAMMAR.sample(rng)
    count = parameter_count(term)
    return Program(term, tuple((rng.standard_normal(count) * 10.0 ** rng.integers(-9, 9, count)).tolist()))


@settings(max_examples=300, deadline=None)
@given(seed=SEEDS)
def test_a_program_that_is_read_back_has_the_same_values(seed: int) -> None:
    program = with_values(seed)
    interpreter = ReferenceInterpreter(RealColumns())
    inputs = {"x": np.array([0.3, 1.7, -2.5, 40.0]), "y": np.array([-1.1, 0.9, 3.3, 0.01])}
    trace = interpreter.trace(program, inputs)
    # At infinities the sign of a zero matters, which a change of signs may turn.
    assume(all(np.isfinite(node).all() for node in trace.nodes))
    again = Program(SYNTAX.parse(SYNTAX.print_program(program)))
    np.testing.assert_array_equal(interpreter.run(again, inputs).values, trace.nodes[-1])


@settings(max_examples=300, deadline=None)
@given(seed=SEEDS)
def test_no_sum_of_a_printed_program_has_a_negative_term_on_its_right(seed: int) -> None:
    def begins_with_minus(term: Term) -> bool:
        match term:
            case Literal(Fraction() as value):
                return value < 0
            case Apply("mul" | "div", (left, _)):
                return begins_with_minus(left)
        return isinstance(term, Apply) and term.primitive == "neg"

    for node in postorder(SYNTAX.parse(SYNTAX.print_program(with_values(seed)))):
        if isinstance(node, Apply) and node.primitive in ("add", "sub", "mul", "div"):
            assert not begins_with_minus(node.arguments[1])
