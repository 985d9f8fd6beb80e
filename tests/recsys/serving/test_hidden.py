"""The hide list: read again when it changes; a broken one hides what was hidden."""

import os
from pathlib import Path

import pytest

from recsys.program.errors import DataError
from recsys.serving import hidden
from recsys.serving.hidden import HideList
from tests.worlds import complains


def test_an_id_a_line(tmp_path: Path) -> None:
    path = tmp_path / "hidden.txt"
    assert hidden.read(path) == frozenset()
    path.write_bytes("\ufeffp1\r\n\n  p 2 \nđ".encode())
    assert hidden.read(path) == {"p1", "p 2", "đ"}


def test_it_is_read_again_when_it_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "hidden.txt"
    shown = HideList(path)
    assert not shown.changed()
    path.write_text("p1\n")
    assert shown.changed()
    assert shown.products == {"p1"}
    assert not shown.changed()
    path.unlink()
    assert shown.changed()
    assert shown.products == frozenset()


def test_a_broken_file_leaves_hidden_what_was(tmp_path: Path) -> None:
    path = tmp_path / "hidden.txt"
    path.write_text("p1\n")
    shown = HideList(path)
    assert shown.changed()
    path.write_bytes(b"\xff\xfe")
    assert not shown.changed()
    assert shown.products == {"p1"}
    assert "not UTF-8" in shown.problem


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_it_is_a_file_and_nothing_else(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "hidden.txt"
    path.symlink_to("/etc/passwd") if kind == "link" else os.mkfifo(path)
    with complains(DataError, "hidden.txt"):
        hidden.read(path)
