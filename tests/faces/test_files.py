from __future__ import annotations

import os
import stat

import pytest

from sagredo.faces.files import check_writable, write_whole
from sagredo.problem.errors import InvalidInput


def test_writes_the_whole_text_and_leaves_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    write_whole(path, "new µ")
    assert path.read_text(encoding="utf-8") == "new µ"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_check_leaves_no_trace(tmp_path):
    check_writable(tmp_path / "a.txt")
    assert os.listdir(tmp_path) == []


def test_unwritable_paths_are_refused(tmp_path):
    for path, why in ((tmp_path, "it is a folder"), (tmp_path / "none" / "a", "there is no folder")):
        with pytest.raises(InvalidInput, match=why):
            check_writable(path)
    with pytest.raises(InvalidInput, match="must be writable"):
        write_whole(tmp_path / "none" / "a", "text")


def test_a_failed_write_keeps_the_old_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "\ud800")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_device_or_a_pipe_is_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for write in (check_writable, lambda path: write_whole(path, "text")):
        with pytest.raises(InvalidInput, match="a device or a pipe"):
            write(pipe)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
