"""``python -m sagredo.faces.bench.memory_run SEED SECONDS``: the peak memory of a run that fills its bank."""

from __future__ import annotations

import json
import sys

import numpy as np

from sagredo.faces.bench.machine import peak_memory_bytes
from sagredo.faces.induce import induce
from sagredo.problem.build import problem_from_arrays

ROWS, INPUTS = 40, 4


def main(seed: int, budget_seconds: float) -> None:
    """Search for a law in responses that are pure noise, so that nothing but the budget ends the run."""
    rng = np.random.default_rng(seed)
    inputs = {f"x{k}": rng.uniform(1.0, 5.0, ROWS) for k in range(1, INPUTS + 1)}
    problem = problem_from_arrays(inputs, rng.standard_normal(ROWS), target="y")
    result = induce(problem, budget_seconds=budget_seconds, seed=seed)
    peak = peak_memory_bytes()
    print(
        json.dumps({"peak_bytes": peak, "seconds": result.seconds, "stop_reason": result.stop_reason.value})
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
