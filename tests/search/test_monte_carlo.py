from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import Any

import numpy as np
import pytest

from sagredo.language.term import Program
from sagredo.search.driver import NEGLIGIBLE_BITS, search
from sagredo.search.monte_carlo import MonteCarlo
from sagredo.search.planner import Effort, PlannerStatus
from sagredo.search.population import Schedule
from sagredo.testing.conformance import check_planner

QUICK = MonteCarlo(Schedule(particles=40, sweeps=2, final_sweeps=4))


@pytest.mark.parametrize("seed", range(2))
def test_it_conforms(residues: Any, seed: int) -> None:
    problem, _ = residues.sample_problem(np.random.default_rng(seed))
    check_planner(QUICK, residues, problem, seed)


def test_it_finds_the_program_of_the_data(residues: Any) -> None:
    for seed in range(3):
        problem, truth = residues.sample_problem(np.random.default_rng(seed))
        language = residues.language(problem)
        bits = residues.objective(problem, language).score(truth).description_length_bits
        found = search(
            np.random.default_rng(0), residues, problem, effort=Effort(40_000, 2**26), planners=[QUICK]
        )
        assert found.scores[0].description_length_bits <= bits + 1e-9


def test_work_is_counted_and_populations_follow_one_another(residues: Any, shared_of: Any) -> None:
    problem, _ = residues.sample_problem(np.random.default_rng(0))
    shared = shared_of(residues, problem)
    state = QUICK.init(np.random.default_rng(0), problem, shared)
    best = inf
    populations = [state.population]
    while len(populations) < 4:
        result = QUICK.step(state, 500)
        state = result.state
        assert result.status is PlannerStatus.RUNNING
        assert result.work_done >= 500
        lengths = [shared.objective.score(one).description_length_bits for one in result.candidates]
        assert lengths == sorted(lengths)
        best = min([best, *lengths])
        assert all(length <= best + NEGLIGIBLE_BITS for length in lengths)
        if state.population is not populations[-1]:
            populations.append(state.population)
    assert len({population.log_evidence for population in populations[:-1]}) > 1


def test_what_others_found_is_known_to_the_next_population(residues: Any, shared_of: Any) -> None:
    problem, truth = residues.sample_problem(np.random.default_rng(0))
    shared = shared_of(residues, problem)
    state = QUICK.init(np.random.default_rng(0), problem, shared)
    assert not state.population.known
    shared.elites = [shared.objective.score(truth)]
    first = state.population
    while state.population is first:
        state = QUICK.step(state, 500).state
    assert list(state.population.known) == [truth.term]


def test_a_prior_that_is_no_grammar_is_refused(residues: Any, shared_of: Any) -> None:
    problem, _ = residues.sample_problem(np.random.default_rng(0))
    shared = shared_of(residues, problem)

    class Other:
        pass

    shared.language = replace(shared.language, prior=Other())
    with pytest.raises(TypeError, match="must be a Grammar"):
        QUICK.init(np.random.default_rng(0), problem, shared)


def test_a_program_without_a_value_is_no_candidate(residues: Any, shared_of: Any) -> None:
    problem, _ = residues.sample_problem(np.random.default_rng(1))
    shared = shared_of(residues, problem)
    result = QUICK.step(QUICK.init(np.random.default_rng(0), problem, shared), 2000)
    assert result.candidates
    assert all(shared.objective.score(Program(one.term)).data_bits < inf for one in result.candidates)
