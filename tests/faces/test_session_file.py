"""The file of a session: nothing told is ever lost, and what is no session is left alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from faces.sessions import BOX, interrupt, told
from sagredo import InvalidInput, Session
from sagredo.faces.event_log import EventLog

TELLER = """
import sys
from sagredo import Session
session = Session({"x": (0, 1), "z": (0, 1)}, path=sys.argv[1])
for k in range(10_000):
    session.tell({"x": 0.5, "z": (k % 1000) / 1000}, float(k))
    print(k, flush=True)
"""


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
            assert "dropped. If it was a response, tell it again" in session.notes[0]
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


def test_an_interrupted_write_changes_nothing(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "session.jsonl"
    with Session(BOX, path=path) as session:
        query = session.ask()[0]
        before = path.read_bytes()
        with monkeypatch.context() as interrupted:
            interrupted.setattr(os, "fsync", interrupt)
            with pytest.raises(KeyboardInterrupt):
                session.tell(query, 2.0)
        assert path.read_bytes() == before
        session.tell(query, 3.0)
    with Session.resume(path) as session:
        assert told(session) == [3.0]


def test_a_write_that_cannot_be_taken_back_closes_the_session(
    tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "session.jsonl"
    write = os.write

    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    session = Session(BOX, path=path)
    query = session.ask()[0]
    with monkeypatch.context() as failing:
        failing.setattr(os, "write", lambda descriptor, text: write(descriptor, text[:10]) and fail())
        failing.setattr(os, "ftruncate", fail)
        with pytest.raises(InvalidInput, match="It was closed"):
            session.tell(query, 2.0)
    with pytest.raises(InvalidInput, match="was closed: resume it"):
        session.tell(query, 2.0)
    with Session.resume(path) as session:
        assert session.notes
        session.tell(query, 2.0)
    with Session.resume(path) as session:
        assert told(session) == [2.0]


def test_of_two_that_begin_a_session_at_once_one_is_refused(
    tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "session.jsonl"
    link = os.link

    def link_second(source: str, target: object) -> None:
        path.write_text("the other's")
        link(source, path)

    monkeypatch.setattr(os, "link", link_second)
    with pytest.raises(InvalidInput, match="there already"):
        EventLog.create(path, {})
    assert path.read_text() == "the other's"
    assert os.listdir(tmp_path) == [path.name]


ASKED = '{"asked": {"x": 1.0}, "gain_nats": null}'


@pytest.mark.parametrize(
    "line",
    [
        '{"asked": {"z": 1.0}, "gain_nats": null}',
        '{"asked": {"x": "1"}, "gain_nats": null}',
        '{"asked": {"x": NaN}, "gain_nats": null}',
        '{"asked": ["x"], "gain_nats": null}',
        '{"asked": {"x": 1.0}}',
        '{"asked": {"x": 1.0}, "gain_nats": "much"}',
        '{"told": 1.5, "response": 1.0}',
        '{"told": 2, "response": 1.0}',
        '{"told": 1, "response": "1"}',
        '{"told": 1, "response": 1%s}' % ("0" * 400),
        '{"laws": [{"template": 1, "parameters": []}]}',
        '{"laws": [{"template": "x", "parameters": ["1"]}]}',
        '{"laws": 1}',
        "{}",
    ],
)
def test_a_damaged_line_is_named(tmp_path, line: str) -> None:
    path = tmp_path / "session.jsonl"
    Session(BOX, path=path).close()
    damaged = path.read_text() + ASKED + "\n" + line + "\n"
    path.write_text(damaged)
    with pytest.raises(InvalidInput, match="Line 3 is damaged"):
        Session.resume(path)
    assert path.read_text() == damaged


@pytest.mark.parametrize("content", [b"", b"{}\n", b"[1]\n", b"no json\n", b'{"schema": 1, "session": {}}\n'])
def test_a_file_that_is_no_session_is_refused_and_left_alone(tmp_path, content: bytes) -> None:
    path = tmp_path / "other.jsonl"
    path.write_bytes(content)
    with pytest.raises(InvalidInput):
        Session.resume(path)
    assert path.read_bytes() == content
    with pytest.raises(InvalidInput, match="No such file"):
        Session.resume(tmp_path / "missing")


@pytest.mark.parametrize("content", ['{"a": 1}', '{"a": 1}\n{"b": 2}', "x,y\n1,2"])
def test_a_file_of_something_else_is_left_as_it_is(tmp_path, content: str) -> None:
    path = tmp_path / "other.jsonl"
    path.write_text(content)
    with pytest.raises(InvalidInput):
        Session.resume(path)
    assert path.read_text() == content
