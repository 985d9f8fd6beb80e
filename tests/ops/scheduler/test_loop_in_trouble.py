"""The loop where the database refuses, the clock is set, others work, params.yaml is wrong."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ops import lock
from ops.alerts import outbox
from ops.scheduler import kept, run_history
from ops.scheduler.dues import Waiting
from recsys.program.errors import StoreError
from tests.ops.scheduler.turns import (
    DAY,
    HOUR,
    NOW,
    TWO,
    Clock,
    begun,
    last,
    rest,
    times,
    turn_until,
)


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
