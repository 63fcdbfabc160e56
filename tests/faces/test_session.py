"""The ask/tell loop: what it asks, and what it refuses."""

from __future__ import annotations

import json

import numpy as np
import pytest

from faces.sessions import BOX, interrupt, told
from sagredo import Expressions, InvalidInput, Session

QUICK = Expressions(operators=("add", "mul"), maximum_size=5)


def test_the_first_queries_fill_the_space_the_same_way_whoever_asks(tmp_path) -> None:
    path = tmp_path / "session.jsonl"
    together = [dict(query.inputs) for query in Session({"x": (0, 1), "z": (2, 4)}, seed=3).ask(4)]
    with Session({"x": (0, 1), "z": (2, 4)}, seed=3, path=path) as session:
        session.ask(3)
    with Session.resume(path) as session:
        session.ask()
        assert [dict(query.inputs) for query in session.pending] == together
    assert sum(inputs["x"] < 0.5 for inputs in together) == 2


def test_responses_come_in_any_order_but_once() -> None:
    session = Session(BOX)
    first, second = session.ask(2)
    session.tell(second.id, 2.0)
    session.tell(first, 1.0)
    assert [query.id for query, _ in session.rows] == [2, 1]
    with pytest.raises(InvalidInput, match="Query 1 has the response 1 already"):
        session.tell(1, 1.0)
    assert told(session) == [2.0, 1.0]


@pytest.mark.parametrize("response", [np.nan, np.inf, "3", None, True, 1 + 2j, [1.0], 10**400])
def test_impossible_responses_are_refused(response: object) -> None:
    session = Session(BOX)
    query = session.ask()[0]
    with pytest.raises(InvalidInput, match="must be a finite number"):
        session.tell(query, response)  # type: ignore[arg-type]
    assert session.pending == (query,)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"x": 11.0}, "within the declared bounds x in 0:10. Got x=11"),
        ({"x": np.nan}, "must be a finite number"),
        ({"x": 10**400}, "must be a finite number"),
        (1.0, "by its number or its inputs"),
        ({"y": 1.0}, "must have a value for each of x"),
        ({"x": 1.0, "z": 2.0}, "and for nothing else"),
        (7, "the numbers asked are 1 to 1"),
        (0, "the numbers asked are 1 to 1"),
        ("x", "by its number or its inputs"),
        (True, "by its number or its inputs"),
    ],
)
def test_impossible_queries_are_refused(query: object, sentence: str) -> None:
    session = Session(BOX)
    session.ask()
    with pytest.raises(InvalidInput, match=sentence):
        session.tell(query, 1.0)  # type: ignore[arg-type]
    assert not session.rows


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"inputs": {}}, "at least one input"),
        ({"inputs": {"y": (0, 1)}}, "a target that is none of them"),
        ({"inputs": {"x": (1, 0)}}, "The bounds of 'x'"),
        ({"acquisition": "luck"}, "must be one of information_gain"),
        ({"about": "life"}, "program, joint or prediction"),
        ({"about": "life", "acquisition": "random"}, "program, joint or prediction"),
        ({"steps": 0}, "at least 1"),
        ({"steps": 1.5}, "whole number of at least 1"),
        ({"seed": -1}, "seed must be a whole number of at least 0"),
        ({"seed": 0.5}, "seed must be a whole number of at least 0"),
        ({"noise": "pink"}, "must be one of gaussian, student_t"),
        ({"noise": "poisson", "sigma": 1.0}, "no standard deviations"),
        ({"inputs": {"x": (0, 1, 2)}}, "two finite numbers"),
        ({"inputs": {"x": 1}}, "two finite numbers"),
        ({"inputs": {"x": ("0", "1")}}, "two finite numbers"),
        ({"inputs": {"x": (0, np.inf)}}, "two finite numbers"),
        ({"inputs": {"x": (-1.7e308, 1.7e308)}}, "a finite difference"),
        ({"sigma": "large"}, "positive number"),
        ({"sigma": np.nan}, "positive number"),
        ({"sigma": -1.0}, "positive number"),
        ({"effort": "much"}, "must be one of reflex"),
        ({"pool": [[1.0, 2.0]]}, "must have 1 values"),
        ({"pool": [[11.0]]}, "at least one query"),
        ({"pool": []}, "at least one query"),
        ({"pool": [1.0, 2.0]}, "must have 1 values"),
        ({"pool": [[1.0], [1.0, 2.0]]}, "must have 1 values"),
        ({"pool": [["x"]]}, "must be a finite number"),
        ({"pool": [[[1.0, 2.0]]]}, "must be a finite number"),
    ],
)
def test_impossible_sessions_are_refused(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        Session(**{"inputs": BOX, **options})  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [0, 1.5, "2", True])
def test_impossible_numbers_of_queries_are_refused(count: object) -> None:
    session = Session(BOX)
    with pytest.raises(InvalidInput, match="whole number of at least 1"):
        session.ask(count)  # type: ignore[arg-type]
    assert not session.pending


