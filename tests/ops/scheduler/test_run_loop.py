"""The loop as a process: signals, kills, hostile children, params.yaml while it runs."""

import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from ops import lock, processes
from ops.alerts import outbox
from ops.scheduler import jobs, kept, relay, run_history
from ops.scheduler.run_loop import first_times, say_at
from tests.ops.scheduler.loops import (
    RUNNER,
    STATE,
    Runner,
    last,
    left,
    read_until,
    stopped,
)

pytestmark = pytest.mark.usefixtures("folder")

HANGS = "import time; print('up', flush=True); time.sleep(600)"
IGNORES_TERM = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
time.sleep(600)
"""
FORKS = """
import os, time
for _ in range(5):
    if os.fork() == 0:
        if os.fork() == 0:
            os.setsid()
        time.sleep(600)
print("up", flush=True)
"""
DAEMON = """
import subprocess, sys
code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
print("up", flush=True)
"""
PRINTS = """
for _ in range(1000):
    print("x" * 999_999)
print("the last line")
"""
FULL = """
print("error: logs/big: No space left on device")
raise SystemExit(8)
"""
KILLED = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"


@pytest.mark.parametrize(
    ("program", "limit_s", "status", "code", "reason"),
    [
        (HANGS, 2, "timeout", 143, "over its time limit of 2 s"),
        (IGNORES_TERM, 2, "timeout", 137, "over its time limit of 2 s"),
        (FORKS, 600, "ok", 0, None),
        (DAEMON, 600, "ok", 0, None),
        (PRINTS, 600, "ok", 0, None),
        (KILLED, 600, "failed", 137, "killed by signal 9"),
        ("raise SystemExit(3)", 600, "failed", 3, "exit 3"),
        (FULL, 600, "failed", 8, "exit 8: logs/big: No space left on device"),
        ("1 / 0", 600, "failed", 1, "exit 1: ZeroDivisionError: division by zero"),
    ],
    ids=[
        "hangs",
        "ignores_term",
        "forks",
        "daemon",
        "prints",
        "killed",
        "exits",
        "finds_the_disk_full",
        "raises",
    ],
)
def test_whatever_a_job_does_its_row_is_right_nothing_is_left_and_the_loop_lives(
    folder: Path,
    runner: Runner,
    program: str,
    limit_s: int,
    status: str,
    code: int,
    reason: str,
) -> None:
    (folder / "refresh.py").write_text(program)
    process = runner("2026-03-02T02:00:05", limit_s)
    read_until(process, f"refresh: {status}, exit {code}")
    run = last("refresh")
    assert (run.status, run.exit_code, run.reason) == (status, code, reason)
    assert left("refresh") == []
    assert process.poll() is None
    stopped(process)
    causes = {each.cause for each in outbox.causes(STATE)}
    assert causes == ({"job.refresh"} if status in ("failed", "timeout") else set())
    log = Path(run.log).read_bytes()
    assert len(log) < relay.HEAD + relay.TAIL + 100_000
    if program == PRINTS:
        assert log.endswith(b"the last line\n")


def test_one_job_that_fails_does_not_harm_another(folder: Path, runner: Runner) -> None:
    (folder / "refresh.py").write_text(KILLED)
    process = runner("2026-03-02T02:01:05")
    read_until(process, "health: ok, exit 0")
    stopped(process)


def test_a_killed_runner_starts_again_ends_its_orphans_and_catches_up(
    folder: Path, runner: Runner
) -> None:
    (folder / "refresh.py").write_text(IGNORES_TERM)
    first = runner("2026-03-02T02:00:05")
    read_until(first, "refresh: started")
    former = last("refresh")
    first.kill()
    first.communicate()
    assert len(processes.marked(jobs.MARK, former.id)) == 1

    second = runner("2026-03-02T12:00:00")
    assert "ending 1 process(es)" in read_until(second, "refresh:")
    assert "closed as interrupted" in read_until(second, "refresh:")
    read_until(second, "refresh: started")
    assert processes.marked(jobs.MARK, former.id) == []
    assert [
        (run.slot, run.attempt, run.status, run.reason)
        for run in run_history.runs(STATE)
        if run.job == "refresh"
    ] == [
        (
            "2026-03-02T02:00:00.000+00:00",
            1,
            "interrupted",
            "its runner was killed, or the machine went down",
        ),
        (
            "2026-03-02T02:00:00.000+00:00",
            2,
            "running",
            "attempt 2, as it was cut short",
        ),
    ]
    assert "refresh: stopped" in stopped(second)
    assert left("refresh") == []
    assert lock.holder(STATE / "runner.lock") is None

    third = runner("2026-03-05T12:00:00")
    read_until(third, "refresh: started")  # of the 5th
    stopped(third)
    reasons = {each.slot[:10]: each.reason for each in run_history.missed(STATE)}
    over = "the runner was down, and its grace of 24 h was over"
    assert reasons["2026-03-02"] == over  # it was stopped, and not tried again in time
    down = "the runner was down, and a later slot was due by then"
    assert (reasons["2026-03-03"], reasons["2026-03-04"]) == (down, down)


def test_a_second_runner_is_refused(runner: Runner) -> None:
    first = runner("2026-03-02T01:00:00")
    read_until(first, "the runner is up")
    second = subprocess.run(
        [sys.executable, "-c", RUNNER, "2026-03-02T12:00:00+00:00", "9"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"runs already as process {first.pid}" in second.stderr
    stopped(first)


def test_params_that_change_are_taken_while_it_runs(
    folder: Path, runner: Runner
) -> None:
    shipped = (Path(__file__).parents[3] / "params.yaml").read_text()
    params = folder / "params.yaml"
    params.write_text(shipped)
    process = runner("2026-03-02T01:00:00")
    read_until(process, "the runner is up")
    params.write_text(shipped.replace("every: day", "every: whim", 1))
    assert "runner.jobs.refresh.every" in read_until(process, "not taken")
    found = kept.read(STATE)
    assert found is not None
    assert "refresh.every" in str(found.refused)
    assert found.times.jobs["refresh"].at == "02:00"
    params.write_text(shipped.replace("at: 02:00", "at: 02:30", 1))
    read_until(process, "its times are kept from now on")
    found = kept.read(STATE)
    assert found is not None
    assert (found.times.jobs["refresh"].at, found.refused) == ("02:30", None)
    stopped(process)
    assert [each.kind for each in outbox.notices(STATE)] == ["alert", "recovery"]


def test_systemd_hears_that_it_is_ready_alive_and_stopping(
    folder: Path, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as systemd:
        systemd.bind(str(folder / "notify"))
        systemd.settimeout(60)
        monkeypatch.setenv("NOTIFY_SOCKET", str(folder / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "200000")
        process = runner("2026-03-02T01:00:00")
        heard = [systemd.recv(99) for _ in range(3)]
        assert heard == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]
        process.send_signal(signal.SIGTERM)
        while heard[-1] == b"WATCHDOG=1":
            heard.append(systemd.recv(99))
        assert heard[-1] == b"STOPPING=1"
        process.communicate(timeout=60)


def test_the_first_times_are_those_of_the_file_or_its_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    shipped = Path(__file__).parents[3] / "params.yaml"
    code, times = first_times(shipped)
    assert code == 0
    assert times is not None
    assert times.jobs["health"].at == ":00"
    wrong = tmp_path / "params.yaml"
    wrong.write_text("runner: {}")
    assert first_times(wrong) == (2, None)
    assert capfd.readouterr().err.startswith("error: ")


def test_lines_have_the_time_of_the_zone(capsys: pytest.CaptureFixture[str]) -> None:
    say_at("Asia/Ho_Chi_Minh")("up")
    hour = time.gmtime(time.time() + 7 * 3600)
    assert capsys.readouterr().out.startswith(time.strftime("%Y-%m-%d %H:", hour))
