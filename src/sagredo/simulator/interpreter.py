"""The reference interpreter: runs programs over any semantics, slowly and obviously."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, final

from sagredo.language.term import Apply, Literal, Parameter, Program, Term, Variable
from sagredo.simulator.semantics import Semantics, Value, on_every_row
from sagredo.simulator.simulator import Outcome, Simulator, Trace

if TYPE_CHECKING:
    from sagredo.problem.problem import Inputs


@final
class ReferenceInterpreter(Simulator):
    """Evaluates a term node by node through ``Semantics.apply``; the oracle of every native simulator.

    A free parameter is the literal of its value. Inputs without any column have one row.
    """

    def __init__(self, semantics: Semantics) -> None:
        self._semantics = semantics

    def run(self, program: Program, inputs: Inputs) -> Outcome:
        """The outputs on every row."""
        return self.trace(program, inputs).outcome

    def trace(self, program: Program, inputs: Inputs) -> Trace:
        """The outputs and every intermediate value, in postorder.

        Raises:
            ValueError: the program has a hole, a variable that is not among the inputs, or a parameter
                without a value.
        """
        rows = len(next(iter(inputs.values()))) if inputs else 1
        nodes: list[Value] = []
        self._evaluate(program.term, program.parameters, inputs, rows, nodes)
        root = nodes[-1]
        return Trace(Outcome(root, self._semantics.defined(root)), tuple(nodes))

    def _evaluate(
        self,
        term: Term,
        parameters: tuple[float, ...],
        inputs: Mapping[str, Value],
        rows: int,
        nodes: list[Value],
    ) -> Value:
        """The column of ``term``, after those of its sub-terms have been appended to ``nodes``."""
        match term:
            case Variable(symbol) if symbol in inputs:
                value = inputs[symbol]
            case Literal(constant):
                value = self._semantics.literal(constant, rows)
            case Parameter(index) if index < len(parameters):
                value = self._semantics.literal(parameters[index], rows)
            case Apply(primitive, arguments):
                columns = [self._evaluate(child, parameters, inputs, rows, nodes) for child in arguments]
                value = self._semantics.apply(primitive, columns)
            case _:
                raise ValueError(
                    f"A program that is run must be closed: its variables among the inputs {sorted(inputs)}, "
                    f"a value for each parameter, no holes. Got {term!r} instead."
                )
        value = on_every_row(value, rows)
        nodes.append(value)
        return value
