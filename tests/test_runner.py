"""The runner by its command line: the loop, jobs by hand, status, and what is no command."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from tests.operator_shell import environment, make_project, runner


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(tmp_path)


@contextmanager
def started(project: Path) -> Iterator[subprocess.Popen[str]]:
    """A loop that is up; killed at the end if it still is."""
    with subprocess.Popen(
        [sys.executable, "runner.py", "start"],
        cwd=project,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as process:
        try:
            assert process.stdout
            assert "the runner is up" in process.stdout.readline()
            yield process
        finally:
            process.kill()


def snapshot(folder: Path) -> dict[Path, tuple[int, bytes]]:
    return {
        path: (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in folder.rglob("*")
    }


def rewritten(project: Path, old: str, new: str) -> None:
    text = (project / "params.yaml").read_text()
    assert old in text
    (project / "params.yaml").write_text(text.replace(old, new))


def test_start_status_second_start_and_stop(project: Path) -> None:
    with started(project) as process:
        now = json.loads(runner(project, "status", "--json").stdout)
        assert now["runner"]["alive"] is True
        assert now["runner"]["pid"] == process.pid

        second = runner(project, "start")
        assert second.returncode == 5
        assert f"process {process.pid}" in second.stderr
        assert "Traceback" not in second.stderr
        assert process.poll() is None

        stopped = runner(project, "stop")
        assert (stopped.returncode, stopped.stdout) == (
            0,
            f"the runner has stopped (it was process {process.pid})\n",
        )
        assert process.wait(timeout=60) == 0
        assert (
            json.loads(runner(project, "status", "--json").stdout)["runner"]["alive"]
            is False
        )


def test_stop_when_nothing_runs_signals_nobody(project: Path) -> None:
    bystander = subprocess.Popen(["sleep", "60"])
    (project / "state").mkdir()
    (project / "state" / "runner.lock").write_text(json.dumps({"pid": bystander.pid}))
    done = runner(project, "stop")
    assert (done.returncode, done.stdout) == (0, "the runner is not running\n")
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_loop_with_exit_0(project: Path, number: int) -> None:
    with started(project) as process:
        process.send_signal(number)
        assert process.wait(timeout=60) == 0


def test_killed_it_can_start_again(project: Path) -> None:
    with started(project) as process:
        process.kill()
        process.wait()
    assert (
        json.loads(runner(project, "status", "--json").stdout)["runner"]["alive"]
        is False
    )
    assert runner(project, "stop").stdout == "the runner is not running\n"
    with started(project) as process:
        process.terminate()
        assert process.wait(timeout=60) == 0


def test_a_closed_output_does_not_end_the_loop(project: Path) -> None:
    with started(project) as process:
        assert process.stdout
        process.stdout.close()
        time.sleep(0.7)
        assert (
            json.loads(runner(project, "status", "--json").stdout)["runner"]["alive"]
            is True
        )
        assert runner(project, "stop").returncode == 0
        assert process.wait(timeout=60) == 0


def test_status_when_nothing_ever_ran_writes_nothing_and_is_quick(
    project: Path,
) -> None:
    runner(project, "status")
    before = snapshot(project)
    begun = time.monotonic()
    done = runner(project, "status")
    assert time.monotonic() - begun < 2  # 0.3 s; the rest is for a busy machine
    assert done.returncode == 0
    assert done.stdout.startswith("runner      not running")
    assert "train     never" in done.stdout
    assert snapshot(project) == before


def test_a_dry_run_changes_no_byte(project: Path) -> None:
    for package in ("ops", "recsys"):
        shutil.copytree(
            ROOT / package,
            project / package,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    before = snapshot(project)
    plain = {
        key: value
        for key, value in os.environ.items()
        if key != "PYTHONDONTWRITEBYTECODE"
    }
    done = subprocess.run(
        [sys.executable, "runner.py", "run", "train", "--dry-run"],
        cwd=project,
        text=True,
        capture_output=True,
        env=plain,
        check=False,
    )
    assert done.returncode == 0
    assert "-m ops.pipeline.repro evaluate\n" in done.stdout
    assert "time limit: 14400 s" in done.stdout
    assert snapshot(project) == before


def test_a_run_by_hand_has_row_log_and_the_jobs_exit_code(project: Path) -> None:
    (project / "stages" / "check.py").write_text(
        "import sys; print('refused', file=sys.stderr); sys.exit(2)"
    )
    done = runner(project, "run", "refresh", folder=project.parent)
    assert done.returncode == 2
    assert "refused" in done.stdout
    assert "refresh: failed, exit 2 (refused); log state/logs/refresh-" in done.stdout
    last = json.loads(runner(project, "status", "--json").stdout)["jobs"][0]["last"]
    assert (last["job"], last["status"], last["exit_code"]) == ("refresh", "failed", 2)
    assert "refused" in (project / last["log"]).read_text()
    assert not (project.parent / "state").exists()


def test_an_unknown_job_is_exit_2_and_names_the_known_ones(project: Path) -> None:
    done = runner(project, "run", "trian")
    assert done.returncode == 2
    assert done.stderr == (
        "error: unknown job 'trian'; known are refresh, embed, train, drift, deploy, court, "
        "rollback, export, health, cleanup\n"
    )
    assert not (project / "state").exists()


@pytest.mark.parametrize(
    "args",
    [
        ["status", "now"],
        ["start", "--fast"],
        ["run"],
        [],
        ["run", "train", "--dry"],
        ["audit", "now"],
        ["quarantine", "mend"],
        ["quarantine", "export"],
        ["quarantine", "--reas", "x"],
        ["repro", "--fast"],
        ["tune", "--model", "svd"],
        ["check", "now"],
    ],
)
def test_what_no_command_knows_is_exit_2(project: Path, args: list[str]) -> None:
    done = runner(project, *args)
    assert done.returncode == 2
    assert "Usage: runner.py" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_mistyped_command_is_told_the_nearest(project: Path) -> None:
    done = runner(project, "stauts")
    assert done.returncode == 2
    assert "No such command 'stauts'. Did you mean 'status'" in done.stderr


@pytest.mark.parametrize(
    "args", [["start"], ["check"], ["status"], ["run", "train"], ["promote"]]
)
def test_a_wrong_runner_section_is_one_message_and_exit_2(
    project: Path, args: list[str]
) -> None:
    rewritten(project, "at: 02:00 ", "at: 26:00 ")
    done = runner(project, *args)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "runner.jobs.refresh" in done.stderr
    assert not (project / "state").exists()


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("min_success_rate: 0.5", "min_sucess_rate: 0.5", "health.min_suc"),
        ("log_days: 30", "log_days: thirty", "cleanup.log_days"),
        ("timeout_s: 10.0", "timeout_s: -1.0", "deploy.timeout_s"),
    ],
)
def test_check_and_start_look_at_the_sections_of_all_programs(
    project: Path, old: str, new: str, key: str
) -> None:
    assert runner(project, "check").returncode == 0
    rewritten(project, old, new)
    for command in ("check", "start"):
        done = runner(project, command)
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1
        assert key in done.stderr


def test_check_and_start_fail_with_the_stages_check(project: Path) -> None:
    (project / "stages" / "check.py").write_text(
        "import sys; print('error: bad', file=sys.stderr); sys.exit(2)"
    )
    for command in ("check", "start"):
        done = runner(project, command)
        assert (done.returncode, done.stderr) == (2, "error: bad\n")
    assert not (project / "state").exists()
