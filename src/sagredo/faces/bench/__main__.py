"""``python -m sagredo.faces.bench``: the benchmarks without the rest of the command line."""

from __future__ import annotations

import sys

from sagredo.faces.bench.app import app
from sagredo.problem.errors import InvalidInput

if __name__ == "__main__":
    try:
        app(prog_name="sagredo bench")
    except InvalidInput as problem:
        print(problem, file=sys.stderr)
        sys.exit(2)
