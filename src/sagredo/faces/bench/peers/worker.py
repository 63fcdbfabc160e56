"""``python worker.py``: one peer on the rows that standard input holds; its law and predictions on standard output.

The file stands alone, so that a peer may live in a Python of its own, without Sagredo. In: a JSON object with
``peer``, ``inputs`` (rows by variables), ``responses``, ``fresh_inputs``, ``seconds``, ``cores``, ``seed``. Out,
as the last line: ``expression`` in the variables x0, x1, ... with all digits, ``predictions`` on the fresh rows
(null where there is none). Where the peer is not installed, ``missing`` says so.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import numpy as np

Found = tuple[float, str, Any]
"""How bad a law is by the peer's own measure, the law as text, its predictions on the fresh rows."""

ENDLESS = 10**6
"""Generations, so that only the clock ends a run."""


def operon(task: dict[str, Any]) -> Found:
    """The library's own defaults, with its multi-objective search for accuracy and length and local optimisation.

    Of the Pareto front the model with the least Bayesian information criterion is taken: the default criterion,
    a description length, takes the noise to have standard deviation 1 unless it is told another.
    """
    from pyoperon.sklearn import SymbolicRegressor

    model = SymbolicRegressor(
        allowed_symbols="add,sub,mul,div,constant,variable,pow,sqrt,cbrt,square,exp,log,sin,cos,tan,"
        "asin,acos,atan,sinh,cosh,tanh,abs",
        objectives=["r2", "length"],
        optimizer_iterations=10,
        model_selection_criterion="bayesian_information_criterion",
        generations=ENDLESS,
        max_evaluations=10**9,
        max_time=max(1, int(task["seconds"])),
        n_threads=task["cores"],
        random_state=task["seed"],
    )
    inputs = np.array(task["inputs"])
    model.fit(inputs, np.array(task["responses"]))
    names = [f"x{k}" for k in range(inputs.shape[1])]
    expression = model.get_model_string(model.model_, precision=20, names=names)
    return 0.0, expression, model.predict(np.array(task["fresh_inputs"]))


def gplearn(task: dict[str, Any]) -> Found:
    """The probabilities of the library's own example of symbolic regression; generations until the time is over.

    exp, tanh, square and cube are added to its functions, protected as its own are: none gives more than 1e30.
    Every row is used, as by default; rows left out have weight 0, and 0 times an overflow would be no number, which
    it takes for the best fitness there is.
    """
    from gplearn.functions import make_function
    from gplearn.genetic import SymbolicRegressor

    def clipped_exp(x: Any) -> Any:
        return np.exp(np.clip(x, -69.0, 69.0))

    def clipped_square(x: Any) -> Any:
        return np.clip(x, -1e15, 1e15) ** 2

    def clipped_cube(x: Any) -> Any:
        return np.clip(x, -1e10, 1e10) ** 3

    own = [("exp", clipped_exp), ("square", clipped_square), ("cube", clipped_cube), ("tanh", np.tanh)]
    added = [make_function(function=function, name=name, arity=1, wrap=False) for name, function in own]
    names = ("add", "sub", "mul", "div", "sqrt", "log", "neg", "inv", "abs", "sin", "cos", "tan")
    model = SymbolicRegressor(
        population_size=5000,
        generations=1,
        stopping_criteria=1e-14 * float(np.var(task["responses"])),
        p_crossover=0.7,
        p_subtree_mutation=0.1,
        p_hoist_mutation=0.05,
        p_point_mutation=0.1,
        metric="mse",
        parsimony_coefficient=0.01 * float(np.var(task["responses"])),
        function_set=[*names, *added],
        warm_start=True,
        low_memory=True,
        random_state=task["seed"],
    )
    deadline = time.monotonic() + task["seconds"]
    longest = 0.0
    while time.monotonic() + longest < deadline and not _is_reached(model):
        started = time.monotonic()
        model.fit(np.array(task["inputs"]), np.array(task["responses"]))
        longest = max(longest, time.monotonic() - started)
        model.set_params(generations=model.generations + 1)
    program = model._program
    return (
        float(program.raw_fitness_),
        _infix(program.program),
        model.predict(np.array(task["fresh_inputs"])),
    )


