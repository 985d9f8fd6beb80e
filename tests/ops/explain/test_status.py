"""The commands that explain, as an operator calls them: text and JSON, from anywhere, in little
time.
"""

import json
import resource
from pathlib import Path

import pytest

from tests.operator_shell import make_project, runner
from tests.ops.alerts.servers import free_port
from tests.ops.explain.worlds import lived, snapshot


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that has lived for a while, without a graph."""
    make_project(tmp_path)
    return lived(tmp_path)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["status"], "live        als-1 (version 1), since 2026-11-22 11:00"),
        (["plan"], "The next 7 days, Asia/Ho_Chi_Minh"),
        (["plan", "--days", "1"], "The next 1 day,"),
        (["why", "refresh"], "did not run: the runner was down"),
        (["why", "refresh", "--last", "1"], "37 new interactions"),
        (["history"], "als-1"),
    ],
)
def test_each_says_its_piece_and_changes_nothing(
    project: Path, args: list[str], words: str
) -> None:
    before = snapshot(project)
    done = runner(project, *args, folder=project.parent)
    assert (done.returncode, done.stderr) == (0, "")
    assert words in done.stdout
    assert snapshot(project) == before


@pytest.mark.parametrize(
    ("args", "key"),
    [
        (["status"], "production"),
        (["plan"], "slots"),
        (["why", "deploy"], "history"),
        (["logs", "train"], "lines"),
    ],
)
def test_each_has_json_for_programs(project: Path, args: list[str], key: str) -> None:
    done = runner(project, *args, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert key in json.loads(done.stdout)


def test_the_help_of_each_is_its_own(project: Path) -> None:
    for name in ("status", "plan", "why", "logs", "doctor"):
        done = runner(project, name, "--help")
        assert done.returncode == 0
        assert done.stdout.startswith(f"Usage: runner.py {name} ")
        assert "--json" in done.stdout


@pytest.mark.parametrize("args", [[], ["--json"]])
def test_a_registry_that_cannot_be_read_hides_nothing_else(
    project: Path, args: list[str]
) -> None:
    (project / "mlruns").mkdir(exist_ok=True)
    (project / "mlruns/mlflow.db").write_bytes(b"no database at all, and long enough")
    done = runner(project, "status", *args)
    assert done.returncode == 6
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert "mlflow.db" in done.stderr
    if args:
        found = json.loads(done.stdout)
        assert "mlflow.db" in found["registry"]
        assert found["production"]["model_id"] == "als-1"
        assert found["staging"] is None
    else:
        assert "live        als-1 (version 1), since 2026-11-22 11:00" in done.stdout
        assert "ATTENTION   the registry cannot be read: " in done.stdout
        assert "in Staging  not known" in done.stdout
        assert "37 new interactions" in done.stdout


def test_with_a_shared_server_down_the_status_is_that_of_this_machine(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{port}")
    done = runner(project, "status")
    assert done.returncode == 6
    assert f"127.0.0.1:{port}" in done.stderr
    assert "live        als-1 (version 1), since 2026-11-22 11:00" in done.stdout
    assert "37 new interactions" in done.stdout


def test_status_takes_little_time_of_the_processor(project: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    runner(project, "status")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    assert spent < 1.5  # 0.3 s; the rest is for a busy machine
