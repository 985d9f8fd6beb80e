"""What no state needs goes from DVC's cache, and `dvc gc` for the workspace would take no less."""

import hashlib
import json
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from ops.cleanup import dvc_cache
from recsys.program.errors import DataError
from tests.worlds import complains


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def lock(*texts: str) -> str:
    outs = [f"    - path: {text}\n      md5: {md5(text)}\n" for text in texts]
    return f"schema: '2.0'\nstages:\n  a:\n    cmd: x\n    outs:\n{''.join(outs)}"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A cache of a to h; the project's dvc.lock needs a, its copy b, a kept model c."""
    for text in "abcdefgh":
        cached(tmp_path, text, text)
    (tmp_path / "dvc.lock").write_text(lock("a"))
    lineage = tmp_path / "mlruns/artifacts/r1/artifacts/lineage/dvc.lock"
    for path, text in ((tmp_path / "state/dvc.lock.before", "b"), (lineage, "c")):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(lock(text))
    return tmp_path


def cached(root: Path, text: str, content: str) -> Path:
    path = root / ".dvc/cache/files/md5" / md5(text)[:2] / md5(text)[2:]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def unneeded(root: Path, gone: Iterable[Path] = ()) -> str:
    found = dvc_cache.unneeded(root, root / "state", root / "mlruns", set(gone))
    return "".join(sorted(path.read_text() for path in found))


def test_workspace_copy_and_kept_models_are_needed(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert unneeded(project) == "defgh"
    assert unneeded(project, [project / "mlruns/artifacts/r1"]) == "cdefgh"
    monkeypatch.chdir(project)  # as the runner does
    for folder in (Path("mlruns/artifacts/r1"), project / "mlruns/artifacts/r1"):
        assert unneeded(Path(), [folder]) == "cdefgh"


def git(root: Path, *arguments: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    subprocess.run(["git", *who, *arguments], cwd=root, check=True)


def test_every_branch_tag_stash_and_experiment_is_needed(project: Path) -> None:
    git(project, "init", "-q")
    for text in "defg":
        (project / "dvc.lock").write_text(lock(text))
        git(project, "add", "dvc.lock")
        git(project, "commit", "-qm", text)
        if text == "d":
            git(project, "tag", "v1")
        elif text == "e":
            git(project, "branch", "other")
        elif text == "f":
            git(project, "update-ref", "refs/exps/ab/exp", "HEAD")
    (project / "dvc.lock").write_text(lock("a"))
    assert unneeded(project) == "h"


def test_files_in_a_folder_that_is_needed_are_needed(project: Path) -> None:
    listed = json.dumps([{"md5": md5("d"), "relpath": "x"}])
    cached(project, "folder", listed).rename(
        project
        / ".dvc/cache/files/md5"
        / md5("folder")[:2]
        / f"{md5('folder')[2:]}.dir"
    )
    text = lock("a") + f"    - path: f\n      md5: {md5('folder')}.dir\n"
    (project / "dvc.lock").write_text(text)
    assert unneeded(project) == "efgh"


def test_entries_of_the_run_cache_go_with_their_outs(project: Path) -> None:
    runs = project / ".dvc/cache/runs/ab/abcd"
    runs.mkdir(parents=True)
    for text in ("a", "h"):
        (runs / text).write_text(
            f"deps:\n- md5: {md5('z')}\nouts:\n- md5: {md5(text)}\n"
        )
    found = dvc_cache.unneeded(project, project / "state", project / "mlruns", set())
    assert found[-1] == runs / "h" and runs / "a" not in found


@pytest.mark.parametrize("text", ["stages: [", "", "x"])
def test_with_a_torn_lock_file_nothing_goes(project: Path, text: str) -> None:
    (project / "dvc.lock").write_text(text)
    with complains(DataError, "dvc.lock", "nothing goes", "runner.py repro"):
        unneeded(project)


def test_a_cache_that_others_may_share_is_left_alone(project: Path) -> None:
    (project / ".dvc/config").write_text("[cache]\n    dir = /srv/shared\n")
    assert dvc_cache.place(project) is None
    assert unneeded(project) == ""
    (project / ".dvc/config").write_text("[cache]\n    dir = here\n")
    assert dvc_cache.place(project) == project / ".dvc/here"


@pytest.mark.parametrize("git_says", ["exit 128", ""])
def test_where_git_does_not_answer_nothing_goes(
    project: Path, monkeypatch: pytest.MonkeyPatch, git_says: str
) -> None:
    """Another owner's repository, a container without git: what it has is needed all the same."""
    git(project, "init", "-q")
    programs = project / "programs"
    programs.mkdir()
    if git_says:
        (programs / "git").write_text(f"#!/bin/sh\necho not yours >&2\n{git_says}\n")
        (programs / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    why = "not yours" if git_says else "it is not there"
    with complains(DataError, "git does not say which commits need it", why):
        unneeded(project)
