"""The native core against the slow reference, long arithmetic and itself."""

from __future__ import annotations

import itertools

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagredo import _native
from sagredo.domains.expressions.encoding import encode, encode_batch, literal_value
from sagredo.domains.expressions.primitives import NAMED_CONSTANTS
from sagredo.domains.expressions.prior import expression_grammar
from sagredo.domains.expressions.semantics import APPLY, RealColumns
from sagredo.language.term import Apply, Literal, Parameter, Program, Term, Variable
from sagredo.simulator.interpreter import ReferenceInterpreter

SYMBOLS = ("x", "y")
GRAMMAR = expression_grammar(SYMBOLS)
REFERENCE = ReferenceInterpreter(RealColumns())
NO_PARAMETERS = np.empty(0)
NASTY = np.array([
    0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, np.pi / 2, 1e-8, -1e-8, 5e-324, -5e-324, 1e-310, 1e-160,
    1e160, 1e300, -1e300, 709.5, 711.0, -740.0, -746.0, 1e6, 2e6, 1e22, np.inf, -np.inf, np.nan,
])  # fmt: skip
ULPS = 4.0  # two of ours, and as many of the reference's
SMALLEST = 5e-324

seeds = st.integers(0, 2**32 - 1)
BINARY = ("add", "sub", "mul", "div", "pow", "min", "max")
UNARY = tuple(name for name in APPLY if name not in BINARY)


def random_program(seed):
    """A program of the prior, values for its parameters, and columns."""
    rng = np.random.default_rng(seed)
    term = GRAMMAR.sample(rng)
    parameters = rng.normal(scale=2.0, size=1 + max(_indices(term), default=-1))
    return term, parameters, rng.normal(scale=3.0, size=(2, 37))


def _indices(term):
    match term:
        case Parameter(index):
            yield index
        case Apply(_, arguments):
            for argument in arguments:
                yield from _indices(argument)


def encoded(term: Term):
    code = encode(term, SYMBOLS, NAMED_CONSTANTS)
    return code.instructions, code.constants


def evaluate(term, parameters, columns, threads=1):
    instructions, constants = encoded(term)
    offsets = np.array([0, len(instructions)], dtype=np.int64)
    return _native.evaluate(instructions, offsets, constants, parameters, columns, threads)[0]


def assert_close(ours, theirs, where):
    """Equal up to the last places; NaN and infinities in the same rows, zeros with the same signs."""
    np.testing.assert_array_equal(np.isnan(ours), np.isnan(theirs), err_msg=where)
    finite = np.isfinite(ours) & np.isfinite(theirs)
    rest = ~finite & ~np.isnan(ours)
    np.testing.assert_array_equal(ours[rest], theirs[rest], err_msg=where)
    ours, theirs = ours[finite], theirs[finite]
    gap = np.abs(ours - theirs)
    assert (gap <= ULPS * np.spacing(np.abs(theirs))).all(), where
    zero = theirs == 0
    np.testing.assert_array_equal(ours[zero], 0, err_msg=where)
    np.testing.assert_array_equal(np.signbit(ours[zero]), np.signbit(theirs[zero]), err_msg=where)


@pytest.mark.parametrize("name", UNARY)
def test_a_function_of_nasty_numbers_is_the_reference(name):
    term = Apply(name, (Variable("x"),))
    columns = np.array([NASTY, NASTY])
    expected = REFERENCE.run(Program(term), {"x": NASTY}).values
    assert_close(evaluate(term, NO_PARAMETERS, columns), expected, name)


@pytest.mark.parametrize("name", BINARY)
def test_an_operation_on_nasty_numbers_is_the_reference(name):
    x, y = np.array(list(itertools.product(NASTY, NASTY))).T.copy()
    ours = evaluate(Apply(name, (Variable("x"), Variable("y"))), NO_PARAMETERS, np.array([x, y]))
    theirs = REFERENCE.run(Program(Apply(name, (Variable("x"), Variable("y")))), {"x": x, "y": y}).values
    if name in ("min", "max"):  # of two zeros either is the least
        ours, theirs = ours + 0.0, theirs + 0.0
    assert_close(ours, theirs, name)


