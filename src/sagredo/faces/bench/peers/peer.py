"""Another program for symbolic regression, run on the rows that ours was given and judged by the same rules."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from sagredo.domains.expressions.fitting import fit
from sagredo.domains.expressions.primitives import NAMED_CONSTANTS
from sagredo.domains.expressions.simulator import NativeSimulator
from sagredo.domains.expressions.syntax import ExpressionSyntax
from sagredo.faces.bench.benchmark import finite
from sagredo.faces.bench.exactness import Judgement, judge
from sagredo.faces.bench.journal import Record
from sagredo.faces.bench.spellings import with_numbers_as_parameters
from sagredo.faces.induce import available_cores
from sagredo.language.term import Program, Term, Variable, substitute
from sagredo.problem.errors import InvalidInput
from sagredo.simulator.simulator import Outcome

if TYPE_CHECKING:
    from jaxtyping import Float64

    from sagredo.faces.bench.recovery import SampledLaw

WORKER: Final = Path(__file__).with_name("worker.py")

PACKAGES: Final = {
    "operon": ("pyoperon", "pyoperon==0.6.2"),
    "gplearn": ("gplearn", "gplearn==0.4.3"),
    "eggp": ("eggp", "eggp==2.2.2"),
    "pysips": ("pysips", "pysips==0.2.0 smcpy==0.1.16"),
}
"""Each peer's module, and what pip installs it as."""

START_SECONDS: Final = 60.0
"""What a peer may take beyond its budget, to start and to end the step that it is in, before it is ended."""


POLISHED_ERROR: Final = 1e-4
"""A law is polished if its error is at most so many standard deviations of y: the 2^-24 of single precision, amplified
some thousandfold. From further off a fit could turn a wrong form into a limit that happens to be the law."""


@final
@dataclass(frozen=True)
class Peer:
    """A peer by name, and the Python interpreter that has it."""

    name: str
    python: Path

    def check(self) -> None:
        """Refuse a peer that is unknown or not there.

        Raises:
            InvalidInput: the name is unknown, or the interpreter cannot import the peer.
        """
        if self.name not in PACKAGES:
            raise InvalidInput(f"The peer must be one of {', '.join(PACKAGES)}. Got {self.name!r} instead.")
        module, requirement = PACKAGES[self.name]
        try:
            probe = subprocess.run(
                [self.python, "-c", f"import {module}"], capture_output=True, text=True, check=False
            )
        except OSError as error:
            raise InvalidInput(
                f"The option --peer-python must be a Python interpreter. Got {str(self.python)!r}: "
                f"{error.strerror}."
            ) from error
        if probe.returncode != 0:
            reason = (probe.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise InvalidInput(
                f"The peer {self.name} must be installed in {self.python}. Got: {reason}. "
                f"Install it with {self.python} -m pip install {requirement}, or name another Python with "
                f"--peer-python."
            )

    def measure(self, sampled: SampledLaw, budget_seconds: float, seed: int) -> Record:
        """What the peer makes of the rows; a failure is a record that says what failed."""
        record: Record = {
            "name": self.name,
            "exact": False,
            "right_form": False,
            "right": False,
            "failure": None,
        }
        started = monotonic()
        try:
            answer = self.answer(
                np.column_stack([np.asarray(v, dtype=float) for v in sampled.problem.input_values.values()]),
                np.asarray(sampled.problem.responses, dtype=float),
                np.column_stack(list(sampled.fresh_inputs.values())),
                budget_seconds,
                seed,
            )
            record["seconds"] = monotonic() - started
            record |= judged(sampled, answer)
        except Exception as error:
            record["seconds"] = monotonic() - started
            record["failure"] = f"{type(error).__name__}: {error}"
        return record

    def answer(
        self,
        inputs: Float64[np.ndarray, "rows variables"],
        responses: Float64[np.ndarray, " rows"],
        fresh_inputs: Float64[np.ndarray, "fresh variables"],
        budget_seconds: float,
        seed: int,
    ) -> dict[str, Any]:
        """The peer's ``expression`` for the rows, and its ``predictions`` of fresh ones (None where it has none).

        Raises:
            RuntimeError: the peer ended without an answer.
        """
        task = {
            "peer": self.name,
            "inputs": inputs.tolist(),
            "responses": responses.tolist(),
            "fresh_inputs": fresh_inputs.tolist(),
            "seconds": budget_seconds,
            "cores": available_cores(),
            "seed": seed,
        }
        status, output, errors = _run(
            [str(self.python), str(WORKER)], json.dumps(task), 2 * budget_seconds + START_SECONDS
        )
        lines = output.strip().splitlines()
        if status != 0 or not lines:
            raise RuntimeError((errors.strip().splitlines() or ["it ended without an answer"])[-1])
        answer: dict[str, Any] = json.loads(lines[-1])
        return answer


def _run(command: Sequence[str], text: str, limit_seconds: float) -> tuple[int, str, str]:
    """Run a command on a text: (exit status, output, errors).

    It gets a process group of its own, which is ended whole where it takes too long or the user interrupts.
    """
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            output, errors = process.communicate(text, timeout=limit_seconds)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    return process.returncode, output, errors


def judged(sampled: SampledLaw, answer: dict[str, Any]) -> Record:
    """The verdicts on a peer's law, by its predictions on the fresh rows and by its text.

    Some peers compute in single precision: where a law is off by no more than that explains, the numbers of the
    text, but for integers, are fitted once more to the rows that the peer had, and the better judgement counts.
    The form is right if one of the spellings of the text is, numbers merged by algebra.
    """
    predictions = np.array(answer["predictions"], dtype=float)
    best = judge(Outcome(predictions, np.isfinite(predictions)), sampled.fresh_responses)
    right_form, unread = False, None
    try:
        term = read(answer["expression"], tuple(sampled.fresh_inputs))
        programs = list(with_numbers_as_parameters(term, sampled.law.positive_symbols))
        if best.relative_error <= POLISHED_ERROR:
            best = min(best, _polished(sampled, programs[0]), key=lambda judgement: judgement.relative_error)
        right_form = any(map(sampled.judge_of_form.is_right, programs))
    except Exception as error:
        # A text that cannot be read or rewritten is the reader's failure: the predictions still count.
        unread = f"{type(error).__name__}: {error}"
    return {
        "expression": answer["expression"],
        "unread": unread,
        "exact": best.exact,
        "relative_error": finite(best.relative_error),
        "right_form": right_form,
        "right": right_form if sampled.noise > 0 else best.exact,
    }


def read(expression: str, symbols: tuple[str, ...]) -> Term:
    """The term of a text in x0, x1, ..., which stand for the symbols.

    Raises:
        SyntaxProblem: the text is not of our language.
    """
    names = [f"x{k}" for k in range(len(symbols))]
    term = ExpressionSyntax(symbols=names).parse(expression)
    return substitute(term, {Variable(a): Variable(b) for a, b in zip(names, symbols, strict=True)})


def _polished(sampled: SampledLaw, program: Program) -> Judgement:
    problem = sampled.problem
    fitted = program
    if program.parameters:
        columns = np.array([np.asarray(column.values, dtype=float) for column in problem.inputs])
        result = fit(
            program,
            columns,
            np.asarray(problem.responses, dtype=float),
            symbols=tuple(column.symbol for column in problem.inputs),
            constants=NAMED_CONSTANTS,
        )
        fitted = Program(program.term, result.parameters)
    return judge(NativeSimulator().run(fitted, sampled.fresh_inputs), sampled.fresh_responses)
