"""Conformance suites: what every domain, semantics, simulator, planner and prior must keep.

Each check raises an ``AssertionError`` that shows the offending values. A plug-in's tests call
``check_domain``, which runs the others, or each on its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from math import exp, inf, isfinite, isnan
from typing import TYPE_CHECKING, Any

import numpy as np

from sagredo.domain.domain import Domain
from sagredo.language.language import Language
from sagredo.language.term import Apply, Program, Term, children, parameter_count, postorder
from sagredo.search.driver import search
from sagredo.search.guide import UniformGuide
from sagredo.search.planner import Effort, Planner, PlannerStatus, Shared

if TYPE_CHECKING:
    from sagredo.language.language import Prior
    from sagredo.objective.objective import Objective
    from sagredo.problem.problem import Problem
    from sagredo.simulator.semantics import Semantics
    from sagredo.simulator.simulator import Simulator


ELITES = 10
"""Programs that a planner under test finds when it starts."""

STEPS = 4
"""Steps that a planner under test is given at least, so that its state must carry over."""

MEMORY_BYTES = 2**26
"""What the banks of a planner under test may take."""

ROUNDING = 1e-9
"""Sums of a few hundred floating-point numbers of order 1 to 1000 differ from the true ones by less."""


def check_domain(domain: Domain, rng: np.random.Generator, problems: int = 3) -> None:
    """Every contract of a domain, on problems drawn from its own generative model."""
    for _ in range(problems):
        problem, truth = domain.sample_problem(rng)
        language = domain.language(problem)
        objective = domain.objective(problem, language)
        score = objective.score(truth)
        assert isfinite(score.code_bits), f"the true program {truth} must have a finite prior"
        assert not isnan(score.data_bits), f"the data bits of {truth} must be a number"
        assert score.data_bits >= objective.floor_bits - ROUNDING, "no program may cost less than the floor"
        assert isfinite(objective.null_bits), (
            "the null model must explain every problem in finitely many bits"
        )
        check_scores(objective, [truth, *_closed_programs(language, rng, ELITES)])
        check_prior(language.prior, rng)
        check_syntax(language, rng)
        check_simulator(domain.simulator(problem), problem, language, rng)
        check_semantics(domain.semantics(problem), domain.simulator(problem), problem, language, rng)


def check_scores(objective: Objective, programs: Sequence[Program]) -> None:
    """A program's score depends on neither what was scored before or beside it nor on the threads."""
    # As text, in which NaN is equal to itself.
    alone = [repr(objective.score(program)) for program in programs]
    for threads in (1, 2):
        together = [repr(score) for score in objective.score_batch(programs, threads=threads)]
        for program, single, batched in zip(programs, alone, together, strict=True):
            assert single == batched, f"{program} must have one score, got {single} and {batched}"


def check_prior(prior: Prior, rng: np.random.Generator, draws: int = 50) -> None:
    """Each term drawn has a positive probability, and the different ones together have at most 1."""
    terms = {prior.sample(rng) for _ in range(draws)}
    log_priors = [prior.log_prior(term) for term in terms]
    for term, log_prior in zip(terms, log_priors, strict=True):
        assert -inf < log_prior <= 0.0, f"a drawn term must have 0 < p <= 1, {term!r} has log p = {log_prior}"
    total = sum(map(exp, log_priors))
    assert total <= 1.0 + ROUNDING, f"different terms must have probabilities of sum 1 at most, got {total}"


def check_syntax(language: Language, rng: np.random.Generator, draws: int = 20) -> None:
    """Parsing what was printed gives the same term."""
    for _ in range(draws):
        term = language.prior.sample(rng)
        text = language.syntax.print_term(term)
        assert language.syntax.parse(text) == term, f"{text!r} must parse to {term!r}"


def check_simulator(
    simulator: Simulator, problem: Problem, language: Language, rng: np.random.Generator, draws: int = 20
) -> None:
    """A run is what its trace ends with; rows don't depend on one another; a failure is no exception."""
    order = rng.permutation(problem.row_count)
    shuffled = problem.take(order).input_values
    for program in _closed_programs(language, rng, draws):
        outcome = simulator.run(program, problem.input_values)
        trace = simulator.trace(program, problem.input_values)
        nodes = sum(1 for _ in postorder(program.term))
        assert len(trace.nodes) == nodes, f"the trace of {program} must have {nodes} columns"
        _assert_same(outcome.values, trace.nodes[-1], outcome.defined, "a run and its trace must agree")
        again = simulator.run(program, shuffled)
        _assert_same(
            again.values, outcome.values[order], outcome.defined[order], "rows must not depend on one another"
        )


