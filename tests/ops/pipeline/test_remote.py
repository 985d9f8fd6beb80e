"""A real DVC remote in a folder: what was made on one machine comes to another."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ops.pipeline import remote
from recsys.program.errors import ConfigError, StoreError
from tests.worlds import ROOT

STAGE = """
stages:
  one: {cmd: "cp in.txt one.txt", deps: [in.txt], outs: [one.txt]}
  two: {cmd: "cp one.txt two.txt", deps: [one.txt], outs: [two.txt]}
"""


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT), "DVC_NO_ANALYTICS": "1"}


def dvc(folder: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "dvc", *arguments]
    subprocess.run(command, cwd=folder, env=environment(), check=True)


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A project whose stages have run."""
    folder = tmp_path / "a"
    folder.mkdir()
    dvc(folder, "init", "-q", "--no-scm")
    (folder / "dvc.yaml").write_text(STAGE)
    (folder / "in.txt").write_text("text\n")
    dvc(folder, "repro", "-q")
    return folder


def elsewhere(made: Path) -> Path:
    """The same project without cache and outs."""
    other = made.with_name("b")
    shutil.copytree(
        made, other, ignore=shutil.ignore_patterns("cache", "tmp", "o*", "tw*")
    )
    return other


def test_what_was_pushed_is_pulled(made: Path) -> None:
    dvc(made, "remote", "add", "-d", "shared", str(made.with_name("remote")))
    said: list[str] = []
    remote.push(made, environment(), said.append)
    other = elsewhere(made)
    assert not (other / "two.txt").exists()
    remote.pull(other, environment(), said.append)
    assert (other / "two.txt").read_text() == "text\n"
    assert said == [
        "sent to the remote; the other machines need this dvc.lock: commit it"
    ]


def test_what_the_remote_lacks_is_said_and_no_failure(made: Path) -> None:
    store = made.with_name("remote")
    dvc(made, "remote", "add", "-d", "shared", str(store))
    remote.push(made, environment(), print)
    for path in store.rglob("*"):
        if path.is_file():
            path.unlink()
    said: list[str] = []
    remote.pull(elsewhere(made), environment(), said.append)
    assert len(said) == 1
    assert said[0].startswith("the remote lacks 1 files that dvc.lock names")


@pytest.mark.parametrize("way", [remote.pull, remote.push])
def test_no_remote_is_one_message(made: Path, way: Callable[..., None]) -> None:
    with pytest.raises(ConfigError, match="name one with `dvc remote add`"):
        way(made, environment(), print)


def test_a_remote_that_is_not_reached_is_said_with_what_stands(made: Path) -> None:
    dvc(made, "remote", "add", "-d", "shared", "/proc/nothing/here")
    with pytest.raises(StoreError, match=r"the run is done and whole here.*--push"):
        remote.push(made, environment(), print)
    assert (made / "two.txt").read_text() == "text\n"


@pytest.mark.parametrize("way", [remote.pull, remote.push])
def test_a_password_in_the_address_is_refused_and_not_shown(
    made: Path, way: Callable[..., None], capfd: pytest.CaptureFixture[str]
) -> None:
    dvc(made, "remote", "add", "-d", "shared", "https://shop:s3cret@127.0.0.1:1/dvc")
    with pytest.raises(ConfigError, match="shared: its address has a password") as told:
        way(made, environment(), print)
    assert "s3cret" not in "".join([str(told.value), *capfd.readouterr()])
