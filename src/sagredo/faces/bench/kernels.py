"""bench kernels: the speed of the native core, the start-up time and the memory of a run."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np

from sagredo._native import evaluate
from sagredo.domains.expressions.domain import Expressions
from sagredo.domains.expressions.encoding import encode_batch
from sagredo.domains.expressions.planners.bank import RealBank
from sagredo.domains.expressions.primitives import NAMED_CONSTANTS
from sagredo.faces.bench.benchmark import Benchmark, Table, Task, guarded
from sagredo.faces.bench.journal import Record
from sagredo.faces.bench.operon import operon_evaluator
from sagredo.faces.bench.random_expressions import random_expressions
from sagredo.language.term import size
from sagredo.problem.build import problem_from_arrays

if TYPE_CHECKING:
    from jaxtyping import Float64

EVALUATOR_ROWS = 64
EVALUATOR_TREES = 1000
EVALUATOR_SYMBOLS = ("x1", "x2", "x3")
SHORTEST_TIMING_SECONDS = 0.2
"""A timing repeats the call until it has taken this long, well above the resolution of the clock of
processor time."""

BANK_ROWS = 40
BANK_INPUTS = 3
BANK_CANDIDATES = 2_000_000
BANK_MEMORY_BYTES = 2**31
"""Room for all candidates, whatever part of them is new."""

MEMORY_RUN_SECONDS = 60.0
AGREEMENT = 1e-3
"""Relative difference at which a float32 result counts as the same as a float64 one."""


@final
@dataclass(frozen=True)
class Kernels(Benchmark):
    """Four measurements: evaluator, bank, start-up and memory.

    Speeds are per second of processor time, so that other processes on the machine don't count. One node
    evaluation is one operation, variable or constant of an expression on all rows. Repeats of the two
    evaluators are interleaved, and their ratio is the median of the ratios of neighbours.
    """

    command: ClassVar[str] = "kernels"

    repeats: int
    seed: int

    def options(self) -> dict[str, Any]:
        """Repeats and seed."""
        return {"repeats": self.repeats, "seed": self.seed}

    def tasks(self) -> Mapping[str, Task]:
        """Evaluator, bank, start-up, memory."""
        measurements = {
            "evaluator": self.evaluator,
            "bank": self.bank,
            "start-up": self.start_up,
            "memory": self.memory,
        }
        return {
            name: partial(guarded, {"name": name}, measurement) for name, measurement in measurements.items()
        }

    def evaluator(self) -> Record:
        """Node evaluations a second on random expressions, ours in float64 against pyoperon's in float32."""
        rng = np.random.default_rng(self.seed)
        columns = {name: rng.uniform(0.5, 2.0, EVALUATOR_ROWS) for name in EVALUATOR_SYMBOLS}
        terms = random_expressions(rng, EVALUATOR_SYMBOLS, EVALUATOR_TREES)
        code, offsets, constants = encode_batch(terms, EVALUATOR_SYMBOLS, {})
        table = np.array(list(columns.values()))

        def ours() -> Float64[np.ndarray, "terms rows"]:
            values: Float64[np.ndarray, "terms rows"] = evaluate(
                code, offsets, constants, np.empty(0), table, 1
            )
            return values

        theirs = operon_evaluator(terms, columns)
        pairs = [(_seconds_per_call(ours), _seconds_per_call(theirs)) for _ in range(self.repeats)]
        nodes = sum(map(size, terms))
        return {
            "trees": len(terms),
            "nodes": nodes,
            "rows": EVALUATOR_ROWS,
            "our_node_evaluations_per_second": nodes / median(mine for mine, _ in pairs),
            "pyoperon_node_evaluations_per_second": nodes / median(other for _, other in pairs),
            "ratio": median(other / mine for mine, other in pairs),
            "ratio_range": [
                min(other / mine for mine, other in pairs),
                max(other / mine for mine, other in pairs),
            ],
            "agreement": _agreement(ours(), theirs()),
        }

    def bank(self) -> Record:
        """Candidates a second that one thread computes, looks up by meaning and files, from an empty bank."""
        rates = []
        kept = memory = 0
        for repeat in range(self.repeats):
            rng = np.random.default_rng([self.seed, repeat])
            inputs = {f"x{k}": rng.uniform(1.0, 5.0, BANK_ROWS) for k in range(1, BANK_INPUTS + 1)}
            problem = problem_from_arrays(inputs, rng.standard_normal(BANK_ROWS))
            bank = RealBank(problem, Expressions().language(problem), NAMED_CONSTANTS, BANK_MEMORY_BYTES)
            candidates = 0
            started = process_time()
            while step := bank.grow(max(0, BANK_CANDIDATES - candidates)):
                candidates += step
            rates.append(candidates / (process_time() - started))
            kept, memory = len(bank), bank.native.memory_bytes
        return {
            "rows": BANK_ROWS,
            "candidates": BANK_CANDIDATES,
            "candidates_per_second": median(rates),
            "candidates_per_second_range": [min(rates), max(rates)],
            "entries_kept": kept,
            "memory_bytes": memory,
        }

    def start_up(self) -> Record:
        """Wall seconds of ``sagredo --help``, process start included."""
        command = str(Path(sys.executable).with_name("sagredo"))
        seconds = []
        for _ in range(self.repeats + 1):
            started = perf_counter()
            subprocess.run([command, "--help"], check=True, capture_output=True)
            seconds.append(perf_counter() - started)
        # The first call reads the files from the disk; the others show what a user meets day by day.
        return {"first_seconds": seconds[0], "seconds": median(seconds[1:]), "longest_seconds": max(seconds)}

    def memory(self) -> Record:
        """Peak memory of a whole run in a process of its own, on data that no law explains."""
        answer = subprocess.run(
            [sys.executable, "-m", "sagredo.faces.bench.memory_run", str(self.seed), str(MEMORY_RUN_SECONDS)],
            check=True,
            capture_output=True,
            text=True,
        )
        result: Record = json.loads(answer.stdout)
        return result

    @staticmethod
    def line(record: Record) -> str:
        """The measurement in one line."""
        return f"{record['name']:<10} {record['failure'] or _figure(record)}"

    @staticmethod
    def summary(records: Sequence[Record]) -> dict[str, Any]:
        """The four figures."""
        return {record["name"]: record["failure"] or _figure(record) for record in records}

    @staticmethod
    def table(records: Sequence[Record]) -> Table:
        """Every number of every measurement."""
        return Table(
            ("measurement", "quantity", "value"),
            tuple(
                (record["name"], name.replace("_", " "), _number(value))
                for record in records
                for name, value in record.items()
                if name not in ("name", "traceback") and value is not None
            ),
        )


