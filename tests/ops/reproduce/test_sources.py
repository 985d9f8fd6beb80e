"""Code by its hash from git or the project, data by its hash from the cache or the project."""

import shutil
from pathlib import Path

import pytest

from ops.reproduce import record, sources
from ops.reproduce.hashes import md5_of_any
from ops.reproduce.record import Entry, Record
from recsys.program.errors import DataError
from tests.ops.reproduce.worlds import Project
from tests.worlds import complains, snapshot


def found(project: Project, model_id: str) -> Record:
    return record.find(model_id, project.root / "mlruns")


def code(project: Project, model_id: str, scratch: Path) -> str:
    scratch.mkdir(exist_ok=True)
    known = found(project, model_id)
    wanted = known.training.code
    return sources.lay_out_code(known, project.root, wanted, scratch)


def test_an_earlier_commit_is_taken_though_the_code_has_changed(
    project: Project, tmp_path: Path
) -> None:
    model_id = project.publish()
    commit = project.git("rev-parse", "HEAD")
    project.write("recsys/code.py", "FACTOR = 3\n")
    project.commit()
    assert code(project, model_id, tmp_path / "s") == f"commit {commit[:12]}"
    assert (tmp_path / "s/recsys/code.py").read_text() == "FACTOR = 2\n"
    assert (tmp_path / "s/requirements.lock").exists()


def test_code_that_was_never_committed_is_taken_as_long_as_it_stands(
    project: Project, tmp_path: Path
) -> None:
    project.write("recsys/code.py", "FACTOR = 4\n")
    model_id = project.publish()
    assert code(project, model_id, tmp_path / "s").startswith("the project's folder")
    project.write("recsys/code.py", "FACTOR = 5\n")
    with complains(DataError, "cannot be rebuilt", "not committed (recsys/code.py)"):
        code(project, model_id, tmp_path / "t")


def test_without_git_the_code_has_to_be_the_same(
    project: Project, tmp_path: Path
) -> None:
    shutil.rmtree(project.root / ".git")
    model_id = project.publish()
    assert code(project, model_id, tmp_path / "s").startswith("the project's folder")
    project.write("recsys/code.py", "FACTOR = 5\n")
    with complains(DataError, "without git"):
        code(project, model_id, tmp_path / "t")


def test_a_commit_that_is_gone_is_said(project: Project, tmp_path: Path) -> None:
    model_id = project.publish()
    shutil.rmtree(project.root / ".git")
    project.write("recsys/code.py", "FACTOR = 5\n")
    project.git("init")
    project.commit()
    with complains(DataError, "is not in this repository", "git fetch"):
        code(project, model_id, tmp_path / "s")


def test_a_file_is_had_as_long_as_the_cache_has_it(
    project: Project, tmp_path: Path
) -> None:
    model_id = project.publish()
    (entry,) = found(project, model_id).training.data
    data = sources.Data(project.root)
    project.write("data/processed/x.txt", "another day")
    data.lay_out(entry, tmp_path)
    assert (tmp_path / entry.path).read_text() == "RAW\n"
    project.cached(entry.md5).unlink()
    assert not sources.Data(project.root).has(entry)


def test_the_cache_is_where_dvc_is_told_to_have_it(project: Project) -> None:
    folder = project.root / ".dvc"
    assert sources.Data(project.root).cache == folder / "cache/files/md5"
    project.write(".dvc/config", "[core]\n    analytics = false\n")
    project.write(".dvc/config.local", "[cache]\n    dir = ../../elsewhere\n")
    assert sources.Data(project.root).cache == folder / "../../elsewhere/files/md5"


@pytest.mark.parametrize("batches", [0, 1, 2])
def test_earlier_batches_are_the_first_few(
    project: Project, tmp_path: Path, batches: int
) -> None:
    folder = project.root / "data/batches"
    for number in range(batches):
        project.write(f"data/batches/00000{number}.csv", f"{number}\n")
    entry = Entry("data/batches", str(md5_of_any(folder)))
    before = snapshot(folder)
    for number in range(batches, 3):
        project.write(f"data/batches/00000{number}.csv", f"{number}\n")
    project.write("data/batches/ledger.jsonl", "{}")
    data = sources.Data(project.root)
    assert data.has(entry)
    data.lay_out(entry, tmp_path)
    assert snapshot(tmp_path / "data/batches") == before
    project.write("data/batches/.gitkeep", "changed")
    assert not sources.Data(project.root).has(entry)