def _is_reached(model: Any) -> bool:
    """Whether the last generation holds a program as good as was asked for."""
    return hasattr(model, "_program") and model._program.raw_fitness_ <= model.stopping_criteria


def _infix(program: Sequence[Any]) -> str:
    """gplearn's prefix list as text, with all digits and its protections spelled out."""
    forms = {
        "add": "({} + {})",
        "sub": "({} - {})",
        "mul": "({}*{})",
        "div": "({}/{})",
        "neg": "(-({}))",
        "inv": "(1/({}))",
        "sqrt": "sqrt(abs({}))",
        "log": "log(abs({}))",
    }
    texts: list[str] = []
    for node in reversed(program):
        if isinstance(node, int | np.integer):
            texts.append(f"x{node}")
        elif isinstance(node, float):
            texts.append(f"({float(node)!r})")
        else:
            arguments = [texts.pop() for _ in range(node.arity)]
            texts.append(forms.get(node.name, node.name + "({})").format(*arguments))
    return texts[0]


def eggp(task: dict[str, Any]) -> Found:
    """The defaults but for the size (30), which is too small for laws of many variables, and for the operators.

    Of its models it takes the most accurate on the rows that it was given, as its predict does.
    """
    from eggp import EGGP

    model = EGGP(
        gen=ENDLESS,
        maxSize=30,
        nonterminals="add,sub,mul,div,power,sqrt,cbrt,square,cube,exp,log,sin,cos,tan,asin,acos,atan,"
        "sinh,cosh,tanh,abs,recip",
        max_time=max(1, int(task["seconds"])),
    )
    model.fit(np.array(task["inputs"]), np.array(task["responses"]))
    best = model._best_row()
    expression = str(best["Expression"]).lower().replace("recip(", "inv(")
    return float(best["loss_train"]), expression, model.predict(np.array(task["fresh_inputs"]))


def pysips(task: dict[str, Any]) -> Found:
    """The defaults but for the operators; a run that ends early is followed by another with a new seed.

    Each run takes the model that its particles agree on most often (its default); of several runs the one whose
    model has the greatest marginal likelihood counts.
    """
    from pysips import PysipsRegressor

    deadline = time.monotonic() + task["seconds"]
    best: Found | None = None
    run = 0
    while best is None or deadline - time.monotonic() > 1.0:
        model = PysipsRegressor(
            # Its native evaluation knows no others.
            operators=["+", "-", "*", "/", "pow", "sqrt", "exp", "log", "sin", "cos", "sinh", "cosh", "|"],
            max_time=max(1.0, deadline - time.monotonic()),
            random_state=task["seed"] + 1000 * run,
        )
        model.fit(np.array(task["inputs"]), np.array(task["responses"]))
        law = model.best_model_
        expression = law.get_formatted_string("sympy").replace("X_", "x")
        predictions = model.predict(np.array(task["fresh_inputs"]))
        found = (-float(np.squeeze(model.best_likelihood_)), expression, predictions)
        best = found if best is None or found[0] < best[0] else best
        run += 1
    return best


PEERS: dict[str, tuple[Callable[[dict[str, Any]], Found], bool]] = {
    "operon": (operon, True),
    "gplearn": (gplearn, False),
    "eggp": (eggp, False),
    "pysips": (pysips, False),
}
"""Each peer, and whether it uses several cores by itself; of the others one run a core is made."""


def run(task: dict[str, Any]) -> dict[str, Any]:
    """Run the peer with all the cores."""
    peer, is_threaded = PEERS[task["peer"]]
    if is_threaded or task["cores"] == 1:
        found = peer(task)
    else:
        tasks = [task | {"seed": task["seed"] + 100_000 * core} for core in range(task["cores"])]
        with ProcessPoolExecutor(task["cores"], mp_context=get_context("spawn")) as pool:
            found = min(pool.map(peer, tasks), key=lambda result: result[0])
    _, expression, predictions = found
    values = np.broadcast_to(np.asarray(predictions, dtype=float), len(task["fresh_inputs"]))
    finite = [float(value) if np.isfinite(value) else None for value in values]
    return {"expression": expression, "predictions": finite}


def main() -> None:
    """Read a task, answer with a line of JSON."""
    task = json.load(sys.stdin)
    try:
        answer = run(task)
    except ImportError as error:
        answer = {"missing": str(error)}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
