"""The ask/tell loop: what it asks, what it refuses, and that nothing told is ever lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from sagredo import Expressions, InvalidInput, Session

QUICK = Expressions(operators=("add", "mul"), maximum_size=5)
BOX = {"x": (0.0, 10.0)}

TELLER = """
import sys
from sagredo import Session
session = Session({"x": (0, 1), "z": (0, 1)}, path=sys.argv[1])
for k in range(10_000):
    session.tell({"x": 0.5, "z": (k % 1000) / 1000}, float(k))
    print(k, flush=True)
"""


def told(session: Session) -> list[float]:
    return [response for _, response in session.rows]


@pytest.mark.parametrize("moment", [0.05, 0.2])
def test_what_was_told_survives_a_kill(tmp_path, moment: float) -> None:
    path = tmp_path / "session.jsonl"
    process = subprocess.Popen(
        [sys.executable, "-c", TELLER, str(path)], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    assert process.stdout is not None
    process.stdout.readline()  # It is under way.
    time.sleep(moment)
    os.kill(process.pid, signal.SIGKILL)
    acknowledged = 1 + len([line for line in process.communicate()[0].splitlines() if line])
    with Session.resume(path) as session:
        # Each acknowledged response is there; at most one more was on its way.
        assert told(session) == list(map(float, range(len(told(session)))))
        assert acknowledged <= len(told(session)) <= acknowledged + 1
        session.tell({"x": 0.1, "z": 0.1}, 1.5)
    with Session.resume(path) as session:
        assert told(session)[-1] == 1.5


def test_a_torn_last_line_is_dropped_with_a_notice_wherever_it_is_cut(tmp_path) -> None:
    path = tmp_path / "session.jsonl"
    with Session(BOX, path=path) as session:
        for query in session.ask(2):
            session.tell(query, 1.0)
    whole = path.read_bytes()
    last = whole[:-1].rfind(b"\n") + 1
    for cut in range(last + 1, len(whole)):
        path.write_bytes(whole[:cut])
        with Session.resume(path) as session:
            assert told(session) == [1.0]
            assert [query.id for query in session.pending] == [2]
            assert "dropped" in session.notes[0]
        assert path.read_bytes() == whole[:last]


def test_one_session_is_open_once(tmp_path) -> None:
    path = tmp_path / "session.jsonl"
    with Session(BOX, path=path), pytest.raises(InvalidInput, match="open already"):
        Session.resume(path)
    with Session.resume(path) as session:
        other = "import sys, sagredo; sagredo.Session.resume(sys.argv[1])"
        second = subprocess.run(
            [sys.executable, "-c", other, str(path)], capture_output=True, text=True, check=False
        )
        assert "open already, here or in another process" in second.stderr
        session.ask()
    with pytest.raises(InvalidInput, match="there already"):
        Session(BOX, path=path)
    with pytest.raises(InvalidInput, match="was closed"):
        session.ask()


def test_a_full_disk_is_said_and_changes_nothing(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "session.jsonl"
    write = os.write

    def half_then_full(descriptor: int, text: bytes) -> int:
        if len(text) > 10:
            return write(descriptor, text[:10])
        raise OSError(28, "No space left on device")

    with Session(BOX, path=path) as session:
        query = session.ask()[0]
        before = path.read_bytes()
        with monkeypatch.context() as full:
            full.setattr(os, "write", half_then_full)
            with pytest.raises(InvalidInput, match="No space left on device"):
                session.tell(query, 2.0)
        assert path.read_bytes() == before
        assert session.pending == (query,)
        session.tell(query, 2.0)
    with Session.resume(path) as session:
        assert told(session) == [2.0]


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


@pytest.mark.parametrize("response", [np.nan, np.inf, "3", None, True, 1 + 2j, [1.0]])
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
        ({"steps": 0}, "at least 1"),
        ({"sigma": -1.0}, "positive number"),
        ({"effort": "much"}, "must be one of reflex"),
        ({"pool": [[1.0, 2.0]]}, "must have 1 values"),
        ({"pool": [[11.0]]}, "at least one query"),
    ],
)
def test_impossible_sessions_are_refused(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        Session(**{"inputs": BOX, **options})  # type: ignore[arg-type]


@pytest.mark.parametrize("content", [b"", b"{}\n", b"[1]\n", b"no json\n", b'{"schema": 1, "session": {}}\n'])
def test_a_file_that_is_no_session_is_refused_and_left_alone(tmp_path, content: bytes) -> None:
    path = tmp_path / "other.jsonl"
    path.write_bytes(content)
    with pytest.raises(InvalidInput):
        Session.resume(path)
    assert path.read_bytes() == content
    with pytest.raises(InvalidInput, match="No such file"):
        Session.resume(tmp_path / "missing")


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


def test_a_pool_and_a_constraint_leave_only_their_queries() -> None:
    pool = [[1.0], [2.0], [5.0]]
    assert {query.inputs["x"] for query in Session(BOX, pool=pool).ask(3)} == {1.0, 2.0, 5.0}
    upper = Session(BOX, constraint=lambda x: x["x"] > 5)
    assert all(query.inputs["x"] > 5 for query in upper.ask(5))
