import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import psutil
import pytest

from ops import processes
from ops.scheduler import jobs, run_history, schedule
from ops.scheduler.jobs import Job, Running
from ops.scheduler.run_history import Run
from ops.scheduler.slots import Rule, Times
from recsys.files.atomic import write_text
from recsys.program.errors import DiskError, StoreError, UserError
from tests.waiting import wait_for

NOW = datetime(2026, 3, 1, 19, 0, tzinfo=UTC)
STATE = Path("state")

STUBBORN = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with programs that `python -m NAME` finds, and the repository's own packages."""
    for name, code in {
        "good": "print('said')",
        "bad": "import sys; print('no', file=sys.stderr); sys.exit(3)",
        "stubborn": STUBBORN,
        "litters": "import subprocess; print(subprocess.Popen(['sleep', '60']).pid)",
        "sleeps": "import time; print('up', flush=True); time.sleep(60)",
    }.items():
        (tmp_path / f"{name}.py").write_text(code)
        monkeypatch.setitem(jobs.JOBS, name, Job((name,)))
    monkeypatch.setattr(processes, "GRACE_S", 0.5)
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    for run in run_history.last_runs(STATE).values():
        processes.end_processes(processes.marked(jobs.MARK, run.id), grace_s=0)


def limited(seconds: int, *names: str) -> Times:
    rules = {name: Rule("day", "02:00", True, 60, seconds, 0) for name in names}
    return Times("UTC", rules, "lists.csv")


TIMES = limited(30, "good", "bad", "litters", "sleeps")


def now() -> datetime:
    return NOW


def ended(running: Running) -> processes.Ended:
    end = time.monotonic() + 60
    while (found := running.step(time.monotonic())) is None:
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return found


def last(job: str) -> Run:
    return run_history.last_runs(STATE)[job]


def log_of(job: str) -> str:
    return Path(last(job).log).read_text()


@pytest.mark.parametrize(
    ("pid", "parents", "owner_lives", "expected"),
    [
        (5, {5: 4, 6: 5}, True, "leave"),  # watched by its owner
        (5, {5: 1}, True, "kill"),  # the owner's pid belongs to someone else now
        (5, {5: 1}, False, "kill"),
        (5, {6: 1}, False, "kill"),  # the leader went, its child did not
        (5, {}, False, "close"),
        (5, {}, True, "close"),
        (None, {}, True, "leave"),  # about to be started
        (None, {}, False, "close"),
        (None, {6: 1}, False, "kill"),  # the owner died before it could note the pid
    ],
)
def test_fate_of_an_open_row(
    pid: int | None, parents: dict[int, int], owner_lives: bool, expected: str
) -> None:
    run = Run("id", "train", None, 1, "", None, pid, 4, "running", None, None, None, "")
    assert jobs.fate(run, parents, owner_lives) == expected


def test_every_job_is_a_program_that_can_be_run() -> None:
    for job in (jobs.JOBS[name] for name in get_args(schedule.Job)):
        spec = importlib.util.find_spec(job.args[0])
        assert spec and spec.origin
        program = Path(spec.origin)
        if program.name == "__init__.py":  # a wing that is run by its name
            program = program.with_name("__main__.py")
        assert "__main__" in program.read_text() or program.name == "__main__.py"


def test_a_good_run_leaves_row_and_log_and_shows_its_output(
    capfd: pytest.CaptureFixture[str],
) -> None:
    said: list[str] = []
    assert jobs.run_now(STATE, "good", TIMES, now, said.append) == 0
    run = last("good")
    assert (run.status, run.exit_code, run.slot, run.ended_at) == (
        "ok",
        0,
        None,
        "2026-03-01T19:00:00.000+00:00",
    )
    expected = f"$ {Path(sys.executable).name} -m good\nsaid\n"
    assert log_of("good") == expected
    assert capfd.readouterr().out == expected
    assert said == [f"good: ok, exit 0; log {run.log}"]


def test_a_failing_run_gives_its_exit_code_and_its_stderr_is_in_the_log() -> None:
    assert jobs.run_now(STATE, "bad", TIMES, now, print) == 3
    assert (last("bad").status, last("bad").exit_code) == ("failed", 3)
    assert log_of("bad").endswith("\nno\n")


def test_over_its_time_a_run_ends_with_its_children_even_if_it_ignores_sigterm() -> (
    None
):
    begun = time.monotonic()
    assert (
        jobs.run_now(STATE, "stubborn", limited(1, "stubborn"), now, print)
        == 128 + signal.SIGKILL
    )
    assert time.monotonic() - begun < 8
    assert last("stubborn").status == "timeout"
    assert not psutil.pid_exists(int(log_of("stubborn").splitlines()[1]))


def test_a_run_that_ends_before_its_children_takes_them_along() -> None:
    assert jobs.run_now(STATE, "litters", TIMES, now, print) == 0
    assert last("litters").status == "ok"
    assert not psutil.pid_exists(int(log_of("litters").splitlines()[1]))