def _figure(record: Record) -> str:
    match record["name"]:
        case "evaluator":
            return (
                f"{record['our_node_evaluations_per_second'] / 1e6:.2f} M node evaluations/s, pyoperon "
                f"{record['pyoperon_node_evaluations_per_second'] / 1e6:.2f} M/s: {record['ratio']:.1f} times"
            )
        case "bank":
            return f"{record['candidates_per_second'] / 1e6:.2f} M candidates/s"
        case "start-up":
            return f"{record['seconds']:.3f} s"
        case _:
            return f"{record['peak_bytes'] / 2**30:.2f} GiB in {record['seconds']:.0f} s"


def _seconds_per_call(call: Callable[[], object]) -> float:
    calls, started = 0, process_time()
    while (elapsed := process_time() - started) < SHORTEST_TIMING_SECONDS:
        call()
        calls += 1
    return elapsed / calls


def _agreement(ours: Float64[np.ndarray, "terms rows"], theirs: np.ndarray[Any, Any]) -> float:
    """The part of the values finite on both sides that agree; that both did the same work."""
    both = np.isfinite(ours) & np.isfinite(theirs)
    difference = np.abs(ours[both] - theirs[both])
    return float(np.mean(difference <= AGREEMENT * np.maximum(1.0, np.abs(ours[both]))))


def _number(value: object) -> str:
    if isinstance(value, list):
        return " to ".join(map(_number, value))
    return f"{value:.4g}" if isinstance(value, float) else str(value)
