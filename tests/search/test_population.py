"""Populations against posteriors that are known by enumeration."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf, log
from typing import Any

import numpy as np
import pytest

from sagredo.domains.expressions.objective import RealObjective
from sagredo.domains.expressions.primitives import parse_operators
from sagredo.domains.expressions.prior import expression_grammar
from sagredo.domains.expressions.restrictions import RestrictedPrior
from sagredo.domains.expressions.syntax import ExpressionSyntax
from sagredo.language.enumeration import terms_up_to
from sagredo.language.grammar import Grammar
from sagredo.language.language import Language
from sagredo.language.term import Program, Term, size
from sagredo.objective.objective import Objective, Score
from sagredo.problem.column import REAL, Column
from sagredo.problem.problem import Problem
from sagredo.search.chain import Scorer, Tally, sweep
from sagredo.search.monte_carlo import MOVES
from sagredo.search.moves import EditSpace, Recall, sub_terms
from sagredo.search.population import Population, Schedule

LARGEST_SIZE = 4
SCHEDULE = Schedule(particles=1500, sweeps=6, final_sweeps=16, remaining=0.7)


def restricted(grammar: Grammar) -> RestrictedPrior:
    return RestrictedPrior(grammar, (lambda term: size(term) <= LARGEST_SIZE,))


def residue_case(residues: Any, seed: int) -> tuple[Grammar, Objective]:
    """Four rows of a program over integers modulo 7."""
    problem, _ = residues.sample_problem(np.random.default_rng(seed))
    problem = problem.take(slice(0, 4))
    language = residues.language(problem)
    restricted_language = replace(language, prior=restricted(language.prior))
    return language.prior, residues.objective(problem, restricted_language)


def real_case(seed: int) -> tuple[Grammar, Objective]:
    """Six noisy rows of a x or of x + x^2, for terms with parameters."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-2, 2, size=6)
    y = np.round((3.1 * x if seed % 2 else x + x * x) + rng.normal(0, 0.7, size=6), 1)
    primitives = parse_operators("add,mul,sin")
    grammar = expression_grammar(["x"], primitives, kind_weights={"literal": 0.0, "constant": 0.0})
    language = Language(primitives, {"x": REAL}, REAL, restricted(grammar), ExpressionSyntax(("x",)))
    problem = Problem((Column("x", "x", x),), Column("y", "y", y, resolution=0.1))
    return grammar, RealObjective(problem, language)


def exact_posterior(grammar: Grammar, objective: Objective) -> tuple[float, dict[Term, float]]:
    """log of the evidence under the prior given the largest size, and the probability of every term."""
    terms = list(terms_up_to(grammar, LARGEST_SIZE))
    log_priors = np.array([grammar.log_prior(term) for term in terms])
    scores = objective.score_batch([Program(term) for term in terms])
    log_joints = log_priors - np.array([score.data_bits for score in scores]) * log(2)
    evidence = np.logaddexp.reduce(log_joints)
    probabilities = np.exp(log_joints - evidence).tolist()
    return float(evidence - np.logaddexp.reduce(log_priors)), dict(zip(terms, probabilities, strict=True))


def total_variation(visits: Mapping[Term, int], exact: Mapping[Term, float]) -> float:
    count = sum(visits.values())
    assert set(visits) <= set(exact)
    return 0.5 * sum(abs(visits.get(term, 0) / count - p) for term, p in exact.items())


def population(
    seed: int, grammar: Grammar, objective: Objective, schedule: Schedule, known: Sequence[Term] = ()
) -> Population:
    space = EditSpace(grammar)
    scorer = Scorer(objective, rows=1, capacity=100_000)
    return Population(np.random.default_rng(seed), restricted(grammar), space, MOVES, scorer, schedule, known)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("kind", ["residues", "reals"])
