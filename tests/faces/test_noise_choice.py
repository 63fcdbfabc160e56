from __future__ import annotations

import json
from dataclasses import replace
from math import log2

import numpy as np
import pytest

from sagredo.domains.expressions.domain import Expressions
from sagredo.faces.induce import induce
from sagredo.faces.model_file import load_model, save_model
from sagredo.faces.noise_choice import noises_of
from sagredo.faces.result_json import fit_document
from sagredo.faces.wording import noise_text
from sagredo.problem.build import problem_from


@pytest.fixture(scope="module")
def counted():
    """Counts that decay over two decades, so that their spread does, too."""
    time = np.linspace(0, 6, 40)
    counts = np.random.default_rng(3).poisson(300 * np.exp(-time))
    problem = problem_from({"t": time, "y": counts}, target="y", noise="auto")
    domain = Expressions(form="A*exp(-t/T)", starts={"A": 100.0, "T": 2.0})
    return induce(problem, domain=domain, effort="reflex")


def test_counts_are_told_by_poisson(counted):
    assert counted.problem.noise == "poisson"
    assert set(counted.noise_bits) == {"gaussian", "student_t", "poisson"}
    best = counted.best.score
    assert counted.noise_bits["poisson"] == pytest.approx(best.description_length_bits)
    assert min(counted.noise_bits.values()) == counted.noise_bits["poisson"]
    assert best.program.parameters == pytest.approx((300.0, 1.0), rel=0.1)


def test_the_name_of_the_likelihood_is_paid_for(counted):
    named = counted.domain.objective(counted.problem, counted.language)
    again = named.score(counted.best.score.program)
    told = counted.best.score
    assert told.code_bits == pytest.approx(again.code_bits + log2(3))
    assert told.data_bits == pytest.approx(again.data_bits, abs=1e-3)
    assert counted.posterior.null_bits == pytest.approx(named.null_bits + log2(3))


def test_the_choice_is_reported_and_kept(counted, tmp_path):
    document = fit_document(counted)["problem"]
    assert document["noise"] == "poisson"
    assert json.loads(json.dumps(document["noise_bits"])) == dict(counted.noise_bits)
    assert noise_text(counted).startswith("Noise chosen by the shortest message: poisson")
    save_model(counted, tmp_path / "model.json")
    assert load_model(tmp_path / "model.json").noise_bits == dict(counted.noise_bits)


def test_what_is_no_count_has_two_likelihoods_to_choose_from():
    problem = problem_from({"x": [1.0, 2.0, 3.5], "y": [1.0, 2.5, 3.0]}, target="y")
    assert noises_of(Expressions(), problem) == ("gaussian", "student_t")
    counts = problem_from({"x": [1.0, 2.0, 3.5], "y": [1.0, 2.0, 3.0]}, target="y")
    assert noises_of(Expressions(), counts)[-1] == "poisson"
    assert noises_of(Expressions(), replace(counts, sigma=np.ones(3))) == ("gaussian", "student_t")