@pytest.mark.parametrize("exponent", [-3, -2, -1, -0.5, 0, 0.5, 1, 1.5, 2, 2.5, 3, 4, 5, np.inf, np.nan])
def test_a_power_is_the_same_whether_its_exponent_is_shared_or_not(exponent):
    power = Apply("pow", (Variable("x"), Variable("y")))
    shared = evaluate(power, NO_PARAMETERS, np.array([NASTY, np.full_like(NASTY, exponent)]))
    with np.errstate(all="ignore"):
        assert_close(shared, np.power(NASTY, np.full_like(NASTY, exponent)), str(exponent))
    alone = evaluate(
        Apply("pow", (Variable("x"), Parameter(0))), np.array([exponent]), np.array([NASTY, NASTY])
    )
    np.testing.assert_array_equal(alone, shared)
    mixed = np.array([[*NASTY, 7.0], [*np.full_like(NASTY, exponent), 1.25]])
    np.testing.assert_array_equal(evaluate(power, NO_PARAMETERS, mixed)[:-1], shared)


RANGES = {"near": (1e-4, 4.0), "far": (1.0, 700.0), "tiny": (1e-300, 1e-3)}


@pytest.mark.parametrize(
    "name", [name for name in UNARY if name not in ("cube", "neg", "abs", "inv", "square")]
)
@pytest.mark.parametrize("span", RANGES)
def test_functions_err_by_two_units_in_the_last_place_at_most(name, span):
    rng = np.random.default_rng(7)
    low, high = np.log(RANGES[span])
    x = np.exp(rng.uniform(low, high, 20_000)) * rng.choice([-1, 1], 20_000)
    ours = evaluate(Apply(name, (Variable("x"),)), NO_PARAMETERS, np.array([x, x]))
    with np.errstate(all="ignore"):
        truth = APPLY[name](x.astype(np.longdouble))
        rounded = truth.astype(float)
    defined = np.isfinite(rounded)
    np.testing.assert_array_equal(np.isnan(ours), np.isnan(rounded))
    error = np.abs(ours[defined] - truth[defined]) / np.spacing(np.abs(rounded[defined]))
    assert error.max(initial=0.0) <= 2.0


@settings(max_examples=150, deadline=None)
@given(seeds)
def test_every_node_of_a_random_program_is_the_reference_on_its_operands(seed):
    term, parameters, columns = random_program(seed)
    columns[:, : len(NASTY)] = np.random.default_rng(seed).choice(NASTY, (2, len(NASTY)))
    instructions, constants = encoded(term)
    nodes = list(_native.trace(instructions, constants, parameters, columns))
    position = iter(range(len(nodes)))

    def check(part):
        arguments = [check(argument) for argument in part.arguments] if isinstance(part, Apply) else []
        here = nodes[next(position)]
        match part:
            case Apply(primitive, _):
                expected = np.broadcast_to(RealColumns().apply(primitive, arguments), here.shape)
                both_zero = (
                    (here == 0) & (expected == 0)
                    if primitive in ("min", "max")
                    else np.zeros(here.shape, bool)
                )
                assert_close(here[~both_zero], expected[~both_zero], primitive)
            case Variable(symbol):
                np.testing.assert_array_equal(here, columns[SYMBOLS.index(symbol)])
            case Parameter(index):
                assert (here == parameters[index]).all()
            case Literal(number):
                assert (here == literal_value(number)).all()
        return here

    result = check(term)
    np.testing.assert_array_equal(evaluate(term, parameters, columns), result)


@settings(max_examples=100, deadline=None)
@given(seeds)
def test_a_row_depends_on_itself_alone(seed):
    term, parameters, columns = random_program(seed)
    columns = np.tile(columns, 30)  # more than one block of rows
    columns[:, 1] = np.nan
    columns[0, 5] = 1e300
    values = evaluate(term, parameters, columns)
    order = np.random.default_rng(seed).permutation(columns.shape[1])
    np.testing.assert_array_equal(evaluate(term, parameters, columns[:, order].copy()), values[order])
    np.testing.assert_array_equal(evaluate(term, parameters, columns[:, 3:4].copy()), values[3:4])


