"""The portfolio: gives work to whichever planner is earning bits, fairly and always in the same way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

SHARED_EQUALLY = 0.8
"""The part of the work that is dealt out equally, so that a planner that finds nothing until it finds the law
(as backward search does) is not starved by one that earns a few bits all the time: with n planners each gets
at least 4/5 of 1/n."""


@final
@dataclass
class Account:
    """What one planner did so far; ``virtual_time`` is its work divided by its share at the time."""

    work_units: int = 0
    bits_earned: float = 0.0
    virtual_time: float = 0.0
    running: bool = True
    idle: bool = False

    @property
    def bits_per_unit(self) -> float:
        """Bits earned per unit of work."""
        return self.bits_earned / self.work_units if self.work_units else 0.0


@final
class Portfolio:
    """Stride scheduling (Waldspurger & Weihl 1995) with shares that follow the bits earned per work unit.

    share_p = s/n + (1 - s) r_p / sum_q r_q, with r_p the bits by which planner p shortened the best message
    per unit of its work, n the number of planners still running and s = ``SHARED_EQUALLY``. The planner with
    the least virtual time is next; ties go to the first. Depends on counted work alone, never on the clock.
    """

    def __init__(self, planner_count: int) -> None:
        self.accounts = [Account() for _ in range(planner_count)]

    def next(self) -> int | None:
        """The planner to step next; None when none can go on, or all wait for one another."""
        running = [k for k, account in enumerate(self.accounts) if account.running]
        if all(self.accounts[k].idle for k in running):
            return None
        return min(running, key=lambda k: self.accounts[k].virtual_time)

    def book(self, planner: int, quantum: int, work_units: int, bits_earned: float, *, running: bool) -> None:
        """Account for a step that was given ``quantum`` units and took ``work_units``.

        A planner that did nothing waits for what others may find; its turn is over all the same.
        """
        account = self.accounts[planner]
        share = self._share(planner)
        account.work_units += work_units
        account.bits_earned += bits_earned
        account.virtual_time += (work_units or quantum) / share
        account.running = running
        if work_units > 0:
            for other in self.accounts:
                other.idle = False
        else:
            account.idle = True

    def _share(self, planner: int) -> float:
        running = [account for account in self.accounts if account.running]
        equal = 1.0 / len(running)
        total = sum(account.bits_per_unit for account in running)
        earned = self.accounts[planner].bits_per_unit / total if total > 0 else equal
        return SHARED_EQUALLY * equal + (1.0 - SHARED_EQUALLY) * earned