def test_evidence_and_probabilities_are_those_of_enumeration(residues: Any, kind: str, seed: int) -> None:
    grammar, objective = residue_case(residues, seed) if kind == "residues" else real_case(seed)
    log_evidence, exact = exact_posterior(grammar, objective)
    found = population(seed, grammar, objective, SCHEDULE)
    diagnostics = found.run()
    assert diagnostics.log_evidence == pytest.approx(log_evidence, abs=0.1)
    assert total_variation(found.visits, exact) <= 0.05
    # All mass but a hundredth was weighed, and none twice; the prior is not normalised over the allowed terms.
    allowed = np.logaddexp.reduce([grammar.log_prior(term) for term in exact])
    assert log(0.99) <= diagnostics.log_visited_mass - log_evidence - allowed <= 1e-9
    assert diagnostics.inverse_temperatures[-1] == 1.0
    assert np.all(np.diff(diagnostics.inverse_temperatures) > 0)
    assert diagnostics.distinct_programs == len(found.visits)
    assert set(diagnostics.acceptance_rates) == {"recall", "recall_whole", *(move.name for move in MOVES)}


def test_what_is_known_before_changes_neither_evidence_nor_probabilities() -> None:
    grammar, objective = real_case(0)
    log_evidence, exact = exact_posterior(grammar, objective)
    poor = sorted(exact, key=lambda term: exact[term])[:30]
    found = population(5, grammar, objective, Schedule(400, 8, 40), poor)
    assert found.run().log_evidence == pytest.approx(log_evidence, abs=0.3)
    assert total_variation(found.visits, exact) <= 0.05


def test_the_evidence_estimate_is_right_on_average(residues: Any) -> None:
    grammar, objective = residue_case(residues, 0)
    log_evidence, _ = exact_posterior(grammar, objective)
    scorer = Scorer(objective, rows=1, capacity=100_000)
    space, prior = EditSpace(grammar), restricted(grammar)
    rng = np.random.default_rng(3)
    runs = [Population(rng, prior, space, MOVES, scorer, Schedule(50, 4, 1)) for _ in range(60)]
    ratios = np.exp([run.run().log_evidence - log_evidence for run in runs])
    error = ratios.std(ddof=1) / len(ratios) ** 0.5
    assert error < 0.15
    assert abs(ratios.mean() - 1.0) < 4 * error


@pytest.mark.parametrize("inverse_temperature", [0.3, 1.0])
def test_long_chains_have_the_tempered_distribution(inverse_temperature: float) -> None:
    grammar, objective = real_case(0)
    terms = list(terms_up_to(grammar, LARGEST_SIZE))
    scorer, space, rng = (
        Scorer(objective, rows=1, capacity=100_000),
        EditSpace(grammar),
        np.random.default_rng(0),
    )
    weighed = scorer.weigh(terms)
    logs = np.array([one.log_prior + inverse_temperature * one.log_likelihood for one in weighed])
    exact = dict(zip(terms, np.exp(logs - np.logaddexp.reduce(logs)).tolist(), strict=True))
    moves = (*MOVES, Recall(sub_terms(terms[10:30], space)))
    chains = [weighed[0]] * 40
    visits: Counter[Term] = Counter()
    for step in range(700):
        chains = sweep(rng, space, moves, scorer, chains, inverse_temperature, Tally())
        if step >= 100:
            visits.update(chain.term for chain in chains)
    assert total_variation(visits, exact) <= 0.05


def test_a_schedule_says_what_must_hold() -> None:
    with pytest.raises(ValueError, match="at least one particle"):
        Schedule(particles=0)
    with pytest.raises(ValueError, match="strictly between 0 and 1"):
        Schedule(remaining=1.0)


def test_without_any_likelihood_the_evidence_is_zero(residues: Any) -> None:
    grammar, _ = residue_case(residues, 0)

    class Impossible(Objective):
        null_bits = 0.0

        def score(self, program: Program) -> Any:
            return Score(program, -grammar.log_prior(program.term) / log(2), inf)

    found = population(0, grammar, Impossible(), Schedule(10, 2, 2))
    assert found.run().log_evidence == -inf
    assert not found.visits
