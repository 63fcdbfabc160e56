"""What the README and the documentation promise of the package exists, and starting up is cheap."""

from __future__ import annotations

import ast
import csv
import math
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))
PAGES = tuple(page for page in PAGES if "_build" not in page.parts)
EXAMPLES = sorted((ROOT / "examples").glob("*.csv"))
HEAVY = ("numpy", "scipy", "sklearn", "sympy", "pandas", "matplotlib", "typer", "rich", "torch")


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def make_targets() -> set[str]:
    return set(re.findall(r"^\.PHONY: (\S+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def console_commands() -> list[tuple[str, str]]:
    return [
        (page.relative_to(ROOT).as_posix(), line.removeprefix("$ ").split("  #")[0].strip())
        for page in PAGES
        for block in blocks(page, "console")
        for line in block.splitlines()
        if line.startswith("$ ")
    ]


def help_of(command: str) -> str:
    arguments = [sys.executable, "-m", "sagredo.faces.cli", command, "--help"]
    return subprocess.run(arguments, capture_output=True, text=True, check=True, timeout=60).stdout


@pytest.fixture(scope="module")
def helps() -> dict[str, str]:
    return {command: help_of(command) for command in ("fit", "predict", "report")}


def test_every_make_command_of_the_documentation_is_a_target() -> None:
    named = {
        word
        for _, command in console_commands()
        if command.startswith("make ")
        for word in command.split()[1:]
        if "=" not in word
    }
    assert named
    assert named <= make_targets()


def test_every_option_of_a_documented_sagredo_command_exists(helps: dict[str, str]) -> None:
    seen = 0
    for page, command in console_commands():
        match = re.match(r"(?:\.venv/bin/)?sagredo (fit|predict|report) (.*)", command)
        if match is None:
            continue
        for option in re.findall(r"(?<!\S)--[a-z-]+", match[2]):
            assert re.search(rf"{option}\b", helps[match[1]]), f"{page}: {command}"
            seen += 1
    assert seen > 0


def test_every_example_file_of_a_documented_command_is_shipped() -> None:
    named = {name for _, command in console_commands() for name in re.findall(r"examples/\w+\.csv", command)}
    assert named
    assert named <= {path.relative_to(ROOT).as_posix() for path in EXAMPLES}


def test_the_options_table_lists_every_option_of_fit(helps: dict[str, str]) -> None:
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    options = set(re.findall(r"(?<![\w-])--[a-z-]+", helps["fit"])) - {"--help"}
    assert options
    assert {option for option in options if option not in page} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_python_blocks_import_names_that_exist(page: Path) -> None:
    import sagredo

    for block in blocks(page, "python"):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and node.module == "sagredo":
                assert {alias.name for alias in node.names} <= set(sagredo.__all__)
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == "sagredo"
            ):
                assert node.attr in sagredo.__all__


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_to_files_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_a_clean_table_with_a_source_and_a_page(path: Path) -> None:
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    measured = [k for k, name in enumerate(header) if re.fullmatch(r"[a-z -]+ \[[\w/^]+\]", name)]
    # What is not measured is the name of a group, in the last column.
    assert len(measured) >= 2
    assert measured == list(range(len(header)))[: len(measured)]
    assert len(header) - len(measured) <= 1
    assert all(
        len(row) == len(header) and all(math.isfinite(float(row[k])) for k in measured) for row in rows
    )
    described = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
    assert f"| `{path.name}` | {len(rows)} |" in described
    assert (ROOT / "docs" / "examples" / f"{path.stem}.md").exists()
    assert (ROOT / "docs" / "images" / f"{path.stem}.svg").exists()


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = f"import sys, sagredo; print([name for name in {HEAVY!r} if name in sys.modules])"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert found.stdout.strip() == "[]"


def test_every_core_dependency_is_imported_somewhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module_of = {"scikit-learn": "sklearn"}
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    for requirement in project["dependencies"]:
        name = re.split(r"[<>=!~;\[ ]", requirement)[0]
        module = module_of.get(name, name)
        assert re.search(rf"^\s*(import|from) {module}\b", source, re.MULTILINE), name


def test_no_extra_brings_a_deep_learning_framework() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    requirements = [
        *project["dependencies"],
        *(r for extra in project["optional-dependencies"].values() for r in extra),
    ]
    assert not [r for r in requirements if re.match(r"(torch|jax|tensorflow|nvidia)\b", r)]
