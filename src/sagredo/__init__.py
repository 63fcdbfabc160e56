"""Sagredo: from a few dozen measurements to the short program that made them, and how sure it is.

The public names are loaded when they are first used, so that ``import sagredo`` costs nothing; type checkers
find them in the stub beside this file.
"""

from __future__ import annotations

from importlib import import_module

_MODULE_OF = {
    "Expressions": "sagredo.domains.expressions.domain",
    "InvalidInput": "sagredo.problem.errors",
    "Problem": "sagredo.problem.problem",
    "Result": "sagredo.faces.result",
    "Session": "sagredo.faces.session",
    "SymbolicRegressor": "sagredo.faces.estimator",
    "induce": "sagredo.faces.induce",
    "load_model": "sagredo.faces.model_file",
    "problem_from": "sagredo.problem.build",
    "problem_from_arrays": "sagredo.problem.build",
    "save_model": "sagredo.faces.model_file",
}

__all__ = [
    "Expressions",
    "InvalidInput",
    "Problem",
    "Result",
    "Session",
    "SymbolicRegressor",
    "induce",
    "load_model",
    "problem_from",
    "problem_from_arrays",
    "save_model",
]


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("sagredo")
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'sagredo' has no attribute {name!r}")
    return getattr(import_module(_MODULE_OF[name]), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
