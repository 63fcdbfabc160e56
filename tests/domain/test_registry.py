from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sagredo.domain import registry
from sagredo.domain.domain import Domain
from sagredo.problem.errors import InvalidInput

Install = Callable[..., None]

MODULE = """
from sagredo.domain.domain import Domain

class Minimal(Domain):
    name = "minimal"
    def language(self, problem): ...
    def semantics(self, problem): ...
    def simulator(self, problem): ...
    def objective(self, problem, language): ...
    def sample_problem(self, rng): ...

NUMBER = 3
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Lays the metadata of a package on the path as an installer leaves it."""

    def announce(package: str, **domains: str) -> None:
        metadata = tmp_path / package / f"{package}-1.0.dist-info"
        metadata.mkdir(parents=True)
        (metadata / "METADATA").write_text(f"Name: {package}\nVersion: 1.0\n")
        lines = [f"{name} = {value}" for name, value in domains.items()]
        (metadata / "entry_points.txt").write_text("\n".join(["[sagredo.domains]", *lines, ""]))
        (tmp_path / package / f"{package}.py").write_text(MODULE)
        monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / package)])
        importlib.invalidate_caches()

    return announce


def test_the_names_are_those_announced_in_alphabetical_order(install: Install) -> None:
    before = registry.names()
    install("third_party_names", zebra="third_party_names:Minimal", aardvark="third_party_names:Minimal")
    assert registry.names() == tuple(sorted((*before, "zebra", "aardvark")))
    assert "expressions" in before


def test_a_domain_is_made_anew_by_name(install: Install) -> None:
    install("third_party_made", minimal="third_party_made:Minimal")
    first, second = registry.domain("minimal"), registry.domain("minimal")
    assert isinstance(first, Domain)
    assert first.name == "minimal"
    assert first is not second


def test_of_two_with_one_name_the_first_on_the_path_counts(install: Install) -> None:
    install("third_party_one", twice="third_party_one:Minimal")
    install("third_party_two", twice="third_party_two:Minimal")
    assert registry.names().count("twice") == 1
    assert type(registry.domain("twice")).__module__ == "third_party_one"


def test_an_unknown_name_is_refused_with_those_that_exist() -> None:
    with pytest.raises(InvalidInput, match=r"one of those installed: .*expressions.*Got 'nothing'"):
        registry.domain("nothing")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("no_such_module_at_all:Thing", r"must be importable as no_such_module_at_all:Thing"),
        ("third_party_broken:Missing", r"must be importable as third_party_broken:Missing"),
        ("third_party_broken:NUMBER", r"must name a subclass of sagredo.domain.domain.Domain. Got 3"),
    ],
)
def test_an_entry_point_that_leads_nowhere_is_refused(install: Install, value: str, message: str) -> None:
    install("third_party_broken", broken=value)
    with pytest.raises(InvalidInput, match=message):
        registry.domain("broken")
