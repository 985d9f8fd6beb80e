"""The runner in the background: up when the command comes back, or the reason why not."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from bench.house.imports import ROOT
from ops.scheduler import detach
from tests.operator_shell import environment, make_project, runner


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    root = make_project(tmp_path)
    yield root
    subprocess.run(
        [sys.executable, "runner.py", "stop", "--force"],
        cwd=root,
        env=environment(),
        capture_output=True,
        check=False,
    )


def test_it_is_up_in_a_session_of_its_own_and_writes_its_log(project: Path) -> None:
    done = runner(project, "start", "--detach")
    now = json.loads(runner(project, "status", "--json").stdout)["runner"]
    assert now["alive"]
    assert (done.returncode, done.stdout) == (
        0,
        f"the runner is up (process {now['pid']}); its lines: python runner.py logs\n",
    )
    assert os.getsid(now["pid"]) == now["pid"]
    assert psutil.Process(now["pid"]).terminal() is None
    lines = runner(project, "logs").stdout.splitlines()
    assert f"the runner is up, process {now['pid']}" in lines[0]


def test_a_second_one_is_exit_5_and_names_the_first(project: Path) -> None:
    first = json.loads(runner(project, "start", "--detach", "--json").stdout)
    again = runner(project, "start", "--detach")
    assert (again.returncode, again.stdout) == (5, "")
    assert again.stderr == (
        f"error: the runner is up already (process {first['pid']}); "
        "see `python runner.py status`, or run `python runner.py restart`\n"
    )
    assert psutil.pid_exists(first["pid"])


def test_one_that_cannot_start_says_why_with_its_own_exit_code(project: Path) -> None:
    (project / "params.yaml").write_text("runner: {zone: Asia/Atlantis}\n")
    done = runner(project, "start", "--detach")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: params.yaml: ")
    shown = json.loads(runner(project, "start", "--detach", "--json").stdout)
    assert (shown["code"], shown["said"][:6]) == (2, "error:")


def test_a_log_that_has_grown_is_put_aside(tmp_path: Path) -> None:
    log = tmp_path / "state" / detach.LOG
    detach._make_room(log)
    log.write_bytes(b"x" * (detach.LONGEST + 1))
    detach._make_room(log)
    assert [path.name for path in log.parent.iterdir()] == ["runner.log.1"]


def test_a_log_that_takes_no_words_is_told(tmp_path: Path) -> None:
    """On a full disk the exit code is all that comes back."""
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from ops.scheduler import run_loop\n"
        "sys.exit(run_loop.main(Path('params.yaml'), Path('params.yaml')))"
    )
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            stdout=full,
            stderr=full,
            check=False,
        )
    assert done.returncode == 8
    told = detach.Started(1, tmp_path / "runner.log", done.returncode).sentence
    assert "exit 8" in told and "`python runner.py start` shows them" in told
