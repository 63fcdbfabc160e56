"""Finds the installed domains: this package's own and those of third parties."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points

from sagredo.domain.domain import Domain
from sagredo.problem.errors import InvalidInput

ENTRY_POINT_GROUP = "sagredo.domains"
"""The group of entry points in which a package announces its domains, as ``name = "module:Class"``."""


def _announced() -> dict[str, EntryPoint]:
    """The entry points by name; of two with one name the first that the import path finds counts."""
    found: dict[str, EntryPoint] = {}
    for entry_point in entry_points(group=ENTRY_POINT_GROUP):
        found.setdefault(entry_point.name, entry_point)
    return found


def names() -> tuple[str, ...]:
    """The names of the installed domains, in alphabetical order."""
    return tuple(sorted(_announced()))


def domain(name: str) -> Domain:
    """A new object of the domain of this name.

    Raises:
        InvalidInput: no domain has this name, or the one that has it cannot be loaded.
    """
    announced = _announced()
    if name not in announced:
        raise InvalidInput(
            f"The domain must be one of those installed: {', '.join(sorted(announced)) or '(none)'}. "
            f"Got {name!r} instead. Install the package that brings it, or correct the name."
        )
    entry_point = announced[name]
    try:
        kind = entry_point.load()
    except (ImportError, AttributeError) as error:
        raise InvalidInput(
            f"The domain {name!r} must be importable as {entry_point.value}. "
            f"Got {type(error).__name__}: {error}. Repair or reinstall the package that brings it."
        ) from error
    if not (isinstance(kind, type) and issubclass(kind, Domain)):
        raise InvalidInput(
            f"The entry point {entry_point.value} of the domain {name!r} must name a subclass of "
            f"sagredo.domain.domain.Domain. Got {kind!r} instead."
        )
    return kind()
