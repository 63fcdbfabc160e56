"""pyoperon's evaluator on our terms (Burlacu, Kronberger & Kommenda 2020)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from sagredo.language.term import Apply, Literal, Term, Variable, children
from sagredo.problem.errors import InvalidInput

if TYPE_CHECKING:
    from jaxtyping import Float32, Float64

_NODE_TYPES = {
    "add": "Add",
    "sub": "Sub",
    "mul": "Mul",
    "div": "Div",
    "sqrt": "Sqrt",
    "square": "Square",
    "exp": "Exp",
    "log": "Log",
    "sin": "Sin",
    "cos": "Cos",
    "tanh": "Tanh",
}


def operon_evaluator(
    terms: Sequence[Term], columns: dict[str, Float64[np.ndarray, " rows"]]
) -> Callable[[], Float32[np.ndarray, "terms rows"]]:
    """A function that evaluates all the terms on all the rows by one call of EvaluateTrees, on one thread.

    Raises:
        InvalidInput: pyoperon is not installed.
    """
    try:
        import pyoperon
    except ImportError as error:
        raise InvalidInput(
            "The evaluator benchmark needs pyoperon to compare with, and it is not installed. "
            "Install it with: pip install 'sagredo[test]'."
        ) from error
    rows = len(next(iter(columns.values())))
    dataset = pyoperon.Dataset(np.asfortranarray(np.column_stack(list(columns.values()))))
    hashes = dict(zip(columns, dataset.VariableHashes, strict=True))
    trees = [pyoperon.Tree(_nodes(pyoperon, term, hashes)).UpdateNodes() for term in terms]
    values = np.zeros((len(terms), rows), dtype=np.float32)
    whole = pyoperon.Range(0, rows)

    def evaluate() -> Float32[np.ndarray, "terms rows"]:
        pyoperon.EvaluateTrees(trees, dataset, whole, values, 1)
        return values

    return evaluate


def _nodes(pyoperon: Any, term: Term, hashes: dict[str, int]) -> list[Any]:
    """Operon's order: arguments before their function, the last argument first."""
    if isinstance(term, Variable):
        node = pyoperon.Node.Variable(1.0)
        node.HashValue = node.CalculatedHashValue = hashes[term.symbol]
        return [node]
    if isinstance(term, Literal):
        return [pyoperon.Node.Constant(_number(term))]
    nodes = [node for child in reversed(children(term)) for node in _nodes(pyoperon, child, hashes)]
    name = term.primitive if isinstance(term, Apply) else repr(term)
    return [*nodes, pyoperon.Node(getattr(pyoperon.NodeType, _NODE_TYPES[name]))]


def _number(literal: Literal) -> float:
    value = literal.value
    if not isinstance(value, Fraction):
        raise TypeError(f"A number must be a Fraction. Got {value!r} instead.")
    return float(value)
