import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ops import lock, processes
from ops.alerts import outbox
from ops.scheduler import jobs, kept, run_history
from ops.scheduler.dues import Waiting
from ops.scheduler.jobs import Job
from ops.scheduler.loop import Loop
from ops.scheduler.page_maker import PageMaker
from ops.scheduler.reload import Reload
from ops.scheduler.run_history import Run
from ops.scheduler.run_loop import Duties
from ops.scheduler.slots import Rule, Times
from recsys.program.errors import StoreError

NOW = datetime(2026, 11, 23, 19, 0, 5, tzinfo=UTC)  # Tuesday 02:00:05 in Saigon
TWO = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
RULES = {
    "refresh": Rule("day", "02:00", True, 6 * 3600, 30, 1),
    "train": Rule("sunday", "03:00", True, 6 * 3600, 30, 1),
    "deploy": Rule("day", "02:00", True, 6 * 3600, 30, 1),
    "health": Rule("hour", ":00", True, 1800, 30, 0),
    "cleanup": Rule("month", "04:00", True, 6 * 3600, 30, 0),
}
PROGRAM = """
import os, pathlib, sys
from ops import said
name = sys.argv[1]
print(name)
if name == "train":
    print("error: reviews.csv line 4: no rating", file=sys.stderr)
    sys.exit(3)
if name == "refresh":
    said.tell("skipped", "incremental", "no change", {"deploy": "a new model"})
tries = pathlib.Path("tries")
if name == "health" and not tries.exists():
    tries.touch()
    sys.exit(6)
"""


def times(*names: str) -> Times:
    rules = {name: RULES[name] for name in names}
    return Times("Asia/Ho_Chi_Minh", rules, "lists.csv")


