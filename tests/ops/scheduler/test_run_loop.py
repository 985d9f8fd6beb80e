"""The loop as a process: signals, kills, hostile children, params.yaml while it runs."""

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ops import lock, processes
from ops.alerts import outbox
from ops.scheduler import jobs, kept, relay, run_history
from ops.scheduler.run_history import Run
from ops.scheduler.run_loop import first_times, say_at

RUNNER = """
import datetime, pathlib, sys, time
from dataclasses import replace
from ops import processes
from ops.scheduler import jobs, run_loop
from ops.scheduler.reload import Reload
from ops.scheduler.slots import Rule, Times

processes.GRACE_S = 1.0
run_loop.LOOK_S = 0.1
limit_s = int(sys.argv[2])
jobs.JOBS["refresh"] = jobs.Job(("refresh",))
jobs.JOBS["health"] = jobs.Job(("health",), alone=False)
begun, epoch = time.monotonic(), datetime.datetime.fromisoformat(sys.argv[1])
daily = Rule("day", "02:00", True, 86400, limit_s, 0)
rules = {"refresh": daily, "health": replace(daily, at="02:01")}
times = Times("UTC", rules, "lists.csv")
clock = lambda: epoch + datetime.timedelta(seconds=time.monotonic() - begun)
say = lambda line: print(line, flush=True)
watch = Reload(pathlib.Path("params.yaml"))
sys.exit(run_loop.run(times, watch, pathlib.Path("state"), clock, say, 0.05))
"""
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
    print("x" * 99_999)
print("the last line")
"""
KILLED = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
STATE = Path("state")
SAYS_GOOD = "print('good')"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "health.py").write_text(SAYS_GOOD)
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    for run in run_history.runs(STATE):
        processes.end_processes(processes.marked(jobs.MARK, run.id), grace_s=0)


Runner = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def runner() -> Iterator[Runner]:
    """Begins the loop in a process, as if it had been up some days before."""
    processes_begun = []

    def begin(now: str, limit_s: int = 600) -> subprocess.Popen[str]:
        if run_history.first_start(STATE) is None:
            run_history.note_start(STATE, datetime(2026, 3, 1, 12, tzinfo=UTC))
        command = [sys.executable, "-c", RUNNER, f"{now}+00:00", str(limit_s)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        processes_begun.append(process)
        return process

    yield begin
    for process in processes_begun:
        process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()


def read_until(
    process: subprocess.Popen[str], words: str, seconds: float = 60.0
) -> str:
    """The next line of its output that holds the words; it is killed if that takes too long."""
    assert process.stdout
    give_up = threading.Timer(seconds, process.kill)
    give_up.start()
    try:
        for line in process.stdout:
            if words in line:
                return line
    finally:
        give_up.cancel()
    raise AssertionError(f"ended without saying {words!r}")


def stopped(process: subprocess.Popen[str]) -> str:
    process.send_signal(signal.SIGTERM)
    out = process.communicate(timeout=60)[0]
    assert process.returncode == 0
    return out


def last(job: str) -> Run:
    return run_history.last_runs(STATE)[job]


def left(job: str) -> list[int]:
    return processes.marked_pids(jobs.MARK, last(job).id)


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
