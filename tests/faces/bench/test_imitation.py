from __future__ import annotations

import json
from itertools import product

import numpy as np

from sagredo.faces.bench.imitation import Imitation
from sagredo.faces.bench.policies import CONTEXTS, GRAMMAR, enumerated_policies
from sagredo.language.enumeration import terms_up_to

SMALL = Imitation(runs=3, steps=400, alike=True, seed=1)


def test_programs_are_enumerated_with_the_grammars_prior() -> None:
    policies, prior = enumerated_policies(5), 2.0 ** -enumerated_policies(5).code_bits
    np.testing.assert_allclose(prior.sum(), 1.0)
    np.testing.assert_allclose(policies.probabilities.sum(axis=2), 1.0)
    tables = {table.tobytes() for table in policies.probabilities}
    assert len(tables) == len(policies.programs)
    # Spellings of a behaviour have added their priors.
    total = sum(np.exp(GRAMMAR.log_prior(term)) for term in terms_up_to(GRAMMAR, 5))
    constant = [n for n, table in enumerate(policies.probabilities) if np.all(table == table[0])]
    assert len(constant) == 3
    spelled = {n: np.exp(GRAMMAR.log_prior(policies.programs[n].term)) / total for n in constant}
    assert all(prior[n] > spelled[n] for n in constant)


def test_a_rule_chooses_by_what_was_seen_and_done() -> None:
    policies = enumerated_policies(6)
    by_text = {str(program.term): n for n, program in enumerate(policies.programs)}
    assert len(by_text) == len(policies.programs)
    facts = list(product((False, True), repeat=3))
    assert [tuple(column) for column in CONTEXTS.T.tolist()] == facts
    wanted = [0.9 if now != did else 0.1 for now, _, did in facts]
    assert any(np.allclose(table[:, 1], wanted) for table in policies.probabilities)


def test_a_run_keeps_its_promises_and_can_be_repeated() -> None:
    tasks = SMALL.tasks()
    records = [task() for task in tasks.values()]
    assert all(record["failure"] is None for record in records)
    assert json.loads(json.dumps(records, allow_nan=False)) == records
    assert SMALL.measure(1) == records[1]
    for record in records:
        assert 0 < record["queries"] <= min(400, record["query_bound"])
        assert record["steps_without_the_truth"] > 0 or record["largest_excess"] <= 0
        assert record["queries_of_second_half"] <= record["queries"]
    figures = SMALL.summary(records)
    assert figures["failures"] == 0
    assert len(SMALL.table(records).rows) == 3
    assert "queries" in SMALL.line(records[0])
