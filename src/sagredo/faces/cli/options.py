"""Reading the values of command-line options."""

from __future__ import annotations

from collections.abc import Iterable

from sagredo.problem.errors import InvalidInput


def names(text: str | None) -> list[str] | None:
    """The names in a list separated by commas; None for no list."""
    if text is None:
        return None
    return [name.strip() for name in text.split(",") if name.strip()]


def assignments(option: str, texts: Iterable[str]) -> dict[str, str]:
    """The pairs of options such as ``--unit v=m/s``; the name ends at the last ``=``."""
    pairs: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.rpartition("=")
        if not (equals and name.strip() and value.strip()):
            raise InvalidInput(f"{option} must be written NAME=VALUE. Got {text!r} instead.")
        if name.strip() in pairs:
            raise InvalidInput(f"{option} must name each quantity once. Got {name.strip()!r} twice instead.")
        pairs[name.strip()] = value.strip()
    return pairs


def numbers(option: str, texts: Iterable[str]) -> dict[str, float]:
    """The pairs of options such as ``--start b1=500,b2=0.001``."""
    pieces = [piece for text in texts for piece in text.split(",") if piece.strip()]
    return {name: number(f"{option} {name}", value) for name, value in assignments(option, pieces).items()}


def intervals(option: str, texts: Iterable[str]) -> dict[str, tuple[float, float]]:
    """The pairs of options such as ``--bound b1=0:10``; an end left out is infinite."""
    pieces = [piece for text in texts for piece in text.split(",") if piece.strip()]
    result = {}
    for name, value in assignments(option, pieces).items():
        low, colon, high = value.partition(":")
        if not colon:
            raise InvalidInput(f"{option} must be written NAME=LOW:HIGH. Got {name}={value} instead.")
        ends = (
            number(f"{option} {name}", low) if low.strip() else float("-inf"),
            number(f"{option} {name}", high) if high.strip() else float("inf"),
        )
        if not ends[0] < ends[1]:
            raise InvalidInput(f"{option} must have LOW below HIGH. Got {name}={value} instead.")
        result[name] = ends
    return result


def number(what: str, text: str) -> float:
    """A finite number."""
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not abs(value) < float("inf"):
        raise InvalidInput(f"{what} must be a finite number. Got {text.strip()!r} instead.")
    return value


def number_or_name(text: str | None) -> float | str | None:
    """A number where the text is one, and a column's name elsewhere."""
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        return text
