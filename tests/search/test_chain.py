from __future__ import annotations

from collections.abc import Sequence
from math import log

import pytest

from sagredo.language.term import Apply, Parameter, Program, Term, Variable
from sagredo.objective.objective import Objective, Score
from sagredo.search.chain import Scorer, Tally
from sagredo.search.driver import FIT_EVALUATIONS
from sagredo.search.moves import Nest

X, A = Variable("x"), Parameter(0)


class Counting(Objective):
    """3 bits of code and 5 of data for all, and what was asked."""

    null_bits = 0.0

    def __init__(self) -> None:
        self.asked: list[Term] = []

    def score(self, program: Program) -> Score:
        self.asked.append(program.term)
        return Score(program, 3.0, 5.0)


def ask(scorer: Scorer, terms: Sequence[Term]) -> list[Term]:
    return [weighed.term for weighed in scorer.weigh(terms)]


def test_each_term_is_scored_once_and_answers_come_in_order() -> None:
    objective = Counting()
    scorer = Scorer(objective, rows=1, capacity=10)
    assert ask(scorer, [X, A, X]) == [X, A, X]
    assert ask(scorer, [A, X]) == [A, X]
    assert objective.asked == [X, A]
    weighed = scorer.weigh([X])[0]
    assert weighed.log_prior == pytest.approx(-3 * log(2))
    assert weighed.log_likelihood == pytest.approx(-5 * log(2))
    assert weighed.log_joint == pytest.approx(-8 * log(2))
    assert [score.program.term for score in scorer.fresh] == [X, A]
    assert scorer.log_mass == pytest.approx(log(2) - 8 * log(2))
    assert scorer.work_units == 1 + (1 + FIT_EVALUATIONS)


def test_what_is_forgotten_is_scored_again() -> None:
    objective = Counting()
    scorer = Scorer(objective, rows=1, capacity=4)
    terms = [Apply(name, (X,)) for name in "abcdefgh"]
    assert ask(scorer, terms) == terms
    assert ask(scorer, terms[-2:]) == terms[-2:]
    assert objective.asked == terms
    assert ask(scorer, terms[:1]) == terms[:1]
    assert objective.asked == [*terms, terms[0]]


def test_a_tally_gives_rates_by_move() -> None:
    tally = Tally()
    for accepted in (True, False, False, True):
        tally.count(Nest(), accepted=accepted)
    assert tally.rates == {"nest": 0.5}
