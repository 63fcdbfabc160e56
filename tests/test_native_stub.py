"""The stub of the native module says what the module has."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from sagredo import _native

STUB = ast.parse((Path(__file__).parents[1] / "src" / "sagredo" / "_native.pyi").read_text(encoding="utf-8"))
FUNCTIONS = [node for node in STUB.body if isinstance(node, ast.FunctionDef)]
CLASSES = [node for node in STUB.body if isinstance(node, ast.ClassDef)]
METHODS = [
    pytest.param(f"{kind.name}.{method.name}", method, id=f"{kind.name}.{method.name}")
    for kind in CLASSES
    for method in kind.body
    if isinstance(method, ast.FunctionDef) and not method.decorator_list
]


def argument_names(native: object) -> list[str]:
    """The names of the arguments in the signature that nanobind gives, ``self`` left out."""
    ((signature, *_),) = native.__nb_signature__  # type: ignore[attr-defined]  # of nanobind's functions alone
    return [name for name in re.findall(r"(\w+):", signature) if name != "self"]


def stub_arguments(function: ast.FunctionDef) -> list[str]:
    return [argument.arg for argument in function.args.args if argument.arg != "self"]


def test_the_stub_has_every_name() -> None:
    data = {
        node.target.id
        for node in STUB.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    stub = {node.name for node in (*FUNCTIONS, *CLASSES)} | data
    assert stub == {name for name in dir(_native) if not name.startswith("__")}


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_functions_have_the_arguments_of_the_stub(function: ast.FunctionDef) -> None:
    assert argument_names(getattr(_native, function.name)) == stub_arguments(function)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.name)
def test_classes_have_the_members_of_the_stub(kind: ast.ClassDef) -> None:
    stub = {member.name for member in kind.body if isinstance(member, ast.FunctionDef)}
    native = {name for name in vars(getattr(_native, kind.name)) if not name.startswith("__")}
    assert stub - {"__init__", "__len__"} == native


@pytest.mark.parametrize(("name", "method"), METHODS)
def test_methods_have_the_arguments_of_the_stub(name: str, method: ast.FunctionDef) -> None:
    kind, attribute = name.split(".")
    assert argument_names(getattr(getattr(_native, kind), attribute)) == stub_arguments(method)
