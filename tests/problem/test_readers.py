from __future__ import annotations

import os
import random
import time
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagredo.problem.build import problem_from
from sagredo.problem.errors import InvalidInput
from sagredo.problem.problem import Problem
from sagredo.problem.readers import Table, TextColumn, read_table


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "table.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def values(table: Table) -> list[list[float]]:
    return [column.tolist() for column in table.columns if not isinstance(column, TextColumn)]


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n1.5,2\n-3,4e2\n",
        "a;b\n1,5;2\n-3;4e2\n",
        "a\tb\r\n1.5\t2\r\n-3\t4e2\r\n",
        "a  b\n 1.5   2\n-3     4e2  \n",
        "a|b\n1.5|2\n-3|4e2",
        "\ufeffa,b\n1.5,2\n-3,4e2\n",
        "# made by hand\n\na,b\n1.5,2\n# half way\n-3,4e2\n",
        '"a","b"\n"1.5","2"\n"-3","400"\n',
        "# a,b\n1.5,2\n-3,4e2\n",
        "a, b\n1.5, 2\n\u22123, 400\n",
    ],
)
def test_dialects(tmp_path: Path, text: str) -> None:
    table = read_table(written(tmp_path, text))
    assert table.headers == ("a", "b")
    assert values(table) == [[1.5, -3.0], [2.0, 400.0]]


def test_thousands_missing_values_and_text(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, 'a,b,c\n"1,234.5",NA,1_000\n2,,x\n'))
    assert values(table)[0] == [1234.5, 2.0]
    assert np.isnan(values(table)[1]).all()
    text = table.columns[2]
    assert isinstance(text, TextColumn)
    assert (text.row, text.value) == (1, "1_000")


def test_german_thousands(tmp_path: Path) -> None:
    assert values(read_table(written(tmp_path, "a;b\n1.234,5;1\n2,5;2\n"), decimal=","))[0] == [1234.5, 2.5]


def test_utf_16_with_its_mark_and_latin_1_when_named(tmp_path: Path) -> None:
    assert read_table(written(tmp_path, "ä,b\n1,2\n".encode("utf-16"))).headers == ("ä", "b")
    path = written(tmp_path, "ä,b\n1,2\n".encode("latin-1"))
    assert read_table(path, encoding="latin-1").headers == ("ä", "b")
    with pytest.raises(InvalidInput, match="UTF-8"):
        read_table(path)


def test_a_table_without_a_header_is_read_and_the_user_told(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "1,2\n3,4\n"))
    assert table.headers == ("column_1", "column_2")
    assert table.row_count == 2
    assert len(table.notes) == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Got no rows"),
        (b"\n\n", "Got no rows"),
        (b"a,b\n1,2\n3\n", r"2 fields.*Got 1 in row 2"),
        (b"a,a\n1,2\n", "'a' more than once"),
        (b"a,b\n1,\0\n", "NUL"),
        (b'a,b\n"1,2\n', "malformed"),
        (b"PAR1 but no more", "Parquet"),
        (b"a,b\n" + b"1" * 5_000_000, "longer"),
    ],
)
def test_bad_files_get_a_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        read_table(written(tmp_path, content))


def test_missing_files_directories_and_forbidden_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InvalidInput, match="check the path"):
        read_table(tmp_path / "none.csv")
    with pytest.raises(InvalidInput, match="directory"):
        read_table(tmp_path)
    with pytest.raises(InvalidInput, match="Got"):
        read_table("a\0b")

    path = written(tmp_path, "a,b\n1,2\n")

    def forbidden(*_: object) -> None:
        raise PermissionError

    # Root, who runs the tests in containers, may read every file.
    with monkeypatch.context() as patch:
        patch.setattr(os, "fstat", forbidden)
        with pytest.raises(InvalidInput, match="permission denied"):
            read_table(path)