def check_semantics(
    semantics: Semantics,
    simulator: Simulator,
    problem: Problem,
    language: Language,
    rng: np.random.Generator,
    draws: int = 20,
) -> None:
    """The laws of :class:`~sagredo.simulator.semantics.Semantics`, on columns of random programs."""
    for program in _closed_programs(language, rng, draws):
        trace = simulator.trace(program, problem.input_values)
        columns = dict(zip(postorder(program.term), trace.nodes, strict=True))
        for term in columns:
            arguments = [columns[child] for child in children(term)]
            if not isinstance(term, Apply) or not all(
                np.all(semantics.defined(v)) for v in (columns[term], *arguments)
            ):
                continue
            goal = semantics.apply(term.primitive, arguments)
            assert semantics.distance(goal, columns[term]) == 0.0, f"apply and trace must agree on {term!r}"
            if np.shape(goal) == np.shape(columns[term]):
                assert semantics.key(goal) == semantics.key(columns[term]), (
                    f"equal columns of {term!r}, two keys"
                )
            _check_inverses(semantics, term, goal, arguments)


def _check_inverses(semantics: Semantics, term: Apply, goal: Any, arguments: list[Any]) -> None:
    for place in range(len(arguments)):
        others = arguments[:place] + arguments[place + 1 :]
        for column in islice(semantics.inverses(term.primitive, place, goal, others), 10):
            again = semantics.apply(term.primitive, [*others[:place], column, *others[place:]])
            assert semantics.key(again) == semantics.key(goal), (
                f"{term.primitive} with {column!r} at place {place} must give {goal!r}, got {again!r}"
            )


def check_planner(
    planner: Planner[Any], domain: Domain, problem: Problem, seed: int, work_units: int = 2000
) -> None:
    """Same seed, same conjectures of the language, whatever the threads; work is counted.

    Programs drawn from the prior are the elites that the planner finds. It is also run by the driver, whose
    answer must not depend on the threads either.
    """
    runs = [_conjectures(planner, domain, problem, seed, work_units, threads) for threads in (1, 1, 2)]
    assert runs[0] == runs[1], f"{planner.name} must conjecture the same again from the same seed"
    assert runs[0] == runs[2], f"{planner.name} must conjecture the same with two threads"
    language = domain.language(problem)
    for program in runs[0]:
        assert isfinite(language.code_bits(program)), f"{program} must be a program of the language"
    found = [
        search(
            np.random.default_rng(seed),
            domain,
            problem,
            effort=Effort(work_units, MEMORY_BYTES, threads),
            planners=[planner],
            start=_closed_programs(language, np.random.default_rng(seed), ELITES),
        )
        for threads in (1, 2)
    ]
    assert found[0].scores == found[1].scores, "the answer must not depend on the number of threads"


def _conjectures(
    planner: Planner[Any], domain: Domain, problem: Problem, seed: int, work_units: int, threads: int
) -> list[Program]:
    language = domain.language(problem)
    objective = domain.objective(problem, language)
    effort = Effort(work_units, MEMORY_BYTES, threads)
    shared = Shared(language, domain.semantics(problem), objective, UniformGuide(), effort)
    scores = map(objective.score, _closed_programs(language, np.random.default_rng(seed), ELITES))
    shared.elites = sorted(
        (score for score in scores if isfinite(score.description_length_bits)),
        key=lambda score: score.description_length_bits,
    )
    state = planner.init(np.random.default_rng(seed), problem, shared)
    found: list[Program] = []
    work = 0
    while work < work_units:
        result = planner.step(state, min(planner.step_units, max(1, work_units // STEPS)))
        state = result.state
        assert result.work_done >= 0, "work must be counted in units of 0 or more"
        found += result.candidates
        work += result.work_done
        if result.status is PlannerStatus.EXHAUSTED or result.work_done == 0:
            break
    return found


def _closed_programs(language: Language, rng: np.random.Generator, draws: int) -> list[Program]:
    """Programs of the prior, their parameters drawn from a standard normal distribution."""
    terms: list[Term] = [language.prior.sample(rng) for _ in range(draws)]
    return [Program(term, tuple(rng.normal(size=parameter_count(term)).tolist())) for term in terms]


def _assert_same(left: Any, right: Any, defined: Any, message: str) -> None:
    assert np.array_equal(np.asarray(left)[defined], np.asarray(right)[defined]), (
        f"{message}: {left}, {right}"
    )
