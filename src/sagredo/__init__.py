"""Sagredo: from a few dozen measurements to the short program that made them, and how sure it is.

The public names are loaded when they are first used, so that ``import sagredo`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sagredo.domains.expressions.domain import Expressions as Expressions
    from sagredo.faces.estimator import SymbolicRegressor as SymbolicRegressor
    from sagredo.faces.induce import induce as induce
    from sagredo.faces.model_file import load_model as load_model
    from sagredo.faces.model_file import save_model as save_model
    from sagredo.faces.result import Result as Result
    from sagredo.problem.build import problem_from as problem_from
    from sagredo.problem.build import problem_from_arrays as problem_from_arrays
    from sagredo.problem.errors import InvalidInput as InvalidInput
    from sagredo.problem.problem import Problem as Problem

_MODULE_OF = {
    "Expressions": "sagredo.domains.expressions.domain",
    "InvalidInput": "sagredo.problem.errors",
    "Problem": "sagredo.problem.problem",
    "Result": "sagredo.faces.result",
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
