"""DVC without its hints about remotes and git, and otherwise as it is."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from ops.pipeline import dvc_quietly


@pytest.mark.parametrize(
    ("message", "hint"),
    [
        ("Use `dvc push` to send your updates to remote storage.", True),
        ("\nTo track the changes with git, run:\n\n%s", True),
        ("Data and pipelines are up to date.", False),
        (["Use `dvc push`"], False),
    ],
)
def test_hints_are_known_by_how_they_begin(message: object, hint: bool) -> None:
    assert dvc_quietly.is_hint(message) is hint


def test_a_repro_in_git_gives_no_hint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    monkeypatch.chdir(tmp_path)
    subprocess.run(["git", "init", "-q"], check=True)
    subprocess.run([sys.executable, "-m", "dvc", "init", "-q"], check=True)
    (tmp_path / "dvc.yaml").write_text(
        "stages: {a: {cmd: echo made > out, outs: [out]}}"
    )

    def run(module: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", module, "repro", "-f"],
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout + done.stderr

    assert "dvc push" in run("dvc")
    said = run("ops.pipeline.dvc_quietly")
    assert "Running stage 'a'" in said
    assert not any(hint in said for hint in dvc_quietly.HINTS)
    wrong = [sys.executable, "-m", "ops.pipeline.dvc_quietly", "repro", "nothing"]
    assert subprocess.run(wrong, capture_output=True, check=False).returncode == 255


@pytest.mark.parametrize("git", ["no folder", "no program"])
def test_without_git_it_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, git: str
) -> None:
    """A download without .git; a machine without git."""
    project = tmp_path / "shop"
    project.mkdir()
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    subprocess.run([sys.executable, "-m", "dvc", "init", "-q"], cwd=project, check=True)
    (project / "dvc.yaml").write_text(
        "stages: {a: {cmd: echo made > out, outs: [out]}}"
    )
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    if git == "no folder":
        shutil.rmtree(project / ".git")
    else:
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin/sh").symlink_to("/bin/sh")
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    done = subprocess.run(
        [sys.executable, "-m", "ops.pipeline.dvc_quietly", "repro"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (project / "out").read_text() == "made\n"