def test_no_room_for_the_log_is_a_failed_run_and_one_message() -> None:
    STATE.mkdir()
    (STATE / "logs").write_text("a file where the folder should be")
    with pytest.raises(UserError, match=r"good could not be started: .*logs"):
        jobs.run_now(STATE, "good", TIMES, now, print)
    assert (last("good").status, last("good").exit_code) == ("failed", 70)


def test_a_full_disk_is_exit_8(monkeypatch: pytest.MonkeyPatch) -> None:
    STATE.mkdir()
    (STATE / "logs").mkdir()
    real = Path.open

    def full(self: Path, mode: str = "r", *args: object, **kwargs: object) -> object:
        return real(Path("/dev/full"), "wb") if mode == "xb" else real(self, mode)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(DiskError, match="No space left"):
        jobs.launch(STATE, "good", TIMES, None, NOW)
    assert (last("good").status, last("good").exit_code) == ("failed", 8)


def test_a_program_that_is_not_there_is_a_failed_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(UserError, match="no/such/python"):
        jobs.launch(STATE, "good", TIMES, None, NOW)
    assert last("good").status == "failed"


def test_without_a_row_nothing_runs() -> None:
    STATE.mkdir()
    (STATE / "runner.db").write_bytes(
        b"garbage, long enough for a header of a database" * 40
    )
    with pytest.raises(StoreError):
        jobs.launch(STATE, "good", TIMES, None, NOW)
    assert [path.name for path in STATE.iterdir()] == ["runner.db"]
    (STATE / "runner.db").unlink()


def test_a_slot_that_was_taken_starts_nothing() -> None:
    begun = jobs.launch(STATE, "good", TIMES, NOW, NOW)
    assert begun
    ended(begun)
    assert jobs.launch(STATE, "good", TIMES, NOW, NOW) is None


FOREGROUND = """
import pathlib, sys
from ops import processes
from ops.scheduler import jobs
from ops.scheduler.slots import Times
processes.GRACE_S = 0.5
jobs.JOBS["sleeps"] = jobs.Job(("sleeps",))
times = Times("UTC", {}, "lists.csv")
sys.exit(jobs.run_now(pathlib.Path("state"), "sleeps", times, jobs.utc_now, print))
"""


def says_up(log: Path) -> bool:
    """The row is there before the log is."""
    return log.exists() and "up" in log.read_text()


def signals_count() -> None:
    """With nohup, or behind a script's `&`, all children have these ignored."""
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


def in_foreground() -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", FOREGROUND],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=signals_count,
    )
    wait_for(
        lambda: (
            "sleeps" in run_history.last_runs(STATE)
            and says_up(Path(last("sleeps").log))
        )
    )
    return process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_the_operator_ends_a_run_in_the_foreground(number: int) -> None:
    process = in_foreground()
    process.send_signal(number)
    out = process.communicate(timeout=60)[0]
    assert process.returncode == 128 + signal.SIGTERM
    assert "sleeps: stopped, exit 143 (the operator stopped it)" in out
    assert last("sleeps").status == "stopped"
    assert processes.marked(jobs.MARK, last("sleeps").id) == []


def test_what_a_killed_runner_left_is_ended_and_closed_as_interrupted() -> None:
    process = in_foreground()
    process.kill()
    process.communicate()
    run = last("sleeps")
    assert run.status == "running"
    assert [orphan.pid for orphan in processes.marked(jobs.MARK, run.id)] == [run.pid]
    said: list[str] = []
    write_text(STATE / "said" / f".{run.id}.json.part", "{")
    jobs.close_interrupted(STATE, NOW, said.append)
    assert last("sleeps").status == "interrupted"
    assert processes.marked(jobs.MARK, run.id) == []
    assert said[0].startswith("sleeps: ending 1 process(es)")
    assert list((STATE / "said").iterdir()) == []


def test_a_run_that_is_watched_in_another_terminal_is_left_alone() -> None:
    process = in_foreground()
    jobs.close_interrupted(STATE, NOW, print)
    assert last("sleeps").status == "running"
    assert process.poll() is None
    process.terminate()
    process.communicate()


def test_a_pid_that_is_someone_elses_now_is_not_signalled() -> None:
    other = subprocess.Popen(["sleep", "60"], start_new_session=True)
    run = run_history.open_run(STATE, "good", None, NOW)
    assert run
    run_history.set_pid(STATE, run.id, other.pid)
    jobs.close_interrupted(STATE, NOW, print)
    assert last("good").status == "interrupted"
    assert other.poll() is None
    other.kill()
    other.wait()


def test_a_child_is_the_leader_of_its_own_session() -> None:
    begun = jobs.launch(STATE, "sleeps", TIMES, None, NOW)
    assert begun
    pid = begun.child.process.pid
    assert os.getsid(pid) == os.getpgid(pid) == pid
    processes.signal_group(pid, signal.SIGKILL)
    ended(begun)