@settings(max_examples=10, deadline=None)
@given(seeds)
def test_a_batch_does_not_depend_on_the_threads(seed):
    rng = np.random.default_rng(seed)
    terms = [GRAMMAR.sample(rng) for _ in range(100)]
    instructions, offsets, constants = encode_batch(terms, SYMBOLS, NAMED_CONSTANTS)
    arguments = (instructions, offsets, constants, rng.normal(size=50), rng.normal(size=(2, 700)))
    one = _native.evaluate(*arguments, 1)
    for threads in (2, 5):
        np.testing.assert_array_equal(_native.evaluate(*arguments, threads), one)


LONG = {
    "inv": lambda x: 1 / x, "neg": lambda x: -x, "abs": abs, "square": lambda x: x * x, "cube": lambda x: x**3,
    "sqrt": mpmath.sqrt, "cbrt": lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)), "exp": mpmath.exp,
    "log": mpmath.log, "sin": mpmath.sin, "cos": mpmath.cos, "tan": mpmath.tan, "arcsin": mpmath.asin,
    "arccos": mpmath.acos, "arctan": mpmath.atan, "sinh": mpmath.sinh, "cosh": mpmath.cosh, "tanh": mpmath.tanh,
    "add": lambda x, y: x + y, "sub": lambda x, y: x - y, "mul": lambda x, y: x * y, "div": lambda x, y: x / y,
    "pow": mpmath.power, "min": min, "max": max,
}  # fmt: skip


def long_value(term, parameters, row):
    match term:
        case Variable(symbol):
            return mpmath.mpf(row[SYMBOLS.index(symbol)])
        case Parameter(index):
            return mpmath.mpf(parameters[index])
        case Literal(number):
            return mpmath.mpf(literal_value(number))
        case Apply(primitive, ()):
            return mpmath.mpf(NAMED_CONSTANTS[primitive])
        case Apply(primitive, arguments):
            return LONG[primitive](*(long_value(argument, parameters, row) for argument in arguments))
    raise AssertionError(term)


def moderate(nodes):
    """Rows in which no intermediate value comes near the ends of the range of doubles."""
    magnitude = np.abs(nodes)
    return (np.isfinite(nodes) & ((magnitude < 1e30) & ((magnitude > 1e-30) | (nodes == 0)))).all(axis=0)


@settings(max_examples=100, deadline=None)
@given(seeds)
def test_the_rounding_bound_bounds_the_error(seed):
    term, parameters, columns = random_program(seed)
    instructions, constants = encoded(term)
    nodes = _native.trace(instructions, constants, parameters, columns)
    bound = _native.rounding_bound(instructions, constants, parameters, columns)
    with mpmath.workdps(50):
        for row in np.flatnonzero(moderate(nodes))[:8]:
            # To first order: where the error is no longer small, neither is what the bound leaves out.
            if not bound[row] <= 1e-9 * abs(nodes[-1, row]):
                continue
            error = abs(long_value(term, parameters, columns[:, row]) - mpmath.mpf(nodes[-1, row]))
            assert error <= 1.001 * bound[row] + SMALLEST


@settings(max_examples=100, deadline=None)
@given(seeds)
def test_jacobians_agree_with_one_another_and_with_long_differences(seed):
    term, parameters, columns = random_program(seed)
    if not len(parameters):
        return
    instructions, constants = encoded(term)
    reverse, by_node = _native.jacobians(instructions, constants, parameters, columns)
    forward = _native.forward_jacobian(instructions, constants, parameters, columns)
    nodes = _native.trace(instructions, constants, parameters, columns)
    rows = moderate(nodes) & (np.abs(by_node) < 1e6).all(axis=0) & (np.abs(nodes) < 1e6).all(axis=0)
    assert (by_node[-1] == 1).all()
    scale = 1 + np.abs(by_node[:, rows]).max(axis=0, initial=0.0)
    np.testing.assert_allclose(reverse[:, rows] / scale, forward[:, rows] / scale, rtol=0, atol=1e-9)
    with mpmath.workdps(50):
        step = mpmath.mpf(10) ** -20
        for row in np.flatnonzero(rows)[:3]:
            for k in range(len(parameters)):
                moved = [mpmath.mpf(value) for value in parameters]
                moved[k] += step
                up = long_value(term, moved, columns[:, row])
                here = long_value(term, parameters, columns[:, row])
                slope = complex((up - here) / step)
                assert slope.real == pytest.approx(reverse[k, row], rel=1e-5, abs=1e-7 * scale.max())
