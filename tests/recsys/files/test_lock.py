"""One holder at a time; the lock goes with its process."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from recsys.files import lock

HOLD = """
import pathlib, sys
from recsys.files import lock
with lock.held(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


def holding(path: Path) -> subprocess.Popen[str]:
    """Another process that holds the lock until it gets a line."""
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, path],
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdout
    assert child.stdout.readline() == "held\n"
    return child


def is_free(path: Path, wait_s: float = 0, shared: bool = False) -> bool:
    with lock.opened(path) as handle:
        return lock.take(handle, wait_s, shared)


def test_a_file_is_made_and_held_for_the_block(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    with lock.held(path):
        assert not is_free(path)
    assert is_free(path)
    assert path.read_bytes() == b""


def test_a_folder_can_be_held(tmp_path: Path) -> None:
    with lock.held(tmp_path):
        assert not is_free(tmp_path)
    assert is_free(tmp_path)


def test_what_stands_in_the_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    path.write_text("facts")
    with lock.held(path):
        assert path.read_text() == "facts"


def test_a_killed_holder_frees_it(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    child = holding(path)
    assert not is_free(path)
    child.kill()
    child.communicate()
    assert is_free(path)


def test_a_wait_ends_when_the_holder_does_or_the_time_is_over(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    child = holding(path)
    start = time.monotonic()
    assert not is_free(path, wait_s=0.1)
    assert 0.1 <= time.monotonic() - start < 5
    child.communicate("go\n")
    assert is_free(path, wait_s=10)


def test_many_share_it_and_none_has_it_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    with lock.opened(path) as handle:
        assert lock.take(handle, shared=True)
        assert is_free(path, shared=True)
        assert not is_free(path)


def test_a_file_that_is_not_to_be_made_is_only_looked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    with pytest.raises(FileNotFoundError), lock.opened(path, create=False):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("has_sign", [True, False])
def test_looking_sees_who_holds_it_alone_and_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_sign: bool
) -> None:
    """Without the sign (not Linux) it is tried for an instant."""
    if not has_sign:
        monkeypatch.delattr(lock.fcntl, "F_OFD_SETLK")
        monkeypatch.delattr(lock.fcntl, "F_OFD_GETLK")
    path = tmp_path / "a.lock"
    path.touch()

    def looks_held() -> bool:
        with lock.opened(path, create=False) as handle:
            return lock.is_held(handle)

    assert not looks_held()
    with lock.held(path):
        assert looks_held()
        assert looks_held()
    assert not looks_held()
    with lock.opened(path) as handle:
        lock.take(handle, shared=True)
        assert not looks_held()
    child = holding(path)
    assert looks_held()
    child.kill()
    child.communicate()
    assert not looks_held()
