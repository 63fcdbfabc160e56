from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from sagredo.faces.bench.benchmark import Benchmark, Table, Task, run
from sagredo.faces.bench.journal import Journal, Record, Shard, merge
from sagredo.problem.errors import InvalidInput

SESSION = {"commit": "abc", "machine": {"cores": 2}}
OPTIONS = {"rows": 40, "noise": 0.0}
WHOLE = Shard()
QUIET = Console(quiet=True)


class Squares(Benchmark):
    """A benchmark whose record is a number squared; ``calls`` counts the tasks that were run."""

    command = "squares"

    def __init__(self, count: int, interrupt_at: int | None = None) -> None:
        self.count, self.interrupt_at = count, interrupt_at
        self.calls: list[int] = []

    def options(self) -> dict[str, Any]:
        return OPTIONS

    def tasks(self) -> dict[str, Task]:
        return {f"task {k}": lambda k=k: self._measure(k) for k in range(self.count)}

    def _measure(self, k: int) -> Record:
        if k == self.interrupt_at:
            raise KeyboardInterrupt
        self.calls.append(k)
        return {"square": k * k, "third": k / 3, "name": "é|\n"}

    @staticmethod
    def line(record: Record) -> str:
        return str(record["square"])

    @staticmethod
    def summary(records: Any) -> dict[str, Any]:
        return {"sum": sum(record["square"] for record in records)}

    @staticmethod
    def table(records: Any) -> Table:
        return Table(("square",), tuple((str(record["square"]),) for record in records))


def finish(path: Path, benchmark: Squares, shard: Shard = WHOLE) -> Journal:
    journal = Journal.resume(path, benchmark.command, benchmark.options(), SESSION)
    run(benchmark, journal, shard, QUIET)
    return journal


@settings(max_examples=60, deadline=None)
@given(fraction=st.floats(0, 1))
def test_a_journal_cut_at_any_byte_resumes_to_the_same_result(tmp_path_factory: Any, fraction: float) -> None:
    path = tmp_path_factory.mktemp("journal") / "bench.jsonl"
    whole = finish(path, Squares(5)).records
    content = path.read_bytes()
    cut = round(fraction * len(content))
    path.write_bytes(content[:cut])
    again = Squares(5)
    assert finish(path, again).records == whole
    assert Journal.load(path).records == whole
    kept = sum(line.startswith(b'{"key"') for line in content[:cut].split(b"\n")[:-1])
    assert len(again.calls) == 5 - kept
    assert all(isinstance(json.loads(line), dict) for line in path.read_text().splitlines())


def test_an_interrupted_run_does_only_what_is_left(tmp_path: Path) -> None:
    path = tmp_path / "bench.jsonl"
    first = Squares(6, interrupt_at=4)
    journal = Journal.resume(path, first.command, first.options(), SESSION)
    assert run(first, journal, Shard(), QUIET) is False
    assert first.calls == [0, 1, 2, 3]
    second = Squares(6)
    resumed = finish(path, second)
    assert second.calls == [4, 5]
    assert list(resumed.records) == [f"task {k}" for k in range(6)]
    assert len(resumed.sessions) == 2


def test_records_in_memory_are_those_a_reader_sees(tmp_path: Path) -> None:
    path = tmp_path / "bench.jsonl"
    assert finish(path, Squares(3)).records == Journal.load(path).records


@given(count=st.integers(1, 12), keys=st.lists(st.text(), unique=True))
def test_shards_partition_the_tasks(count: int, keys: list[str]) -> None:
    parts = [Shard(index, count).select(keys) for index in range(1, count + 1)]
    assert sorted(key for part in parts for key in part) == sorted(keys)
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_the_shards_of_a_run_merge_to_the_run(tmp_path: Path) -> None:
    whole = finish(tmp_path / "whole.jsonl", Squares(7))
    parts = [finish(tmp_path / f"{index}.jsonl", Squares(7), Shard(index, 3)) for index in (1, 2, 3)]
    assert merge(parts).records == whole.records


def test_a_journal_of_other_options_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "bench.jsonl"
    finish(path, Squares(2))
    content = path.read_bytes()
    with pytest.raises(InvalidInput, match=r"noise=0\.0.*noise=0\.1"):
        Journal.resume(path, "squares", {"rows": 40, "noise": 0.1}, SESSION)
    with pytest.raises(InvalidInput, match="bench cubes"):
        Journal.resume(path, "cubes", OPTIONS, SESSION)
    assert path.read_bytes() == content


@given(content=st.binary(min_size=1, max_size=200))
@settings(max_examples=100, deadline=None)
def test_a_file_that_is_no_journal_is_refused_and_kept(tmp_path_factory: Any, content: bytes) -> None:
    path = tmp_path_factory.mktemp("journal") / "notes.txt"
    path.write_bytes(content)
    if b'{"schema"'.startswith(content):
        return
    with pytest.raises(InvalidInput, match="journal"):
        Journal.resume(path, "squares", OPTIONS, SESSION)
    assert path.read_bytes() == content


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bench.jsonl"
    finish(path, Squares(2))
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:2], "{broken", *lines[2:], ""]))
    with pytest.raises(InvalidInput, match="line 3"):
        Journal.load(path)


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "a/b", "1/0", "-1/2", "1/2/3", ""])
def test_a_malformed_shard_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="i/n"):
        Shard.parse(text)


def test_a_shard_is_read_as_written() -> None:
    assert Shard.parse("2/4") == Shard(2, 4)


def test_a_missing_journal_cannot_be_loaded(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="must exist"):
        Journal.load(tmp_path / "none.jsonl")