def test_a_file_beyond_the_limit_is_refused_before_it_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.write(b"a,b\n" + b"1.5,2.5\n" * 1000)
        file.truncate(2**30)  # sparse: a gigabyte that takes no room
    started = time.perf_counter()
    with pytest.raises(InvalidInput, match="must fit in 268,435,456 bytes"):
        read_table(path, memory_bytes=2**28)
    assert time.perf_counter() - started < 1.0


def test_ten_million_random_bytes_are_refused_quickly(tmp_path: Path) -> None:
    path = written(tmp_path, random.Random(0).randbytes(10_000_000))
    started = time.perf_counter()
    for encoding in ("utf-8", "latin-1"):
        with pytest.raises(InvalidInput):
            read_table(path, encoding=encoding)
    assert time.perf_counter() - started < 5.0


@settings(max_examples=200)
@given(st.binary(max_size=200) | st.text(alphabet='ab1.5,;\t" \n#-e', max_size=80).map(str.encode))
def test_no_bytes_break_the_reader(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = written(tmp_path_factory.getbasetemp(), content)
    try:
        table = read_table(path)
    except InvalidInput:
        return
    assert len(table.headers) == len(table.columns)


NUMBERS = st.one_of(
    st.integers(-1000, 1000).map(float),
    st.decimals(-100, 100, places=3).map(float),
    st.floats(-1e9, 1e9, allow_subnormal=False),
)


def facts(problem: Problem) -> list[tuple[object, ...]]:
    return [
        (column.name, column.symbol, column.resolution, column.values.tolist())
        for column in (*problem.inputs, problem.target)
    ]


@settings(max_examples=60)
@given(
    st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=3, max_size=12).filter(
        lambda r: len({x[2] for x in r}) > 1
    )
)
def test_a_file_and_its_frames_agree(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[float, float, float]]
) -> None:
    names = ["θ", "initial speed", "lambda"]
    frame = pd.DataFrame(rows, columns=names)
    folder = tmp_path_factory.getbasetemp()
    frame.to_csv(folder / "with_index.csv")
    frame.to_csv(folder / "frame.tsv", sep="\t", index=False)
    frame.to_parquet(folder / "frame.parquet", index=False)
    polars_frame = pl.DataFrame(dict(frame.items()))
    expected = facts(problem_from(frame, target="lambda"))
    for source in (
        folder / "with_index.csv",
        str(folder / "frame.tsv"),
        folder / "frame.parquet",
        polars_frame,
        polars_frame.lazy(),
        {name: frame[name].to_numpy() for name in names},
        read_table(frame.to_numpy(), names=names),
    ):
        assert facts(problem_from(source, target="lambda")) == expected


def test_single_precision_is_read_as_a_file_would_hold_it(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": np.array([0.1, 0.2, 0.3], dtype=np.float32), "b": [1.0, 2.0, 4.0]})
    frame.to_csv(tmp_path / "a.csv", index=False)
    assert facts(problem_from(frame, target="b")) == facts(problem_from(tmp_path / "a.csv", target="b"))


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame])
def test_frames_with_missing_values_text_and_booleans(make: type) -> None:
    table = read_table(
        make({"a": [1, None, 3], "b": ["x", "y", "z"], "c": [True, False, True], "d": ["1.5", None, "2"]})
    )
    assert isinstance(table.columns[1], TextColumn)
    np.testing.assert_array_equal(values(table), [[1, np.nan, 3], [1, 0, 1], [1.5, np.nan, 2]])


def test_pandas_nullable_and_repeated_columns() -> None:
    frame = pd.DataFrame({"a": pd.array([1, None, 3], dtype="Int64")})
    np.testing.assert_array_equal(values(read_table(frame)), [[1, np.nan, 3]])
    with pytest.raises(InvalidInput, match="name of its own"):
        read_table(pd.DataFrame([[1, 2]], columns=["a", "a"]))


@pytest.mark.parametrize(
    "source", [42, None, np.zeros(3), np.zeros((2, 2, 2)), {"a": [1, 2], "b": [1]}, {"a": [[1]]}]
)
def test_other_objects_are_refused(source: object) -> None:
    with pytest.raises(InvalidInput):
        read_table(source)
