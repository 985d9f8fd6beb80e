"""params.yaml, DVC's files and data/staging, each with a fault that is planted."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from ops.doctor import project
from recsys.files.atomic import write_json
from recsys.intake.drop_log import Entry, note
from recsys.program.errors import ConfigError

DVC_YAML = (
    "stages: {a: {cmd: touch made, outs: [made]}, b: {cmd: touch more, outs: [more]}}"
)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    folder = tmp_path / "project"
    folder.mkdir()
    shutil.copy(ROOT / "params.yaml", folder)
    (folder / "dvc.yaml").write_text(DVC_YAML)
    for args in (["init", "-q", "--no-scm"], ["repro", "-q", "a"]):
        subprocess.run([sys.executable, "-m", "dvc", *args], cwd=folder, check=True)
    return folder


def test_params_right_and_wrong(root: Path) -> None:
    assert project.params(root).level == "ok"
    text = (root / "params.yaml").read_text()
    (root / "params.yaml").write_text(text.replace("log_days: 30", "log_days: thirty"))
    found = project.params(root)
    assert (found.level, found.exit_code) == ("bad", 2)
    assert "cleanup.log_days" in found.seen and "error:" not in found.seen


def test_a_stage_that_never_ran_is_a_warning(root: Path) -> None:
    lock_file, status = project.dvc(root, root / "state")
    assert (lock_file.level, lock_file.seen) == ("warning", "not in it: b")
    assert (status.level, status.seen) == (
        "ok",
        "would run b (its results are missing)",
    )


def test_dvc_lock_cut_short_and_gone(root: Path) -> None:
    path = root / "dvc.lock"
    path.write_text("schema: '2.0'\nstages: [")
    (found,) = project.dvc(root, root / "state")
    assert (found.what, found.level) == ("dvc.lock", "bad")
    assert "`python runner.py repro`" in found.mend
    path.unlink()
    assert project.dvc(root, root / "state")[0].seen == "not in it: a, b"


def test_a_lock_file_that_was_cut_and_still_parses_lacks_stages(root: Path) -> None:
    (root / "dvc.lock").write_text(
        "schema: '2.0'\nstages:\n  b:\n    cmd: touch more\n"
    )
    assert project.unlocked(root, ["a", "b"]) == ["a"]


def test_no_dvc_folder_and_no_dvc_yaml(root: Path) -> None:
    (root / "dvc.yaml").unlink()
    with pytest.raises(ConfigError, match="git checkout dvc"):
        project.dvc(root, root / "state")
    shutil.rmtree(root / ".dvc")
    (found,) = project.dvc(root, root / "state")
    assert (found.level, "`git checkout .dvc`" in found.mend) == ("bad", True)


def test_staging(root: Path) -> None:
    staging = root / "data" / "staging"
    assert project.staging(root).level == "ok"
    (staging / ".refused").mkdir(parents=True)
    (staging / ".refused" / "000001-a.csv").write_text("x\n")
    (staging / ".refused" / "000001-a.csv.reason.txt").write_text("no header\n")
    found = project.staging(root)
    assert (found.level, found.seen) == (
        "warning",
        "1 drop refused; 000001-a.csv: no header",
    )
    os.mkfifo(staging / "pipe")
    found = project.staging(root)
    assert (found.level, found.exit_code) == ("bad", 3)


def test_batches_that_went_with_their_log_are_told_before_a_run_says_so(
    root: Path,
) -> None:
    name = "000001-0000000000000000.csv"
    merged = {"sample": True, "files": {name: {"read": 7}}}
    write_json(root / "metrics/merge.json", merged)
    found = project.batches(root)
    assert found.level == "ok"  # of the sample shop, which this one does not run
    write_json(root / "metrics/merge.json", {**merged, "sample": False})
    found = project.batches(root)
    assert (found.level, "the rows of this batch (7)" in found.seen) == (
        "warning",
        True,
    )
    assert f"{name}" in found.mend


def test_batches(root: Path) -> None:
    folder = root / "data" / "batches"
    assert project.batches(root).level == "ok"
    folder.mkdir(parents=True)
    (folder / "b.csv").touch()
    (folder / "c.csv").touch()
    found = project.batches(root)
    assert (found.level, found.seen) == (
        "warning",
        f"{folder / 'b.csv'}: no sealed batch, not read (and 1 more like it)",
    )
    assert found.mend.startswith("if it holds new rows: mv ")
    name = "000001-0000000000000000.csv"
    at = "2026-11-30T00:00:00+00:00"
    note(folder, Entry(at, name, None, 7, None, name, "gone"))
    found = project.batches(root)
    assert (found.level, "the rows of this batch (7)" in found.seen) == (
        "warning",
        True,
    )
    note(folder, Entry(at, "a.csv", 1, 7, "0" * 64, name, "sealed"))
    found = project.batches(root)
    assert (found.level, found.exit_code) == ("bad", 3)
    assert "7 rows of the drop 'a.csv'" in found.seen
    assert found.mend.startswith("put it back from a copy, or")
