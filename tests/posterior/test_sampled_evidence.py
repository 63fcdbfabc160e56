"""Which laws are weighed anew, and what becomes of the others."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sagredo.domains.expressions.domain import Expressions
from sagredo.language.term import Literal, Program
from sagredo.objective.objective import Score
from sagredo.posterior.sampled_evidence import MOST_LAWS, with_sampled_evidence
from sagredo.problem.build import problem_from
from sagredo.search.driver import SearchResult
from sagredo.search.elites import Meaning
from sagredo.search.planner import StopReason

PROBLEM = problem_from({"x": [1.0, 2.0, 3.0], "y": [1.0, 2.0, 4.0]}, target="y")


def found(*bits: float) -> SearchResult:
    """Laws of these lengths, each with half a bit's worth of other spellings."""
    meanings = (
        Meaning(Score(Program(Literal(k)), 2.0, one - 2.0), 2, one - 0.5) for k, one in enumerate(bits)
    )  # type: ignore[arg-type]
    return SearchResult(tuple(meanings), StopReason.BUDGET, 1.0, 1, 100.0)


def weighed(
    monkeypatch: pytest.MonkeyPatch, result: SearchResult, better: Callable[[Score], float | None]
) -> tuple[SearchResult, list[Score]]:
    asked: list[Score] = []

    def sampled(score: Score) -> float | None:
        asked.append(score)
        return better(score)

    monkeypatch.setattr(Expressions, "sampled_data_bits", lambda domain, problem: sampled)
    return with_sampled_evidence(Expressions(), PROBLEM, result), asked


def test_leading_laws_are_weighed_anew_and_ranked(monkeypatch: pytest.MonkeyPatch) -> None:
    before = found(20.0, 21.0, 22.0, 60.0)
    after, asked = weighed(
        monkeypatch,
        before,
        lambda score: 15.0 if score.data_bits == 20.0 else None if score.data_bits == 18.0 else 19.0,
    )
    assert [score.data_bits for score in asked] == [18.0, 19.0, 20.0]
    lengths = [meaning.score.description_length_bits for meaning in after.meanings]
    assert lengths == [17.0, 20.0, 21.0, 60.0]
    assert [meaning.mass_bits for meaning in after.meanings] == [16.5, 19.5, 20.5, 59.5]


def test_few_laws_are_looked_at_and_a_law_alone_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    _, asked = weighed(monkeypatch, found(*[20.0] * (MOST_LAWS + 3)), lambda score: None)
    assert len(asked) == MOST_LAWS
    _, asked = weighed(monkeypatch, found(20.0, 60.0), lambda score: None)
    assert not asked


def test_ctrl_c_leaves_every_law_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = iter([5.0])

    def interrupted(score: Score) -> float:
        for bits in calls:
            return bits
        raise KeyboardInterrupt

    before = found(20.0, 21.0)
    after, asked = weighed(monkeypatch, before, interrupted)
    assert len(asked) == 2
    assert after.meanings == before.meanings
    assert after.stop_reason is StopReason.INTERRUPTED
