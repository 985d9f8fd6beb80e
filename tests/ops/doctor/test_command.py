"""The doctor as an operator calls it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from ops.doctor import command
from tests.operator_shell import make_project, runner
from tests.ops.explain.rows import NOW
from tests.ops.explain.worlds import snapshot


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One that DVC knows, with nothing made yet."""
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    folder = tmp_path / "shop"
    folder.mkdir()
    make_project(folder)
    (folder / "requirements.lock").write_text("")
    (folder / "dvc.yaml").write_text("stages: {a: {cmd: 'true', deps: [params.yaml]}}")
    init = [sys.executable, "-m", "dvc", "init", "-q", "--no-scm"]
    subprocess.run(init, cwd=folder, check=True)
    return folder


def test_a_new_project_has_nothing_bad_and_looking_changes_nothing(
    project: Path,
) -> None:
    runner(project, "doctor")  # DVC makes its own files
    before = snapshot(project)
    done = runner(project, "doctor", "--json")
    assert done.returncode == 0, done.stdout
    assert {
        path: text
        for path, text in snapshot(project).items()
        if ".dvc/" not in str(path)
    } == {path: text for path, text in before.items() if ".dvc/" not in str(path)}
    report = json.loads(done.stdout)
    bad = [one for one in report["findings"] if one["level"] == "bad"]
    assert (report["overall"], bad) == ("warning", [])


def test_a_fault_gives_its_exit_code_and_the_others_are_looked_at_all_the_same(
    project: Path,
) -> None:
    (project / "mlruns").mkdir()
    (project / "mlruns" / "mlflow.db").write_bytes(b"x" * 4096)
    done = runner(project, "doctor")
    assert (done.returncode, done.stderr) == (6, "")
    assert "\nbad      store" in done.stdout
    assert "\n                      -> restore it from a copy" in done.stdout
    assert "\nok       service" in done.stdout


def test_without_params_yaml_all_that_does_not_need_it_is_looked_at(
    project: Path,
) -> None:
    (project / "params.yaml").unlink()
    done = runner(project, "doctor")
    assert done.returncode == 2
    assert (
        done.stdout.count("\nbad ") == 5
    )  # clock, params.yaml, encoder, engine, service
    assert "git checkout params.yaml" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_times_are_in_utc_where_params_yaml_names_no_zone(tmp_path: Path) -> None:
    assert command.shown_by(tmp_path / "params.yaml", NOW).zone.key == "UTC"
    shown = command.shown_by(ROOT / "params.yaml", NOW)
    assert shown.zone.key == "Asia/Ho_Chi_Minh"
