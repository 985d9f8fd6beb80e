"""Python, packages, git and disk, each with a fault that is planted."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from ops.doctor import installation


def test_this_installation_is_as_the_lock_file_pins_it() -> None:
    found = installation.packages(ROOT)
    assert found.level == "ok", found.seen


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose lock pins two packages, and a folder where both are installed."""
    (tmp_path / "requirements.lock").write_text(
        "# made\nPy_Thing==1.0\ntorch==2.13.0\n"
    )
    folder = tmp_path / "site"
    for name in ("py_thing-1.0.dist-info", "torch-2.13.0+cpu.dist-info", "torch"):
        (folder / name).mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [str(folder), "", "/nowhere"])
    return folder


def test_names_and_builds_are_compared_as_pip_does(site: Path) -> None:
    found = installation.packages(site.parent)
    assert (found.level, found.seen) == ("ok", "2, as requirements.lock pins them")


def test_another_version_is_a_warning_and_a_missing_one_is_bad(site: Path) -> None:
    (site / "py_thing-1.0.dist-info").rename(site / "py_thing-1.1.dist-info")
    found = installation.packages(site.parent)
    assert (found.level, found.exit_code) == ("warning", 0)
    assert "py-thing 1.1 instead of 1.0" in found.seen
    (site / "torch-2.13.0+cpu.dist-info").rmdir()
    found = installation.packages(site.parent)
    assert (found.level, found.exit_code) == ("bad", 2)
    assert found.seen == "1 of 2 are missing: torch"
    assert "`make clean`, then `make repro`" in found.mend


def test_an_interpreter_that_is_not_that_of_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "there is no .venv" in installation.python(tmp_path).seen
    (tmp_path / ".venv").mkdir()
    found = installation.python(tmp_path)
    assert (found.level, ".venv/bin/python" in found.mend) == ("warning", True)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / ".venv"))
    assert installation.python(tmp_path).level == "ok"
    monkeypatch.setattr(sys, "version_info", (3, 10, 9))
    assert installation.python(tmp_path).level == "bad"


def test_git_a_commit_a_change_and_no_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = installation.git(tmp_path)
    assert (found.level, "no repository here" in found.seen) == ("warning", True)
    name = ["-c", "user.name=a", "-c", "user.email=a@b"]
    for args in (["init", "-q"], [*name, "commit", "-q", "--allow-empty", "-m", "x"]):
        subprocess.run(["git", *args], cwd=tmp_path, check=True)
    assert installation.git(tmp_path).level == "ok"
    (tmp_path / "new").touch()
    assert installation.git(tmp_path).seen.endswith(", 1 file changed since")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "not installed" in installation.git(tmp_path).seen


@pytest.mark.parametrize(
    ("free", "level", "code"),
    [(10**10, "ok", 0), (4 * 10**9, "warning", 0), (10**8, "bad", 8)],
)
def test_a_disk_that_gets_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, level: str, code: int
) -> None:
    usage = shutil._ntuple_diskusage(10**11, 0, free)  # type: ignore[attr-defined]  # what disk_usage gives
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    (found,) = installation.disk(tmp_path)
    assert (found.level, found.exit_code) == (level, code)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir(mode=0o500)
    assert installation.disk(tmp_path)[-1].seen == "cannot be written to: state"


def test_a_folder_that_is_a_link_to_a_share_which_is_away(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    for name in ("releases", "data/raw"):
        (tmp_path / name).symlink_to(tmp_path / "share")
    found = installation.disk(tmp_path)[1:]
    assert [(one.level, one.exit_code) for one in found] == [("bad", 8)] * 2
    assert f"{tmp_path / 'data/raw'}: a link to" in found[1].seen
    (tmp_path / "share").mkdir()
    assert len(installation.disk(tmp_path)) == 1
