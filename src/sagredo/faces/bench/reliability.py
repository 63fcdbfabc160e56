"""Claimed probabilities against how often they are right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

from sagredo.faces.bench.journal import Record
from sagredo.faces.bench.recovery_figures import is_right, is_shorter

GROUPS: Final = 10
"""Groups of equal width that probabilities are counted in."""


@final
@dataclass(frozen=True)
class Group:
    """The answers claimed with a probability in [low, high), or up to 1 in the last group.

    ``right`` of the ``count`` are the truth, ``shorter`` are another form in fewer bits than the truth.
    """

    low: float
    high: float
    mean_probability: float
    count: int
    right: int
    shorter: int


def reliability(records: Sequence[Record]) -> tuple[Group, ...]:
    """The groups that have any answer, from low to high probability."""
    groups: list[list[Record]] = [[] for _ in range(GROUPS)]
    for record in records:
        probability = record.get("probability")
        if probability is not None:
            groups[min(int(probability * GROUPS), GROUPS - 1)].append(record)
    return tuple(
        Group(
            number / GROUPS,
            (number + 1) / GROUPS,
            sum(record["probability"] for record in group) / len(group),
            len(group),
            sum(map(is_right, group)),
            sum(map(is_shorter, group)),
        )
        for number, group in enumerate(groups)
        if group
    )
