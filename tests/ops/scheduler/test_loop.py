import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ops import lock, processes
from ops.scheduler import jobs, run_history
from ops.scheduler.jobs import Job
from ops.scheduler.loop import Loop, Waiting, catch_up, queued, startable
from ops.scheduler.schedule import Params, Rule
from recsys.program.errors import StoreError

NOW = datetime(2026, 11, 23, 19, 0, 5, tzinfo=UTC)  # Tuesday 02:00:05 in Saigon
TWO = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
RULES = {
    "refresh": Rule(every="day", at="02:00"),
    "train": Rule(every="sunday", at="03:00"),
    "health": Rule(every="hour", at=":00"),
    "cleanup": Rule(every="month", at="04:00"),
}


def params(*names: str) -> Params:
    return Params(
        zone="Asia/Ho_Chi_Minh",
        time_limit_s=30,
        jobs={name: RULES[name] for name in names},
    )


class Clock:
    """The real clock, moved."""

    def __init__(self, now: datetime) -> None:
        self.begun, self.moved = time.monotonic(), now

    def __call__(self) -> datetime:
        return self.moved + timedelta(seconds=time.monotonic() - self.begun)


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder where every job is a program that says its name; `train` fails."""
    (tmp_path / "program.py").write_text(
        "import sys; print(sys.argv[1]); sys.exit(sys.argv[1] == 'train')"
    )
    for name in RULES:
        alone = jobs.JOBS[name].alone
        monkeypatch.setitem(jobs.JOBS, name, Job(("program", name), alone))
    monkeypatch.setattr(processes, "GRACE_S", 0.5)
    monkeypatch.chdir(tmp_path)
    return Path("state")


def turn_until(loop: Loop, done: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "waited in vain"
        loop.tick()
        time.sleep(0.02)


def test_a_job_waits_once_in_its_old_place_with_its_newest_slot() -> None:
    train, refresh = Waiting("train", TWO), Waiting("refresh", TWO)
    assert queued([], train) == [train]
    assert queued([train, refresh], Waiting("train", TWO + DAY)) == [
        Waiting("train", TWO + DAY),
        refresh,
    ]
    assert queued([train, refresh], Waiting("train", TWO - DAY)) == [train, refresh]


@pytest.mark.parametrize(
    ("queue", "running", "by_hand", "expected"),
    [
        (["train", "drift"], [], False, ["train"]),  # one alone at a time, in order
        (["train"], ["deploy"], False, []),
        (["train"], ["health"], False, ["train"]),
        (["train", "health", "cleanup"], ["refresh"], False, ["health", "cleanup"]),
        (["health"], ["health"], False, []),  # never beside itself
        (["train", "health"], [], True, ["health"]),  # a repro by hand goes on
        ([], [], False, []),
    ],
)
def test_startable(
    queue: list[str], running: list[str], by_hand: bool, expected: list[str]
) -> None:
    waiting = [Waiting(job, TWO) for job in queue]
    assert [found.job for found in startable(waiting, running, by_hand)] == expected


def test_catch_up_gives_the_newest_missed_slot_of_each_job() -> None:
    slots = {"refresh": TWO - 3 * DAY, "health": TWO}
    assert catch_up(params("refresh", "health"), slots, TWO - 30 * DAY, NOW) == [
        (Waiting("refresh", TWO), 3)
    ]


def test_what_was_due_before_the_first_start_was_not_missed() -> None:
    assert catch_up(params("refresh", "train", "health", "cleanup"), {}, NOW, NOW) == []
    assert catch_up(params("refresh"), {}, TWO - HOUR, NOW) == [
        (Waiting("refresh", TWO), 1)
    ]


def test_the_timer_of_schedule_turns_a_slot_into_a_row(state: Path) -> None:
    loop = Loop(params("refresh"), state, Clock(NOW), print)
    assert loop.timer.jobs[0].next_run > datetime.now()  # noqa: DTZ005 - schedule's own
    loop.tick()
    assert loop.queue == []
    loop.timer.jobs[0].next_run = datetime.now()  # noqa: DTZ005
    turn_until(
        loop, lambda: "refresh" in run_history.last_runs(state) and not loop.running
    )
    run = run_history.last_runs(state)["refresh"]
    assert (run.slot, run.status, run.exit_code) == (run_history.stamp(TWO), "ok", 0)


def test_a_slot_runs_once_however_often_the_timer_wakes(state: Path) -> None:
    loop = Loop(params("refresh"), state, Clock(NOW), print)
    for _ in range(3):
        loop.due("refresh", RULES["refresh"])
        turn_until(loop, lambda: not loop.queue and not loop.running)
        jobs_run = list((state / "logs").iterdir())
    assert len(jobs_run) == 1


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (
            datetime(2026, 11, 30, 21, 0, 1, tzinfo=UTC),
            ["cleanup"],
        ),  # 1 December 04:00 in Saigon, still November in UTC
        (datetime(2026, 12, 1, 21, 0, 1, tzinfo=UTC), []),  # 2 December
    ],
)
def test_a_monthly_job_wakes_daily_and_counts_on_the_first(
    state: Path, now: datetime, expected: list[str]
) -> None:
    loop = Loop(params("cleanup"), state, Clock(now), print)
    assert loop.timer.jobs[0].unit == "days"
    loop.due("cleanup", RULES["cleanup"])
    assert [waiting.job for waiting in loop.queue] == expected


def test_a_failing_job_and_one_that_cannot_start_do_not_stop_the_loop(
    state: Path,
) -> None:
    said: list[str] = []
    loop = Loop(params("train", "health", "refresh"), state, Clock(NOW), said.append)
    loop.add(Waiting("train", TWO))
    turn_until(loop, lambda: "train: failed, exit 1" in said)
    (state / "logs").rename(state / "elsewhere")
    (state / "logs").write_text("no folder")
    loop.add(Waiting("health", TWO))
    turn_until(
        loop, lambda: any("health could not be started" in line for line in said)
    )
    (state / "logs").unlink()
    loop.add(Waiting("refresh", TWO))
    turn_until(loop, lambda: "refresh: ok, exit 0" in said)
    assert {job: run.status for job, run in run_history.last_runs(state).items()} == {
        "train": "failed",
        "health": "failed",
        "refresh": "ok",
    }


def test_while_the_database_refuses_a_slot_waits_and_the_error_is_said_once(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    loop = Loop(params("refresh"), state, Clock(NOW), said.append)
    state.mkdir()
    (state / "runner.db").mkdir()
    loop.add(Waiting("refresh", TWO))
    for _ in range(3):
        loop.retry_at = 0.0
        loop.tick()
    assert [line for line in said if "runner.db" in line] == said[:1]
    assert loop.queue == [Waiting("refresh", TWO)]
    (state / "runner.db").rmdir()
    loop.retry_at = 0.0
    turn_until(loop, lambda: "refresh: ok, exit 0" in said)


def test_an_end_that_cannot_be_written_is_written_later(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    loop = Loop(params("refresh"), state, Clock(NOW), said.append)
    loop.add(Waiting("refresh", TWO))
    loop.tick()
    real = run_history.close_run

    def refuses(*_: object) -> None:
        raise StoreError("state/runner.db: database or disk is full")

    monkeypatch.setattr(run_history, "close_run", refuses)
    turn_until(loop, lambda: "error: state/runner.db: database or disk is full" in said)
    monkeypatch.setattr(run_history, "close_run", real)
    turn_until(loop, lambda: not loop.running)
    assert run_history.last_runs(state)["refresh"].status == "ok"


@pytest.mark.parametrize("step", [timedelta(hours=3), timedelta(hours=-3)])
def test_a_clock_that_is_set_has_the_times_laid_anew_and_missed_slots_queued(
    state: Path, step: timedelta
) -> None:
    said: list[str] = []
    clock = Clock(NOW - HOUR)
    loop = Loop(params("refresh"), state, clock, said.append)
    loop.begin()
    silent = datetime.now() + 30 * DAY  # noqa: DTZ005 - schedule has local times
    loop.timer.jobs[0].next_run = silent
    clock.moved += step
    loop.tick()
    assert "the clock jumped" in said[0]
    assert loop.timer.jobs[0].next_run < datetime.now() + 2 * DAY  # noqa: DTZ005
    missed = ["refresh: missed 1 time(s), last 2026-11-24 02:00; runs once now"]
    assert [line for line in said if "missed" in line] == (
        missed if step > timedelta() else []
    )
    loop.end()


def test_beside_a_repro_by_hand_a_job_waits(state: Path) -> None:
    said: list[str] = []
    loop = Loop(params("refresh"), state, Clock(NOW), said.append)
    loop.add(Waiting("refresh", TWO))
    with lock.hold(state / "repro.lock", "a repro", {"pid": 77}):
        loop.tick()
        loop.tick()
        assert said == [
            "a repro by hand runs (process 77); jobs that share its files wait"
        ]
        assert [waiting.job for waiting in loop.queue] == ["refresh"]
    turn_until(loop, lambda: "refresh: ok, exit 0" in said)


CHILD = """
import datetime, pathlib, sys, time
from ops import processes
from ops.scheduler import jobs, loop
from ops.scheduler.schedule import Params, Rule
processes.GRACE_S = 1.0
jobs.JOBS["refresh"] = jobs.Job(("sleeps",))
begun, epoch = time.monotonic(), datetime.datetime.fromisoformat(sys.argv[1])
params = Params(zone="UTC", time_limit_s=60, jobs={"refresh": Rule(every="day", at="02:00")})
clock = lambda: epoch + datetime.timedelta(seconds=time.monotonic() - begun)
sys.exit(loop.run(params, pathlib.Path("state"), clock, lambda line: print(line, flush=True), 0.05))
"""
SLEEPS = """
import signal, subprocess, sys, time
child = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
subprocess.Popen([sys.executable, "-c", child])
print("up", flush=True)
time.sleep(60)
"""


def runner(now: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, now], stdout=subprocess.PIPE, text=True
    )


def read_until(process: subprocess.Popen[str], words: str) -> str:
    assert process.stdout
    for line in process.stdout:
        if words in line:
            return line
    raise AssertionError(f"ended without saying {words!r}")


def test_a_killed_runner_starts_again_ends_its_orphans_and_catches_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sleeps.py").write_text(SLEEPS)
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    monkeypatch.chdir(tmp_path)
    state = Path("state")
    run_history.note_start(state, datetime(2026, 3, 1, tzinfo=UTC))

    first = runner("2026-03-02T12:00:00+00:00")
    read_until(first, "refresh: started")
    run = run_history.last_runs(state)["refresh"]
    while len(processes.marked(jobs.MARK, run.id)) < 2:
        time.sleep(0.05)
    first.kill()
    first.communicate()
    assert len(processes.marked(jobs.MARK, run.id)) == 2

    second = runner("2026-03-04T12:00:00+00:00")
    assert "ending 2 process(es)" in read_until(second, "refresh:")
    assert "closed as interrupted" in read_until(second, "refresh:")
    assert "missed 2 time(s), last 2026-03-04 02:00" in read_until(second, "refresh:")
    read_until(second, "refresh: started")
    assert processes.marked(jobs.MARK, run.id) == []

    second.send_signal(signal.SIGTERM)
    out = second.communicate(timeout=60)[0]
    assert second.returncode == 0
    assert "refresh: stopped" in out
    rows = run_history.last_runs(state)["refresh"]
    assert (rows.slot, rows.status) == ("2026-03-04T02:00:00.000+00:00", "stopped")
    assert processes.marked(jobs.MARK, rows.id) == []
    assert lock.holder(state / "runner.lock") is None

    third = runner("2026-03-04T13:00:00+00:00")
    read_until(third, "the runner is up")
    time.sleep(0.5)
    third.terminate()
    assert "refresh" not in third.communicate(timeout=60)[0]
    assert third.returncode == 0