class Clock:
    """The real clock, moved."""

    def __init__(self, now: datetime) -> None:
        self.begun, self.moved = time.monotonic(), now

    def __call__(self) -> datetime:
        return self.moved + timedelta(seconds=time.monotonic() - self.begun)


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder where every job is a program that says its name; `train` fails."""
    (tmp_path / "program.py").write_text(PROGRAM)
    for name in RULES:
        job = jobs.JOBS[name]
        monkeypatch.setitem(
            jobs.JOBS, name, Job(("program", name), job.alone, job.after)
        )
    monkeypatch.setattr(processes, "GRACE_S", 0.5)
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    monkeypatch.chdir(tmp_path)
    yield Path("state")
    for run in run_history.runs(Path("state")):
        processes.end_processes(processes.marked(jobs.MARK, run.id), grace_s=0)


def begun(
    state: Path, clock: Callable[[], datetime], *names: str
) -> tuple[Loop, list[str]]:
    said: list[str] = []
    loop = Loop(times(*names), state, clock, said.append)
    loop.begin()
    return loop, said


def turn_until(loop: Loop, done: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "waited in vain"
        loop.tick()
        time.sleep(0.02)


def rest(loop: Loop) -> None:
    """Turn until nothing waits and nothing runs."""
    turn_until(loop, lambda: not loop.book.queue and not loop.running)


def last(state: Path, job: str) -> Run:
    return run_history.last_runs(state)[job]


def test_the_timer_of_schedule_turns_a_slot_into_a_row(state: Path) -> None:
    clock = Clock(TWO - timedelta(seconds=1))
    loop, said = begun(state, clock, "refresh")
    loop.tick()
    assert loop.book.queue == []
    clock.moved += timedelta(seconds=2)
    loop.timer.scheduler.jobs[1].next_run = datetime.now()  # noqa: DTZ005 - schedule's own
    turn_until(loop, lambda: bool(run_history.runs(state)) and not loop.running)
    run = last(state, "refresh")
    assert (run.slot, run.status, run.exit_code) == (
        run_history.stamp(TWO),
        "skipped",
        0,
    )
    assert (run.kind, run.reason) == ("incremental", "no change")
    assert "refresh: skipped, exit 0 (no change)" in said


def test_the_pages_are_made_again_when_a_job_has_ended(state: Path) -> None:
    class Pages(PageMaker):
        """One that only notes for how many jobs it was asked."""

        def see_to(self, ended: int) -> None:
            asked.append(ended)

    asked: list[int] = []
    clock = Clock(TWO - timedelta(seconds=1))
    loop, _ = begun(state, clock, "refresh")
    duties = Duties(loop, Reload(state / "params.yaml"), Pages())
    duties.see_to(0.0)
    clock.moved += timedelta(seconds=2)
    loop.wake()
    rest(loop)
    duties.see_to(1.0)  # too early for another look
    duties.see_to(10.0)
    assert asked == [0, 1]


def test_a_slot_runs_once_however_often_it_is_woken(state: Path) -> None:
    loop, _ = begun(state, Clock(TWO - HOUR), "refresh")
    loop.clock = Clock(NOW)
    for _ in range(3):
        loop.book.since["refresh"] = TWO - HOUR  # as if it had not been settled
        loop.book.next_due["refresh"] = TWO
        loop.wake()
        assert loop.book.queue
        rest(loop)
    assert len(list((state / "logs").iterdir())) == 1
    assert run_history.waiting(state) == []


def test_a_failing_job_and_one_that_cannot_start_do_not_stop_the_loop(
    state: Path,
) -> None:
    loop, said = begun(state, Clock(NOW), "train", "deploy", "refresh")
    loop.book.add(Waiting("train", TWO), NOW)
    rest(loop)
    assert "train: failed, exit 3 (reviews.csv line 4: no rating)" in said
    why = "exit 3: reviews.csv line 4: no rating"
    assert last(state, "train").reason == why
    (state / "logs").rename(state / "elsewhere")
    (state / "logs").write_text("no folder")
    loop.book.add(Waiting("deploy", TWO), NOW)
    rest(loop)
    assert any("deploy could not be started" in line for line in said)
    (state / "logs").unlink()
    loop.book.add(Waiting("refresh", TWO), NOW)
    rest(loop)
    assert {job: run.status for job, run in run_history.last_runs(state).items()} == {
        "train": "failed",
        "deploy": "ok",  # refresh has asked for it again
        "refresh": "skipped",
    }
    assert {each.cause for each in outbox.causes(state)} == {"job.train"}


def test_what_a_job_asks_for_is_brought_forward_with_its_reason(state: Path) -> None:
    loop, said = begun(state, Clock(NOW), "refresh", "deploy")
    loop.book.add(Waiting("refresh", TWO), NOW)
    rest(loop)
    run = last(state, "deploy")
    assert run.reason == "brought forward: a new model"
    assert run.slot is not None
    assert run.slot > run_history.stamp(TWO)
    assert "deploy: brought forward: a new model" in said


def test_what_is_asked_for_and_not_enabled_is_only_said(state: Path) -> None:
    loop, said = begun(state, Clock(NOW), "refresh")
    loop.book.add(Waiting("refresh", TWO), NOW)
    rest(loop)
    assert "deploy: is asked for (a new model), but it is not enabled" in said
    assert list(run_history.last_runs(state)) == ["refresh"]


def test_a_failure_that_may_pass_is_tried_again_and_no_alert_is_made(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ops.scheduler.retries.FIRST_WAIT_S", 0.2)
    loop, said = begun(state, Clock(NOW), "health")
    rules = {"health": replace(RULES["health"], retries=1)}
    loop.book.times = replace(loop.book.times, jobs=rules)
    loop.book.add(Waiting("health", TWO), NOW)
    rest(loop)
    assert [(run.attempt, run.status) for run in run_history.runs(state)] == [
        (1, "failed"),
        (2, "ok"),
    ]
    assert last(state, "health").reason == (
        "attempt 2, as the store could not be reached"
    )
    assert any("is tried again in" in line for line in said)
    assert outbox.notices(state) == []


def test_while_the_database_refuses_a_slot_waits_and_the_error_is_said_once(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop, said = begun(state, Clock(NOW), "refresh")
    loop.book.add(Waiting("refresh", TWO), NOW)
    count = len(said)

    def refuses(*_: object) -> None:
        raise StoreError("state/runner.db: attempt to write a readonly database")

    with monkeypatch.context() as patched:
        patched.setattr(run_history, "open_run", refuses)
        for _ in range(3):
            loop.retry_at = 0.0
            loop.tick()
    assert said[count:] == [
        "error: state/runner.db: attempt to write a readonly database"
    ]
    assert [waiting.job for waiting in loop.book.queue] == ["refresh"]
    loop.tick()
    assert not loop.running  # it is not tried at every turn
    loop.retry_at = 0.0
    rest(loop)
    assert last(state, "refresh").status == "skipped"


def test_an_end_that_cannot_be_written_is_written_later(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop, said = begun(state, Clock(NOW), "refresh")
    loop.book.add(Waiting("refresh", TWO), NOW)
    loop.tick()

    def refuses(*_: object) -> None:
        raise StoreError("state/runner.db: database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(run_history, "close_run", refuses)
        full = "error: state/runner.db: database or disk is full"
        turn_until(loop, lambda: full in said)
    rest(loop)
    assert last(state, "refresh").reason == "no change"  # what was told is kept


@pytest.mark.parametrize("step", [timedelta(hours=3), timedelta(hours=-3)])
def test_a_clock_that_is_set_has_the_times_laid_anew_and_missed_slots_queued(
    state: Path, step: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(NOW - HOUR)
    loop, said = begun(state, clock, "refresh")
    loop.timer.scheduler.jobs[1].next_run = datetime.now() + 30 * DAY  # noqa: DTZ005 - schedule has local times
    clock.moved += step
    loop.follow_clock()
    assert "the clock jumped" in said[0]
    assert loop.timer.scheduler.jobs[1].next_run < datetime.now() + 2 * DAY  # noqa: DTZ005 - schedule has local times
    waiting = [each.slot for each in loop.book.queue]
    assert waiting == ([TWO] if step > timedelta() else [])
    assert [each.cause for each in outbox.causes(state)] == ["clock"]
    monkeypatch.setattr("ops.scheduler.loop.STEADY_S", 0.0)
    loop.follow_clock()
    assert outbox.causes(state) == []


def test_beside_a_repro_by_hand_a_job_waits(state: Path) -> None:
    loop, said = begun(state, Clock(NOW), "refresh")
    loop.book.add(Waiting("refresh", TWO), NOW)
    with lock.hold(state / "repro.lock", "a repro", {"pid": 77}):
        loop.tick()
        loop.tick()
        assert said == [
            "a repro by hand runs (process 77); jobs that share its files wait"
        ]
        assert [waiting.job for waiting in loop.book.queue] == ["refresh"]
    rest(loop)
    assert last(state, "refresh").status == "skipped"


def test_a_slot_that_waited_past_its_grace_is_missed_and_told(state: Path) -> None:
    loop, said = begun(state, Clock(NOW + 7 * HOUR), "refresh")
    loop.book.add(Waiting("refresh", TWO), NOW)
    loop.tick()
    why = "it waited for other jobs, and its grace of 6 h was over"
    assert [each.reason for each in run_history.missed(state)] == [why]
    assert said == [f"refresh: missed 1 time(s), last 2026-11-24 02:00: {why}"]
    assert [each.cause for each in outbox.causes(state)] == ["missed.refresh"]


def test_new_times_are_kept_at_once_and_a_wrong_file_keeps_the_old_ones(
    state: Path,
) -> None:
    loop, said = begun(state, Clock(NOW), "refresh")
    loop.refuse("params.yaml: not readable as YAML")
    loop.refuse("params.yaml: not readable as YAML")
    assert len(said) == 1
    found = kept.read(state)
    assert found is not None
    assert (found.times, found.refused) == (
        times("refresh"),
        "params.yaml: not readable as YAML",
    )
    assert [each.cause for each in outbox.causes(state)] == ["params"]
    loop.take(times("refresh", "health"))
    found = kept.read(state)
    assert found is not None
    assert (found.times, found.refused) == (times("refresh", "health"), None)
    assert outbox.causes(state) == []
    assert "its times are kept from now on" in said[1]
    assert len(loop.timer.scheduler.jobs) == 3


def test_the_end_of_the_loop_stops_what_runs_and_it_is_due_again(state: Path) -> None:
    Path("program.py").write_text("import time; time.sleep(60)")
    loop, _ = begun(state, Clock(NOW), "refresh")
    loop.book.add(Waiting("refresh", TWO), NOW)
    turn_until(loop, lambda: bool(loop.running))
    loop.end()
    assert last(state, "refresh").status == "stopped"
    again, _ = begun(state, Clock(NOW + HOUR), "refresh")
    assert [(each.slot, each.reason) for each in again.book.queue] == [
        (TWO, "attempt 2, as it was cut short")
    ]
