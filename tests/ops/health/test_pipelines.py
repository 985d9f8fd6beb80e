"""How runs end, what hangs, what never ran."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from ops.health import pipelines
from ops.health.checks import Level
from ops.scheduler.run_history import Missed, Run, stamp
from tests.ops.health.worlds import DAY, HOUR, LIMITS, NOW

SECOND = timedelta(seconds=1)


def run(
    status: str,
    ended: datetime | None = NOW,
    job: str = "train",
    started: datetime = NOW - HOUR,
    slot: datetime | None = None,
    number: int = 0,
    exit_code: int | None = None,
) -> Run:
    return Run(
        id=f"{job}-{number}",
        job=job,
        slot=stamp(slot) if slot else None,
        attempt=1,
        started_at=stamp(started),
        ended_at=stamp(ended) if ended else None,
        pid=None,
        owner=1,
        status=status,
        kind=None,
        reason=None,
        exit_code=exit_code,
        log="",
    )


@pytest.mark.parametrize(
    ("statuses", "level", "value"),
    [
        ([], "ok", "no runs"),
        (["ok", "failed"], "ok", "0.50 (1 of 2 runs)"),
        (["ok", "failed", "timeout"], "critical", "0.33 (1 of 3 runs)"),
        (["ok", "interrupted", "lost"], "critical", "0.33 (1 of 3 runs)"),
        (["ok", "stopped", "skipped", "running"], "ok", "1.00 (1 of 1 runs)"),
    ],
)
def test_success_rate(statuses: list[str], level: Level, value: str) -> None:
    runs = [run(status, number=number) for number, status in enumerate(statuses)]
    check = pipelines.check_success_rate(runs, LIMITS, NOW)
    assert (check.level, check.value) == (level, value)
    assert bool(check.next_step) is (level != "ok")


def test_success_rate_looks_at_the_last_days_only() -> None:
    runs = [
        run("failed", NOW - 7 * DAY - SECOND, number=1),
        run("ok", NOW - 7 * DAY, number=2),
    ]
    check = pipelines.check_success_rate(runs, LIMITS, NOW)
    assert check.value == "1.00 (1 of 1 runs)"


def test_a_slot_that_was_tried_again_counts_by_its_last_attempt() -> None:
    first = run("failed", slot=NOW, number=1)
    runs = [first, run("failed", slot=NOW, number=2), run("ok", slot=NOW, number=3)]
    check = pipelines.check_success_rate(runs, LIMITS, NOW)
    assert check.value == "1.00 (1 of 1 runs)"


def test_an_unhealthy_pipeline_does_not_make_itself_unhealthier() -> None:
    runs = [run("failed", job="health", number=number) for number in range(100)]
    check = pipelines.check_success_rate([*runs, run("ok")], LIMITS, NOW)
    assert check.level == "ok"


def test_runs_that_had_nothing_to_do_are_no_failures() -> None:
    held = [run("failed", number=code, exit_code=code) for code in (4, 5)]
    good = run("ok", number=9)
    found = pipelines.check_success_rate([*held, good], LIMITS, NOW)
    assert (found.level, found.value) == ("ok", "1.00 (1 of 1 runs)")
    failed = replace(run("failed", exit_code=3), id="another")
    found = pipelines.check_success_rate([*held, failed], LIMITS, NOW)
    assert (found.level, found.exit_code) == ("critical", 70)


def test_stale_runs() -> None:
    fresh = run("running", None, started=NOW - 24 * HOUR)
    stale = run("running", None, "embed", started=NOW - 24 * HOUR - SECOND)
    old = run("ok", NOW - 9 * DAY, started=NOW - 10 * DAY)
    assert pipelines.check_stale_runs([fresh, old], LIMITS, NOW).level == "ok"
    found = pipelines.check_stale_runs([fresh, stale], LIMITS, NOW)
    assert (found.level, found.value) == ("warning", "1 (embed)")


def missed(job: str, at: datetime, reason: str = "the runner was down") -> Missed:
    return Missed(job, stamp(at), reason, stamp(at + HOUR))


def test_a_missed_slot_is_a_warning_until_the_job_has_ended_well_since() -> None:
    late = [missed("train", NOW - 2 * DAY)]
    found = pipelines.check_missed(late, [], LIMITS, NOW)
    assert (found.level, found.value) == ("warning", "1: train (the runner was down)")
    assert found.next_step == "if the work is needed now: `python runner.py run train`"
    before = run("ok", started=NOW - 3 * DAY, ended=NOW - 3 * DAY)
    failed = run("failed", started=NOW - DAY, number=1)
    for runs in ([before], [before, failed], [run("ok", job="embed")]):
        assert pipelines.check_missed(late, runs, LIMITS, NOW).level == "warning"
    since = run("ok", started=NOW - DAY, number=2)
    assert pipelines.check_missed(late, [failed, since], LIMITS, NOW).level == "ok"


def test_what_is_long_ago_or_was_switched_off_is_not_missed() -> None:
    old = missed("train", NOW - 7 * DAY - SECOND)
    off = missed("embed", NOW - DAY, "the job was disabled")
    assert pipelines.check_missed([old, off], [], LIMITS, NOW).level == "ok"


def test_what_lies_ahead_is_of_a_clock_that_was_set_back() -> None:
    ahead = missed("train", NOW + SECOND)
    assert pipelines.check_missed([ahead], [], LIMITS, NOW).level == "ok"
    failed = [run("failed", ended=NOW + SECOND, number=number) for number in range(9)]
    assert pipelines.check_success_rate(failed, LIMITS, NOW).value == "no runs"
