"""The loop, turned by hand: slots become rows, failures are tried again or told, none stops it."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ops.alerts import outbox
from ops.scheduler import run_history
from ops.scheduler.dues import Waiting
from ops.scheduler.page_maker import PageMaker
from ops.scheduler.reload import Reload
from ops.scheduler.run_loop import Duties
from tests.ops.scheduler.turns import (
    HOUR,
    NOW,
    RULES,
    TWO,
    Clock,
    begun,
    last,
    rest,
    turn_until,
)


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
