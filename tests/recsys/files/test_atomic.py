"""A file is whole or absent, and its hash does not depend on how it is asked for."""

import errno
import hashlib
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from recsys.files import atomic
from recsys.program.errors import DataError
from tests.worlds import complains, snapshot


def test_atomic_replaces_the_file_when_the_block_ends_well(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.txt"
    atomic.write_text(path, "one\n")
    atomic.write_text(path, "ă\n")
    assert snapshot(tmp_path) == {"new/a.txt": "ă\n".encode()}


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_atomic_leaves_the_former_file_and_no_temp_when_the_block_fails(
    tmp_path: Path, error: type[BaseException]
) -> None:
    path = tmp_path / "a.txt"
    atomic.write_text(path, "one\n")
    with pytest.raises(error), atomic.atomic(path) as temp:
        temp.write_text("half")
        raise error
    assert snapshot(tmp_path) == {"a.txt": b"one\n"}


def test_killed_in_the_middle_leaves_the_former_file_and_the_next_write_cleans_up(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.txt"
    atomic.write_text(path, "one\n")
    script = (
        "import os, sys, pathlib; from recsys.files.atomic import atomic\n"
        "with atomic(pathlib.Path(sys.argv[1])) as temp:\n"
        "    temp.write_text('half'); os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run(
        [sys.executable, "-c", script, str(path)], cwd=ROOT, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert snapshot(tmp_path) == {".a.txt.part": b"half", "a.txt": b"one\n"}
    atomic.write_text(path, "two\n")
    assert snapshot(tmp_path) == {"a.txt": b"two\n"}


def test_the_name_never_shows_a_partial_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with atomic.atomic(path) as temp:
        temp.write_text("x")
        assert not path.exists()
    assert path.read_text() == "x"


def test_who_reads_the_former_file_reads_it_to_its_end(tmp_path: Path) -> None:
    """A rename gives the name to another file; writing in place would change this one under the
    reader.
    """
    path = tmp_path / "a.txt"
    atomic.write_text(path, "one\n")
    with path.open() as reader:
        atomic.write_text(path, "two\n")
        assert reader.read() == "one\n"


def test_json_has_one_form_and_keeps_the_order_of_keys(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    atomic.write_json(path, {"b": 1, "a": ["ă"]})
    assert (
        path.read_text(encoding="utf-8") == '{\n  "b": 1,\n  "a": [\n    "ă"\n  ]\n}\n'
    )
    assert atomic.read_json(path) == {"b": 1, "a": ["ă"]}


def test_nan_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Out of range"):
        atomic.write_json(tmp_path / "a.json", {"a": float("nan")})
    assert snapshot(tmp_path) == {}


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe{\x00}\x00", b"[" * 100_000, b"\x00"]
)
def test_what_is_not_json_is_a_data_error_that_names_the_file(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with complains(DataError, path, "dvc repro"):
        atomic.read_json(path)


def test_missing_json_is_a_data_error_that_names_the_file(tmp_path: Path) -> None:
    with complains(DataError, tmp_path / "a.json", "dvc repro"):
        atomic.read_json(tmp_path / "a.json")


def test_hashes_are_sha256(tmp_path: Path) -> None:
    path = tmp_path / "a"
    content = os.urandom(1 << 20)
    path.write_bytes(content)
    assert atomic.sha256_of(path) == hashlib.sha256(content).hexdigest()
    assert (
        atomic.sha256_of_json({"b": 1, "a": [1.5]})
        == hashlib.sha256(b'{"a":[1.5],"b":1}').hexdigest()
    )


def test_a_handle_is_hashed_from_where_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"head and body")
    with path.open("rb") as handle:
        handle.seek(5)
        assert (
            atomic.sha256_of_handle(handle) == hashlib.sha256(b"and body").hexdigest()
        )
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a", b"and body")
        with archive.open("a") as member:
            assert (
                atomic.sha256_of_handle(member)
                == hashlib.sha256(b"and body").hexdigest()
            )


def test_strict_json_is_utf_8_and_knows_neither_nan_nor_infinity() -> None:
    assert atomic.parse_json('{"a": ["ă", 1e-3, null]}'.encode()) == {
        "a": ["ă", 0.001, None]
    }
    for content in (b"NaN", b"[Infinity]", b'"\xe9"', b"{a: 1}", b"[" * 100_000):
        with pytest.raises(ValueError, match=r"."):
            atomic.parse_json(content)


def test_a_write_that_fails_says_which_file_it_was_for(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    with pytest.raises(OSError, match=r"No space.*out\.json"), atomic.atomic(path):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert list(tmp_path.iterdir()) == []
