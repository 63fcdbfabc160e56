"""bench ablation: what each planner, and each phase of pursuit, is worth, by leaving it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, ClassVar, Final, final

from sagredo.domains.expressions.domain import Expressions
from sagredo.domains.expressions.planners.pursuit import Pursuit
from sagredo.faces.bench import recovery_figures
from sagredo.faces.bench.benchmark import Table, Task
from sagredo.faces.bench.data_folder import data_file
from sagredo.faces.bench.intervals import paired_difference
from sagredo.faces.bench.journal import Record
from sagredo.faces.bench.law_search import LawSearch
from sagredo.faces.bench.laws import Law, chosen_laws, read_laws, stratified_quarter
from sagredo.faces.bench.other_planners import OtherPlanners
from sagredo.faces.bench.recovery import sample_law
from sagredo.faces.bench.recovery_figures import REGRET_TOLERANCE_BITS, has_regret_of_at_most, is_right
from sagredo.search.planner import Planner

WHOLE: Final = "all planners"

PHASES: Final = {"matches": "matched", "study": "studied", "scouting": "scouted", "rests": "rests"}
"""Phases of pursuit that are left out one by one, with what its rounds call their goals."""


@final
@dataclass(frozen=True, kw_only=True)
class Ablation(LawSearch):
    """The stratified quarter of the Feynman equations, or ``only`` those: with all planners, without each of them, and
    without phases of pursuit. ``monte_carlo`` adds the planner of that name to all of them.

    The runs of one equation follow one another, so that what else the machine does falls on all alike.
    """

    command: ClassVar[str] = "ablation"

    rows: int
    data: Path | None
    monte_carlo: bool = False

    def options(self) -> dict[str, Any]:
        """Those of every search, and whether sequential Monte Carlo takes part."""
        return super().options() | ({"monte_carlo": True} if self.monte_carlo else {})

    @property
    def whole(self) -> Expressions:
        """The domain with all the planners that take part."""
        return Expressions(monte_carlo=self.monte_carlo)

    def tasks(self) -> Mapping[str, Task]:
        """One for each equation and planner or phase left out."""
        laws = read_laws(data_file(self.data, "feynman", "FeynmanEquations.csv"))
        chosen = chosen_laws(laws, self.only) if self.only else stratified_quarter(laws)
        sampled = sample_law(chosen[0], rows=self.rows, noise=self.noise, seed=self.seed)
        names = [planner.name for planner in self.whole.planners(sampled.problem)]
        return {
            f"{law.name} {_label(name)}": partial(self.measure, law, name)
            for law in chosen
            for name in (None, *names, *PHASES)
        }

    def measure(self, law: Law, left_out: str | None) -> Record:
        """Search for one equation without one planner or phase (None: with all)."""
        whole = self.whole
        domain = whole if left_out is None else OtherPlanners(partial(without, left_out), whole)
        record = self.search(law, self.rows, self.seed, domain)
        return record | {"planners": _label(left_out)}

    @staticmethod
    def line(record: Record) -> str:
        """What is left out, and the line of the search."""
        return f"{record['planners']:<24} {recovery_figures.line(record)}"

    @staticmethod
    def summary(records: Sequence[Record]) -> dict[str, Any]:
        """How many equations, and how many right with all planners."""
        whole = [record for record in records if record["planners"] == WHOLE]
        return {
            "equations": len(whole),
            "right_with_all_planners": f"{sum(map(is_right, whole))} of {len(whole)}",
            "failures": sum(bool(record["failure"]) for record in records),
        }

    @staticmethod
    def table(records: Sequence[Record]) -> Table:
        """One row a set of planners, compared with all of them equation by equation."""
        whole = {record["name"]: record for record in records if record["planners"] == WHOLE}
        groups: dict[str, list[Record]] = {}
        for record in records:
            groups.setdefault(record["planners"], []).append(record)
        return Table(
            (
                "planners",
                "right",
                "regret at most 1 bit",
                "median seconds",
                "share right less that with all (95%)",
                "seconds, times those with all",
            ),
            tuple(_row(label, group, whole) for label, group in groups.items()),
        )


def without(left_out: str, planners: tuple[Planner[Any], ...]) -> tuple[Planner[Any], ...]:
    """The planners without the one of this name, or with pursuit without this phase."""
    if left_out not in PHASES:
        return tuple(planner for planner in planners if planner.name != left_out)
    phase = PHASES[left_out]
    return tuple(planner.without(phase) if isinstance(planner, Pursuit) else planner for planner in planners)


def _row(label: str, group: Sequence[Record], whole: Mapping[str, Record]) -> tuple[str, ...]:
    """One set of planners; its equations are compared where they were also searched with all planners."""
    pairs = [(record, whole[record["name"]]) for record in group if record["name"] in whole]
    timed = [(one, other) for one, other in pairs if one.get("seconds") and other.get("seconds")]
    seconds = [record["seconds"] for record in group if record.get("seconds") is not None]
    difference, low, high = paired_difference([(is_right(one), is_right(other)) for one, other in pairs])
    without_regret = sum(has_regret_of_at_most(record, REGRET_TOLERANCE_BITS) for record in group)
    ratios = [one["seconds"] / other["seconds"] for one, other in timed]
    return (
        label,
        f"{sum(map(is_right, group))} of {len(group)}",
        f"{without_regret} of {len(group)}",
        f"{median(seconds):.2f}" if seconds else "-",
        "-" if label == WHOLE else f"{difference:+.3f} ({low:+.3f} to {high:+.3f})",
        "-" if label == WHOLE or not ratios else f"{median(ratios):.2f} (median)",
    )


def _label(left_out: str | None) -> str:
    return WHOLE if left_out is None else f"without {left_out}"
