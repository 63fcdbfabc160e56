"""From a problem to its posterior over programs, in one call."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from math import isfinite
from typing import TYPE_CHECKING

from sagredo.domain.domain import Domain
from sagredo.faces.result import Result
from sagredo.language.language import SyntaxProblem
from sagredo.language.term import Program
from sagredo.problem.errors import InvalidInput
from sagredo.problem.problem import Problem
from sagredo.search.planner import Effort, Recorder, StopReason

if TYPE_CHECKING:
    from sagredo.search.driver import SearchResult

WORK_UNITS = {
    "reflex": 300_000,
    "quick": 5_000_000,
    "normal": 60_000_000,
    "deep": 2_000_000_000,
}
"""Work units (candidate columns computed or compared) of each effort: on two cores and a few dozen rows about three
seconds, fifteen seconds, a minute or two, and hours, unless the law is found sooner."""

MEMORY_GIB = 2.0
"""The memory that the banks of a run may take when the user says nothing: half of a small machine's."""

_GIB = 2**30


def effort_of(name: str, *, threads: int | None = None, memory_gib: float = MEMORY_GIB) -> Effort:
    """The effort of this name (reflex, quick, normal or deep), with all cores by default.

    Raises:
        InvalidInput: no effort has this name, or threads or memory are not positive.
    """
    if name not in WORK_UNITS:
        raise InvalidInput(f"The effort must be one of {', '.join(WORK_UNITS)}. Got {name!r} instead.")
    if threads is not None and threads < 1:
        raise InvalidInput(f"The number of threads must be at least 1. Got {threads} instead.")
    if not (isfinite(memory_gib) and memory_gib > 0):
        raise InvalidInput(f"The memory must be a positive number of GiB. Got {memory_gib} instead.")
    return Effort(WORK_UNITS[name], int(memory_gib * _GIB), threads or available_cores())


def available_cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def induce(
    problem: Problem,
    *,
    domain: str | Domain = "expressions",
    effort: str | Effort = "normal",
    budget_seconds: float | None = None,
    seed: int = 0,
    recorder: Recorder | None = None,
    start: Iterable[Program] = (),
) -> Result:
    """Find the programs that explain the problem in the fewest bits, and how probable each is.

    ``domain`` is an installed domain, by name or as an object with options of its own. ``effort`` says how
    many work units to spend at most; the same seed and effort give the same answer on any machine, unless
    ``budget_seconds``, a ceiling on the time, ends the run first. Ctrl-C ends it too; in both cases the
    result holds the best so far. ``start`` are programs to weigh before the search begins, such as what an
    earlier search of fewer rows found.

    The likeliest laws whose evidence was approximated poorly are at the end weighed by sampling their parameters.

    Where the problem's noise is ``auto`` the search is done under the first of the domain's likelihoods (of real
    responses: normal), what it found is weighed under each, and the one of the shortest message is the result's.

    Where the rows come in groups a law's form is one for all, and its parameters and noise are fitted in each
    (:mod:`sagredo.groups`).

    Raises:
        InvalidInput: the domain or the effort is unknown, the budget is not positive, or an option of the
            domain can't be read.
    """
    import numpy as np

    from sagredo.domain import registry
    from sagredo.faces.noise_choice import AUTO, choose_noise, noises_of
    from sagredo.groups.domain import Grouped
    from sagredo.posterior.merge import posterior_of_search
    from sagredo.posterior.sampled_evidence import with_sampled_evidence
    from sagredo.search.driver import search

    check_budget(budget_seconds)
    if isinstance(domain, str):
        domain = registry.domain(domain)
    if isinstance(effort, str):
        effort = effort_of(effort)
    noises = noises_of(domain, problem) if problem.noise == AUTO else (problem.noise,)
    problem = replace(problem, noise=noises[0])
    searched = domain if problem.groups is None else Grouped(domain)
    try:
        found = search(
            np.random.default_rng(seed),
            searched,
            problem,
            effort=effort,
            budget_seconds=budget_seconds,
            recorder=recorder,
            start=start,
        )
    except SyntaxProblem as error:
        raise InvalidInput(f"Given programs and forms must be of the language. {error}") from error
    noise_bits = None
    if len(noises) > 1:
        choice = choose_noise(searched, problem, noises, found, effort.threads)
        problem, found, noise_bits = choice.problem, choice.found, choice.bits
    if problem.groups is None:
        found = with_sampled_evidence(domain, problem, found)
    else:
        problem, found = _shared(domain, problem, found)
    floor_bits = searched.objective(problem, searched.language(problem)).floor_bits
    posterior = posterior_of_search(found, floor_bits)
    reason, seconds, units = found.stop_reason, found.seconds, found.work_units
    return Result(problem, domain, posterior, reason, seconds, units, seed, noise_bits)


def _shared(domain: Domain, problem: Problem, found: SearchResult) -> tuple[Problem, SearchResult]:
    """What was found with parameters shared between groups; where that can't be tried, the problem says so.

    Ctrl-C leaves all parameters separate.
    """
    from sagredo.groups.sharing import with_shared_parameters

    try:
        return problem, with_shared_parameters(domain, problem, found)
    except InvalidInput as error:
        note = f"All parameters are separate in each group, as none could be tried as shared. {error}"
        return replace(problem, notes=(*problem.notes, note)), found
    except KeyboardInterrupt:
        return problem, replace(found, stop_reason=StopReason.INTERRUPTED)


def check_budget(budget_seconds: float | None) -> None:
    """Refuse a budget that leaves no time to search.

    Raises:
        InvalidInput: the budget is zero, negative or no number.
    """
    if budget_seconds is not None and not budget_seconds > 0:
        raise InvalidInput(
            f"The budget must be a positive number of seconds. Got {budget_seconds} instead. "
            "Leave it out to search until the effort is spent."
        )