@pytest.mark.parametrize("noise", ["gaussian", "student_t"])
def test_every_noise_with_intervals_is_accepted(noise: str) -> None:
    assert Session(BOX, noise=noise).settings.noise == noise


def test_numbers_of_numpy_are_as_good_as_others(tmp_path) -> None:
    path = tmp_path / "session.jsonl"
    bounds = {"x": np.array([0, 10])}
    one = np.int64(1)
    with Session(
        bounds,  # type: ignore[arg-type]
        path=path,
        pool=np.arange(5)[:, np.newaxis],  # type: ignore[arg-type]
        sigma=np.float32(1),  # type: ignore[arg-type]
        steps=one,  # type: ignore[arg-type]
        seed=one,  # type: ignore[arg-type]
    ) as session:
        session.ask(one)  # type: ignore[arg-type]
        session.tell(one, np.int32(2))  # type: ignore[arg-type]
    with Session.resume(path) as session:
        assert told(session) == [2.0]
        assert session.settings.inputs == BOX


def test_a_law_is_learned_by_asking_and_its_session_goes_on_from_its_file(tmp_path) -> None:
    path = tmp_path / "session.jsonl"
    rng = np.random.default_rng(0)

    def measure(x: float) -> float:
        return 2.0 * x * x + 0.1 * rng.standard_normal()

    with Session(BOX, path=path, domain=QUICK, effort="reflex") as session:
        for _ in range(2):
            for query in session.ask(3):
                session.tell(query, measure(query.inputs["x"]))
        assert session.ask()[0].gain_nats is not None
        pending = session.pending
    with Session.resume(path) as session:
        assert session.pending == pending
        assert session.settings.domain == QUICK
        session.tell(pending[0], measure(pending[0].inputs["x"]))
        result = session.result()
        assert result is not None
        assert result.values({"x": np.array([7.0])})[0] == pytest.approx(98, rel=0.02)
    laws = [json.loads(line)["laws"] for line in path.read_text().splitlines() if "laws" in line]
    assert len(laws) == 2
    assert laws[-1][0]["template"]
    first = laws[-1][0]
    damaged = {"laws": [first | {"parameters": [*first["parameters"], 1.0]}]}
    path.write_text(path.read_text() + json.dumps(damaged) + "\n")
    with Session.resume(path) as session, pytest.raises(InvalidInput, match="must have all their parameters"):
        session.result()


def test_an_interrupted_search_is_not_kept(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "session.jsonl"
    with Session(BOX, path=path, domain=QUICK, effort="reflex") as session:
        for query in session.ask(5):
            session.tell(query, query.inputs["x"] ** 2)
        before = path.read_bytes()
        with monkeypatch.context() as interrupted:
            interrupted.setattr("sagredo.search.driver._loop", interrupt)
            for _ in range(2):
                with pytest.raises(KeyboardInterrupt):
                    session.ask()
            result = session.result()
            assert result is not None
            assert result.interrupted
        assert path.read_bytes() == before
        assert session.ask()[0].gain_nats is not None
        result = session.result()
        assert result is not None
        assert not result.interrupted


def test_a_pool_and_a_constraint_leave_only_their_queries() -> None:
    pool = [[1.0], [2.0], [5.0]]
    assert {query.inputs["x"] for query in Session(BOX, pool=pool).ask(3)} == {1.0, 2.0, 5.0}
    upper = Session(BOX, constraint=lambda x: x["x"] > 5)
    assert all(query.inputs["x"] > 5 for query in upper.ask(5))


@pytest.mark.parametrize("noise", ["poisson", "bernoulli", "binomial", "auto"])
def test_a_noise_that_is_not_additive_is_refused_before_anything_is_measured(noise: str) -> None:
    with pytest.raises(InvalidInput, match=r"gaussian(,| or) student_t"):
        Session(BOX, noise=noise)
