"""The Boolean plug-in: found by its entry point, conforms, and runs the whole ring."""

from __future__ import annotations

import importlib
import re
import runpy
import sys
import tomllib
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagredo.domain import registry
from sagredo.domain.domain import Domain
from sagredo.language.language import Language
from sagredo.language.term import Apply, Program, Term, Variable
from sagredo.posterior.merge import posterior_of_search
from sagredo.problem.errors import InvalidInput
from sagredo.problem.problem import Problem
from sagredo.search.backward import Backward
from sagredo.search.bottom_up import BottomUp
from sagredo.search.driver import SearchResult, search
from sagredo.search.planner import Effort, StopReason
from sagredo.testing import conformance

PLUGIN = Path(__file__).parents[2] / "examples" / "plugin"
EFFORT = Effort(work_units=30_000, memory_bytes=2**27)


@pytest.fixture(scope="module")
def boolean(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Domain]:
    """The domain as a user gets it, by name; its metadata lies on the path as an installer leaves it."""
    project = tomllib.loads((PLUGIN / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    site = tmp_path_factory.mktemp("site")
    metadata = site / f"sagredo_boolean-{project['version']}.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Name: {project['name']}\nVersion: {project['version']}\n")
    lines = [f"{name} = {value}" for name, value in project["entry-points"]["sagredo.domains"].items()]
    (metadata / "entry_points.txt").write_text("\n".join(["[sagredo.domains]", *lines, ""]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [*sys.path, str(site), str(PLUGIN / "src")])
        importlib.invalidate_caches()
        assert "boolean" in registry.names()
        yield registry.domain("boolean")


def run(domain: Domain, problem: Problem, seed: int = 0, **options: object) -> SearchResult:
    return search(np.random.default_rng(seed), domain, problem, effort=EFFORT, **options)  # type: ignore[arg-type]  # options vary


def small_terms(language: Language, depth: int) -> list[Term]:
    """Every term of at most this depth."""
    terms: list[Term] = [Variable(symbol) for symbol in language.variables]
    for _ in range(depth - 1):
        terms = list(
            dict.fromkeys(
                [
                    *terms,
                    *(
                        Apply(primitive.name, arguments)
                        for primitive in language.primitives
                        for arguments in product(terms, repeat=primitive.arity)
                    ),
                ]
            )
        )
    return terms


def test_conforms(boolean: Domain) -> None:
    conformance.check_domain(boolean, np.random.default_rng(1))


@pytest.mark.parametrize("planner", [BottomUp(), Backward()], ids=lambda planner: planner.name)
def test_planners_conform(boolean: Domain, planner: BottomUp | Backward) -> None:
    problem, _ = boolean.sample_problem(np.random.default_rng(1))
    conformance.check_planner(planner, boolean, problem, seed=3)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_nothing_small_is_shorter_than_what_is_found(boolean: Domain, seed: int) -> None:
    problem, truth = boolean.sample_problem(np.random.default_rng(seed))
    language = boolean.language(problem)
    objective = boolean.objective(problem, language)
    result = run(boolean, problem)
    best = result.scores[0].description_length_bits
    every = [Program(term) for term in small_terms(language, 2)] + [truth]
    shortest = min(objective.score(program).description_length_bits for program in every)
    assert best <= shortest + 1e-9
    if result.stop_reason is StopReason.FOUND:
        assert best < result.null_bits


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_order_of_rows_does_not_matter(boolean: Domain, seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem, _ = boolean.sample_problem(rng)
    shuffled = problem.take(rng.permutation(problem.row_count))
    first, second = run(boolean, problem), run(boolean, shuffled)
    assert first.scores[0].program == second.scores[0].program
    assert first.scores[0].description_length_bits == pytest.approx(second.scores[0].description_length_bits)


def test_the_ring_predicts_rows_it_has_not_seen(boolean: Domain) -> None:
    whole, _ = boolean.sample_problem(np.random.default_rng(7))
    seen = whole.take(np.random.default_rng(0).permutation(whole.row_count)[:28])
    posterior = posterior_of_search(run(boolean, seen))
    assert sum(program.probability for program in posterior.programs) == pytest.approx(1.0)
    votes = sum(
        program.probability * boolean.simulator(whole).run(program.score.program, whole.input_values).values
        for program in posterior.programs
    )
    assert np.array_equal(np.asarray(votes) > 0.5, whole.responses)


def test_an_interruption_keeps_the_best_so_far(boolean: Domain) -> None:
    problem, _ = boolean.sample_problem(np.random.default_rng(1))

    def interrupt(planner: str, elites: list[object], work_done: int) -> None:
        raise KeyboardInterrupt

    result = run(boolean, problem, recorder=interrupt)
    assert result.stop_reason is StopReason.INTERRUPTED
    assert result.scores
    full = run(boolean, problem)
    assert full.scores[0].description_length_bits <= result.scores[0].description_length_bits


def test_the_clock_is_a_ceiling(boolean: Domain) -> None:
    problem, _ = boolean.sample_problem(np.random.default_rng(1))
    assert run(boolean, problem, budget_seconds=1e-9).stop_reason is StopReason.BUDGET


def test_the_readme_prints_what_it_says(
    boolean: Domain, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    readme = (PLUGIN / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    (tmp_path / "example.py").write_text(code, encoding="utf-8")
    runpy.run_path(str(tmp_path / "example.py"))
    printed = capsys.readouterr().out.splitlines()
    assert printed == [line.strip() for line in readme.split("It prints")[1].splitlines() if line.strip()]


def test_an_unknown_domain_is_named_with_those_that_exist() -> None:
    with pytest.raises(InvalidInput, match=r"one of those installed.*expressions.*Got 'no such'"):
        registry.domain("no such")
